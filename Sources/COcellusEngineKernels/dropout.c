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

void ocellus_dropout(
    ocellus_maps maps, const float *x, float *y, float rate, uint64_t seed, uint32_t step, uint32_t stream, long first,
    int threads) {
    dropout d = {
        .maps = maps, .x = x, .y = y, .kept = 1 - rate, .threshold = (uint32_t)((double)rate * 0x1p32),
        .key = {(uint32_t)seed, (uint32_t)(seed >> 32)}, .step = step, .stream = stream,
        .first_block = (uint64_t)first / 4};
    long size = maps.height * maps.width;
    // A random word costs about as much as 8 additions. Plain maps are one row of elements, others planes.
    long items = maps.block == 1 ? maps.batch * maps.channels * size : ocellus_planes(maps);
    long work = maps.block == 1 ? 8 : 8 * size * maps.block;
    ocellus_parallel_range(
        threads, items, ocellus_grain(work), OCELLUS_PICK_BLOCK(dropout, maps.block), &d);
}
