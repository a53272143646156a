// SPDX-License-Identifier: Apache-2.0
#include "batch_norm.h"

#define OCELLUS_BODY "batch_norm.body.h"
#include "for_each_instruction_set.h"

long ocellus_batch_norm_scratch(ocellus_maps maps) {
    return ocellus_planes(maps) * maps.block * 4 + padded_channels(maps) * 5;
}

static void run_planes(const batch_norm *norm, ocellus_range range, int threads) {
    ocellus_maps maps = norm->maps;
    ocellus_parallel_range(
        threads, ocellus_planes(maps), ocellus_grain(maps.height * maps.width * maps.block), range, norm);
}

static void run_channels(const batch_norm *norm, ocellus_range range, int threads) {
    ocellus_parallel_range(threads, norm->maps.channels, ocellus_grain(norm->maps.batch), range, norm);
}

static void statistics(
    ocellus_maps maps, const void *x, float *mean, float *variance, float *scratch, ocellus_range moments,
    int threads) {
    batch_norm norm = begin_batch_norm(maps, (ocellus_normalization){0}, scratch);
    norm.x = x, norm.by_channel = mean, norm.by_channel_too = variance;
    run_planes(&norm, moments, threads);
    ocellus_batch_norm_join_moments(&norm, threads);
}

void ocellus_batch_norm_statistics(
    ocellus_maps maps, const float *x, float *mean, float *variance, float *scratch, int threads) {
    statistics(maps, x, mean, variance, scratch, OCELLUS_PICK(moments_float32), threads);
}

void ocellus_batch_norm_statistics_bfloat16(
    ocellus_maps maps, const uint16_t *x, float *mean, float *variance, float *scratch, int threads) {
    statistics(maps, x, mean, variance, scratch, OCELLUS_PICK(moments_bfloat16), threads);
}

void ocellus_batch_norm_join_moments(const batch_norm *norm, int threads) {
    run_channels(norm, OCELLUS_PICK(join_moments), threads);
}

void ocellus_batch_norm_join_gradients(const batch_norm *norm, int threads) {
    run_channels(norm, OCELLUS_PICK(join_gradients), threads);
}

void ocellus_batch_norm_sum_gradients(const batch_norm *norm, int threads) {
    run_planes(norm, OCELLUS_PICK(gradient_sums_float32), threads);
    ocellus_batch_norm_join_gradients(norm, threads);
}

void ocellus_batch_norm_spread_gradients(const batch_norm *norm, int threads) {
    run_planes(norm, OCELLUS_PICK(gradient_float32), threads);
}

static void normalize(
    ocellus_maps maps, ocellus_normalization rule, const void *x, const void *added, void *y, float *scratch,
    ocellus_range range, int threads) {
    batch_norm norm = begin_batch_norm(maps, rule, scratch);
    norm.x = x, norm.added = added, norm.result = y;
    batch_norm_factors(&norm);
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
    batch_norm norm = begin_batch_norm(maps, rule, scratch);
    norm.x = x, norm.dy = dy, norm.result = dx, norm.by_channel = dscale, norm.by_channel_too = dshift;
    batch_norm_factors(&norm);
    run_planes(&norm, sums, threads);
    ocellus_batch_norm_join_gradients(&norm, threads);
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
