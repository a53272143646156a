// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

/// Buffers and factors of an update. A rule without a state has `w` in its place.
typedef struct {
    float *w;
    const float *g;
    float *m;
    float *v;
    float gradient_scale;
    float rate;
    float momentum;
    float decay;
    ocellus_adam_step adam;
} update;

/// Σ x² is summed in this many parts, whatever the number of threads.
enum { parts = 64 };

typedef struct {
    long buffers;
    const float *const *x;
    const long *counts;
    double *sums;
} squares;

#define OCELLUS_BODY "update.body.h"
#include "for_each_instruction_set.h"

static void run(ocellus_range range, long count, const update *update, int threads) {
    ocellus_parallel_range(threads, count, ocellus_grain(1), range, update);
}

void ocellus_sgd(
    long count, float *w, const float *g, const float *gradient_scale, float rate, float decay, int threads) {
    update update = {.w = w, .g = g, .m = w, .v = w, .gradient_scale = *gradient_scale, .rate = rate, .decay = decay};
    run(OCELLUS_PICK(sgd), count, &update, threads);
}

void ocellus_sgd_momentum(
    long count, float *w, const float *g, float *v, const float *gradient_scale, float rate, float momentum,
    bool nesterov, float decay, int threads) {
    update update = {
        .w = w, .g = g, .m = w, .v = v, .gradient_scale = *gradient_scale, .rate = rate, .momentum = momentum,
        .decay = decay};
    run(nesterov ? OCELLUS_PICK(nesterov) : OCELLUS_PICK(momentum), count, &update, threads);
}

void ocellus_adam(
    long count, float *w, const float *g, float *m, float *v, const float *gradient_scale,
    const ocellus_adam_step *step, int threads) {
    update update = {.w = w, .g = g, .m = m, .v = v, .gradient_scale = *gradient_scale, .adam = *step};
    run(OCELLUS_PICK(adam), count, &update, threads);
}

/// `base^exponent` by repeated squaring: the C library's pow differs between machines.
static double power(double base, long exponent) {
    double result = 1;
    for (; exponent > 0; exponent /= 2) {
        if (exponent % 2 == 1) result *= base;
        base *= base;
    }
    return result;
}

ocellus_adam_step ocellus_adam_step_make(
    double rate, double beta1, double beta2, double epsilon, double decay, bool decoupled, long number) {
    return (ocellus_adam_step){
        .rate = (float)(rate / (1 - power(beta1, number))),
        .beta1 = (float)beta1,
        .beta1_complement = (float)(1 - beta1),
        .beta2 = (float)beta2,
        .beta2_complement = (float)(1 - beta2),
        .root_scale = (float)(1 / __builtin_elementwise_sqrt(1 - power(beta2, number))),
        .epsilon = (float)epsilon,
        .decay = decoupled ? 0 : (float)decay,
        .keep = decoupled ? (float)(1 - rate * decay) : 1,
    };
}

double ocellus_sum_of_squares(long buffers, const float *const *x, const long *counts, int threads) {
    double sums[parts];
    squares squares = {buffers, x, counts, sums};
    long total = 0;
    for (long buffer = 0; buffer < buffers; buffer += 1) total += counts[buffer];
    ocellus_parallel_range(
        threads, parts, ocellus_grain(total / parts), OCELLUS_PICK(sum_of_squares), &squares);
    double sum = 0;
    for (int part = 0; part < parts; part += 1) sum += sums[part];
    return sum;
}

float ocellus_clip_factor(double sum, double maximum) {
    double norm = __builtin_elementwise_sqrt(sum);
    return norm <= maximum ? 1 : (float)(maximum / norm);
}
