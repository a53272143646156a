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

int ocellus_max_pool(const void *arguments, const ocellus_run *run) {
    const ocellus_max_pool_arguments *a = arguments;
    ocellus_maps maps = a->maps;
    ocellus_window window = a->window;
    long bytes = a->winners == NULL ? 0 : ocellus_max_pool_winner_bytes(window);
    max_pool pool = {maps, window, bytes, a->x, a->y, a->winners};
    ocellus_range range = is_quarter(maps, window) ? OCELLUS_PICK_MAPS(max_pool_quarter, a->type, maps.block)
                                                   : OCELLUS_PICK_MAPS(max_pool, a->type, maps.block);
    long work = window.output_width * window.kernel_height * window.kernel_width * maps.block;
    ocellus_parallel_range(
        run->threads, ocellus_planes(maps) * window.output_height, ocellus_grain(work), range, &pool);
    return 0;
}

int ocellus_max_pool_gradient(const void *arguments, const ocellus_run *run) {
    const ocellus_max_pool_gradient_arguments *a = arguments;
    ocellus_maps maps = a->maps;
    ocellus_window window = a->window;
    max_pool_gradient pool = {maps, window, ocellus_max_pool_winner_bytes(window), a->dy, a->winners, a->y, a->dx};
    ocellus_range range = is_quarter(maps, window)
                              ? OCELLUS_PICK_MAPS(max_pool_gradient_quarter, a->type, maps.block)
                              : OCELLUS_PICK_MAPS(max_pool_gradient, a->type, maps.block);
    ocellus_parallel_range(
        run->threads, ocellus_planes(maps), ocellus_grain(maps.height * maps.width * maps.block), range, &pool);
    return 0;
}
