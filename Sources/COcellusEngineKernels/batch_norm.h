// SPDX-License-Identifier: Apache-2.0
//
// What every kernel that normalises maps shares.
#ifndef OCELLUS_BATCH_NORM_H
#define OCELLUS_BATCH_NORM_H

#include "epilogue.h"

/// What the passes of a batch norm share. Maps are floats or, in the versions for it, bfloat16.
typedef struct {
    ocellus_maps maps;
    ocellus_normalization rule;
    const void *x, *dy, *added;
    /// y or dx.
    void *result;
    /// Two sums for each channel of each plane, `[planes][block]` each.
    double *first, *second;
    /// Factors by channel, padding channels included.
    float *mean, *factor, *shift, *slope, *offset;
    /// The rule's function, and whether it is a ReLU.
    ocellus_epilogue epilogue;
    ocellus_epilogue_gradient gradient;
    bool relu;
    /// Results by channel: mean and variance, or the gradients of scale and shift.
    float *by_channel, *by_channel_too;
} batch_norm;

/// Vectors that are summed in float before their sum goes on in double.
enum { vectors_at_once = 128 };

/// Floats of them: what a function is applied to at once.
enum { floats_at_once = 16 * vectors_at_once };

OCELLUS_INLINE long padded_channels(ocellus_maps maps) {
    return (maps.channels + maps.block - 1) / maps.block * maps.block;
}

/// Lays the tables out in the scratchpad.
OCELLUS_INLINE batch_norm begin_batch_norm(ocellus_maps maps, ocellus_normalization rule, float *scratch) {
    long sums = ocellus_planes(maps) * maps.block, channels = padded_channels(maps);
    batch_norm norm = {
        .maps = maps, .rule = rule, .epilogue = ocellus_epilogue_of(rule.activation, ocellus_element_float32),
        .gradient = ocellus_epilogue_gradient_of(rule.activation),
        .relu = rule.activation.function == ocellus_function_relu};
    norm.first = (double *)scratch;
    norm.second = norm.first + sums;
    norm.mean = scratch + sums * 4;
    norm.factor = norm.mean + channels;
    norm.shift = norm.factor + channels;
    norm.slope = norm.shift + channels;
    norm.offset = norm.slope + channels;
    return norm;
}

/// Fills the tables. √ in double is exact to the last bit everywhere, so they are the same on every machine.
OCELLUS_INLINE void batch_norm_factors(const batch_norm *norm) {
    for (long c = 0; c < padded_channels(norm->maps); c++) {
        bool is_real = c < norm->maps.channels;
        double deviation = is_real ? __builtin_sqrt((double)norm->rule.variance[c] + (double)norm->rule.epsilon) : 1;
        norm->mean[c] = is_real ? norm->rule.mean[c] : 0;
        norm->factor[c] = is_real ? (float)((double)norm->rule.scale[c] / deviation) : 0;
        norm->shift[c] = is_real ? norm->rule.shift[c] : 0;
        // Those of the gradient, until it sets them for channels that are real.
        norm->slope[c] = norm->offset[c] = 0;
    }
}

// Parts of a batch norm of maps of floats, for kernels that compute the others themselves.

/// Mean and variance from the moments of planes.
void ocellus_batch_norm_join_moments(const batch_norm *norm, int threads);

/// The sums of planes of a gradient with ReLU, and from them the gradients of scale and shift and the factors of dx.
void ocellus_batch_norm_sum_gradients(const batch_norm *norm, int threads);

/// The second half of it.
void ocellus_batch_norm_join_gradients(const batch_norm *norm, int threads);

/// dx with ReLU.
void ocellus_batch_norm_spread_gradients(const batch_norm *norm, int threads);

#endif
