// SPDX-License-Identifier: Apache-2.0
//
// See COcellusImageKernels.h for the formula. Sums are whole numbers, so their order changes no bit.

/// m[i][j] to m[j][i].
OCELLUS_INLINE void ISA(transpose)(b16 m[16]) {
    b16 n[16];
    // Four times: the sixteen vectors laid end to end, with their first half and their second half interleaved.
#pragma clang loop unroll(full)
    for (int stage = 0; stage < 4; stage += 1) {
#pragma clang loop unroll(full)
        for (int i = 0; i < 8; i += 1) {
            n[2 * i] = __builtin_shufflevector(
                m[i], m[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            n[2 * i + 1] = __builtin_shufflevector(
                m[i], m[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        }
#pragma clang loop unroll(full)
        for (int i = 0; i < 16; i += 1) m[i] = n[i];
    }
}

OCELLUS_INLINE b16 ISA(load)(const uint8_t *from, long count) {
    if (count >= 16) return *(const b16_memory *)from;
    b16 bytes = {0};
    memcpy(&bytes, from, (size_t)count);
    return bytes;
}

OCELLUS_INLINE void ISA(store_bytes)(uint8_t *to, b16 bytes, long count) {
    if (count >= 16) {
        *(b16_memory *)to = bytes;
    } else {
        memcpy(to, &bytes, (size_t)count);
    }
}

OCELLUS_INLINE b16 ISA(fixed_to_bytes)(i16 sum) {
    i16 value = sum >> OCELLUS_TAP_BITS;
    i16 least = {0}, most = least + 255;
    value = (value > least) & value;
    i16 isAbove = value > most;
    value = (isAbove & most) | (~isAbove & value);
    return __builtin_convertvector(value, b16);
}

static void ISA(narrow)(
    const uint8_t *source, long stride, long channels, long rows, const ocellus_taps *taps, uint8_t *scratch,
    uint8_t *output) {
    long first = taps->first[0], past = first, width = taps->count;
    for (long x = 0; x < width; x += 1) {
        long end = taps->first[x] + taps->length[x];
        past = end > past ? end : past;
    }
    long bytes = (past - first) * channels;
    // 16 rows at a time, a vector for each of their columns: then all lanes have the same weights.
    uint8_t *columns = scratch, *narrowed = scratch + (bytes + 15) / 16 * 256;
    for (long row = 0; row < rows; row += 16) {
        long count = rows - row < 16 ? rows - row : 16;
        for (long start = 0; start < bytes; start += 16) {
            b16 block[16];
            const uint8_t *from = source + row * stride + first * channels + start;
#pragma clang loop unroll(full)
            for (long i = 0; i < 16; i += 1) {
                block[i] = ISA(load)(from + (i < count ? i : count - 1) * stride, bytes - start);
            }
            ISA(transpose)(block);
            memcpy(columns + start * 16, block, sizeof block);
        }
        for (long channel = 0; channel < channels; channel += 1) {
            for (long start = 0; start < width; start += 16) {
                long across = width - start < 16 ? width - start : 16;
                for (long x = start; x < start + across; x += 1) {
                    const uint8_t *from = columns + ((taps->first[x] - first) * channels + channel) * 16;
                    const int32_t *weights = taps->weights + x * taps->stride;
                    i16 sum = (i16){0} + (1 << (OCELLUS_TAP_BITS - 1));
                    for (long i = 0; i < taps->length[x]; i += 1, from += channels * 16) {
                        sum += weights[i] * __builtin_convertvector(*(const b16_memory *)from, i16);
                    }
                    *(b16_memory *)(narrowed + (x - start) * 16) = ISA(fixed_to_bytes)(sum);
                }
                b16 block[16];
                memcpy(block, narrowed, sizeof block);
                ISA(transpose)(block);
                uint8_t *to = output + (channel * rows + row) * width + start;
#pragma clang loop unroll(full)
                for (long i = 0; i < 16; i += 1) {
                    if (i < count) ISA(store_bytes)(to + i * width, block[i], across);
                }
            }
        }
    }
}

static void ISA(shorten)(const uint8_t *source, long width, const ocellus_taps *taps, uint8_t *output) {
    for (long y = 0; y < taps->count; y += 1, output += width) {
        const int32_t *weights = taps->weights + y * taps->stride;
        for (long x = 0; x < width; x += 16) {
            const uint8_t *from = source + taps->first[y] * width + x;
            i16 sum = (i16){0} + (1 << (OCELLUS_TAP_BITS - 1));
            for (long i = 0; i < taps->length[y]; i += 1, from += width) {
                sum += weights[i] * __builtin_convertvector(ISA(load)(from, width - x), i16);
            }
            ISA(store_bytes)(output + x, ISA(fixed_to_bytes)(sum), width - x);
        }
    }
}
