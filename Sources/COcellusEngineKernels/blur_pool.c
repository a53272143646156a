// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

enum {
    most_taps = 7,
    /// Input columns whose sources are looked up at once.
    columns_at_once = 64,
};

/// From maps `from` to maps `to`: x to y, or backwards dy to dx.
typedef struct {
    ocellus_maps maps;
    ocellus_window window;
    float taps[most_taps];
    const float *from;
    float *to;
} blur_pool;

/// Position `i`, which may lie outside, reflected into 0 ..< `count` without repeating the edge.
OCELLUS_INLINE long reflected(long i, long count) { return i < 0 ? -i : i >= count ? 2 * (count - 1) - i : i; }

/// The outputs that an input position contributes to along one axis, and by which tap. One that a window reads twice,
/// directly and by reflection, is listed twice.
typedef struct {
    int count;
    /// The position itself and its images behind either border, each under every tap.
    long output[3 * most_taps];
    float tap[3 * most_taps];
} blur_sources;

static blur_sources sources_of(const blur_pool *pool, ocellus_axis axis, long i) {
    blur_sources sources = {.count = 0};
    long last = axis.input - 1;
    for (long p = 0; p < axis.kernel; p += 1) {
        long images[3] = {i, -i, 2 * last - i};
        bool exists[3] = {true, i > 0, i < last};
        for (int image = 0; image < 3; image += 1) {
            long scaled = images[image] - p + axis.before;
            if (!exists[image] || scaled < 0 || scaled % axis.stride != 0) continue;
            if (scaled / axis.stride >= axis.output) continue;
            sources.output[sources.count] = scaled / axis.stride;
            sources.tap[sources.count] = pool->taps[p];
            sources.count += 1;
        }
    }
    return sources;
}

#define OCELLUS_BLOCK_BODY "blur_pool.body.h"
#include "for_each_block.h"

static blur_pool make(const ocellus_blur_pool_arguments *a) {
    blur_pool pool = {.maps = a->maps, .window = a->window, .from = a->from, .to = a->to};
    for (long p = 0; p < a->window.kernel_height; p += 1) pool.taps[p] = (float)a->taps[p];
    return pool;
}

int ocellus_blur_pool(const void *arguments, const ocellus_run *run) {
    blur_pool pool = make(arguments);
    ocellus_window window = pool.window;
    long work = window.output_width * window.kernel_height * window.kernel_width * pool.maps.block;
    ocellus_parallel_range(
        run->threads, ocellus_planes(pool.maps) * window.output_height, ocellus_grain(work),
        OCELLUS_PICK_BLOCK(blur_pool, pool.maps.block), &pool);
    return 0;
}

int ocellus_blur_pool_gradient(const void *arguments, const ocellus_run *run) {
    blur_pool pool = make(arguments);
    ocellus_maps maps = pool.maps;
    ocellus_parallel_range(
        run->threads, ocellus_planes(maps), ocellus_grain(maps.height * maps.width * maps.block),
        OCELLUS_PICK_BLOCK(blur_pool_gradient, maps.block), &pool);
    return 0;
}
