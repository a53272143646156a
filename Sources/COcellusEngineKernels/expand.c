// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

typedef ocellus_expand_arguments expand;

static void copies(const void *context, long begin, long end) {
    const expand *e = context;
    for (long n = begin; n < end; n += 1) memcpy(e->y + n * e->count, e->x, (size_t)e->count * sizeof(float));
}

static void sums(const void *context, long begin, long end) {
    const expand *e = context;
    for (long i = begin; i < end; i += 1) {
        double sum = 0;
        for (long n = 0; n < e->batch; n += 1) sum += (double)e->x[n * e->count + i];
        e->y[i] = (float)sum;
    }
}

int ocellus_expand(const void *arguments, const ocellus_run *run) {
    const expand *e = arguments;
    ocellus_parallel_range(run->threads, e->batch, ocellus_grain(e->count), copies, e);
    return 0;
}

int ocellus_expand_gradient(const void *arguments, const ocellus_run *run) {
    const expand *e = arguments;
    ocellus_parallel_range(run->threads, e->count, ocellus_grain(e->batch), sums, e);
    return 0;
}
