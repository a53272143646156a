// SPDX-License-Identifier: Apache-2.0
#include "image_kernel.h"

/// A source with one black pixel before and two behind each axis, so that every place after the border's rule has four
/// neighbours in memory.
typedef struct {
    const uint8_t *padded;
    long channels, height, width;
    /// Bytes from one row and from one plane to the next.
    long row, plane;
    const float *matrix;
    ocellus_border border;
    int samples;
    uint8_t *output;
    long output_height, output_width;
} warp;

enum {
    black_before = 1,
    black_behind = 2,
    /// A neighbour pair is read as four bytes.
    slack = 4,
};

#define OCELLUS_BODY "warp.body.h"
#include "for_each_instruction_set.h"
#undef OCELLUS_BODY

static long padded(long length) { return length + black_before + black_behind; }

long ocellus_warp_scratch(ocellus_planes_size source) {
    return source.channels * padded(source.height) * padded(source.width) + slack;
}

void ocellus_warp(
    const uint8_t *source, ocellus_planes_size size, const float matrix[9], ocellus_border border, int samples,
    uint8_t *scratch, uint8_t *output, long height, long width) {
    long row = padded(size.width), plane = padded(size.height) * row;
    memset(scratch, 0, (size_t)ocellus_warp_scratch(size));
    for (long channel = 0; channel < size.channels; channel += 1) {
        uint8_t *to = scratch + channel * plane + black_before * row + black_before;
        for (long y = 0; y < size.height; y += 1, to += row, source += size.width) {
            memcpy(to, source, (size_t)size.width);
        }
    }
    warp w = {
        .padded = scratch, .channels = size.channels, .height = size.height, .width = size.width, .row = row,
        .plane = plane, .matrix = matrix, .border = border, .samples = samples, .output = output,
        .output_height = height, .output_width = width};
    int is_affine = matrix[6] == 0 && matrix[7] == 0 && matrix[8] == 1;
    if (samples > 1) {
        OCELLUS_PICK(warp_averaged)(&w);
    } else if (is_affine) {
        OCELLUS_PICK(warp_affine)(&w);
    } else {
        OCELLUS_PICK(warp_projective)(&w);
    }
}
