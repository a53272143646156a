// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

typedef struct {
    long features;
    const float *y, *dy;
    float *dx;
} softmax_gradient;

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

void ocellus_softmax_gradient(
    long batch, long features, const float *y, const float *dy, float *dx, int threads) {
    softmax_gradient context = {features, y, dy, dx};
    ocellus_parallel_range(threads, batch, ocellus_grain(features), range, &context);
}
