// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

typedef ocellus_average_pool_arguments average_pool;

/// Input columns whose windows are looked up at once.
enum { columns_at_once = 128 };

/// Whether every input is in one window at most and all windows are whole.
OCELLUS_INLINE bool windows_lie_apart(ocellus_axis axis) {
    return axis.stride >= axis.kernel && axis.before == 0
           && (axis.output - 1) * axis.stride + axis.kernel <= axis.input;
}

#define OCELLUS_BLOCK_BODY "average_pool.body.h"
#include "for_each_block.h"

int ocellus_average_pool(const void *arguments, const ocellus_run *run) {
    const average_pool *pool = arguments;
    ocellus_maps maps = pool->maps;
    ocellus_window window = pool->window;
    long work = window.output_width * window.kernel_height * window.kernel_width * maps.block;
    ocellus_parallel_range(
        run->threads, ocellus_planes(maps) * window.output_height, ocellus_grain(work),
        OCELLUS_PICK_BLOCK(average_pool, maps.block), pool);
    return 0;
}

int ocellus_average_pool_gradient(const void *arguments, const ocellus_run *run) {
    const average_pool *pool = arguments;
    ocellus_maps maps = pool->maps;
    ocellus_parallel_range(
        run->threads, ocellus_planes(maps), ocellus_grain(maps.height * maps.width * maps.block),
        OCELLUS_PICK_BLOCK(average_pool_gradient, maps.block), pool);
    return 0;
}
