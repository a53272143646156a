// SPDX-License-Identifier: Apache-2.0
#include "codec.h"

void ocellus_map_bytes(const uint8_t *source, size_t count, const float *table, float *output) {
    for (size_t i = 0; i < count; i++) output[i] = table[source[i]];
}

void ocellus_count_bytes(const uint8_t *source, size_t count, uint64_t *bins) {
    for (size_t i = 0; i < count; i++) bins[source[i]] += 1;
}

void ocellus_gray(const uint8_t *pixels, size_t count, uint8_t *output) {
    for (size_t i = 0; i < count; i++, pixels += 3) {
        output[i] = (uint8_t)((pixels[0] * 19595u + pixels[1] * 38470u + pixels[2] * 7471u + 0x8000u) >> 16);
    }
}

void ocellus_lay_over_white(
    const uint8_t *source, int channels, size_t count, uint8_t *output, int output_channels) {
    int colors = channels == 2 || channels == 4 ? channels - 1 : channels;
    for (size_t i = 0; i < count; i++, source += channels) {
        unsigned alpha = colors < channels ? source[colors] : 255u;
        for (int c = 0; c < output_channels; c++) {
            *output++ = (uint8_t)((source[c] * alpha + 255u * (255u - alpha) + 127u) / 255u);
        }
    }
}
