// SPDX-License-Identifier: Apache-2.0
//
// Softmax cross-entropy of one sample at a time, 8 classes at once.
#include "exponential.body.h"

/// 8 values from `x + k`; those beyond `count` are `beyond`.
OCELLUS_INLINE f8 ISA(floats)(const float *x, long k, long count, float beyond) {
    if (k + 8 <= count) return *(const f8_memory *)(x + k);
    f8 values = (f8){0} + beyond;
    memcpy(&values, x + k, (size_t)(count - k) * sizeof(float));
    return values;
}

OCELLUS_INLINE d8 ISA(class_weights)(const cross_entropy *loss, long k) {
    d8 weights = {0};
    long count = ocellus_min(8, loss->classes - k);
    for (long lane = 0; lane < count; lane += 1) weights[lane] = class_weight(loss, k + lane);
    return weights;
}

OCELLUS_INLINE double ISA(lanes_sum)(d8 x) {
    double sum = 0;
    for (int lane = 0; lane < 8; lane += 1) sum += x[lane];
    return sum;
}

/// The loss of sample `n` without its weight; writes its gradient.
static double ISA(cross_entropy_sample)(const cross_entropy *loss, long n) {
    long classes = loss->classes;
    const float *logits = loss->logits + n * classes;
    sample_labels labels = labels_of(loss, n);
    double at_labels = label_weight(loss, labels);
    double largest = logits[0];
    for (long k = 1; k < classes; k += 1) largest = logits[k] > largest ? logits[k] : largest;

    d8 sums = {0};
    for (long k = 0; k < classes; k += 8) {
        d8 shifted = __builtin_convertvector(ISA(floats)(logits, k, classes, -__builtin_inff()), d8) - largest;
        sums += ISA(exp_negative)(shifted);
    }
    double sum = ISA(lanes_sum)(sums);
    double normalizer = largest + natural_logarithm(sum);
    double first = class_weight(loss, labels.label), second = class_weight(loss, labels.other);
    double value = first * (normalizer - logits[labels.label]);
    if (labels.share < 1) {
        value = labels.share * value + (1 - labels.share) * second * (normalizer - logits[labels.other]);
    }
    double mass = at_labels, share = loss->smoothing / (double)classes;
    if (loss->smoothing > 0) {
        d8 smooth = {0};
        for (long k = 0; k < classes; k += 8) {
            d8 x = __builtin_convertvector(ISA(floats)(logits, k, classes, 0), d8);
            smooth += ISA(class_weights)(loss, k) * (normalizer - x);
        }
        value = (1 - loss->smoothing) * value + share * ISA(lanes_sum)(smooth);
        mass = (1 - loss->smoothing) * at_labels + share * loss->class_weight_sum;
    }
    if (loss->dlogits == NULL) return value;

    // ∂ℓ/∂logit[k] = mass·softmax[k] − q[k]·c[k], with mass = Σ q·c.
    double weight = loss->sample_weights[n] / loss->weight_sum;
    // Read before the gradient may overwrite it.
    float label_logit = logits[labels.label], other_logit = logits[labels.other];
    for (long k = 0; k < classes; k += 8) {
        d8 shifted = __builtin_convertvector(ISA(floats)(logits, k, classes, -__builtin_inff()), d8) - largest;
        d8 gradient = mass * (ISA(exp_negative)(shifted) / sum);
        if (loss->smoothing > 0) gradient -= share * ISA(class_weights)(loss, k);
        f8 rounded = __builtin_convertvector(weight * gradient, f8);
        memcpy(loss->dlogits + n * classes + k, &rounded, (size_t)ocellus_min(8, classes - k) * sizeof(float));
    }
    double probability = ISA(exp_negative)((d8){0} + (label_logit - largest))[0] / sum;
    double target = ((1 - loss->smoothing) * labels.share + share) * first;
    loss->dlogits[n * classes + labels.label] = (float)(weight * (mass * probability - target));
    if (labels.share < 1) {
        probability = ISA(exp_negative)((d8){0} + (other_logit - largest))[0] / sum;
        target = ((1 - loss->smoothing) * (1 - labels.share) + share) * second;
        loss->dlogits[n * classes + labels.other] = (float)(weight * (mass * probability - target));
    }
    return value;
}

static void ISA(cross_entropy_parts)(const void *context, long begin, long end) {
    const cross_entropy *loss = context;
    long samples = (loss->batch + parts - 1) / parts;
    for (long part = begin; part < end; part += 1) {
        loss_part sum = {0};
        long last = ocellus_min((part + 1) * samples, loss->batch);
        for (long n = part * samples; n < last; n += 1) {
            double weight = loss->sample_weights[n];
            if (weight == 0) {
                if (loss->dlogits != NULL) {
                    memset(loss->dlogits + n * loss->classes, 0, (size_t)loss->classes * sizeof(float));
                }
                continue;
            }
            sum.count += 1;
            sum.correct += is_correct(loss->logits + n * loss->classes, loss->classes, loss->labels[n]);
            sum.loss += weight * ISA(cross_entropy_sample)(loss, n);
        }
        loss->parts[part] = sum;
    }
}
