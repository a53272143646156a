// SPDX-License-Identifier: Apache-2.0
#include "epilogue.h"
#include "update.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Operands are packed in blocks that the products read in order, filled up with zeros. Where products are of bfloat16, two
// numbers that are summed over share a word.

typedef struct dense_forward {
    ocellus_dense sizes;
    long input_blocks, output_blocks;
    /// Parts of the batch that the work on a block of outputs may be divided into.
    long batch_parts;
    /// `[input block][n][16]`; in pairs of inputs `[input block][n][8]`.
    const void *x;
    const float *w, *bias;
    ocellus_epilogue epilogue;
    /// `[output block][n][outputs_at_once]`
    float *sums;
    float *y;
    /// Makes the results of samples `first ..< last` and output block `o` from their sums.
    void (*write_results)(const struct dense_forward *job, long o, long first, long last);
} dense_forward;

typedef struct {
    ocellus_dense sizes;
    long input_blocks, output_blocks;
    /// `[output block][n][outputs_at_once]`; in pairs of outputs `[output block][n][outputs_at_once / 2]`.
    const void *dy;
    const float *w;
    float *dx;
} dense_input_gradient;

typedef struct {
    ocellus_dense sizes;
    long input_blocks, output_blocks;
    /// `[input block][n][16]` and `[output block][n][outputs_at_once]`; in pairs of samples half as many n.
    const void *x, *dy;
    /// Of all weights; a block of it is updated at a time.
    ocellus_update_job update;
    ocellus_range range;
} dense_update;

typedef struct {
    long batch, features, width;
    const float *from;
    void *to;
} packing;

/// The sum of a vector's lanes. Takes a pointer, because vectors are not passed alike for all instruction sets.
OCELLUS_INLINE float sum_of_parts(const f16 *x) {
    f8 a = __builtin_shufflevector(*x, *x, 0, 1, 2, 3, 4, 5, 6, 7)
           + __builtin_shufflevector(*x, *x, 8, 9, 10, 11, 12, 13, 14, 15);
    f8 b = a + __builtin_shufflevector(a, a, 4, 5, 6, 7, 0, 1, 2, 3);
    f8 c = b + __builtin_shufflevector(b, b, 2, 3, 0, 1, 6, 7, 4, 5);
    return c[0] + c[1];
}

/// Asks for a part of the weights and states ahead of their update: the sums before it leave the memory idle.
OCELLUS_INLINE void fetch_block(const ocellus_update_job *u, long first, long count) {
    for (long i = first; i < first + count; i += 16) __builtin_prefetch(u->w + i, 1, 2);
    if (u->m != u->w) {
        for (long i = first; i < first + count; i += 16) __builtin_prefetch(u->m + i, 1, 2);
    }
    if (u->v != u->w) {
        for (long i = first; i < first + count; i += 16) __builtin_prefetch(u->v + i, 1, 2);
    }
}

/// Updates `count` weights with their gradient `g`.
OCELLUS_INLINE void update_block(const dense_update *job, long first, long count, const float *g) {
    ocellus_update_job block = job->update;
    block.w += first;
    block.m += first;
    block.v += first;
    block.g = g;
    job->range(&block, 0, count);
}

#define OCELLUS_BODY "dense_forward.body.h"
#include "for_each_instruction_set.h"
#undef OCELLUS_BODY

#define OCELLUS_BODY "dense_input_gradient.body.h"
#include "for_each_instruction_set.h"
#undef OCELLUS_BODY

#define OCELLUS_BODY "dense_update.body.h"
#include "for_each_instruction_set.h"
#undef OCELLUS_BODY

#define OCELLUS_BODY "dense_bfloat16.body.h"
#include "for_each_instruction_set.h"
#if defined(__x86_64__)
#define ISA(name) name##_avx512_bfloat16
#define ISA_FLOATS 16
#define ISA_HAS_BFLOAT16
#pragma clang attribute push( \
    __attribute__((target("avx512bf16,avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi,bmi2"))), apply_to = function)
#include OCELLUS_BODY
#pragma clang attribute pop
#undef ISA_HAS_BFLOAT16
#undef ISA_FLOATS
#undef ISA
#define PICK_BFLOAT16(name) (ocellus_kernels_have_bfloat16() ? name##_avx512_bfloat16 : OCELLUS_PICK(name))
#else
#define PICK_BFLOAT16(name) OCELLUS_PICK(name)
#endif

static long blocks(long features, long width) { return (features + width - 1) / width; }

/// Brings `[N][features]` to `[block][N][width]`. Items are blocks.
static void pack(const void *context, long begin, long end) {
    const packing *p = context;
    for (long block = begin; block < end; block += 1) {
        long count = ocellus_min(p->width, p->features - block * p->width);
        for (long n = 0; n < p->batch; n += 1) {
            float *to = (float *)p->to + (block * p->batch + n) * p->width;
            const float *from = p->from + n * p->features + block * p->width;
            long c = 0;
            for (; c + 16 <= count; c += 16) memcpy(to + c, from + c, 16 * sizeof(float));
            if (c < count) memcpy(to + c, from + c, (size_t)(count - c) * sizeof(float));
            if (count < p->width) memset(to + count, 0, (size_t)(p->width - count) * sizeof(float));
        }
    }
}

static void run_packing(packing packing, ocellus_range range, int threads) {
    ocellus_parallel_range(
        threads, blocks(packing.features, packing.width), ocellus_grain(packing.batch * packing.width), range, &packing);
}

long ocellus_dense_scratch(ocellus_dense sizes) {
    return sizes.batch
           * (16 * blocks(sizes.inputs, 16) + sizes.outputs_at_once * blocks(sizes.outputs, sizes.outputs_at_once));
}

int ocellus_dense_forward(const void *arguments, const ocellus_run *run) {
    const ocellus_dense_forward_arguments *a = arguments;
    ocellus_dense sizes = a->sizes;
    float *scratch = run->scratch;
    dense_forward job = {
        .sizes = sizes, .input_blocks = blocks(sizes.inputs, 16),
        .output_blocks = blocks(sizes.outputs, sizes.outputs_at_once), .batch_parts = 1, .x = scratch, .w = a->w,
        .bias = a->bias, .epilogue = ocellus_epilogue_of(a->activation, ocellus_element_float32), .y = a->y, .write_results = OCELLUS_PICK(write_results)};
    // Whole blocks rarely divide evenly among threads. Of small batches the time is that of reading the weights, which a
    // block in parts needs twice.
    if (!sizes.rounds_to_bfloat16 && sizes.batch >= 64) job.batch_parts = 8;
    job.sums = scratch + sizes.batch * 16 * job.input_blocks;
    run_packing(
        (packing){sizes.batch, sizes.inputs, 16, a->x, scratch},
        sizes.rounds_to_bfloat16 ? PICK_BFLOAT16(pack_pairs_of_inputs) : pack, run->threads);
    ocellus_parallel_range(
        run->threads, job.output_blocks * job.batch_parts, 1,
        sizes.rounds_to_bfloat16 ? PICK_BFLOAT16(dense_forward_bfloat16) : OCELLUS_PICK(dense_forward), &job);
    return 0;
}

int ocellus_dense_input_gradient(const void *arguments, const ocellus_run *run) {
    const ocellus_dense_input_gradient_arguments *a = arguments;
    ocellus_dense sizes = a->sizes;
    long width = sizes.outputs_at_once;
    dense_input_gradient job = {
        .sizes = sizes, .input_blocks = blocks(sizes.inputs, 16), .output_blocks = blocks(sizes.outputs, width),
        .dy = run->scratch, .w = a->w, .dx = a->dx};
    run_packing(
        (packing){sizes.batch, sizes.outputs, width, a->dy, run->scratch},
        sizes.rounds_to_bfloat16 ? PICK_BFLOAT16(pack_pairs_of_outputs) : pack, run->threads);
    ocellus_parallel_range(
        run->threads, job.input_blocks, 1,
        sizes.rounds_to_bfloat16 ? PICK_BFLOAT16(dense_input_gradient_bfloat16) : OCELLUS_PICK(dense_input_gradient), &job);
    return 0;
}

int ocellus_dense_update(const void *arguments, const ocellus_run *run) {
    const ocellus_dense_update_arguments *a = arguments;
    ocellus_dense sizes = a->sizes;
    long width = sizes.outputs_at_once;
    ocellus_rule rule = ocellus_rule_of(a->optimizer, run, a->parameter);
    dense_update job = {
        .sizes = sizes, .input_blocks = blocks(sizes.inputs, 16), .output_blocks = blocks(sizes.outputs, width),
        .update = ocellus_update_job_of(rule, a->w, NULL, a->m, a->v, run), .range = ocellus_update_range(rule)};
    float *packed_x = run->scratch, *packed_dy = packed_x + sizes.batch * 16 * job.input_blocks;
    job.x = packed_x;
    job.dy = packed_dy;
    ocellus_range packs = sizes.rounds_to_bfloat16 ? PICK_BFLOAT16(pack_pairs_of_samples) : pack;
    run_packing((packing){sizes.batch, sizes.inputs, 16, a->x, packed_x}, packs, run->threads);
    run_packing((packing){sizes.batch, sizes.outputs, width, a->dy, packed_dy}, packs, run->threads);
    ocellus_parallel_range(
        run->threads, job.input_blocks * job.output_blocks, ocellus_grain(sizes.batch * width),
        sizes.rounds_to_bfloat16 ? PICK_BFLOAT16(dense_update_bfloat16) : OCELLUS_PICK(dense_update), &job);
    float *db = a->db;
    if (db == NULL) return 0;
    for (long o = 0; o < sizes.outputs; o += 1) db[o] = 0;
    for (long n = 0; n < sizes.batch; n += 1) {
        for (long o = 0; o < sizes.outputs; o += 1) db[o] += a->dy[n * sizes.outputs + o];
    }
    return 0;
}
