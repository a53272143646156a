// SPDX-License-Identifier: Apache-2.0
//
// Passes of a batch norm over planes: the positions of one block of channels of one sample, which lie one behind the
// other. Lane l of a vector of 16 belongs to channel l mod block, so one loop serves every block.
#include "bfloat16.body.h"

#define SELECT(mask, a, b) ((f16)(((i16)(a) & (mask)) | ((i16)(b) & ~(mask))))

/// 16 numbers of maps from element `i`, or the last `count` and zeros.
OCELLUS_INLINE f16 ISA(load)(const void *maps, long i, long count, bool is_narrow) {
    if (is_narrow) {
        const uint16_t *from = (const uint16_t *)maps + i;
        if (count >= 16) return ISA(from_bfloat16)(from);
        uint16_t part[16] = {0};
        memcpy(part, from, (size_t)count * sizeof(uint16_t));
        return ISA(from_bfloat16)(part);
    }
    const float *from = (const float *)maps + i;
    if (count >= 16) return *(const f16_memory *)from;
    f16 part = {0};
    memcpy(&part, from, (size_t)count * sizeof(float));
    return part;
}

OCELLUS_INLINE void ISA(store)(void *maps, long i, long count, f16 x, bool is_narrow) {
    if (is_narrow) {
        uint16_t *to = (uint16_t *)maps + i;
        if (count >= 16) {
            ISA(to_bfloat16)(to, x);
            return;
        }
        uint16_t part[16];
        ISA(to_bfloat16)(part, x);
        memcpy(to, part, (size_t)count * sizeof(uint16_t));
        return;
    }
    float *to = (float *)maps + i;
    if (count >= 16) {
        *(f16_memory *)to = x;
    } else {
        memcpy(to, &x, (size_t)count * sizeof(float));
    }
}

/// A factor by channel, for the lanes of a plane.
OCELLUS_INLINE f16 ISA(lanes)(const batch_norm *norm, const float *by_channel, long plane) {
    long block = norm->maps.block, blocks = (norm->maps.channels + block - 1) / block;
    const float *from = by_channel + plane % blocks * block;
    float lanes[16];
    for (long lane = 0; lane < 16; lane++) lanes[lane] = from[lane % block];
    return *(const f16_memory *)lanes;
}

/// Mean and sum of squared distances from it of some numbers.
typedef struct {
    double count, mean, squares;
} ISA(group);

/// Of two groups together (Chan, Golub and LeVeque 1979).
OCELLUS_INLINE ISA(group) ISA(join)(ISA(group) a, ISA(group) b) {
    if (a.count == 0) return b;
    if (b.count == 0) return a;
    double count = a.count + b.count, difference = b.mean - a.mean, share = b.count / count;
    return (ISA(group)){
        count, a.mean + difference * share, a.squares + b.squares + difference * difference * (a.count * share)};
}

/// Mean and sum of squared distances of each channel of a plane.
OCELLUS_INLINE void ISA(moments_of_plane)(const batch_norm *norm, long plane, bool is_narrow) {
    long block = norm->maps.block, size = norm->maps.height * norm->maps.width * block;
    long start = plane * size, whole = size / 16;
    ISA(group) lanes[16] = {{0}};
    for (long begin = 0; begin < whole; begin += vectors_at_once) {
        long end = ocellus_min(begin + vectors_at_once, whole);
        f16 sums[4] = {{0}}, squares[4] = {{0}};
        long i = begin;
        for (; i + 4 <= end; i += 4) {
            for (long j = 0; j < 4; j++) sums[j] += ISA(load)(norm->x, start + (i + j) * 16, 16, is_narrow);
        }
        for (; i < end; i++) sums[0] += ISA(load)(norm->x, start + i * 16, 16, is_narrow);
        f16 mean = ((sums[0] + sums[1]) + (sums[2] + sums[3])) / (float)(end - begin);
        for (i = begin; i + 4 <= end; i += 4) {
            for (long j = 0; j < 4; j++) {
                f16 distance = ISA(load)(norm->x, start + (i + j) * 16, 16, is_narrow) - mean;
                squares[j] += distance * distance;
            }
        }
        for (; i < end; i++) {
            f16 distance = ISA(load)(norm->x, start + i * 16, 16, is_narrow) - mean;
            squares[0] += distance * distance;
        }
        f16 square = (squares[0] + squares[1]) + (squares[2] + squares[3]);
        for (long lane = 0; lane < 16; lane++) {
            ISA(group) group = {(double)(end - begin), (double)mean[lane], (double)square[lane]};
            lanes[lane] = ISA(join)(lanes[lane], group);
        }
    }
    long rest = size % 16;
    f16 last = rest > 0 ? ISA(load)(norm->x, start + whole * 16, rest, is_narrow) : (f16){0};
    for (long lane = 0; lane < rest; lane++) {
        lanes[lane] = ISA(join)(lanes[lane], (ISA(group)){1, (double)last[lane], 0});
    }
    for (long channel = 0; channel < block; channel++) {
        ISA(group) all = lanes[channel];
        for (long lane = channel + block; lane < 16; lane += block) all = ISA(join)(all, lanes[lane]);
        norm->first[plane * block + channel] = all.mean;
        norm->second[plane * block + channel] = all.squares;
    }
}

/// Mean and variance of each channel from those of its planes, which all have the same size.
static void ISA(join_moments)(const void *context, long begin, long end) {
    const batch_norm *norm = context;
    ocellus_maps maps = norm->maps;
    long batch = maps.batch, step = ocellus_planes(maps) / batch * maps.block;
    double size = (double)(maps.height * maps.width);
    for (long first = begin; first < end; first += 64) {
        long count = ocellus_min(64, end - first);
        double means[64] = {0}, squares[64] = {0};
        for (long n = 0; n < batch; n++) {
            for (long c = 0; c < count; c++) means[c] += norm->first[n * step + first + c];
        }
        for (long c = 0; c < count; c++) means[c] /= (double)batch;
        for (long n = 0; n < batch; n++) {
            for (long c = 0; c < count; c++) {
                double distance = norm->first[n * step + first + c] - means[c];
                squares[c] += norm->second[n * step + first + c] + size * distance * distance;
            }
        }
        for (long c = 0; c < count; c++) {
            norm->by_channel[first + c] = (float)means[c];
            norm->by_channel_too[first + c] = (float)(squares[c] / (size * (double)batch));
        }
    }
}

/// `(x − mean)·factor + shift`
OCELLUS_INLINE f16 ISA(normalized)(f16 centred, f16 factor, f16 shift) { return centred * factor + shift; }

OCELLUS_INLINE void ISA(normalize_plane)(const batch_norm *norm, long plane, bool is_narrow, bool adds, bool relu) {
    long size = norm->maps.height * norm->maps.width * norm->maps.block, start = plane * size;
    f16 mean = ISA(lanes)(norm, norm->mean, plane), factor = ISA(lanes)(norm, norm->factor, plane);
    f16 shift = ISA(lanes)(norm, norm->shift, plane);
    for (long i = 0; i < size; i += 16) {
        f16 y = ISA(normalized)(ISA(load)(norm->x, start + i, size - i, is_narrow) - mean, factor, shift);
        if (adds) y += ISA(load)(norm->added, start + i, size - i, is_narrow);
        if (relu) y = SELECT(y <= 0, (f16){0}, y);
        ISA(store)(norm->result, start + i, size - i, y, is_narrow);
    }
}

/// The gradient of the normalised maps: zero where the ReLU behind them was, with the forward pass's own arithmetic.
OCELLUS_INLINE f16 ISA(masked)(f16 dy, f16 centred, f16 factor, f16 shift, bool relu) {
    return relu ? SELECT(ISA(normalized)(centred, factor, shift) > 0, dy, (f16){0}) : dy;
}

/// `Σ dy` and `Σ dy·(x − mean)` of each channel of a plane.
OCELLUS_INLINE void ISA(gradient_sums_of_plane)(const batch_norm *norm, long plane, bool is_narrow, bool relu) {
    long block = norm->maps.block, size = norm->maps.height * norm->maps.width * block, start = plane * size;
    f16 mean = ISA(lanes)(norm, norm->mean, plane), factor = ISA(lanes)(norm, norm->factor, plane);
    f16 shift = ISA(lanes)(norm, norm->shift, plane);
    double sums[16] = {0}, products[16] = {0};
    for (long begin = 0; begin < size; begin += 16 * vectors_at_once) {
        long end = ocellus_min(begin + 16 * vectors_at_once, size);
        f16 sum[2] = {{0}}, product[2] = {{0}};
        for (long i = begin; i < end; i += 16) {
            f16 centred = ISA(load)(norm->x, start + i, size - i, is_narrow) - mean;
            // Behind the last element dy is zero.
            f16 dy = ISA(load)(norm->dy, start + i, size - i, is_narrow);
            dy = ISA(masked)(dy, centred, factor, shift, relu);
            sum[i / 16 % 2] += dy;
            product[i / 16 % 2] += dy * centred;
        }
        f16 sum_of_both = sum[0] + sum[1], product_of_both = product[0] + product[1];
        for (long lane = 0; lane < 16; lane++) {
            sums[lane] += (double)sum_of_both[lane];
            products[lane] += (double)product_of_both[lane];
        }
    }
    for (long channel = 0; channel < block; channel++) {
        double sum = 0, product = 0;
        for (long lane = channel; lane < 16; lane += block) sum += sums[lane], product += products[lane];
        norm->first[plane * block + channel] = sum;
        norm->second[plane * block + channel] = product;
    }
}

/// Gradients of scale and shift, and from them the factors of dx: `dx = factor·dy + slope·(x − mean) + offset`.
static void ISA(join_gradients)(const void *context, long begin, long end) {
    const batch_norm *norm = context;
    ocellus_maps maps = norm->maps;
    long batch = maps.batch, step = ocellus_planes(maps) / batch * maps.block;
    double count = (double)batch * (double)(maps.height * maps.width);
    for (long first = begin; first < end; first += 64) {
        long channels = ocellus_min(64, end - first);
        double sums[64] = {0}, products[64] = {0};
        for (long n = 0; n < batch; n++) {
            for (long c = 0; c < channels; c++) {
                sums[c] += norm->first[n * step + first + c];
                products[c] += norm->second[n * step + first + c];
            }
        }
        for (long c = 0; c < channels; c++) {
            long channel = first + c;
            double deviation
                = __builtin_sqrt((double)norm->rule.variance[channel] + (double)norm->rule.epsilon);
            double factor = (double)norm->rule.scale[channel] / deviation;
            norm->by_channel[channel] = (float)(products[c] / deviation);
            norm->by_channel_too[channel] = (float)sums[c];
            norm->slope[channel] = (float)(-factor * products[c] / (deviation * deviation * count));
            norm->offset[channel] = (float)(-factor * sums[c] / count);
        }
    }
}

OCELLUS_INLINE void ISA(gradient_of_plane)(const batch_norm *norm, long plane, bool is_narrow, bool relu) {
    long size = norm->maps.height * norm->maps.width * norm->maps.block, start = plane * size;
    f16 mean = ISA(lanes)(norm, norm->mean, plane), factor = ISA(lanes)(norm, norm->factor, plane);
    f16 shift = ISA(lanes)(norm, norm->shift, plane), slope = ISA(lanes)(norm, norm->slope, plane);
    f16 offset = ISA(lanes)(norm, norm->offset, plane);
    for (long i = 0; i < size; i += 16) {
        f16 centred = ISA(load)(norm->x, start + i, size - i, is_narrow) - mean;
        f16 dy = ISA(load)(norm->dy, start + i, size - i, is_narrow);
        dy = ISA(masked)(dy, centred, factor, shift, relu);
        ISA(store)(norm->result, start + i, size - i, dy * factor + centred * slope + offset, is_narrow);
    }
}

/// A range of planes, with what is the same for all of them known to the compiler.
#define PLANES(type, is_narrow)                                                                     \
    static void ISA(moments_##type)(const void *context, long begin, long end) {                    \
        for (long plane = begin; plane < end; plane++) ISA(moments_of_plane)(context, plane, is_narrow); \
    }                                                                                               \
    static void ISA(normalize_##type)(const void *context, long begin, long end) {                  \
        const batch_norm *norm = context;                                                           \
        for (long plane = begin; plane < end; plane++) {                                            \
            if (norm->added != NULL && norm->rule.relu) {                                           \
                ISA(normalize_plane)(norm, plane, is_narrow, true, true);                           \
            } else if (norm->added != NULL) {                                                       \
                ISA(normalize_plane)(norm, plane, is_narrow, true, false);                          \
            } else if (norm->rule.relu) {                                                           \
                ISA(normalize_plane)(norm, plane, is_narrow, false, true);                          \
            } else {                                                                                \
                ISA(normalize_plane)(norm, plane, is_narrow, false, false);                         \
            }                                                                                       \
        }                                                                                           \
    }                                                                                               \
    static void ISA(gradient_sums_##type)(const void *context, long begin, long end) {              \
        const batch_norm *norm = context;                                                           \
        for (long plane = begin; plane < end; plane++) {                                            \
            if (norm->rule.relu) {                                                                  \
                ISA(gradient_sums_of_plane)(norm, plane, is_narrow, true);                          \
            } else {                                                                                \
                ISA(gradient_sums_of_plane)(norm, plane, is_narrow, false);                         \
            }                                                                                       \
        }                                                                                           \
    }                                                                                               \
    static void ISA(gradient_##type)(const void *context, long begin, long end) {                   \
        const batch_norm *norm = context;                                                           \
        for (long plane = begin; plane < end; plane++) {                                            \
            if (norm->rule.relu) {                                                                  \
                ISA(gradient_of_plane)(norm, plane, is_narrow, true);                               \
            } else {                                                                                \
                ISA(gradient_of_plane)(norm, plane, is_narrow, false);                              \
            }                                                                                       \
        }                                                                                           \
    }

PLANES(float32, false)
PLANES(bfloat16, true)

#undef PLANES
#undef SELECT
