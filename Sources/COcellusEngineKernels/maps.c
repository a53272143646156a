// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

typedef struct {
    ocellus_maps maps;
    const float *from;
    float *to;
} layout;

/// Positions copied for all channels of a block before the next ones, so that both sides stay in the cache.
enum { positions_at_once = 64 };

long ocellus_maps_count(ocellus_maps maps) {
    return ocellus_planes(maps) * maps.height * maps.width * maps.block;
}

/// Channels of plane `plane` that are not padding, and where its first one starts in the plain layout.
static long channels_of(ocellus_maps maps, long plane, long *start) {
    long blocks = (maps.channels + maps.block - 1) / maps.block;
    long first = plane % blocks * maps.block;
    *start = (plane / blocks * maps.channels + first) * maps.height * maps.width;
    return ocellus_min(maps.block, maps.channels - first);
}

static void from_plain(const void *context, long begin, long end) {
    const layout *l = context;
    long size = l->maps.height * l->maps.width, block = l->maps.block;
    for (long plane = begin; plane < end; plane += 1) {
        long start, channels = channels_of(l->maps, plane, &start);
        float *to = l->to + plane * size * block;
        for (long first = 0; first < size; first += positions_at_once) {
            long last = ocellus_min(first + positions_at_once, size);
            for (long channel = 0; channel < block; channel += 1) {
                const float *from = l->from + start + channel * size;
                for (long i = first; i < last; i += 1) to[i * block + channel] = channel < channels ? from[i] : 0;
            }
        }
    }
}

static void to_plain(const void *context, long begin, long end) {
    const layout *l = context;
    long size = l->maps.height * l->maps.width, block = l->maps.block;
    for (long plane = begin; plane < end; plane += 1) {
        long start, channels = channels_of(l->maps, plane, &start);
        const float *from = l->from + plane * size * block;
        for (long first = 0; first < size; first += positions_at_once) {
            long last = ocellus_min(first + positions_at_once, size);
            for (long channel = 0; channel < channels; channel += 1) {
                float *to = l->to + start + channel * size;
                for (long i = first; i < last; i += 1) to[i] = from[i * block + channel];
            }
        }
    }
}

/// Maps whose padding is cleared.
typedef struct {
    ocellus_maps maps;
    char *x;
    size_t element_bytes;
} padded;

static void zero_padding(const void *context, long begin, long end) {
    const padded *p = context;
    long size = p->maps.height * p->maps.width, block = p->maps.block;
    for (long plane = begin; plane < end; plane += 1) {
        long start, channels = channels_of(p->maps, plane, &start);
        if (channels == block) continue;
        for (long i = 0; i < size; i += 1) {
            char *first = p->x + (size_t)((plane * size + i) * block + channels) * p->element_bytes;
            memset(first, 0, (size_t)(block - channels) * p->element_bytes);
        }
    }
}

static void convert(ocellus_range range, const layout *layout, int threads) {
    ocellus_maps maps = layout->maps;
    ocellus_parallel_range(
        threads, ocellus_planes(maps), ocellus_grain(maps.height * maps.width * maps.block), range, layout);
}

void ocellus_maps_from_plain(ocellus_maps maps, const float *plain, float *blocked, int threads) {
    convert(from_plain, &(layout){maps, plain, blocked}, threads);
}

void ocellus_maps_to_plain(ocellus_maps maps, const float *blocked, float *plain, int threads) {
    convert(to_plain, &(layout){maps, blocked, plain}, threads);
}

int ocellus_maps_zero_padding(const void *arguments, const ocellus_run *run) {
    const ocellus_maps_zero_padding_arguments *a = arguments;
    padded p = {a->maps, a->x, a->type == ocellus_element_bfloat16 ? sizeof(uint16_t) : sizeof(float)};
    ocellus_parallel_range(
        run->threads, ocellus_planes(a->maps), ocellus_grain(a->maps.height * a->maps.width * a->maps.block),
        zero_padding, &p);
    return 0;
}
