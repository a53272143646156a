// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

typedef struct {
    const float *x;
    float *y;
    /// `1 − rate`
    float kept;
    uint32_t threshold;
    uint32_t key[2];
    uint32_t step, stream;
    /// Elements of a row: neighbours in the logical order that lie `stride` floats apart in memory.
    long row, stride;
    /// Rows of a sample, and those of one block of channels; see row_offset().
    long rows, block;
    /// Floats of a sample in memory.
    long sample;
} dropout;

/// Where row `row` of all samples starts in memory.
OCELLUS_INLINE long row_offset(const dropout *d, long row) {
    long inside = row % d->rows;
    return row / d->rows * d->sample + inside / d->block * d->block * d->row + inside % d->block;
}

/// Words of random numbers made at once: 8 blocks of 4.
enum { words_at_once = 32 };

#define OCELLUS_BODY "dropout.body.h"
#include "for_each_instruction_set.h"

void ocellus_dropout(
    ocellus_maps maps, const float *x, float *y, float rate, uint64_t seed, uint32_t step, uint32_t stream,
    int threads) {
    long size = maps.height * maps.width;
    long padded = (maps.channels + maps.block - 1) / maps.block * maps.block;
    dropout d = {
        .x = x, .y = y, .kept = 1 - rate, .threshold = (uint32_t)((double)rate * 0x1p32),
        .key = {(uint32_t)seed, (uint32_t)(seed >> 32)}, .step = step, .stream = stream};
    if (maps.block == 1) {
        // One row of everything.
        d.row = maps.batch * maps.channels * size;
        d.stride = d.rows = d.block = 1;
        ocellus_parallel_range(threads, d.row, 4096, OCELLUS_PICK(dropout_elements), &d);
        return;
    }
    d.stride = d.block = maps.block;
    d.row = size;
    d.rows = maps.channels;
    d.sample = padded * size;
    ocellus_maps_zero_padding(maps, y, threads);
    ocellus_parallel_range(
        threads, maps.batch * maps.channels, ocellus_grain(size), OCELLUS_PICK(dropout_rows), &d);
}
