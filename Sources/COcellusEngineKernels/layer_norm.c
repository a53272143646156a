// SPDX-License-Identifier: Apache-2.0
//
// Layer norm. The file includes itself for the loops, once per instruction set.
#ifndef OCELLUS_BODY
#include "kernel.h"

enum {
    lanes = 16,
    /// Parts in which sums over all groups are taken, so that they do not depend on the number of threads.
    most_parts = 32,
};

typedef ocellus_layer_norm_sizes layer_norm_sizes;

/// Work: rows of channels where they lie one behind the other, else 16 neighbouring groups at once.
OCELLUS_INLINE long layer_norm_items(layer_norm_sizes s) {
    return s.inner == 1 ? s.outer : s.outer * ((s.inner + lanes - 1) / lanes);
}

OCELLUS_INLINE long layer_norm_parts(layer_norm_sizes s) { return ocellus_min(most_parts, layer_norm_items(s)); }

typedef struct {
    const ocellus_layer_norm_gradient_arguments *a;
    /// `[parts][2][channels]`: of scale and shift.
    float *sums;
} layer_norm_gradient;

#define OCELLUS_BODY "layer_norm.c"
#include "for_each_instruction_set.h"
#undef OCELLUS_BODY

int ocellus_layer_norm(const void *arguments, const ocellus_run *run) {
    const ocellus_layer_norm_arguments *a = arguments;
    long work = a->sizes.channels * (a->sizes.inner == 1 ? 1 : lanes);
    ocellus_parallel_range(
        run->threads, layer_norm_items(a->sizes), ocellus_grain(work),
        a->sizes.inner == 1 ? OCELLUS_PICK(layer_norm_rows) : OCELLUS_PICK(layer_norm_columns), a);
    return 0;
}

long ocellus_layer_norm_scratch(ocellus_layer_norm_sizes sizes) {
    return layer_norm_parts(sizes) * 2 * sizes.channels;
}

static void add_parts(const void *context, long begin, long end) {
    const layer_norm_gradient *g = context;
    long channels = g->a->sizes.channels, parts = layer_norm_parts(g->a->sizes);
    for (long c = begin; c < end; c += 1) {
        double scale = 0, shift = 0;
        for (long part = 0; part < parts; part += 1) {
            scale += (double)g->sums[part * 2 * channels + c];
            shift += (double)g->sums[(part * 2 + 1) * channels + c];
        }
        g->a->dscale[c] = (float)scale, g->a->dshift[c] = (float)shift;
    }
}

int ocellus_layer_norm_gradient(const void *arguments, const ocellus_run *run) {
    const ocellus_layer_norm_gradient_arguments *a = arguments;
    layer_norm_gradient g = {a, run->scratch};
    long parts = layer_norm_parts(a->sizes), count = a->sizes.outer * a->sizes.channels * a->sizes.inner;
    ocellus_parallel_range(
        run->threads, parts, ocellus_grain(count / parts),
        a->sizes.inner == 1 ? OCELLUS_PICK(layer_norm_gradient_rows) : OCELLUS_PICK(layer_norm_gradient_columns), &g);
    ocellus_parallel_range(run->threads, a->sizes.channels, ocellus_grain(2 * parts), add_parts, &g);
    return 0;
}

#else

OCELLUS_INLINE float ISA(sum_of_lanes)(f16 x) {
    float sum = 0;
    for (int lane = 0; lane < lanes; lane += 1) sum += x[lane];
    return sum;
}

/// Up to 16 floats; `fill` in the lanes behind them.
OCELLUS_INLINE f16 ISA(load_some)(const float *x, long count, f16 fill) {
    if (count >= lanes) return *(const f16_memory *)x;
    memcpy(&fill, x, (size_t)count * sizeof *x);
    return fill;
}

OCELLUS_INLINE void ISA(store_some)(float *y, long count, f16 x) {
    if (count >= lanes) *(f16_memory *)y = x;
    else memcpy(y, &x, (size_t)count * sizeof *y);
}

/// Mean and `1/√(variance + ε)` of one group or, in each lane, of 16.
typedef struct {
    f16 mean, inverse;
} ISA(moments);

OCELLUS_INLINE ISA(moments) ISA(moments_of_row)(const float *x, long channels, float epsilon) {
    f16 sum = {0}, squares = {0};
    for (long c = 0; c < channels; c += lanes) sum += ISA(load_some)(x + c, channels - c, (f16){0});
    f16 mean = (f16){0} + ISA(sum_of_lanes)(sum) / (float)channels;
    for (long c = 0; c < channels; c += lanes) {
        f16 apart = ISA(load_some)(x + c, channels - c, mean) - mean;
        squares += apart * apart;
    }
    float variance = ISA(sum_of_lanes)(squares) / (float)channels;
    return (ISA(moments)){mean, (f16){0} + 1 / __builtin_elementwise_sqrt(variance + epsilon)};
}

/// Of the groups at up to 16 neighbouring positions; channels lie `step` apart.
OCELLUS_INLINE ISA(moments) ISA(moments_of_columns)(
    const float *x, long channels, long step, long count, float epsilon) {
    f16 sum = {0}, squares = {0};
    for (long c = 0; c < channels; c += 1) sum += ISA(load_some)(x + c * step, count, (f16){0});
    f16 mean = sum / (float)channels;
    for (long c = 0; c < channels; c += 1) {
        f16 apart = ISA(load_some)(x + c * step, count, mean) - mean;
        squares += apart * apart;
    }
    return (ISA(moments)){mean, 1 / __builtin_elementwise_sqrt(squares / (float)channels + epsilon)};
}

static void ISA(layer_norm_rows)(const void *context, long begin, long end) {
    const ocellus_layer_norm_arguments *a = context;
    long channels = a->sizes.channels;
    for (long row = begin; row < end; row += 1) {
        const float *x = a->x + row * channels;
        float *y = a->y + row * channels;
        ISA(moments) m = ISA(moments_of_row)(x, channels, a->epsilon);
        for (long c = 0; c < channels; c += lanes) {
            f16 scale = ISA(load_some)(a->scale + c, channels - c, (f16){0});
            f16 shift = ISA(load_some)(a->shift + c, channels - c, (f16){0});
            f16 apart = ISA(load_some)(x + c, channels - c, m.mean) - m.mean;
            ISA(store_some)(y + c, channels - c, apart * m.inverse * scale + shift);
        }
    }
}

/// Where 16 neighbouring groups begin, and how many there are.
OCELLUS_INLINE long ISA(columns_at)(layer_norm_sizes s, long item, long *count) {
    long chunks = (s.inner + lanes - 1) / lanes, first = item % chunks * lanes;
    *count = ocellus_min(lanes, s.inner - first);
    return item / chunks * s.channels * s.inner + first;
}

static void ISA(layer_norm_columns)(const void *context, long begin, long end) {
    const ocellus_layer_norm_arguments *a = context;
    long channels = a->sizes.channels, inner = a->sizes.inner, count;
    for (long item = begin; item < end; item += 1) {
        long start = ISA(columns_at)(a->sizes, item, &count);
        ISA(moments) m = ISA(moments_of_columns)(a->x + start, channels, inner, count, a->epsilon);
        for (long c = 0; c < channels; c += 1) {
            f16 apart = ISA(load_some)(a->x + start + c * inner, count, m.mean) - m.mean;
            ISA(store_some)(a->y + start + c * inner, count, apart * m.inverse * a->scale[c] + a->shift[c]);
        }
    }
}

/// The items of a part of the sums.
OCELLUS_INLINE ocellus_span ISA(items_of_part)(layer_norm_sizes s, long part) {
    long items = layer_norm_items(s), parts = layer_norm_parts(s);
    return (ocellus_span){part * items / parts, (part + 1) * items / parts};
}

static void ISA(layer_norm_gradient_rows)(const void *context, long begin, long end) {
    const layer_norm_gradient *g = context;
    const ocellus_layer_norm_gradient_arguments *a = g->a;
    long channels = a->sizes.channels;
    const f16 zero = {0};
    for (long part = begin; part < end; part += 1) {
        float *dscale = g->sums + part * 2 * channels, *dshift = dscale + channels;
        memset(dscale, 0, (size_t)(2 * channels) * sizeof *dscale);
        ocellus_span rows = ISA(items_of_part)(a->sizes, part);
        for (long row = rows.begin; row < rows.end; row += 1) {
            const float *x = a->x + row * channels, *dy = a->dy + row * channels;
            float *dx = a->dx + row * channels;
            ISA(moments) m = ISA(moments_of_row)(x, channels, a->epsilon);
            f16 sum = zero, product = zero;
            for (long c = 0; c < channels; c += lanes) {
                long left = channels - c;
                f16 normal = (ISA(load_some)(x + c, left, m.mean) - m.mean) * m.inverse;
                f16 gradient = ISA(load_some)(dy + c, left, zero);
                f16 scaled = gradient * ISA(load_some)(a->scale + c, left, zero);
                sum += scaled, product += scaled * normal;
                ISA(store_some)(dscale + c, left, ISA(load_some)(dscale + c, left, zero) + gradient * normal);
                ISA(store_some)(dshift + c, left, ISA(load_some)(dshift + c, left, zero) + gradient);
            }
            float mean = ISA(sum_of_lanes)(sum) / (float)channels;
            float slope = ISA(sum_of_lanes)(product) / (float)channels;
            for (long c = 0; c < channels; c += lanes) {
                long left = channels - c;
                f16 normal = (ISA(load_some)(x + c, left, m.mean) - m.mean) * m.inverse;
                f16 scaled = ISA(load_some)(dy + c, left, zero) * ISA(load_some)(a->scale + c, left, zero);
                ISA(store_some)(dx + c, left, m.inverse * (scaled - mean - normal * slope));
            }
        }
    }
}

static void ISA(layer_norm_gradient_columns)(const void *context, long begin, long end) {
    const layer_norm_gradient *g = context;
    const ocellus_layer_norm_gradient_arguments *a = g->a;
    long channels = a->sizes.channels, inner = a->sizes.inner, count;
    const f16 zero = {0};
    for (long part = begin; part < end; part += 1) {
        float *dscale = g->sums + part * 2 * channels, *dshift = dscale + channels;
        memset(dscale, 0, (size_t)(2 * channels) * sizeof *dscale);
        ocellus_span items = ISA(items_of_part)(a->sizes, part);
        for (long item = items.begin; item < items.end; item += 1) {
            long start = ISA(columns_at)(a->sizes, item, &count);
            ISA(moments) m = ISA(moments_of_columns)(a->x + start, channels, inner, count, a->epsilon);
            f16 sum = zero, product = zero;
            for (long c = 0; c < channels; c += 1) {
                long at = start + c * inner;
                f16 normal = (ISA(load_some)(a->x + at, count, m.mean) - m.mean) * m.inverse;
                f16 gradient = ISA(load_some)(a->dy + at, count, zero);
                sum += gradient * a->scale[c], product += gradient * a->scale[c] * normal;
                dscale[c] += ISA(sum_of_lanes)(gradient * normal), dshift[c] += ISA(sum_of_lanes)(gradient);
            }
            sum /= (float)channels, product /= (float)channels;
            for (long c = 0; c < channels; c += 1) {
                long at = start + c * inner;
                f16 normal = (ISA(load_some)(a->x + at, count, m.mean) - m.mean) * m.inverse;
                f16 scaled = ISA(load_some)(a->dy + at, count, zero) * a->scale[c];
                ISA(store_some)(a->dx + at, count, m.inverse * (scaled - sum - normal * product));
            }
        }
    }
}
#endif
