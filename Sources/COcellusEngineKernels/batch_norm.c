// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

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
    /// Results by channel: mean and variance, or the gradients of scale and shift.
    float *by_channel, *by_channel_too;
} batch_norm;

/// Vectors that are summed in float before their sum goes on in double.
enum { vectors_at_once = 128 };

#define OCELLUS_BODY "batch_norm.body.h"
#include "for_each_instruction_set.h"

static long padded_channels(ocellus_maps maps) {
    return (maps.channels + maps.block - 1) / maps.block * maps.block;
}

long ocellus_batch_norm_scratch(ocellus_maps maps) {
    return ocellus_planes(maps) * maps.block * 4 + padded_channels(maps) * 5;
}

/// Lays the tables out in the scratchpad.
static batch_norm begin(ocellus_maps maps, ocellus_normalization rule, float *scratch) {
    long sums = ocellus_planes(maps) * maps.block, channels = padded_channels(maps);
    batch_norm norm = {.maps = maps, .rule = rule};
    norm.first = (double *)scratch;
    norm.second = norm.first + sums;
    norm.mean = scratch + sums * 4;
    norm.factor = norm.mean + channels;
    norm.shift = norm.factor + channels;
    norm.slope = norm.shift + channels;
    norm.offset = norm.slope + channels;
    return norm;
}

static void run_planes(const batch_norm *norm, ocellus_range range, int threads) {
    ocellus_maps maps = norm->maps;
    ocellus_parallel_range(
        threads, ocellus_planes(maps), ocellus_grain(maps.height * maps.width * maps.block), range, norm);
}

static void run_channels(const batch_norm *norm, ocellus_range range, int threads) {
    ocellus_parallel_range(threads, norm->maps.channels, ocellus_grain(norm->maps.batch), range, norm);
}

/// √ in double is exact to the last bit everywhere, so the factors are the same on every machine.
static void factors(batch_norm *norm) {
    long channels = norm->maps.channels, all = padded_channels(norm->maps);
    for (long c = 0; c < all; c++) {
        bool is_real = c < channels;
        double deviation = is_real ? __builtin_sqrt((double)norm->rule.variance[c] + (double)norm->rule.epsilon) : 1;
        norm->mean[c] = is_real ? norm->rule.mean[c] : 0;
        norm->factor[c] = is_real ? (float)((double)norm->rule.scale[c] / deviation) : 0;
        norm->shift[c] = is_real ? norm->rule.shift[c] : 0;
    }
}

static void statistics(
    ocellus_maps maps, const void *x, float *mean, float *variance, float *scratch, ocellus_range moments,
    int threads) {
    batch_norm norm = begin(maps, (ocellus_normalization){0}, scratch);
    norm.x = x, norm.by_channel = mean, norm.by_channel_too = variance;
    run_planes(&norm, moments, threads);
    run_channels(&norm, OCELLUS_PICK(join_moments), threads);
}

void ocellus_batch_norm_statistics(
    ocellus_maps maps, const float *x, float *mean, float *variance, float *scratch, int threads) {
    statistics(maps, x, mean, variance, scratch, OCELLUS_PICK(moments_float32), threads);
}

void ocellus_batch_norm_statistics_bfloat16(
    ocellus_maps maps, const uint16_t *x, float *mean, float *variance, float *scratch, int threads) {
    statistics(maps, x, mean, variance, scratch, OCELLUS_PICK(moments_bfloat16), threads);
}

static void normalize(
    ocellus_maps maps, ocellus_normalization rule, const void *x, const void *added, void *y, float *scratch,
    ocellus_range range, int threads) {
    batch_norm norm = begin(maps, rule, scratch);
    norm.x = x, norm.added = added, norm.result = y;
    factors(&norm);
    run_planes(&norm, range, threads);
}

void ocellus_batch_norm(
    ocellus_maps maps, ocellus_normalization rule, const float *x, const float *added, float *y, float *scratch,
    int threads) {
    normalize(maps, rule, x, added, y, scratch, OCELLUS_PICK(normalize_float32), threads);
}

void ocellus_batch_norm_bfloat16(
    ocellus_maps maps, ocellus_normalization rule, const uint16_t *x, const uint16_t *added, uint16_t *y,
    float *scratch, int threads) {
    normalize(maps, rule, x, added, y, scratch, OCELLUS_PICK(normalize_bfloat16), threads);
}

static void gradient(
    ocellus_maps maps, ocellus_normalization rule, const void *x, const void *dy, void *dx, float *dscale,
    float *dshift, float *scratch, ocellus_range sums, ocellus_range apply, int threads) {
    batch_norm norm = begin(maps, rule, scratch);
    norm.x = x, norm.dy = dy, norm.result = dx, norm.by_channel = dscale, norm.by_channel_too = dshift;
    factors(&norm);
    run_planes(&norm, sums, threads);
    for (long c = maps.channels; c < padded_channels(maps); c++) norm.slope[c] = norm.offset[c] = 0;
    run_channels(&norm, OCELLUS_PICK(join_gradients), threads);
    run_planes(&norm, apply, threads);
}

void ocellus_batch_norm_gradient(
    ocellus_maps maps, ocellus_normalization rule, const float *x, const float *dy, float *dx, float *dscale,
    float *dshift, float *scratch, int threads) {
    gradient(
        maps, rule, x, dy, dx, dscale, dshift, scratch, OCELLUS_PICK(gradient_sums_float32),
        OCELLUS_PICK(gradient_float32), threads);
}

void ocellus_batch_norm_gradient_bfloat16(
    ocellus_maps maps, ocellus_normalization rule, const uint16_t *x, const uint16_t *dy, uint16_t *dx, float *dscale,
    float *dshift, float *scratch, int threads) {
    gradient(
        maps, rule, x, dy, dx, dscale, dshift, scratch, OCELLUS_PICK(gradient_sums_bfloat16),
        OCELLUS_PICK(gradient_bfloat16), threads);
}
