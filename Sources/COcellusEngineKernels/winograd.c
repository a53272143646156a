// SPDX-License-Identifier: Apache-2.0
#include "epilogue.h"

// The points of the interpolation are those whose transforms amplified rounding least among many tried: with tiles of 4×4
// the error is about half that with the usual points 0, ±1, ±2, and with 5×5 close to it (Barabasz, Anderson, Soodhalter
// and Gregg, ACM TOMS 46:4, 2020, on why the points matter). weightN_P is one over the product of P's distances to the
// other points.
#define a4 0.625f
#define b4 1.5f
#define weight4_0 (1 / (a4 * a4 * b4 * b4))
#define weight4_a (1 / (2 * a4 * a4 * (a4 * a4 - b4 * b4)))
#define weight4_b (1 / (2 * b4 * b4 * (b4 * b4 - a4 * a4)))

#define a5 0.5f
#define b5 1.0f
#define c5 3.0f
#define weight5_0 (-1 / (a5 * a5 * b5 * b5 * c5))
#define weight5_a (1 / (2 * a5 * a5 * (a5 * a5 - b5 * b5) * (a5 - c5)))
#define weight5_minus_a (1 / (2 * a5 * a5 * (a5 * a5 - b5 * b5) * (-a5 - c5)))
#define weight5_b (1 / (2 * b5 * b5 * (b5 * b5 - a5 * a5) * (b5 - c5)))
#define weight5_minus_b (1 / (2 * b5 * b5 * (b5 * b5 - a5 * a5) * (-b5 - c5)))
#define weight5_c (1 / (c5 * (c5 * c5 - a5 * a5) * (c5 * c5 - b5 * b5)))

#define a7 0.5f
#define b7 0.875f
#define c7 1.375f
#define d7 3.0f
#define apart7(p, q, r) (2 * p * p * (p * p - q * q) * (p * p - r * r))
#define weight7_0 (1 / (a7 * a7 * b7 * b7 * c7 * c7 * d7))
#define weight7_a (1 / (apart7(a7, b7, c7) * (a7 - d7)))
#define weight7_minus_a (1 / (apart7(a7, b7, c7) * (-a7 - d7)))
#define weight7_b (1 / (apart7(b7, a7, c7) * (b7 - d7)))
#define weight7_minus_b (1 / (apart7(b7, a7, c7) * (-b7 - d7)))
#define weight7_c (1 / (apart7(c7, a7, b7) * (c7 - d7)))
#define weight7_minus_c (1 / (apart7(c7, a7, b7) * (-c7 - d7)))
#define weight7_d (1 / (d7 * (d7 * d7 - a7 * a7) * (d7 * d7 - b7 * b7) * (d7 * d7 - c7 * c7)))

/// Sizes of a convolution's input and output.
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
    /// Maps, of the elements that the version works on.
    const void *x, *added;
    void *y;
    const float *u, *bias;
    ocellus_epilogue epilogue;
    float *scratch;
    /// In floats.
    long scratch_per_thread;
} winograd_convolution;

typedef struct {
    winograd_tiles tiles;
    long inputs, outputs, tiles_at_once;
    /// As above.
    const void *x, *dy;
    float *dw, *scratch;
    long scratch_per_thread;
    /// Threads that took part.
    int team;
} winograd_weight_gradient;

static long tile_count(winograd_tiles tiles, long tile) {
    return tiles.samples * ((tiles.output_height + tile - 1) / tile) * ((tiles.output_width + tile - 1) / tile);
}

/// Products of a pair of channels in all tiles.
static long products_of(winograd_tiles tiles, long tile) {
    return (tile + 2) * (tile + 2) * tile_count(tiles, tile);
}

/// Outputs of a tile along an axis: larger ones where they make clearly fewer products than the smaller, whose error is
/// smaller.
static long best_tile(winograd_tiles tiles, long largest) {
    const long sizes[] = {4, 5, 7};
    long best = 4;
    for (int k = 1; k < 3 && sizes[k] <= largest; k += 1) {
        if (10 * products_of(tiles, sizes[k]) < 9 * products_of(tiles, best)) best = sizes[k];
    }
    return best;
}

static winograd_place place_of(winograd_tiles tiles, long tile, long index) {
    long rows = (tiles.output_height + tile - 1) / tile, columns = (tiles.output_width + tile - 1) / tile;
    return (winograd_place){index / (rows * columns), index / columns % rows * tile, index % columns * tile};
}

/// A contiguous part for each thread, in rounds of nearly equal size.
static winograd_share share_of(winograd_tiles tiles, long tile, long at_once, int thread, int team) {
    long count = tile_count(tiles, tile);
    winograd_share share = {count * thread / team, count * (thread + 1) / team, at_once};
    long own = share.end - share.begin, rounds = (own + at_once - 1) / at_once;
    if (rounds > 0) share.at_once = (own + rounds - 1) / rounds;
    return share;
}

/// Floats rounded up to an odd number of cache lines, so that the 36 points of a tile fall into different sets.
static long odd_lines(long floats) { return ((floats + 15) / 16 | 1) * 16; }

#define OCELLUS_BLOCK_BODY "winograd.body.h"
#include "for_each_block.h"
#include "for_each_bfloat16_block.h"

#define PICK_TILE(name, tile, block)                                                          \
    ((tile) == 4   ? (block) == 16 ? OCELLUS_PICK(name##_4x4_16) : OCELLUS_PICK(name##_4x4_8) \
     : (tile) == 5 ? (block) == 16 ? OCELLUS_PICK(name##_5x5_16) : OCELLUS_PICK(name##_5x5_8) \
                   : (block) == 16 ? OCELLUS_PICK(name##_7x7_16)                              \
                                   : OCELLUS_PICK(name##_7x7_8))

/// The same for elements of a type; those of bfloat16 have blocks of 16.
#define PICK_MAPS(name, tile, block, type)                                            \
    ((type) == ocellus_element_float32 ? PICK_TILE(name, tile, block)                 \
     : (tile) == 4                     ? OCELLUS_PICK(name##_4x4_bfloat16)            \
     : (tile) == 5                     ? OCELLUS_PICK(name##_5x5_bfloat16)            \
                                       : OCELLUS_PICK(name##_7x7_bfloat16))

// MARK: Scratch

/// Sizes of one of the three directions.
typedef struct {
    winograd_tiles tiles;
    /// Outputs of a tile along an axis, and products of a tile and a pair of channels.
    long tile, points;
    /// Tiles that a thread works on at once: both sides of their products should stay in the second-level cache, but
    /// each round reads all filters (or reads and writes their gradient), which more tiles repay.
    long tiles_at_once;
    /// Floats of all transformed filters, and of what each thread needs.
    long filters, per_thread;
    int team;
} winograd_plan;

static winograd_plan plan_of(ocellus_winograd sizes, winograd_tiles tiles, bool sums_filters, int threads) {
    const long cache = 512 * 1024, fewest = 28, most = 112;
    winograd_plan plan = {.tiles = tiles, .tile = best_tile(tiles, sizes.largest_tile)};
    plan.points = (plan.tile + 2) * (plan.tile + 2);
    plan.filters = plan.points * sizes.inputs * sizes.outputs;
    plan.team = (int)ocellus_min(threads, tile_count(tiles, plan.tile));
    long sides = sizes.inputs + sizes.outputs;
    long at_once = sums_filters ? sizes.inputs * sizes.outputs / sides
                                : ocellus_min(most, cache / (plan.points * sides * (long)sizeof(float)));
    // No more than a thread has.
    plan.tiles_at_once = ocellus_min(
        ocellus_max(fewest, at_once), (tile_count(tiles, plan.tile) + plan.team - 1) / plan.team);
    plan.per_thread = plan.points * (odd_lines(sizes.inputs * plan.tiles_at_once)
                                     + odd_lines(sizes.outputs * plan.tiles_at_once));
    if (sums_filters) plan.per_thread += plan.filters + sizes.outputs;
    plan.per_thread = odd_lines(plan.per_thread);
    return plan;
}

static winograd_tiles forward_tiles(ocellus_winograd s) {
    return (winograd_tiles){s.batch, s.height, s.width, s.output_height, s.output_width, s.top, s.left};
}

/// Of the convolution of dy that gives dx.
static winograd_tiles backward_tiles(ocellus_winograd s) {
    return (winograd_tiles){s.batch, s.output_height, s.output_width, s.height, s.width, 2 - s.top, 2 - s.left};
}

long ocellus_winograd_scratch(ocellus_winograd sizes, int threads) {
    winograd_plan forward = plan_of(sizes, forward_tiles(sizes), false, threads);
    winograd_plan backward = plan_of(sizes, backward_tiles(sizes), false, threads);
    return ocellus_max(
        odd_lines(forward.filters) + forward.team * forward.per_thread,
        odd_lines(backward.filters) + backward.team * backward.per_thread);
}

long ocellus_winograd_weight_gradient_scratch(ocellus_winograd sizes, int threads) {
    winograd_plan plan = plan_of(sizes, forward_tiles(sizes), true, threads);
    return plan.team * plan.per_thread;
}

// MARK: Directions

static void transform(ocellus_winograd sizes, winograd_plan plan, winograd_filters filters, int threads) {
    ocellus_parallel_range(
        threads, (filters.depth / sizes.block) * (filters.outputs / sizes.block),
        ocellus_grain(plan.points * sizes.block * sizes.block), PICK_TILE(transform_filters, plan.tile, sizes.block),
        &filters);
}

static void convolve(
    ocellus_winograd sizes, winograd_plan plan, winograd_convolution job, ocellus_element type, float *scratch) {
    job.tiles = plan.tiles;
    job.tiles_at_once = plan.tiles_at_once;
    job.scratch = scratch;
    job.scratch_per_thread = plan.per_thread;
    ocellus_parallel(plan.team, PICK_MAPS(winograd_convolution, plan.tile, sizes.block, type), &job);
}

long ocellus_winograd_filters_count(ocellus_winograd sizes) {
    return plan_of(sizes, forward_tiles(sizes), false, 1).filters;
}

int ocellus_winograd_filters(const void *arguments, const ocellus_run *run) {
    const ocellus_winograd_filters_arguments *a = arguments;
    transform(
        a->sizes, plan_of(a->sizes, forward_tiles(a->sizes), false, run->threads),
        (winograd_filters){.depth = a->sizes.inputs, .outputs = a->sizes.outputs, .w = a->w, .u = a->u}, run->threads);
    return 0;
}

int ocellus_winograd_forward(const void *arguments, const ocellus_run *run) {
    const ocellus_winograd_forward_arguments *a = arguments;
    ocellus_winograd sizes = a->sizes;
    float *scratch = run->scratch;
    winograd_plan plan = plan_of(sizes, forward_tiles(sizes), false, run->threads);
    winograd_convolution job = {
        .depth = sizes.inputs, .outputs = sizes.outputs, .x = a->x, .u = a->u, .bias = a->bias, .added = a->added,
        .epilogue = ocellus_epilogue_of(a->activation, a->type), .y = a->y};
    if (a->u == NULL) {
        ocellus_winograd_filters(&(ocellus_winograd_filters_arguments){sizes, a->w, scratch}, run);
        job.u = scratch;
        scratch += odd_lines(plan.filters);
    }
    convolve(sizes, plan, job, a->type, scratch);
    return 0;
}

int ocellus_winograd_input_gradient(const void *arguments, const ocellus_run *run) {
    const ocellus_winograd_input_gradient_arguments *a = arguments;
    ocellus_winograd sizes = a->sizes;
    float *u = run->scratch;
    winograd_plan plan = plan_of(sizes, backward_tiles(sizes), false, run->threads);
    transform(
        sizes, plan,
        (winograd_filters){.depth = sizes.outputs, .outputs = sizes.inputs, .is_turned = true, .w = a->w, .u = u},
        run->threads);
    convolve(
        sizes, plan,
        (winograd_convolution){
            .depth = sizes.outputs, .outputs = sizes.inputs, .x = a->dy, .u = u,
            .epilogue = ocellus_epilogue_of((ocellus_activation){0}, a->type), .y = a->dx},
        a->type, u + odd_lines(plan.filters));
    return 0;
}

int ocellus_winograd_weight_gradient(const void *arguments, const ocellus_run *run) {
    const ocellus_winograd_weight_gradient_arguments *a = arguments;
    ocellus_winograd sizes = a->sizes;
    winograd_plan plan = plan_of(sizes, forward_tiles(sizes), true, run->threads);
    winograd_weight_gradient job = {
        .tiles = plan.tiles, .inputs = sizes.inputs, .outputs = sizes.outputs, .tiles_at_once = plan.tiles_at_once,
        .x = a->x, .dy = a->dy, .dw = a->dw, .scratch = run->scratch, .scratch_per_thread = plan.per_thread};
    ocellus_parallel(plan.team, PICK_MAPS(winograd_weight_gradient, plan.tile, sizes.block, a->type), &job);
    ocellus_parallel_range(
        run->threads, (sizes.inputs / sizes.block) * (sizes.outputs / sizes.block),
        ocellus_grain(plan.points * sizes.block * sizes.block), PICK_TILE(gather_filters, plan.tile, sizes.block),
        &job);
    if (a->db == NULL) return 0;
    for (long o = 0; o < sizes.outputs; o += 1) {
        float sum = 0;
        for (int thread = 0; thread < job.team; thread += 1) {
            sum += (run->scratch + thread * job.scratch_per_thread + plan.filters)[o];
        }
        a->db[o] = sum;
    }
    return 0;
}
