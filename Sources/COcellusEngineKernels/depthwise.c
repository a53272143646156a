// SPDX-License-Identifier: Apache-2.0
#include "batch_norm.h"

typedef struct {
    ocellus_depthwise sizes;
    batch_norm before, after;
    /// `[block][9][16]`
    float *taps;
    /// What the convolution gives, in the forward pass.
    float *y;
    /// Of each thread: a plane of normalised inputs and one of dy, with zeros around, and the sums of the taps in double.
    float *frames;
    long x_floats, dy_floats, per_thread;
    /// Threads that took part.
    int team;
} depthwise_pass;

/// A plane with zeros around it, in vectors.
typedef struct {
    long rows, columns;
    /// Where the first position of the plane lies.
    long top, left;
} depthwise_frame;

/// The inputs as the convolution reads them.
static depthwise_frame input_frame(ocellus_depthwise sizes) {
    ocellus_window window = sizes.window;
    return (depthwise_frame){
        (window.output_height - 1) * window.stride_height + 3, (window.output_width - 1) * window.stride_width + 3,
        window.top, window.left};
}

/// dy as the gradient of the inputs reads it: input i gets kernel position k of output (i + before − k)/stride.
static depthwise_frame gradient_frame(ocellus_depthwise sizes) {
    ocellus_window window = sizes.window;
    long rows = (sizes.x.height - 1 + window.top) / window.stride_height;
    long columns = (sizes.x.width - 1 + window.left) / window.stride_width;
    long before = 2 / window.stride_height;
    return (depthwise_frame){
        ocellus_max(rows + 1, window.output_height) + before, ocellus_max(columns + 1, window.output_width) + before, before,
        before};
}

#define OCELLUS_BODY "depthwise.body.h"
#include "for_each_instruction_set.h"

static long blocks_of(ocellus_depthwise sizes) { return padded_channels(sizes.x) / 16; }

static long norm_floats(ocellus_depthwise sizes) {
    return ocellus_batch_norm_scratch(sizes.x) + ocellus_batch_norm_scratch(sizes.y);
}

static long frame_floats(depthwise_frame frame) { return frame.rows * frame.columns * 16; }

static long floats_per_thread(ocellus_depthwise sizes) {
    return frame_floats(input_frame(sizes)) + frame_floats(gradient_frame(sizes)) + blocks_of(sizes) * 9 * 16 * 2;
}

long ocellus_depthwise_scratch(ocellus_depthwise sizes, int threads) {
    return norm_floats(sizes) + blocks_of(sizes) * 9 * 16 + threads * floats_per_thread(sizes);
}

static batch_norm norm_of(ocellus_maps maps, ocellus_trained_norm norm, float *scratch) {
    ocellus_normalization rule = {norm.mean, norm.variance, norm.scale, norm.shift, norm.epsilon, {ocellus_function_relu, 0}};
    return begin_batch_norm(maps, rule, scratch);
}

static depthwise_pass pass_of(
    ocellus_depthwise sizes, ocellus_trained_norm before, ocellus_trained_norm after, const float *x, const float *w,
    const float *y, float *scratch) {
    float *taps = scratch + norm_floats(sizes);
    depthwise_pass pass = {
        .sizes = sizes, .before = norm_of(sizes.x, before, scratch),
        .after = norm_of(sizes.y, after, scratch + ocellus_batch_norm_scratch(sizes.x)), .taps = taps,
        .frames = taps + blocks_of(sizes) * 9 * 16, .x_floats = frame_floats(input_frame(sizes)),
        .dy_floats = frame_floats(gradient_frame(sizes)), .per_thread = floats_per_thread(sizes)};
    pass.before.x = x, pass.after.x = y;
    for (long c = 0; c < blocks_of(sizes) * 16; c++) {
        for (long k = 0; k < 9; k++) taps[(c / 16 * 9 + k) * 16 + c % 16] = c < sizes.x.channels ? w[c * 9 + k] : 0;
    }
    return pass;
}

int ocellus_depthwise_forward(const void *arguments, const ocellus_run *run) {
    const ocellus_depthwise_forward_arguments *a = arguments;
    ocellus_depthwise sizes = a->sizes;
    ocellus_batch_norm_statistics(
        &(ocellus_batch_norm_statistics_arguments){
            .maps = sizes.x, .x = a->x, .mean = a->before.mean, .variance = a->before.variance},
        run);
    depthwise_pass pass = pass_of(sizes, a->before, a->after, a->x, a->w, a->y, run->scratch);
    batch_norm_factors(&pass.before);
    pass.after.by_channel = a->after.mean, pass.after.by_channel_too = a->after.variance, pass.y = a->y;
    ocellus_parallel(run->threads, OCELLUS_PICK(depthwise_forward), &pass);
    ocellus_batch_norm_join_moments(&pass.after, run->threads);
    return ocellus_batch_norm(
        &(ocellus_batch_norm_arguments){.maps = sizes.y, .rule = pass.after.rule, .x = a->y, .y = a->z}, run);
}

int ocellus_depthwise_gradient(const void *arguments, const ocellus_run *run) {
    const ocellus_depthwise_gradient_arguments *a = arguments;
    depthwise_pass pass = pass_of(a->sizes, a->before, a->after, a->x, a->w, a->y, run->scratch);
    pass.before.by_channel = a->before.dscale, pass.before.by_channel_too = a->before.dshift;
    pass.after.by_channel = a->after.dscale, pass.after.by_channel_too = a->after.dshift;
    pass.after.dy = a->dz, pass.before.dy = pass.before.result = a->dx;
    batch_norm_factors(&pass.before), batch_norm_factors(&pass.after);
    ocellus_batch_norm_sum_gradients(&pass.after, run->threads);
    ocellus_parallel(run->threads, OCELLUS_PICK(depthwise_gradient), &pass);
    ocellus_batch_norm_join_gradients(&pass.before, run->threads);
    ocellus_batch_norm_spread_gradients(&pass.before, run->threads);
    for (long c = 0; c < a->sizes.x.channels; c++) {
        for (long k = 0; k < 9; k++) {
            double sum = 0;
            for (int thread = 0; thread < pass.team; thread++) {
                const double *sums = (const double *)(pass.frames + thread * pass.per_thread + pass.x_floats + pass.dy_floats);
                sum += sums[(c / 16 * 9 + k) * 16 + c % 16];
            }
            a->dw[c * 9 + k] = (float)sum;
        }
    }
    return 0;
}
