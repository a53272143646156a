// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

typedef struct {
    ocellus_maps maps;
    const float *x;
    float *y;
    /// `1 − rate`
    float kept;
    uint32_t threshold;
    uint32_t key[2];
    uint32_t step, stream;
    /// Philox blocks before the first element's.
    uint64_t first_block;
} dropout;

enum {
    /// Words of random numbers made at once: 8 Philox blocks of 4.
    words_at_once = 32,
    /// Positions that these words serve wherever in a block the first one falls.
    positions_at_once = words_at_once - 4,
};

#define OCELLUS_BLOCK_BODY "dropout.body.h"
#include "for_each_block.h"

int ocellus_dropout(const void *arguments, const ocellus_run *run) {
    const ocellus_dropout_arguments *a = arguments;
    ocellus_maps maps = a->maps;
    long size = maps.height * maps.width, first = run->first_image * maps.channels * size;
    uint64_t seed = run->dropout_seed;
    dropout d = {
        .maps = maps, .x = a->x, .y = a->y, .kept = 1 - a->rate, .threshold = (uint32_t)((double)a->rate * 0x1p32),
        .key = {(uint32_t)seed, (uint32_t)(seed >> 32)}, .step = run->dropout_step, .stream = a->stream,
        .first_block = (uint64_t)first / 4};
    // A random word costs about as much as 8 additions. Plain maps are one row of elements, others planes.
    long items = maps.block == 1 ? maps.batch * maps.channels * size : ocellus_planes(maps);
    long work = maps.block == 1 ? 8 : 8 * size * maps.block;
    ocellus_parallel_range(
        run->threads, items, ocellus_grain(work), OCELLUS_PICK_BLOCK(dropout, maps.block), &d);
    return 0;
}
