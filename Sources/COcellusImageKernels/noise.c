// SPDX-License-Identifier: Apache-2.0
#include "image_kernel.h"

/// Of the sum of eight uniform bytes: √(8 · (256² − 1) / 12).
static const float unit = 209.0231f;

/// Two words of 64 bits: Philox 4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011).
static void random_words(uint64_t key, uint32_t counter, uint32_t stream, uint64_t words[2]) {
    uint32_t c0 = counter, c1 = 0, c2 = stream, c3 = 0, k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
    for (int round = 0; round < 10; round += 1) {
        uint64_t p0 = (uint64_t)0xd2511f53 * c0, p1 = (uint64_t)0xcd9e8d57 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        k0 += 0x9e3779b9;
        k1 += 0xbb67ae85;
    }
    words[0] = c0 | (uint64_t)c1 << 32;
    words[1] = c2 | (uint64_t)c3 << 32;
}

static int32_t sum_of_bytes(uint64_t word) {
    word = (word & 0x00ff00ff00ff00ff) + (word >> 8 & 0x00ff00ff00ff00ff);
    return (int32_t)(word * 0x0001000100010001 >> 48);
}

void ocellus_add_noise(uint8_t *pixels, long count, float deviation, uint64_t key, uint32_t stream) {
    float factor = deviation / unit;
    for (long i = 0; i < count; i += 2) {
        uint64_t words[2];
        random_words(key, (uint32_t)(i / 2), stream, words);
        for (long k = 0; k < 2 && i + k < count; k += 1) {
            // 1020 is the sum's mean.
            float value = (float)pixels[i + k] + factor * (float)(sum_of_bytes(words[k]) - 1020) + 0.5f;
            pixels[i + k] = (uint8_t)(int32_t)(value < 0 ? 0 : value < 255 ? value : 255);
        }
    }
}
