// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

typedef ocellus_softmax_gradient_arguments softmax_gradient;

static void range(const void *context, long begin, long end) {
    const softmax_gradient *c = context;
    for (long n = begin; n < end; n++) {
        const float *y = c->y + n * c->features, *dy = c->dy + n * c->features;
        float *dx = c->dx + n * c->features;
        double sum = 0;
        for (long i = 0; i < c->features; i++) sum += (double)dy[i] * (double)y[i];
        for (long i = 0; i < c->features; i++) dx[i] = (float)((double)y[i] * ((double)dy[i] - sum));
    }
}

int ocellus_softmax_gradient(const void *arguments, const ocellus_run *run) {
    const softmax_gradient *a = arguments;
    ocellus_parallel_range(run->threads, a->batch, ocellus_grain(a->features), range, a);
    return 0;
}
