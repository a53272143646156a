// SPDX-License-Identifier: Apache-2.0
//
// 16 output pixels of a row at once. See COcellusImageKernels.h for the formula.

/// The greatest integers not above x, as numbers; |x| < 2^22.
OCELLUS_INLINE f16 ISA(floor_of)(f16 x) {
    f16 truncated = __builtin_convertvector(__builtin_convertvector(x, i16), f16);
    // A comparison gives -1 where it holds.
    return truncated + __builtin_convertvector(truncated > x, f16);
}

OCELLUS_INLINE f16 ISA(select)(i16 mask, f16 yes, f16 no) { return (f16)((mask & (i16)yes) | (~mask & (i16)no)); }

/// x within low…high; low for what is not a number.
OCELLUS_INLINE f16 ISA(clamped)(f16 x, float low, float high) {
    f16 lows = (f16){0} + low, highs = (f16){0} + high;
    x = ISA(select)(x > lows, x, lows);
    return ISA(select)(x < highs, x, highs);
}

/// The place on an axis of `length` pixels where a value stands for `x`: within -1…length for a black border, else within
/// 0…length - 1.
OCELLUS_INLINE f16 ISA(bordered)(f16 x, float length, ocellus_border border) {
    if (border == ocellus_border_black) return ISA(clamped)(x, -1, length);
    float last = length - 1;
    if (border == ocellus_border_reflect && last > 0) {
        x = ISA(clamped)(x, -0x1p20f, 0x1p20f);
        f16 folded = x - 2 * last * ISA(floor_of)(x * (1 / (2 * last)));
        x = ISA(select)(folded > last, 2 * last - folded, folded);
    }
    return ISA(clamped)(x, 0, last);
}

/// The four bytes from each index on.
OCELLUS_INLINE i16 ISA(gathered)(const uint8_t *base, i16 index) {
    i16 result;
#if defined(__AVX512F__)
    result = (i16)_mm512_i32gather_epi32((__m512i)index, base, 1);
#else
    for (int lane = 0; lane < 16; lane += 1) {
        int32_t word;
        memcpy(&word, base + index[lane], sizeof word);
        result[lane] = word;
    }
#endif
    return result;
}

OCELLUS_INLINE void ISA(store)(uint8_t *to, b16 bytes, long count) {
    if (count >= 16) {
        *(b16_memory *)to = bytes;
    } else {
        memcpy(to, &bytes, (size_t)count);
    }
}

/// Where 16 places of the source lie in the padded copy, and how far behind their first neighbour.
typedef struct {
    i16 index;
    f16 right, down;
} ISA(places);

OCELLUS_INLINE ISA(places) ISA(locate)(const warp *w, f16 u, float v, int is_affine) {
    const float *m = w->matrix;
    f16 x = m[0] * u + (m[1] * v + m[2]), y = m[3] * u + (m[4] * v + m[5]);
    if (!is_affine) {
        f16 d = m[6] * u + (m[7] * v + m[8]);
        x = x / d;
        y = y / d;
    }
    x = ISA(bordered)(x - 0.5f, (float)w->width, w->border);
    y = ISA(bordered)(y - 0.5f, (float)w->height, w->border);
    f16 left = ISA(floor_of)(x), top = ISA(floor_of)(y);
    i16 column = __builtin_convertvector(left, i16), row = __builtin_convertvector(top, i16);
    return (ISA(places)){
        (row + black_before) * (int32_t)w->row + (column + black_before), x - left, y - top};
}

/// The bilinear mean of the four neighbours of each place, unrounded.
OCELLUS_INLINE f16 ISA(sample)(const warp *w, long channel, const ISA(places) *places) {
    const uint8_t *plane = w->padded + channel * w->plane;
    i16 upper = ISA(gathered)(plane, places->index), lower = ISA(gathered)(plane + w->row, places->index);
    f16 a = __builtin_convertvector(upper & 255, f16), b = __builtin_convertvector((upper >> 8) & 255, f16);
    f16 c = __builtin_convertvector(lower & 255, f16), d = __builtin_convertvector((lower >> 8) & 255, f16);
    f16 top = a + places->right * (b - a), bottom = c + places->right * (d - c);
    return top + places->down * (bottom - top);
}

OCELLUS_INLINE b16 ISA(rounded)(f16 value) {
    return __builtin_convertvector(__builtin_convertvector(value + 0.5f, i16), b16);
}

OCELLUS_INLINE f16 ISA(lanes)(void) {
    return (f16){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
}

OCELLUS_INLINE void ISA(warp_rows)(const warp *w, int is_affine) {
    long output_plane = w->output_height * w->output_width;
    for (long i = 0; i < w->output_height; i += 1) {
        for (long j = 0; j < w->output_width; j += 16) {
            f16 u = ISA(lanes)() + ((float)j + 0.5f);
            ISA(places) places = ISA(locate)(w, u, (float)i + 0.5f, is_affine);
            uint8_t *to = w->output + i * w->output_width + j;
            for (long channel = 0; channel < w->channels; channel += 1, to += output_plane) {
                ISA(store)(to, ISA(rounded)(ISA(sample)(w, channel, &places)), w->output_width - j);
            }
        }
    }
}

static void ISA(warp_affine)(const warp *w) { ISA(warp_rows)(w, 1); }
static void ISA(warp_projective)(const warp *w) { ISA(warp_rows)(w, 0); }

/// The mean of samples × samples places of each output pixel.
static void ISA(warp_averaged)(const warp *w) {
    long output_plane = w->output_height * w->output_width;
    float step = 1 / (float)w->samples, share = step * step;
    for (long i = 0; i < w->output_height; i += 1) {
        for (long j = 0; j < w->output_width; j += 16) {
            uint8_t *to = w->output + i * w->output_width + j;
            for (long channel = 0; channel < w->channels; channel += 1, to += output_plane) {
                f16 sum = {0};
                for (int below = 0; below < w->samples; below += 1) {
                    for (int beside = 0; beside < w->samples; beside += 1) {
                        f16 u = ISA(lanes)() + ((float)j + ((float)beside + 0.5f) * step);
                        float v = (float)i + ((float)below + 0.5f) * step;
                        ISA(places) places = ISA(locate)(w, u, v, 0);
                        sum = sum + ISA(sample)(w, channel, &places);
                    }
                }
                ISA(store)(to, ISA(rounded)(sum * share), w->output_width - j);
            }
        }
    }
}
