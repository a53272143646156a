// SPDX-License-Identifier: Apache-2.0
//
// The weight gradient of a depthwise convolution. The file includes itself for the loops, once per instruction set.
#ifndef OCELLUS_BODY
#include "kernel.h"

enum {
    lanes = 16,
    /// Positions of a kernel along an axis.
    most_taps = 7,
    /// Parts of the samples, so that sums do not depend on the number of threads.
    most_parts = 8,
};

typedef ocellus_planes_gradient_arguments arguments;

/// What is summed for a block of channels: the taps, then the bias, 16 doubles each.
typedef struct {
    const arguments *a;
    double *sums;
    long parts, blocks;
} planes_gradient;

static long parts_of(ocellus_maps x) { return ocellus_min(most_parts, x.batch); }
static long blocks_of(ocellus_maps x) { return (x.channels + lanes - 1) / lanes; }
static long sums_of(ocellus_window w) { return (w.kernel_height * w.kernel_width + 1) * lanes; }

#define OCELLUS_BODY "planes.c"
#include "for_each_instruction_set.h"
#undef OCELLUS_BODY

long ocellus_planes_gradient_scratch(ocellus_maps x, ocellus_window window) {
    return parts_of(x) * blocks_of(x) * sums_of(window) * 2;
}

int ocellus_planes_gradient(const void *context, const ocellus_run *run) {
    const arguments *a = context;
    if (a->window.kernel_height > most_taps || a->window.kernel_width > most_taps) return ocellus_unimplemented;
    planes_gradient g = {a, (double *)run->scratch, parts_of(a->x_maps), blocks_of(a->x_maps)};
    ocellus_parallel_range(
        run->threads, g.parts * g.blocks, 1, OCELLUS_PICK_TYPE(planes_gradient, a->type), &g);
    long taps = a->window.kernel_height * a->window.kernel_width;
    for (long c = 0; c < a->x_maps.channels; c += 1) {
        for (long tap = 0; tap <= taps; tap += 1) {
            double sum = 0;
            for (long part = 0; part < g.parts; part += 1) {
                sum += g.sums[((part * g.blocks + c / lanes) * (taps + 1) + tap) * lanes + c % lanes];
            }
            if (tap < taps) a->dw[c * taps + tap] = (float)sum;
            else if (a->db != NULL) a->db[c] = (float)sum;
        }
    }
    return 0;
}

#else

#include "bfloat16.body.h"

OCELLUS_INLINE f16 ISA(load)(const void *maps, long vector, bool is_narrow) {
    if (is_narrow) return ISA(from_bfloat16)((const uint16_t *)maps + vector * lanes);
    return *(const f16_memory *)((const float *)maps + vector * lanes);
}

/// `sum[q] += Σ dy[s]·x[s·stride + q − left]` over a row of the result, for `taps` positions q of the kernel's row. Rows begin at
/// the vectors `x_row` and `dy_row`.
OCELLUS_INLINE void ISA(add_row)(
    long taps, const arguments *a, long x_row, long dy_row, bool is_narrow, f16 *sum) {
    long width = a->x_maps.width, outputs = a->y_maps.width, stride = a->window.stride_width, left = a->window.left;
    // Where all positions of the kernel lie inside.
    long first = ocellus_min(outputs, (left + stride - 1) / stride), room = width - taps + left;
    long last = room < 0 ? first : ocellus_max(first, ocellus_min(outputs, room / stride + 1));
    for (long s = 0; s < outputs; s += 1) {
        if (s == first && last > first) s = last;
        if (s >= outputs) break;
        f16 dy = ISA(load)(a->dy, dy_row + s, is_narrow);
        for (long q = 0; q < taps; q += 1) {
            long column = s * stride + q - left;
            if (column < 0 || column >= width) continue;
            sum[q] = ISA_MULTIPLY_ADD(dy, ISA(load)(a->x, x_row + column, is_narrow), sum[q]);
        }
    }
    for (long s = first; s < last; s += 1) {
        f16 dy = ISA(load)(a->dy, dy_row + s, is_narrow);
        long column = x_row + s * stride - left;
        _Pragma("clang loop unroll(full)")
        for (long q = 0; q < taps; q += 1) sum[q] = ISA_MULTIPLY_ADD(dy, ISA(load)(a->x, column + q, is_narrow), sum[q]);
    }
}

/// The same with the number of taps known when compiled.
OCELLUS_INLINE void ISA(add_taps)(const arguments *a, long x_row, long dy_row, bool is_narrow, f16 *sum) {
#define ROW(n) \
    case n: ISA(add_row)(n, a, x_row, dy_row, is_narrow, sum); break;
    switch (a->window.kernel_width) {
        ROW(1)
        ROW(2)
        ROW(3)
        ROW(4)
        ROW(5)
        ROW(6)
        ROW(7)
    }
#undef ROW
}

/// Items are pairs of a part of the samples and a block of channels. A row's sum comes first, then the plane's, then all.
OCELLUS_INLINE void ISA(planes_gradient_of)(const planes_gradient *g, long item, bool is_narrow) {
    const arguments *a = g->a;
    ocellus_maps x = a->x_maps, y = a->y_maps;
    ocellus_window w = a->window;
    long part = item / g->blocks, block = item % g->blocks;
    double *sums = g->sums + item * sums_of(w);
    memset(sums, 0, (size_t)sums_of(w) * sizeof *sums);
    for (long n = part * x.batch / g->parts; n < (part + 1) * x.batch / g->parts; n += 1) {
        long x_plane = (n * g->blocks + block) * x.height * x.width;
        long dy_plane = (n * g->blocks + block) * y.height * y.width;
        for (long p = 0; p < w.kernel_height; p += 1) {
            f16 plane[most_taps] = {{0}};
            for (long r = 0; r < y.height; r += 1) {
                long row = r * w.stride_height + p - w.top;
                if (row < 0 || row >= x.height) continue;
                f16 sum[most_taps] = {{0}};
                ISA(add_taps)(a, x_plane + row * x.width, dy_plane + r * y.width, is_narrow, sum);
                for (long q = 0; q < w.kernel_width; q += 1) plane[q] += sum[q];
            }
            for (long q = 0; q < w.kernel_width; q += 1) {
                double *to = sums + (p * w.kernel_width + q) * lanes;
                for (long lane = 0; lane < lanes; lane += 1) to[lane] += (double)plane[q][lane];
            }
        }
        if (a->db == NULL) continue;
        double *to = sums + w.kernel_height * w.kernel_width * lanes;
        for (long r = 0; r < y.height; r += 1) {
            f16 sum = {0};
            for (long s = 0; s < y.width; s += 1) sum += ISA(load)(a->dy, dy_plane + r * y.width + s, is_narrow);
            for (long lane = 0; lane < lanes; lane += 1) to[lane] += (double)sum[lane];
        }
    }
}

static void ISA(planes_gradient_float32)(const void *context, long begin, long end) {
    for (long item = begin; item < end; item += 1) ISA(planes_gradient_of)(context, item, false);
}

static void ISA(planes_gradient_bfloat16)(const void *context, long begin, long end) {
    for (long item = begin; item < end; item += 1) ISA(planes_gradient_of)(context, item, true);
}
#endif
