// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

// Points of the interpolation, whose transforms amplify rounding least among those tried: the error of a convolution is
// about half that with the usual points 0, ±1, ±2 (Barabasz, Anderson, Soodhalter and Gregg, ACM TOMS 46:4, 2020, on
// why the points matter).
static const float point_a = 0.625f, point_b = 1.5f;
static const float weight_0 = 1 / (0.625f * 0.625f * 1.5f * 1.5f);
static const float weight_a = 1 / (2 * 0.625f * 0.625f * (0.625f * 0.625f - 1.5f * 1.5f));
static const float weight_b = 1 / (2 * 1.5f * 1.5f * (1.5f * 1.5f - 0.625f * 0.625f));

/// Sizes of a convolution's input and output, the latter in tiles of 4×4.
typedef struct {
    long samples, input_height, input_width, output_height, output_width, top, left;
} winograd_tiles;

/// Where a tile lies in the output.
typedef struct {
    long sample, row, column;
} winograd_place;

/// Tiles of one thread, and how many it works on at once.
typedef struct {
    long begin, end, at_once;
} winograd_share;

typedef struct {
    /// Channels that the products sum over, and that they give.
    long depth, outputs;
    bool is_turned;
    const float *w;
    float *u;
} winograd_filters;

typedef struct {
    winograd_tiles tiles;
    long depth, outputs, tiles_at_once;
    const float *x, *u, *bias;
    bool relu;
    float *y, *scratch;
    /// In floats.
    long scratch_per_thread;
} winograd_convolution;

typedef struct {
    winograd_tiles tiles;
    long inputs, outputs, tiles_at_once;
    const float *x, *dy;
    float *dw, *scratch;
    long scratch_per_thread;
    /// Threads that took part.
    int team;
} winograd_weight_gradient;

static long tile_count(winograd_tiles tiles) {
    return tiles.samples * ((tiles.output_height + 3) / 4) * ((tiles.output_width + 3) / 4);
}

static winograd_place place_of(winograd_tiles tiles, long tile) {
    long rows = (tiles.output_height + 3) / 4, columns = (tiles.output_width + 3) / 4;
    return (winograd_place){tile / (rows * columns), tile / columns % rows * 4, tile % columns * 4};
}

/// A contiguous part for each thread, in rounds of nearly equal size.
static winograd_share share_of(winograd_tiles tiles, long at_once, int thread, int team) {
    long count = tile_count(tiles);
    winograd_share share = {count * thread / team, count * (thread + 1) / team, at_once};
    long own = share.end - share.begin, rounds = (own + at_once - 1) / at_once;
    if (rounds > 0) share.at_once = (own + rounds - 1) / rounds;
    return share;
}

/// Floats rounded up to an odd number of cache lines, so that the 36 points of a tile fall into different sets.
static long odd_lines(long floats) { return ((floats + 15) / 16 | 1) * 16; }

#define OCELLUS_BLOCK_BODY "winograd.body.h"
#include "for_each_block.h"

/// Tiles that a thread works on at once: both sides of their products should stay in the second-level cache, but each
/// round reads all filters, which more tiles repay.
static long tiles_at_once(ocellus_winograd sizes) {
    const long cache = 512 * 1024, fewest = 28, most = 112;
    long bytes_per_tile = 36 * (sizes.inputs + sizes.outputs) * (long)sizeof(float);
    return ocellus_max(fewest, ocellus_min(most, cache / bytes_per_tile / 14 * 14));
}

static long per_thread(ocellus_winograd sizes, bool is_weight_gradient) {
    long at_once = tiles_at_once(sizes);
    long floats = 36 * (odd_lines(sizes.inputs * at_once) + odd_lines(sizes.outputs * at_once));
    if (is_weight_gradient) floats += 36 * sizes.inputs * sizes.outputs + sizes.outputs;
    return odd_lines(floats);
}

long ocellus_winograd_scratch(ocellus_winograd sizes, int threads) {
    return odd_lines(36 * sizes.inputs * sizes.outputs) + threads * per_thread(sizes, false);
}

long ocellus_winograd_weight_gradient_scratch(ocellus_winograd sizes, int threads) {
    return threads * per_thread(sizes, true);
}

static void transform_filters(
    ocellus_winograd sizes, long depth, long outputs, bool is_turned, const float *w, float *u, int threads) {
    winograd_filters filters = {depth, outputs, is_turned, w, u};
    long block = sizes.block;
    ocellus_range range = block == 16 ? OCELLUS_PICK(transform_filters_16) : OCELLUS_PICK(transform_filters_8);
    ocellus_parallel_range(
        threads, (depth / block) * (outputs / block), ocellus_grain(36 * block * block), range, &filters);
}

static void convolve(ocellus_winograd sizes, winograd_convolution *job, int threads) {
    job->tiles_at_once = tiles_at_once(sizes);
    job->scratch_per_thread = per_thread(sizes, false);
    job->scratch += odd_lines(36 * sizes.inputs * sizes.outputs);
    ocellus_parallel(
        (int)ocellus_min(threads, tile_count(job->tiles)),
        sizes.block == 16 ? OCELLUS_PICK(winograd_convolution_16) : OCELLUS_PICK(winograd_convolution_8), job);
}

void ocellus_winograd_forward(
    ocellus_winograd sizes, const float *x, const float *w, const float *bias, bool relu, float *y, float *scratch,
    int threads) {
    transform_filters(sizes, sizes.inputs, sizes.outputs, false, w, scratch, threads);
    winograd_convolution job = {
        .tiles = {sizes.batch, sizes.height, sizes.width, sizes.output_height, sizes.output_width, sizes.top, sizes.left},
        .depth = sizes.inputs, .outputs = sizes.outputs, .x = x, .u = scratch, .bias = bias, .relu = relu, .y = y,
        .scratch = scratch};
    convolve(sizes, &job, threads);
}

void ocellus_winograd_input_gradient(
    ocellus_winograd sizes, const float *dy, const float *w, float *dx, float *scratch, int threads) {
    transform_filters(sizes, sizes.outputs, sizes.inputs, true, w, scratch, threads);
    winograd_convolution job = {
        .tiles = {sizes.batch, sizes.output_height, sizes.output_width, sizes.height, sizes.width, 2 - sizes.top,
                  2 - sizes.left},
        .depth = sizes.outputs, .outputs = sizes.inputs, .x = dy, .u = scratch, .y = dx, .scratch = scratch};
    convolve(sizes, &job, threads);
}

void ocellus_winograd_weight_gradient(
    ocellus_winograd sizes, const float *x, const float *dy, float *dw, float *db, float *scratch, int threads) {
    winograd_weight_gradient job = {
        .tiles = {sizes.batch, sizes.height, sizes.width, sizes.output_height, sizes.output_width, sizes.top, sizes.left},
        .inputs = sizes.inputs, .outputs = sizes.outputs, .tiles_at_once = tiles_at_once(sizes), .x = x, .dy = dy,
        .dw = dw, .scratch = scratch, .scratch_per_thread = per_thread(sizes, true)};
    ocellus_parallel(
        (int)ocellus_min(threads, tile_count(job.tiles)),
        sizes.block == 16 ? OCELLUS_PICK(winograd_weight_gradient_16) : OCELLUS_PICK(winograd_weight_gradient_8), &job);
    ocellus_range gather = sizes.block == 16 ? OCELLUS_PICK(gather_filters_16) : OCELLUS_PICK(gather_filters_8);
    ocellus_parallel_range(
        threads, (sizes.inputs / sizes.block) * (sizes.outputs / sizes.block),
        ocellus_grain(36 * sizes.block * sizes.block), gather, &job);
    if (db == NULL) return;
    for (long o = 0; o < sizes.outputs; o += 1) {
        float sum = 0;
        for (int thread = 0; thread < job.team; thread += 1) {
            sum += (scratch + thread * job.scratch_per_thread + 36 * sizes.inputs * sizes.outputs)[o];
        }
        db[o] = sum;
    }
}
