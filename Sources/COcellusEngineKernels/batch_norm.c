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

int ocellus_batch_norm_statistics(const void *arguments, const ocellus_run *run) {
    const ocellus_batch_norm_statistics_arguments *a = arguments;
    batch_norm norm = begin_batch_norm(a->maps, (ocellus_normalization){0}, run->scratch);
    norm.x = a->x, norm.by_channel = a->mean, norm.by_channel_too = a->variance;
    run_planes(&norm, OCELLUS_PICK_TYPE(moments, a->type), run->threads);
    ocellus_batch_norm_join_moments(&norm, run->threads);
    return 0;
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

int ocellus_batch_norm(const void *arguments, const ocellus_run *run) {
    const ocellus_batch_norm_arguments *a = arguments;
    batch_norm norm = begin_batch_norm(a->maps, a->rule, run->scratch);
    norm.x = a->x, norm.added = a->added, norm.result = a->y;
    batch_norm_factors(&norm);
    run_planes(&norm, OCELLUS_PICK_TYPE(normalize, a->type), run->threads);
    return 0;
}

int ocellus_batch_norm_gradient(const void *arguments, const ocellus_run *run) {
    const ocellus_batch_norm_gradient_arguments *a = arguments;
    batch_norm norm = begin_batch_norm(a->maps, a->rule, run->scratch);
    norm.x = a->x, norm.dy = a->dy, norm.result = a->dx, norm.by_channel = a->dscale, norm.by_channel_too = a->dshift;
    batch_norm_factors(&norm);
    run_planes(&norm, OCELLUS_PICK_TYPE(gradient_sums, a->type), run->threads);
    // The first pass leaves the gradient through a function where dx comes to lie, but not rounded to bfloat16.
    if (norm.epilogue.function != NULL && a->type == ocellus_element_float32) {
        norm.dy = a->dx, norm.epilogue.function = NULL;
    }
    ocellus_batch_norm_join_gradients(&norm, run->threads);
    run_planes(&norm, OCELLUS_PICK_TYPE(gradient, a->type), run->threads);
    return 0;
}

int ocellus_running_statistics(const void *arguments, const ocellus_run *run) {
    (void)run;
    const ocellus_running_statistics_arguments *a = arguments;
    for (long c = 0; c < a->channels; c += 1) {
        a->running_mean[c] = (1 - a->momentum) * a->running_mean[c] + a->momentum * a->mean[c];
        a->running_variance[c]
            = (1 - a->momentum) * a->running_variance[c] + a->momentum * (a->correction * a->variance[c]);
    }
    return 0;
}
