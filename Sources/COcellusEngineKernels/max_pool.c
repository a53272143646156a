// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

typedef struct {
    ocellus_maps maps;
    ocellus_window window;
    /// Of one winner; 0 when none are kept.
    long winner_bytes;
    const float *x;
    float *y;
    void *winners;
} max_pool;

typedef struct {
    ocellus_maps maps;
    ocellus_window window;
    long winner_bytes;
    const float *dy;
    const void *winners;
    const float *y;
    float *dx;
} max_pool_gradient;

/// Input columns whose windows are looked up at once.
enum { columns_at_once = 128 };

/// Whether the windows are 2×2, side by side and wholly inside the map.
static bool is_quarter(ocellus_maps maps, ocellus_window window) {
    return window.kernel_height == 2 && window.kernel_width == 2 && window.stride_height == 2
           && window.stride_width == 2 && window.top == 0 && window.left == 0
           && 2 * window.output_height <= maps.height && 2 * window.output_width <= maps.width;
}

#define OCELLUS_BLOCK_BODY "max_pool.body.h"
#include "for_each_block.h"

long ocellus_max_pool_winner_bytes(ocellus_window window) {
    return window.kernel_height * window.kernel_width <= 256 ? 1 : 4;
}

void ocellus_max_pool(
    ocellus_maps maps, ocellus_window window, const float *x, float *y, void *winners, int threads) {
    long bytes = winners == NULL ? 0 : ocellus_max_pool_winner_bytes(window);
    max_pool pool = {maps, window, bytes, x, y, winners};
    long work = window.output_width * window.kernel_height * window.kernel_width * maps.block;
    ocellus_range range = is_quarter(maps, window) ? OCELLUS_PICK_BLOCK(max_pool_quarter, maps.block)
                                                   : OCELLUS_PICK_BLOCK(max_pool, maps.block);
    ocellus_parallel_range(
        threads, ocellus_planes(maps) * window.output_height, ocellus_grain(work), range, &pool);
}

void ocellus_max_pool_gradient(
    ocellus_maps maps, ocellus_window window, const float *dy, const void *winners, const float *y, float *dx,
    int threads) {
    max_pool_gradient pool = {maps, window, ocellus_max_pool_winner_bytes(window), dy, winners, y, dx};
    ocellus_range range = is_quarter(maps, window) ? OCELLUS_PICK_BLOCK(max_pool_gradient_quarter, maps.block)
                                                   : OCELLUS_PICK_BLOCK(max_pool_gradient, maps.block);
    ocellus_parallel_range(
        threads, ocellus_planes(maps), ocellus_grain(maps.height * maps.width * maps.block), range, &pool);
}
