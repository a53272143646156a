// SPDX-License-Identifier: Apache-2.0
#include "image_kernel.h"

#define OCELLUS_BODY "blur.body.h"
#include "for_each_instruction_set.h"
#undef OCELLUS_BODY

void ocellus_blur(uint8_t *pixels, ocellus_planes_size size, const float *taps, long radius, float *scratch) {
    OCELLUS_PICK(blur)(pixels, size, taps, radius, scratch);
}

void ocellus_smooth(const uint8_t *pixels, ocellus_planes_size size, uint8_t *output) {
    OCELLUS_PICK(smooth)(pixels, size, output);
}
