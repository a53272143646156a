// SPDX-License-Identifier: Apache-2.0
#include "image_kernel.h"

#define OCELLUS_BODY "resample.body.h"
#include "for_each_instruction_set.h"
#undef OCELLUS_BODY

long ocellus_narrow_scratch(long width, long channels) { return (width * channels + 15) / 16 * 256 + 256; }

void ocellus_narrow(
    const uint8_t *source, long stride, long channels, long rows, const ocellus_taps *taps, uint8_t *scratch,
    uint8_t *output) {
    OCELLUS_PICK(narrow)(source, stride, channels, rows, taps, scratch, output);
}

void ocellus_shorten(const uint8_t *source, long width, const ocellus_taps *taps, uint8_t *output) {
    OCELLUS_PICK(shorten)(source, width, taps, output);
}
