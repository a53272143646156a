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

ocellus_update_job ocellus_update_job_of(
    ocellus_rule rule, float *w, const float *g, float *m, float *v, const ocellus_run *run) {
    return (ocellus_update_job){w, g, m != NULL ? m : w, v != NULL ? v : w, run->batch->gradient_scale, rule};
}

static void update(const ocellus_update_arguments *a, ocellus_update_part part, const ocellus_run *run) {
    ocellus_rule rule = ocellus_rule_of(a->optimizer, run, part.parameter);
    ocellus_update_job job = ocellus_update_job_of(
        rule, a->w + part.start, a->g + part.start, a->m != NULL ? a->m + part.start : NULL,
        a->v != NULL ? a->v + part.start : NULL, run);
    ocellus_parallel_range(run->threads, part.count, ocellus_grain(1), ocellus_update_range(rule), &job);
}

int ocellus_update(const void *arguments, const ocellus_run *run) {
    const ocellus_update_arguments *a = arguments;
    if (run->rate_factors == NULL) {
        update(a, (ocellus_update_part){.start = 0, .count = a->count}, run);
    } else {
        for (long part = 0; part < a->part_count; part += 1) update(a, a->parts[part], run);
    }
    return 0;
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

ocellus_rule ocellus_rule_of(ocellus_optimizer optimizer, const ocellus_run *run, long parameter) {
    double factor = run->rate_factors == NULL ? 1 : run->rate_factors[parameter];
    double rate = run->learning_rate * factor, pull = 1 / factor;
    ocellus_rule rule = {
        .kind = optimizer.kind, .rate = (float)rate, .momentum = (float)optimizer.momentum,
        .decay = (float)optimizer.decay * (float)pull};
    if (optimizer.kind == ocellus_rule_adam) {
        rule.adam = ocellus_adam_step_make(
            rate, optimizer.beta1, optimizer.beta2, optimizer.epsilon,
            optimizer.decoupled ? optimizer.decay * pull : optimizer.decay, optimizer.decoupled, run->update_number);
    }
    return rule;
}

int ocellus_gradient_sums(const void *arguments, const ocellus_run *run) {
    const ocellus_gradient_sums_arguments *a = arguments;
    ocellus_batch_state *batch = run->batch;
    float weight = (float)batch->loss.weight_sum;
    int status;
    if (run->first_image == 0) {
        batch->weight_sum = batch->loss.weight_sum;
        status = ocellus_scale(
            &(ocellus_elementwise_arguments){.count = a->count, .a = a->g, .factor = weight, .y = a->sums}, run);
    } else {
        batch->weight_sum += batch->loss.weight_sum;
        status = ocellus_add_scaled(
            &(ocellus_elementwise_arguments){
                .count = a->count, .a = a->sums, .b = a->g, .factor = weight, .y = a->sums},
            run);
    }
    batch->gradient_scale = (float)(1 / batch->weight_sum);
    return status;
}

int ocellus_gradient_clip(const void *arguments, const ocellus_run *run) {
    const ocellus_gradient_clip_arguments *a = arguments;
    ocellus_batch_state *batch = run->batch;
    double mean = batch->weight_sum == 0 ? 1 : 1 / batch->weight_sum;
    double sum = mean * mean * ocellus_sum_of_squares(a->buffers, a->g, a->counts, run->threads);
    batch->gradient_scale = (float)mean * ocellus_clip_factor(sum, a->maximum);
    return 0;
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
