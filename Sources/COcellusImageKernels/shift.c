// SPDX-License-Identifier: Apache-2.0
#include "image_kernel.h"

#define OCELLUS_BODY "shift.body.h"
#include "for_each_instruction_set.h"
#undef OCELLUS_BODY

void ocellus_shift(
    const uint8_t *source, ocellus_planes_size size, long down, long right, int is_mirrored, int is_upside_down,
    ocellus_border border, uint8_t *output, long height, long width) {
    OCELLUS_PICK(shift)(
        source, size, down, right, is_mirrored, is_upside_down, border, output, height, width);
}
