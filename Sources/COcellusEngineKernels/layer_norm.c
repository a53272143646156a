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

/// The items of a part of the sums.
OCELLUS_INLINE ocellus_span items_of_part(layer_norm_sizes s, long part) {
    long items = layer_norm_items(s), parts = layer_norm_parts(s);
    return (ocellus_span){part * items / parts, (part + 1) * items / parts};
}

/// Channels with those that fill the last block.
OCELLUS_INLINE long all_channels(layer_norm_sizes s) {
    return s.block == 0 ? s.channels : (s.channels + lanes - 1) / lanes * lanes;
}

typedef struct {
    const ocellus_layer_norm_gradient_arguments *a;
    /// `[parts][2][channels]`: of scale and shift.
    float *sums;
} layer_norm_gradient;

#define OCELLUS_BODY "layer_norm.c"
#include "for_each_instruction_set.h"
#undef OCELLUS_BODY

#define PICK_TYPES(name, x_type, y_type)                                                         \
    ((x_type) == ocellus_element_float32                                                         \
         ? (y_type) == ocellus_element_float32 ? OCELLUS_PICK(name##_float32)                    \
                                               : OCELLUS_PICK(name##_float32_bfloat16)           \
         : (y_type) == ocellus_element_float32 ? OCELLUS_PICK(name##_bfloat16_float32)           \
                                               : OCELLUS_PICK(name##_bfloat16))

/// The version of a range for how channels lie.
#define PICK_FORM(name, s)                                                 \
    ((s).block != 0   ? PICK_TYPES(name##_blocks, (s).x_type, (s).y_type) \
     : (s).inner == 1 ? PICK_TYPES(name##_rows, (s).x_type, (s).y_type)   \
                      : OCELLUS_PICK(name##_columns))

int ocellus_layer_norm(const void *arguments, const ocellus_run *run) {
    const ocellus_layer_norm_arguments *a = arguments;
    long work = a->sizes.channels * (a->sizes.inner == 1 ? 1 : lanes);
    ocellus_parallel_range(
        run->threads, layer_norm_items(a->sizes), ocellus_grain(work), PICK_FORM(layer_norm, a->sizes), a);
    return 0;
}

long ocellus_layer_norm_scratch(ocellus_layer_norm_sizes sizes) {
    return layer_norm_parts(sizes) * 2 * all_channels(sizes);
}

static void add_parts(const void *context, long begin, long end) {
    const layer_norm_gradient *g = context;
    long channels = all_channels(g->a->sizes), parts = layer_norm_parts(g->a->sizes);
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
        run->threads, parts, ocellus_grain(count / parts), PICK_FORM(layer_norm_gradient, a->sizes), &g);
    ocellus_parallel_range(run->threads, a->sizes.channels, ocellus_grain(2 * parts), add_parts, &g);
    return 0;
}

#else

#include "bfloat16.body.h"

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

/// The same from element `i` on, of either type.
OCELLUS_INLINE f16 ISA(read_some)(const void *x, long i, long count, f16 fill, bool is_narrow) {
    if (!is_narrow) return ISA(load_some)((const float *)x + i, count, fill);
    const uint16_t *from = (const uint16_t *)x + i;
    if (count >= lanes) return ISA(from_bfloat16)(from);
    for (long lane = 0; lane < count; lane += 1) {
        uint32_t bits = (uint32_t)from[lane] << 16;
        float value;
        memcpy(&value, &bits, sizeof value);
        fill[lane] = value;
    }
    return fill;
}

OCELLUS_INLINE void ISA(write_some)(void *y, long i, long count, f16 x, bool is_narrow) {
    if (!is_narrow) {
        ISA(store_some)((float *)y + i, count, x);
    } else if (count >= lanes) {
        ISA(to_bfloat16)((uint16_t *)y + i, x);
    } else {
        uint16_t part[lanes];
        ISA(to_bfloat16)(part, x);
        memcpy((uint16_t *)y + i, part, (size_t)count * sizeof *part);
    }
}

/// Mean and `1/√(variance + ε)` of one group or, in each lane, of 16.
typedef struct {
    f16 mean, inverse;
} ISA(moments);

// MARK: Rows

OCELLUS_INLINE ISA(moments) ISA(moments_of_row)(const void *x, long row, long channels, float epsilon, bool is_narrow) {
    f16 sum = {0}, squares = {0};
    for (long c = 0; c < channels; c += lanes) sum += ISA(read_some)(x, row + c, channels - c, (f16){0}, is_narrow);
    f16 mean = (f16){0} + ISA(sum_of_lanes)(sum) / (float)channels;
    for (long c = 0; c < channels; c += lanes) {
        f16 apart = ISA(read_some)(x, row + c, channels - c, mean, is_narrow) - mean;
        squares += apart * apart;
    }
    float variance = ISA(sum_of_lanes)(squares) / (float)channels;
    return (ISA(moments)){mean, (f16){0} + 1 / __builtin_elementwise_sqrt(variance + epsilon)};
}

OCELLUS_INLINE void ISA(normalize_rows)(const ocellus_layer_norm_arguments *a, long begin, long end, bool x_narrow, bool y_narrow) {
    long channels = a->sizes.channels;
    for (long row = begin; row < end; row += 1) {
        long at = row * channels;
        ISA(moments) m = ISA(moments_of_row)(a->x, at, channels, a->epsilon, x_narrow);
        for (long c = 0; c < channels; c += lanes) {
            f16 scale = ISA(load_some)(a->scale + c, channels - c, (f16){0});
            f16 shift = ISA(load_some)(a->shift + c, channels - c, (f16){0});
            f16 apart = ISA(read_some)(a->x, at + c, channels - c, m.mean, x_narrow) - m.mean;
            ISA(write_some)(a->y, at + c, channels - c, apart * m.inverse * scale + shift, y_narrow);
        }
    }
}

OCELLUS_INLINE void ISA(gradient_of_rows)(const layer_norm_gradient *g, long part, bool x_narrow, bool y_narrow) {
    const ocellus_layer_norm_gradient_arguments *a = g->a;
    long channels = a->sizes.channels;
    const f16 zero = {0};
    float *dscale = g->sums + part * 2 * channels, *dshift = dscale + channels;
    memset(dscale, 0, (size_t)(2 * channels) * sizeof *dscale);
    ocellus_span rows = items_of_part(a->sizes, part);
    for (long row = rows.begin; row < rows.end; row += 1) {
        long at = row * channels;
        ISA(moments) m = ISA(moments_of_row)(a->x, at, channels, a->epsilon, x_narrow);
        f16 sum = zero, product = zero;
        for (long c = 0; c < channels; c += lanes) {
            long left = channels - c;
            f16 normal = (ISA(read_some)(a->x, at + c, left, m.mean, x_narrow) - m.mean) * m.inverse;
            f16 gradient = ISA(read_some)(a->dy, at + c, left, zero, y_narrow);
            f16 scaled = gradient * ISA(load_some)(a->scale + c, left, zero);
            sum += scaled, product += scaled * normal;
            ISA(store_some)(dscale + c, left, ISA(load_some)(dscale + c, left, zero) + gradient * normal);
            ISA(store_some)(dshift + c, left, ISA(load_some)(dshift + c, left, zero) + gradient);
        }
        float mean = ISA(sum_of_lanes)(sum) / (float)channels;
        float slope = ISA(sum_of_lanes)(product) / (float)channels;
        for (long c = 0; c < channels; c += lanes) {
            long left = channels - c;
            f16 normal = (ISA(read_some)(a->x, at + c, left, m.mean, x_narrow) - m.mean) * m.inverse;
            f16 scaled = ISA(read_some)(a->dy, at + c, left, zero, y_narrow) * ISA(load_some)(a->scale + c, left, zero);
            ISA(write_some)(a->dx, at + c, left, m.inverse * (scaled - mean - normal * slope), x_narrow);
        }
    }
}

// MARK: Blocks of channels

/// Up to 16 neighbouring positions of maps in blocks: where the first channels lie, how many positions and blocks there are, and
/// the lanes of the last block that hold channels.
typedef struct {
    long start, count, blocks, step;
    i16 real;
} ISA(places);

OCELLUS_INLINE ISA(places) ISA(places_of)(layer_norm_sizes s, long item) {
    long chunks = (s.inner + lanes - 1) / lanes, first = item % chunks * lanes;
    ISA(places) places = {
        .count = ocellus_min(lanes, s.inner - first), .blocks = (s.channels + lanes - 1) / lanes,
        .step = s.inner * lanes};
    places.start = item / chunks * places.blocks * places.step + first * lanes;
    for (int lane = 0; lane < lanes; lane += 1) places.real[lane] = (places.blocks - 1) * lanes + lane < s.channels ? -1 : 0;
    return places;
}

/// Distances from the mean; 0 in the lanes that hold no channel.
OCELLUS_INLINE f16 ISA(apart_at)(const void *x, ISA(places) places, long block, long p, f16 mean, bool is_narrow) {
    f16 apart = ISA(read_some)(x, places.start + block * places.step + p * lanes, lanes, mean, is_narrow) - mean;
    return block == places.blocks - 1 ? (f16)((i16)apart & places.real) : apart;
}

OCELLUS_INLINE void ISA(moments_of_places)(
    const void *x, ISA(places) places, long channels, float epsilon, bool is_narrow, ISA(moments) m[lanes]) {
    f16 sums[lanes] = {{0}};
    for (long block = 0; block < places.blocks; block += 1) {
        for (long p = 0; p < places.count; p += 1) {
            sums[p] += ISA(read_some)(x, places.start + block * places.step + p * lanes, lanes, (f16){0}, is_narrow);
        }
    }
    for (long p = 0; p < places.count; p += 1) {
        m[p].mean = (f16){0} + ISA(sum_of_lanes)(sums[p]) / (float)channels;
        sums[p] = (f16){0};
    }
    for (long block = 0; block < places.blocks; block += 1) {
        for (long p = 0; p < places.count; p += 1) {
            f16 apart = ISA(apart_at)(x, places, block, p, m[p].mean, is_narrow);
            sums[p] += apart * apart;
        }
    }
    for (long p = 0; p < places.count; p += 1) {
        float variance = ISA(sum_of_lanes)(sums[p]) / (float)channels;
        m[p].inverse = (f16){0} + 1 / __builtin_elementwise_sqrt(variance + epsilon);
    }
}

OCELLUS_INLINE void ISA(normalize_blocks)(const ocellus_layer_norm_arguments *a, long begin, long end, bool x_narrow, bool y_narrow) {
    long channels = a->sizes.channels;
    for (long item = begin; item < end; item += 1) {
        ISA(places) places = ISA(places_of)(a->sizes, item);
        ISA(moments) m[lanes];
        ISA(moments_of_places)(a->x, places, channels, a->epsilon, x_narrow, m);
        for (long block = 0; block < places.blocks; block += 1) {
            long c = block * lanes, left = channels - c;
            f16 scale = ISA(load_some)(a->scale + c, left, (f16){0});
            f16 shift = ISA(load_some)(a->shift + c, left, (f16){0});
            for (long p = 0; p < places.count; p += 1) {
                f16 apart = ISA(apart_at)(a->x, places, block, p, m[p].mean, x_narrow);
                ISA(write_some)(
                    a->y, places.start + block * places.step + p * lanes, lanes, apart * m[p].inverse * scale + shift,
                    y_narrow);
            }
        }
    }
}

OCELLUS_INLINE void ISA(gradient_of_blocks)(const layer_norm_gradient *g, long part, bool x_narrow, bool y_narrow) {
    const ocellus_layer_norm_gradient_arguments *a = g->a;
    long channels = a->sizes.channels, padded = all_channels(a->sizes);
    const f16 zero = {0};
    float *dscale = g->sums + part * 2 * padded, *dshift = dscale + padded;
    memset(dscale, 0, (size_t)(2 * padded) * sizeof *dscale);
    ocellus_span items = items_of_part(a->sizes, part);
    for (long item = items.begin; item < items.end; item += 1) {
        ISA(places) places = ISA(places_of)(a->sizes, item);
        ISA(moments) m[lanes];
        ISA(moments_of_places)(a->x, places, channels, a->epsilon, x_narrow, m);
        f16 sums[lanes] = {{0}}, products[lanes] = {{0}};
        for (long block = 0; block < places.blocks; block += 1) {
            long c = block * lanes;
            f16 scale = ISA(load_some)(a->scale + c, channels - c, zero), of_scale = zero, of_shift = zero;
            for (long p = 0; p < places.count; p += 1) {
                f16 normal = ISA(apart_at)(a->x, places, block, p, m[p].mean, x_narrow) * m[p].inverse;
                f16 gradient =
                    ISA(read_some)(a->dy, places.start + block * places.step + p * lanes, lanes, zero, y_narrow);
                sums[p] += gradient * scale, products[p] += gradient * scale * normal;
                of_scale += gradient * normal, of_shift += gradient;
            }
            *(f16_memory *)(dscale + c) += of_scale, *(f16_memory *)(dshift + c) += of_shift;
        }
        for (long p = 0; p < places.count; p += 1) {
            sums[p] = zero + ISA(sum_of_lanes)(sums[p]) / (float)channels;
            products[p] = zero + ISA(sum_of_lanes)(products[p]) / (float)channels;
        }
        for (long block = 0; block < places.blocks; block += 1) {
            long c = block * lanes;
            f16 scale = ISA(load_some)(a->scale + c, channels - c, zero);
            for (long p = 0; p < places.count; p += 1) {
                long at = places.start + block * places.step + p * lanes;
                f16 normal = ISA(apart_at)(a->x, places, block, p, m[p].mean, x_narrow) * m[p].inverse;
                f16 scaled = ISA(read_some)(a->dy, at, lanes, zero, y_narrow) * scale;
                f16 dx = m[p].inverse * (scaled - sums[p] - normal * products[p]);
                if (block == places.blocks - 1) dx = (f16)((i16)dx & places.real);
                ISA(write_some)(a->dx, at, lanes, dx, x_narrow);
            }
        }
    }
}

/// What is the same for all of a range known to the compiler.
#define RANGES(type, x_narrow, y_narrow)                                                                      \
    static void ISA(layer_norm_rows_##type)(const void *context, long begin, long end) {             \
        ISA(normalize_rows)(context, begin, end, x_narrow, y_narrow);                                         \
    }                                                                                                \
    static void ISA(layer_norm_blocks_##type)(const void *context, long begin, long end) {           \
        ISA(normalize_blocks)(context, begin, end, x_narrow, y_narrow);                                       \
    }                                                                                                \
    static void ISA(layer_norm_gradient_rows_##type)(const void *context, long begin, long end) {    \
        for (long part = begin; part < end; part += 1) ISA(gradient_of_rows)(context, part, x_narrow, y_narrow); \
    }                                                                                                \
    static void ISA(layer_norm_gradient_blocks_##type)(const void *context, long begin, long end) {  \
        for (long part = begin; part < end; part += 1) ISA(gradient_of_blocks)(context, part, x_narrow, y_narrow); \
    }

RANGES(float32, false, false)
RANGES(float32_bfloat16, false, true)
RANGES(bfloat16_float32, true, false)
RANGES(bfloat16, true, true)

#undef RANGES

// MARK: Columns

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
        const float *x = (const float *)a->x + start;
        float *y = (float *)a->y + start;
        ISA(moments) m = ISA(moments_of_columns)(x, channels, inner, count, a->epsilon);
        for (long c = 0; c < channels; c += 1) {
            f16 apart = ISA(load_some)(x + c * inner, count, m.mean) - m.mean;
            ISA(store_some)(y + c * inner, count, apart * m.inverse * a->scale[c] + a->shift[c]);
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
        ocellus_span items = items_of_part(a->sizes, part);
        for (long item = items.begin; item < items.end; item += 1) {
            long start = ISA(columns_at)(a->sizes, item, &count);
            const float *x = (const float *)a->x + start, *dy = (const float *)a->dy + start;
            float *dx = (float *)a->dx + start;
            ISA(moments) m = ISA(moments_of_columns)(x, channels, inner, count, a->epsilon);
            f16 sum = zero, product = zero;
            for (long c = 0; c < channels; c += 1) {
                long at = c * inner;
                f16 normal = (ISA(load_some)(x + at, count, m.mean) - m.mean) * m.inverse;
                f16 gradient = ISA(load_some)(dy + at, count, zero);
                sum += gradient * a->scale[c], product += gradient * a->scale[c] * normal;
                dscale[c] += ISA(sum_of_lanes)(gradient * normal), dshift[c] += ISA(sum_of_lanes)(gradient);
            }
            sum /= (float)channels, product /= (float)channels;
            for (long c = 0; c < channels; c += 1) {
                long at = c * inner;
                f16 normal = (ISA(load_some)(x + at, count, m.mean) - m.mean) * m.inverse;
                f16 scaled = ISA(load_some)(dy + at, count, zero) * a->scale[c];
                ISA(store_some)(dx + at, count, m.inverse * (scaled - sum - normal * product));
            }
        }
    }
}
#endif
