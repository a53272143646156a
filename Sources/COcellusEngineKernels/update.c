// SPDX-License-Identifier: Apache-2.0
#include "update.h"

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

ocellus_range ocellus_update_range(ocellus_rule rule) {
    switch (rule.kind) {
        case ocellus_rule_adam: return OCELLUS_PICK(adam);
        case ocellus_rule_nesterov: return OCELLUS_PICK(nesterov);
        case ocellus_rule_momentum: return OCELLUS_PICK(momentum);
        default: return OCELLUS_PICK(sgd);
    }
}

void ocellus_update(
    long count, ocellus_rule rule, float *w, const float *g, float *m, float *v, const float *gradient_scale,
    int threads) {
    ocellus_update_job job = {w, g, m != NULL ? m : w, v != NULL ? v : w, *gradient_scale, rule};
    ocellus_parallel_range(threads, count, ocellus_grain(1), ocellus_update_range(rule), &job);
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
