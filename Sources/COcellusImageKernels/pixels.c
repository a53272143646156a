// SPDX-License-Identifier: Apache-2.0
#include "image_kernel.h"

#define OCELLUS_BODY "pixels.body.h"
#include "for_each_instruction_set.h"
#undef OCELLUS_BODY

void ocellus_look_up(uint8_t *pixels, long count, const uint8_t table[256]) {
    for (long i = 0; i < count; i += 1) pixels[i] = table[pixels[i]];
}

void ocellus_blend(uint8_t *to, const uint8_t *from, long count, float share) {
    OCELLUS_PICK(blend)(to, from, count, share);
}

void ocellus_planar_gray(const uint8_t *pixels, long count, uint8_t *gray) {
    OCELLUS_PICK(planar_gray)(pixels, count, gray);
}

void ocellus_turn_hue(uint8_t *pixels, long count, float turns) { OCELLUS_PICK(turn_hue)(pixels, count, turns); }
