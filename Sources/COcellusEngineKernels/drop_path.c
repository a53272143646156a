// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

typedef struct {
    const ocellus_drop_path_arguments *a;
    const ocellus_run *run;
} drop_path;

/// Word `element mod 4` of the Philox 4x32-10 block of four elements (Salmon, Moraes, Dror and Shaw, SC 2011).
static uint32_t random_word(const drop_path *d, uint64_t element) {
    uint32_t c[4] = {(uint32_t)(element / 4), d->run->dropout_step, d->a->stream, 4};
    uint32_t k0 = (uint32_t)d->run->dropout_seed, k1 = (uint32_t)(d->run->dropout_seed >> 32);
    for (int round = 0; round < 10; round += 1) {
        uint64_t p0 = (uint64_t)c[0] * 0xd2511f53, p1 = (uint64_t)c[2] * 0xcd9e8d57;
        c[0] = (uint32_t)(p1 >> 32) ^ c[1] ^ k0, c[1] = (uint32_t)p1;
        c[2] = (uint32_t)(p0 >> 32) ^ c[3] ^ k1, c[3] = (uint32_t)p0;
        k0 += 0x9e3779b9, k1 += 0xbb67ae85;
    }
    return c[element % 4];
}

static float from_bfloat16(uint16_t x) {
    uint32_t bits = (uint32_t)x << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/// To the nearest, ties to even; NaN stays NaN.
static uint16_t to_bfloat16(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (uint16_t)(x != x ? (bits | 0x400000) >> 16 : (bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static void narrow_images(const void *context, long begin, long end) {
    const drop_path *d = context;
    const uint32_t threshold = (uint32_t)((double)d->a->rate * 0x1p32);
    const float kept = 1 - d->a->rate;
    long count = d->a->count;
    for (long n = begin; n < end; n += 1) {
        const uint16_t *x = (const uint16_t *)d->a->x + n * count;
        uint16_t *y = (uint16_t *)d->a->y + n * count;
        if (random_word(d, (uint64_t)(d->run->first_image + n)) >= threshold) {
            for (long i = 0; i < count; i += 1) y[i] = to_bfloat16(from_bfloat16(x[i]) / kept);
        } else {
            memset(y, 0, (size_t)count * sizeof *y);
        }
    }
}

static void images(const void *context, long begin, long end) {
    const drop_path *d = context;
    const uint32_t threshold = (uint32_t)((double)d->a->rate * 0x1p32);
    const float kept = 1 - d->a->rate;
    long count = d->a->count;
    for (long n = begin; n < end; n += 1) {
        const float *x = (const float *)d->a->x + n * count;
        float *y = (float *)d->a->y + n * count;
        if (random_word(d, (uint64_t)(d->run->first_image + n)) >= threshold) {
            for (long i = 0; i < count; i += 1) y[i] = x[i] / kept;
        } else {
            memset(y, 0, (size_t)count * sizeof *y);
        }
    }
}

int ocellus_drop_path(const void *arguments, const ocellus_run *run) {
    const ocellus_drop_path_arguments *a = arguments;
    ocellus_parallel_range(
        run->threads, a->batch, ocellus_grain(a->count), a->type == ocellus_element_bfloat16 ? narrow_images : images,
        &(drop_path){a, run});
    return 0;
}
