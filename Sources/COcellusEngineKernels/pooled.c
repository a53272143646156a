// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

/// Floats of the neighbourhoods that a thread holds: half a first-level cache.
enum { pooled_cached = 4096 };

typedef struct {
    ocellus_pooled sizes;
    const float *x;
    const void *dy, *y;
    const uint8_t *winners;
    float *scratch;
    /// Rows of the pool's output whose neighbourhoods are made at once.
    long rows_at_once;
    /// Floats of all sums of a thread, and of what it needs.
    long sums, per_thread;
    /// Threads that took part.
    int team;
} pooled_gradient;

/// The 4×4 positions of a channel that the convolution reads for the window of the pool at (row, column), zero outside.
OCELLUS_INLINE void pooled_neighbourhood(
    ocellus_maps x, const float *plane, long row, long column, float *to) {
    if (row >= 0 && column >= 0 && row + 4 <= x.height && column + 4 <= x.width) {
        for (long r = 0; r < 4; r += 1) memcpy(to + 4 * r, plane + (row + r) * x.width + column, 4 * sizeof *to);
        return;
    }
    for (long r = 0; r < 4; r += 1) {
        for (long s = 0; s < 4; s += 1) {
            bool inside = row + r >= 0 && row + r < x.height && column + s >= 0 && column + s < x.width;
            to[4 * r + s] = inside ? plane[(row + r) * x.width + column + s] : 0;
        }
    }
}

#define OCELLUS_BLOCK_BODY "pooled.body.h"
#include "for_each_block.h"
#include "for_each_bfloat16_block.h"

/// Sums of one block of outputs: each tap of each channel, and dy.
static long vectors_of(ocellus_pooled sizes) { return 9 * sizes.x.channels + 1; }

static pooled_gradient gradient_of(ocellus_pooled sizes) {
    long row = sizes.y.width * sizes.x.channels * 16;
    pooled_gradient job = {.sizes = sizes, .sums = sizes.y.channels * vectors_of(sizes)};
    job.rows_at_once = ocellus_max(1, ocellus_min(sizes.y.height, pooled_cached / row));
    job.per_thread = job.sums + job.rows_at_once * row;
    return job;
}

static int team_of(ocellus_pooled sizes, int threads) { return (int)ocellus_min(threads, sizes.x.batch); }

long ocellus_pooled_gradient_scratch(ocellus_pooled sizes, int threads) {
    return team_of(sizes, threads) * gradient_of(sizes).per_thread;
}

int ocellus_pooled_gradient(const void *arguments, const ocellus_run *run) {
    const ocellus_pooled_gradient_arguments *a = arguments;
    ocellus_pooled sizes = a->sizes;
    pooled_gradient job = gradient_of(sizes);
    job.x = a->x, job.dy = a->dy, job.y = a->y, job.winners = a->winners, job.scratch = run->scratch;
    long taps = 9 * sizes.x.channels;
    ocellus_parallel(
        team_of(sizes, run->threads),
        a->type == ocellus_element_bfloat16 ? OCELLUS_PICK(pooled_gradient_bfloat16) : OCELLUS_PICK(pooled_gradient_16),
        &job);
    for (long o = 0; o < sizes.y.channels; o += 1) {
        const float *sums = job.scratch + o / 16 * (taps + 1) * 16 + o % 16;
        for (long k = 0; k <= taps; k += 1) {
            float sum = sums[k * 16];
            for (int thread = 1; thread < job.team; thread += 1) sum += sums[thread * job.per_thread + k * 16];
            const long *strides = sizes.strides;
            if (k < taps) {
                a->dw[o / 16 * strides[0] + k / 9 * strides[1] + k % 9 / 3 * strides[2] + k % 3 * strides[3] + o % 16 * strides[4]]
                    = sum;
            } else if (a->db != NULL) {
                a->db[o] = sum;
            }
        }
    }
    return 0;
}
