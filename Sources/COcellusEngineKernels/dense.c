// SPDX-License-Identifier: Apache-2.0
#include "update.h"

typedef struct {
    ocellus_dense sizes;
    long input_blocks, output_blocks;
    /// `[input block][n][16]` and `[output block][n][outputs_at_once]`, filled up with zeros.
    const float *x, *dy;
    /// Of all weights; a block of it is updated at a time.
    ocellus_update_job update;
    ocellus_range range;
} dense_update;

typedef struct {
    ocellus_dense sizes;
    long input_blocks, output_blocks;
    /// `[input block][n][16]`
    const float *x;
    const float *w, *bias;
    bool relu;
    /// `[output block][n][outputs_at_once]`
    float *sums;
    float *y;
} dense_forward;

typedef struct {
    long batch, features, width;
    const float *from;
    float *to;
} packing;

#define OCELLUS_BODY "dense_forward.body.h"
#include "for_each_instruction_set.h"
#undef OCELLUS_BODY

#define OCELLUS_BODY "dense_update.body.h"
#include "for_each_instruction_set.h"

static long blocks(long features, long width) { return (features + width - 1) / width; }

/// Brings `[N][features]` to `[block][N][width]`. Items are blocks.
static void pack(const void *context, long begin, long end) {
    const packing *p = context;
    for (long block = begin; block < end; block += 1) {
        long count = ocellus_min(p->width, p->features - block * p->width);
        for (long n = 0; n < p->batch; n += 1) {
            float *to = p->to + (block * p->batch + n) * p->width;
            memcpy(to, p->from + n * p->features + block * p->width, (size_t)count * sizeof(float));
            if (count < p->width) memset(to + count, 0, (size_t)(p->width - count) * sizeof(float));
        }
    }
}

long ocellus_dense_scratch(ocellus_dense sizes) {
    return sizes.batch
           * (16 * blocks(sizes.inputs, 16) + sizes.outputs_at_once * blocks(sizes.outputs, sizes.outputs_at_once));
}

void ocellus_dense_forward(
    ocellus_dense sizes, const float *x, const float *w, const float *bias, bool relu, float *y, float *scratch,
    int threads) {
    long width = sizes.outputs_at_once;
    dense_forward job = {
        .sizes = sizes, .input_blocks = blocks(sizes.inputs, 16), .output_blocks = blocks(sizes.outputs, width),
        .x = scratch, .w = w, .bias = bias, .relu = relu, .y = y};
    job.sums = scratch + sizes.batch * 16 * job.input_blocks;
    packing of_x = {sizes.batch, sizes.inputs, 16, x, scratch};
    ocellus_parallel_range(threads, job.input_blocks, ocellus_grain(sizes.batch * 16), pack, &of_x);
    ocellus_parallel_range(threads, job.output_blocks, 1, OCELLUS_PICK(dense_forward), &job);
}

void ocellus_dense_update(
    ocellus_dense sizes, ocellus_rule rule, const float *x, const float *dy, float *w, float *m, float *v, float *db,
    const float *gradient_scale, float *scratch, int threads) {
    long width = sizes.outputs_at_once;
    dense_update job = {
        .sizes = sizes, .input_blocks = blocks(sizes.inputs, 16), .output_blocks = blocks(sizes.outputs, width),
        .update = {.w = w, .m = m != NULL ? m : w, .v = v != NULL ? v : w, .gradient_scale = *gradient_scale, .rule = rule},
        .range = ocellus_update_range(rule)};
    float *packed_x = scratch, *packed_dy = scratch + sizes.batch * 16 * job.input_blocks;
    job.x = packed_x;
    job.dy = packed_dy;
    packing of_x = {sizes.batch, sizes.inputs, 16, x, packed_x};
    packing of_dy = {sizes.batch, sizes.outputs, width, dy, packed_dy};
    ocellus_parallel_range(threads, job.input_blocks, ocellus_grain(sizes.batch * 16), pack, &of_x);
    ocellus_parallel_range(threads, job.output_blocks, ocellus_grain(sizes.batch * width), pack, &of_dy);
    ocellus_parallel_range(
        threads, job.input_blocks * job.output_blocks, ocellus_grain(sizes.batch * width), OCELLUS_PICK(dense_update),
        &job);
    if (db == NULL) return;
    for (long o = 0; o < sizes.outputs; o += 1) {
        float sum = 0;
        for (long n = 0; n < sizes.batch; n += 1) sum += packed_dy[(o / width * sizes.batch + n) * width + o % width];
        db[o] = sum;
    }
}
