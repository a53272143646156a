// SPDX-License-Identifier: Apache-2.0
#include "COcellusImageCodecs.h"

void ocellus_map_bytes(const uint8_t *source, size_t count, const float *table, float *output) {
    for (size_t i = 0; i < count; i++) output[i] = table[source[i]];
}

void ocellus_count_bytes(const uint8_t *source, size_t count, uint64_t *bins) {
    for (size_t i = 0; i < count; i++) bins[source[i]] += 1;
}
