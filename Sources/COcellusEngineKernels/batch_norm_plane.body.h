// SPDX-License-Identifier: Apache-2.0
//
// What a batch norm does with a plane: the positions of one block of channels of one sample, which lie one behind the
// other. Lane l of a vector of 16 belongs to channel l mod block, so one loop serves every block.
#include "bfloat16.body.h"

#define SELECT(mask, a, b) ((f16)(((i16)(a) & (mask)) | ((i16)(b) & ~(mask))))

/// Calls a function on the elements of a plane, with what holds for all its vectors known to the compiler: whether they are whole.
#define WHOLE_OR_NOT(function, norm, ...)                                              \
    if ((norm)->maps.height * (norm)->maps.width * (norm)->maps.block % 16 == 0) {     \
        function(norm, __VA_ARGS__, true);                                             \
    } else {                                                                           \
        function(norm, __VA_ARGS__, false);                                            \
    }

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
    if (block == 16) return *(const f16_memory *)from;
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
    // Of each lane, whose counts are the same.
    double count = 0, means[16] = {0}, all_squares[16] = {0};
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
        // As ISA(join), where the first group is joined with none.
        double joined = count + (double)(end - begin), share = (double)(end - begin) / joined, weight = count * share;
        for (long lane = 0; lane < 16; lane++) {
            double difference = (double)mean[lane] - means[lane];
            means[lane] = count == 0 ? (double)mean[lane] : means[lane] + difference * share;
            all_squares[lane] = all_squares[lane] + (double)square[lane] + difference * difference * weight;
        }
        count = joined;
    }
    if (block == 16) {
        memcpy(norm->first + plane * 16, means, sizeof means);
        memcpy(norm->second + plane * 16, all_squares, sizeof all_squares);
        return;
    }
    ISA(group) lanes[16];
    for (long lane = 0; lane < 16; lane++) lanes[lane] = (ISA(group)){count, means[lane], all_squares[lane]};
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

/// `(x − mean)·factor + shift`
OCELLUS_INLINE f16 ISA(normalized)(f16 centred, f16 factor, f16 shift) { return centred * factor + shift; }

OCELLUS_INLINE void ISA(normalize_elements)(
    const batch_norm *norm, long plane, bool is_narrow, bool adds, bool relu, bool is_whole) {
    long size = norm->maps.height * norm->maps.width * norm->maps.block, start = plane * size;
    f16 mean = ISA(lanes)(norm, norm->mean, plane), factor = ISA(lanes)(norm, norm->factor, plane);
    f16 shift = ISA(lanes)(norm, norm->shift, plane);
    for (long i = 0; i < size; i += 16) {
        long count = is_whole ? 16 : size - i;
        f16 y = ISA(normalized)(ISA(load)(norm->x, start + i, count, is_narrow) - mean, factor, shift);
        if (adds) y += ISA(load)(norm->added, start + i, count, is_narrow);
        if (relu) y = SELECT(y <= 0, (f16){0}, y);
        ISA(store)(norm->result, start + i, count, y, is_narrow);
    }
}

OCELLUS_INLINE void ISA(normalize_plane)(const batch_norm *norm, long plane, bool is_narrow, bool adds, bool relu) {
    WHOLE_OR_NOT(ISA(normalize_elements), norm, plane, is_narrow, adds, relu);
}

/// The gradient of the normalised maps: zero where the ReLU behind them was, with the forward pass's own arithmetic.
OCELLUS_INLINE f16 ISA(masked)(f16 dy, f16 centred, f16 factor, f16 shift, bool relu) {
    return relu ? SELECT(ISA(normalized)(centred, factor, shift) > 0, dy, (f16){0}) : dy;
}

/// `Σ dy` and `Σ dy·(x − mean)` of each channel of a plane.
OCELLUS_INLINE void ISA(gradient_sums_of_elements)(
    const batch_norm *norm, long plane, bool is_narrow, bool relu, bool is_whole) {
    long block = norm->maps.block, size = norm->maps.height * norm->maps.width * block, start = plane * size;
    f16 mean = ISA(lanes)(norm, norm->mean, plane), factor = ISA(lanes)(norm, norm->factor, plane);
    f16 shift = ISA(lanes)(norm, norm->shift, plane);
    double sums[16] = {0}, products[16] = {0};
    for (long begin = 0; begin < size; begin += 16 * vectors_at_once) {
        long end = ocellus_min(begin + 16 * vectors_at_once, size);
        f16 sum[2] = {{0}}, product[2] = {{0}};
        for (long pair = begin; pair < end; pair += 32) {
            // Two sums of each, in registers.
            _Pragma("clang loop unroll(full)")
            for (long j = 0; j < 2; j++) {
                long i = pair + j * 16, count = is_whole ? 16 : size - i;
                if (i >= end) break;
                f16 centred = ISA(load)(norm->x, start + i, count, is_narrow) - mean;
                // Behind the last element dy is zero.
                f16 dy = ISA(load)(norm->dy, start + i, count, is_narrow);
                dy = ISA(masked)(dy, centred, factor, shift, relu);
                sum[j] += dy;
                product[j] += dy * centred;
            }
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

OCELLUS_INLINE void ISA(gradient_sums_of_plane)(const batch_norm *norm, long plane, bool is_narrow, bool relu) {
    WHOLE_OR_NOT(ISA(gradient_sums_of_elements), norm, plane, is_narrow, relu);
}

OCELLUS_INLINE void ISA(gradient_of_elements)(
    const batch_norm *norm, long plane, bool is_narrow, bool relu, bool is_whole) {
    long size = norm->maps.height * norm->maps.width * norm->maps.block, start = plane * size;
    f16 mean = ISA(lanes)(norm, norm->mean, plane), factor = ISA(lanes)(norm, norm->factor, plane);
    f16 shift = ISA(lanes)(norm, norm->shift, plane), slope = ISA(lanes)(norm, norm->slope, plane);
    f16 offset = ISA(lanes)(norm, norm->offset, plane);
    for (long i = 0; i < size; i += 16) {
        long count = is_whole ? 16 : size - i;
        f16 centred = ISA(load)(norm->x, start + i, count, is_narrow) - mean;
        f16 dy = ISA(load)(norm->dy, start + i, count, is_narrow);
        dy = ISA(masked)(dy, centred, factor, shift, relu);
        ISA(store)(norm->result, start + i, count, dy * factor + centred * slope + offset, is_narrow);
    }
}

OCELLUS_INLINE void ISA(gradient_of_plane)(const batch_norm *norm, long plane, bool is_narrow, bool relu) {
    WHOLE_OR_NOT(ISA(gradient_of_elements), norm, plane, is_narrow, relu);
}

// MARK: Through functions
//
// Some vectors at a time, in float32.

/// Up to floats_at_once normalised elements of a plane from element `first` on; behind the plane's end, what is there for none.
OCELLUS_INLINE long ISA(normalize_some)(const batch_norm *norm, long plane, long first, bool is_narrow, float *to) {
    long size = norm->maps.height * norm->maps.width * norm->maps.block, start = plane * size;
    long count = ocellus_min(floats_at_once, size - first);
    f16 mean = ISA(lanes)(norm, norm->mean, plane), factor = ISA(lanes)(norm, norm->factor, plane);
    f16 shift = ISA(lanes)(norm, norm->shift, plane);
    for (long i = 0; i < count; i += 16) {
        f16 x = ISA(load)(norm->x, start + first + i, count - i, is_narrow);
        *(f16_memory *)(to + i) = ISA(normalized)(x - mean, factor, shift);
    }
    return count;
}

OCELLUS_INLINE void ISA(normalize_and_finish_plane)(const batch_norm *norm, long plane, bool is_narrow) {
    long size = norm->maps.height * norm->maps.width * norm->maps.block, start = plane * size;
    float y[floats_at_once];
    for (long first = 0; first < size; first += floats_at_once) {
        long count = ISA(normalize_some)(norm, plane, first, is_narrow, y);
        for (long i = 0; i < count && norm->added != NULL; i += 16) {
            *(f16_memory *)(y + i) += ISA(load)(norm->added, start + first + i, count - i, is_narrow);
        }
        ocellus_finish(&norm->epilogue, y, count);
        for (long i = 0; i < count; i += 16) {
            ISA(store)(norm->result, start + first + i, count - i, *(const f16_memory *)(y + i), is_narrow);
        }
    }
}

/// The gradient of so many normalised elements, from that of the function's result; zeros behind the last.
OCELLUS_INLINE long ISA(gradient_of_some)(const batch_norm *norm, long plane, long first, bool is_narrow, float *to) {
    long size = norm->maps.height * norm->maps.width * norm->maps.block;
    float saved[floats_at_once];
    long count = ISA(normalize_some)(norm, plane, first, is_narrow, saved);
    for (long i = 0; i < count; i += 16) {
        *(f16_memory *)(to + i) = ISA(load)(norm->dy, plane * size + first + i, count - i, is_narrow);
    }
    const ocellus_epilogue_gradient *g = &norm->gradient;
    if (g->function != NULL) g->function(&(ocellus_operands){saved, saved, saved, saved, g->factor}, 0, count);
    g->gradient(&(ocellus_operands){saved, to, to, to, g->factor}, 0, count);
    return count;
}

OCELLUS_INLINE void ISA(gradient_sums_through_function)(const batch_norm *norm, long plane, bool is_narrow) {
    long block = norm->maps.block, size = norm->maps.height * norm->maps.width * block, start = plane * size;
    f16 mean = ISA(lanes)(norm, norm->mean, plane);
    float dy[floats_at_once];
    double sums[16] = {0}, products[16] = {0};
    for (long first = 0; first < size; first += floats_at_once) {
        long count = ISA(gradient_of_some)(norm, plane, first, is_narrow, dy);
        f16 sum = {0}, product = {0};
        for (long i = 0; i < count; i += 16) {
            f16 centred = ISA(load)(norm->x, start + first + i, count - i, is_narrow) - mean;
            f16 gradient = *(const f16_memory *)(dy + i);
            sum += gradient, product += gradient * centred;
            if (!is_narrow) ISA(store)(norm->result, start + first + i, count - i, gradient, is_narrow);
        }
        for (long lane = 0; lane < 16; lane++) {
            sums[lane] += (double)sum[lane];
            products[lane] += (double)product[lane];
        }
    }
    for (long channel = 0; channel < block; channel++) {
        double sum = 0, product = 0;
        for (long lane = channel; lane < 16; lane += block) sum += sums[lane], product += products[lane];
        norm->first[plane * block + channel] = sum;
        norm->second[plane * block + channel] = product;
    }
}

OCELLUS_INLINE void ISA(gradient_through_function)(const batch_norm *norm, long plane, bool is_narrow) {
    long size = norm->maps.height * norm->maps.width * norm->maps.block, start = plane * size;
    f16 mean = ISA(lanes)(norm, norm->mean, plane), factor = ISA(lanes)(norm, norm->factor, plane);
    f16 slope = ISA(lanes)(norm, norm->slope, plane), offset = ISA(lanes)(norm, norm->offset, plane);
    float dy[floats_at_once];
    for (long first = 0; first < size; first += floats_at_once) {
        long count = ISA(gradient_of_some)(norm, plane, first, is_narrow, dy);
        for (long i = 0; i < count; i += 16) {
            f16 centred = ISA(load)(norm->x, start + first + i, count - i, is_narrow) - mean;
            f16 dx = *(const f16_memory *)(dy + i) * factor + centred * slope + offset;
            ISA(store)(norm->result, start + first + i, count - i, dx, is_narrow);
        }
    }
}
