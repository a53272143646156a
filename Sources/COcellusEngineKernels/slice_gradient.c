// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

static void rows(const void *context, long begin, long end) {
    const ocellus_slice_gradient_arguments *a = context;
    for (long n = begin; n < end; n += 1) {
        float *dx = a->dx + n * a->whole;
        memset(dx, 0, (size_t)a->offset * sizeof *dx);
        memcpy(dx + a->offset, a->dy + n * a->count, (size_t)a->count * sizeof *dx);
        memset(dx + a->offset + a->count, 0, (size_t)(a->whole - a->offset - a->count) * sizeof *dx);
    }
}

int ocellus_slice_gradient(const void *arguments, const ocellus_run *run) {
    const ocellus_slice_gradient_arguments *a = arguments;
    ocellus_parallel_range(run->threads, a->batch, ocellus_grain(a->whole), rows, a);
    return 0;
}
