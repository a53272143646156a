// SPDX-License-Identifier: Apache-2.0
#include "COcellusImageCodecs.h"

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
