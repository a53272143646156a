// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

/// Samples are divided into this many parts, whatever the number of threads, so that sums keep their order.
enum { parts = 64 };

typedef struct {
    double loss;
    long correct, count;
} loss_part;

typedef struct {
    long batch, classes;
    const float *logits;
    const int32_t *labels;
    const float *sample_weights;
    /// Both NULL when every sample has one label.
    const int32_t *other_labels;
    const float *label_shares;
    /// NULL for all 1.
    const double *class_weights;
    double smoothing;
    /// Σ class weight
    double class_weight_sum;
    /// Σ weight·share·c[label]
    double weight_sum;
    /// NULL when no gradient is wanted.
    float *dlogits;
    loss_part *parts;
} cross_entropy;

OCELLUS_INLINE double class_weight(const cross_entropy *loss, long class) {
    return loss->class_weights == NULL ? 1 : loss->class_weights[class];
}

/// The labels of a sample and the share of the first, 1 when the second does not count.
typedef struct {
    int32_t label, other;
    double share;
} sample_labels;

OCELLUS_INLINE sample_labels labels_of(const cross_entropy *loss, long n) {
    sample_labels labels = {loss->labels[n], loss->labels[n], 1};
    if (loss->other_labels != NULL && loss->label_shares[n] < 1 && loss->other_labels[n] != labels.label) {
        labels.other = loss->other_labels[n];
        labels.share = loss->label_shares[n];
    }
    return labels;
}

/// Σ share·c[label] over the labels of a sample.
OCELLUS_INLINE double label_weight(const cross_entropy *loss, sample_labels labels) {
    double weight = class_weight(loss, labels.label);
    return labels.share < 1 ? labels.share * weight + (1 - labels.share) * class_weight(loss, labels.other) : weight;
}

/// ln x for a normal x ≥ 1, within 2 ULP: the C library's differs between machines. NaN and infinity stay.
static double natural_logarithm(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    long exponent = (long)(bits >> 52 & 0x7ff) - 1023;
    if (exponent == 1024) return x;
    bits = (bits & 0x000fffffffffffff) | 0x3ff0000000000000;
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        exponent += 1;
    }
    // ln m = 2·artanh f; |f| ≤ 0.1716, so that the first term left out is below 2^-58 of the sum.
    double f = (m - 1) / (m + 1), square = f * f;
    double series = 1.0 / 23;
    for (int odd = 21; odd >= 3; odd -= 2) series = series * square + 1.0 / odd;
    double e = (double)exponent;
    return e * 0x1.62e42fee00000p-1 + (2 * f + (2 * f * square * series + e * 0x1.a39ef35793c76p-33));
}

/// Whether the label's logit is the largest, ties going to the lowest index; no when any is NaN.
static bool is_correct(const float *logits, long classes, int32_t label) {
    float best = logits[label];
    bool correct = true;
    for (long k = 0; k < label; k += 1) correct &= logits[k] < best;
    for (long k = label; k < classes; k += 1) correct &= logits[k] <= best;
    return correct;
}

#define OCELLUS_BODY "loss.body.h"
#include "for_each_instruction_set.h"

int ocellus_softmax_cross_entropy(const void *arguments, const ocellus_run *run) {
    const ocellus_softmax_cross_entropy_arguments *a = arguments;
    loss_part sums[parts];
    cross_entropy loss = {
        .batch = a->batch, .classes = a->classes, .logits = a->logits, .labels = a->labels,
        .sample_weights = a->sample_weights, .other_labels = run->other_labels, .label_shares = run->label_shares,
        .class_weights = a->class_weights, .smoothing = a->label_smoothing, .dlogits = a->dlogits, .parts = sums};
    for (long k = 0; k < a->classes; k += 1) loss.class_weight_sum += class_weight(&loss, k);
    for (long n = 0; n < a->batch; n += 1) {
        if (a->sample_weights[n] != 0) {
            loss.weight_sum += (double)a->sample_weights[n] * label_weight(&loss, labels_of(&loss, n));
        }
    }
    long samples_a_part = (a->batch + parts - 1) / parts;
    // An exponential costs about as much as 8 additions.
    ocellus_parallel_range(
        run->threads, parts, ocellus_grain(samples_a_part * a->classes * 8), OCELLUS_PICK(cross_entropy_parts), &loss);

    ocellus_loss_statistics statistics = {.weight_sum = loss.weight_sum};
    for (int part = 0; part < parts; part += 1) {
        statistics.loss_sum += sums[part].loss;
        statistics.correct += sums[part].correct;
        statistics.count += sums[part].count;
    }
    run->batch->loss = statistics;
    return 0;
}
