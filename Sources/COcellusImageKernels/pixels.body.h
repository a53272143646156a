// SPDX-License-Identifier: Apache-2.0

OCELLUS_INLINE uint8_t ISA(to_byte)(float value) {
    value = value + 0.5f;
    value = value > 0 ? value : 0;
    value = value < 255 ? value : 255;
    return (uint8_t)(int32_t)value;
}

static void ISA(blend)(uint8_t *to, const uint8_t *from, long count, float share) {
    float other = 1 - share;
    for (long i = 0; i < count; i += 1) to[i] = ISA(to_byte)(share * (float)to[i] + other * (float)from[i]);
}

static void ISA(planar_gray)(const uint8_t *pixels, long count, uint8_t *gray) {
    const uint8_t *green = pixels + count, *blue = green + count;
    for (long i = 0; i < count; i += 1) {
        gray[i] = (uint8_t)((pixels[i] * 19595u + green[i] * 38470u + blue[i] * 7471u + 0x8000u) >> 16);
    }
}

/// HSV as functions: channel n of hue h has the value v − v·s·max(0, min(k, 4 − k, 1)), k = (n + 6h) mod 6, with n = 5
/// for red, 3 for green, 1 for blue. Here v·s = max − min.
OCELLUS_INLINE float ISA(hue_channel)(float n, float sixths, float value, float chroma) {
    float k = n + sixths;
    k = k >= 12 ? k - 12 : k >= 6 ? k - 6 : k;
    float away = 4 - k;
    float part = k < away ? k : away;
    part = part < 1 ? part : 1;
    part = part > 0 ? part : 0;
    return value - chroma * part;
}

static void ISA(turn_hue)(uint8_t *pixels, long count, float turns) {
    uint8_t *greens = pixels + count, *blues = greens + count;
    for (long i = 0; i < count; i += 1) {
        float red = pixels[i], green = greens[i], blue = blues[i];
        float highest = red > green ? red : green, lowest = red < green ? red : green;
        highest = highest > blue ? highest : blue;
        lowest = lowest < blue ? lowest : blue;
        float chroma = highest - lowest, divisor = chroma > 0 ? chroma : 1;
        float sixths = highest == red     ? (green - blue) / divisor
                       : highest == green ? 2 + (blue - red) / divisor
                                          : 4 + (red - green) / divisor;
        sixths = sixths + 6 * turns;
        sixths = sixths < 0 ? sixths + 6 : sixths;
        sixths = sixths < 0 ? sixths + 6 : sixths;
        sixths = sixths >= 6 ? sixths - 6 : sixths;
        pixels[i] = ISA(to_byte)(ISA(hue_channel)(5, sixths, highest, chroma));
        greens[i] = ISA(to_byte)(ISA(hue_channel)(3, sixths, highest, chroma));
        blues[i] = ISA(to_byte)(ISA(hue_channel)(1, sixths, highest, chroma));
    }
}
