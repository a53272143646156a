// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

typedef struct {
    ocellus_maps maps;
    ocellus_window window;
    /// Of one winner; 0 when none are kept.
    long winner_bytes;
    const void *x;
    void *y;
    void *winners;
} max_pool;

typedef struct {
    ocellus_maps maps;
    ocellus_window window;
    long winner_bytes;
    const void *dy;
    const void *winners;
    const void *y;
    void *dx;
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
#include "for_each_bfloat16_block.h"

long ocellus_max_pool_winner_bytes(ocellus_window window) {
    return window.kernel_height * window.kernel_width <= 256 ? 1 : 4;
}

static void forward(max_pool pool, ocellus_range range, int threads) {
    long work = pool.window.output_width * pool.window.kernel_height * pool.window.kernel_width * pool.maps.block;
    ocellus_parallel_range(
        threads, ocellus_planes(pool.maps) * pool.window.output_height, ocellus_grain(work), range, &pool);
}

static void backward(max_pool_gradient pool, ocellus_range range, int threads) {
    ocellus_parallel_range(
        threads, ocellus_planes(pool.maps), ocellus_grain(pool.maps.height * pool.maps.width * pool.maps.block), range,
        &pool);
}

void ocellus_max_pool(
    ocellus_maps maps, ocellus_window window, const float *x, float *y, void *winners, int threads) {
    long bytes = winners == NULL ? 0 : ocellus_max_pool_winner_bytes(window);
    max_pool pool = {maps, window, bytes, x, y, winners};
    ocellus_range range = is_quarter(maps, window) ? OCELLUS_PICK_BLOCK(max_pool_quarter, maps.block)
                                                   : OCELLUS_PICK_BLOCK(max_pool, maps.block);
    forward(pool, range, threads);
}

void ocellus_max_pool_bfloat16(
    ocellus_maps maps, ocellus_window window, const uint16_t *x, uint16_t *y, void *winners, int threads) {
    long bytes = winners == NULL ? 0 : ocellus_max_pool_winner_bytes(window);
    max_pool pool = {maps, window, bytes, x, y, winners};
    ocellus_range range
        = is_quarter(maps, window) ? OCELLUS_PICK(max_pool_quarter_bfloat16) : OCELLUS_PICK(max_pool_bfloat16);
    forward(pool, range, threads);
}

void ocellus_max_pool_gradient(
    ocellus_maps maps, ocellus_window window, const float *dy, const void *winners, const float *y, float *dx,
    int threads) {
    max_pool_gradient pool = {maps, window, ocellus_max_pool_winner_bytes(window), dy, winners, y, dx};
    ocellus_range range = is_quarter(maps, window) ? OCELLUS_PICK_BLOCK(max_pool_gradient_quarter, maps.block)
                                                   : OCELLUS_PICK_BLOCK(max_pool_gradient, maps.block);
    backward(pool, range, threads);
}

void ocellus_max_pool_gradient_bfloat16(
    ocellus_maps maps, ocellus_window window, const uint16_t *dy, const void *winners, const uint16_t *y, uint16_t *dx,
    int threads) {
    max_pool_gradient pool = {maps, window, ocellus_max_pool_winner_bytes(window), dy, winners, y, dx};
    ocellus_range range = is_quarter(maps, window) ? OCELLUS_PICK(max_pool_gradient_quarter_bfloat16)
                                                   : OCELLUS_PICK(max_pool_gradient_bfloat16);
    backward(pool, range, threads);
}
