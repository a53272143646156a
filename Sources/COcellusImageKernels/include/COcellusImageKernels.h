// SPDX-License-Identifier: Apache-2.0
//
// Loops over the pixels of small planar images, [C][H][W] bytes, written for speed.
//
// Every kernel
// - runs on the calling thread alone: callers divide images among threads;
// - gives the same bits for every instruction set: nothing is contracted to fused multiply-adds, and what is random is
//   made of integers;
// - allocates nothing and checks nothing: sizes are the caller's promise. Buffers must not overlap.
#ifndef OCELLUS_IMAGE_KERNELS_H
#define OCELLUS_IMAGE_KERNELS_H

#include <stdint.h>

#include "COcellusInstructionSet.h"

/// Sizes of a planar image.
typedef struct {
    long channels, height, width;
} ocellus_planes_size;

/// What lies outside of an image.
typedef enum {
    /// 0
    ocellus_border_black,
    /// The nearest pixel of the image.
    ocellus_border_edge,
    /// The image mirrored at the centres of its outermost pixels.
    ocellus_border_reflect,
} ocellus_border;

/// Bytes of scratch memory that ocellus_warp needs for a source of this size.
long ocellus_warp_scratch(ocellus_planes_size source);

/// Resamples an image through a projective map, bilinearly. With u = j + ½ and v = i + ½ of output pixel (i, j),
///
///     x = (m[0]·u + m[1]·v + m[2]) / d,   y = (m[3]·u + m[4]·v + m[5]) / d,   d = m[6]·u + m[7]·v + m[8]
///
/// is the place in the source, whose pixel (0, 0) has its centre at (½, ½). `samples` × `samples` places of each output
/// pixel are averaged, 1 for the plain bilinear filter. `output` is [channels][height][width] of the given size.
void ocellus_warp(
    const uint8_t *source, ocellus_planes_size size, const float matrix[9], ocellus_border border, int samples,
    uint8_t *scratch, uint8_t *output, long height, long width);

/// output[c][i][j] = source[c][i + down][j + right], or the same of the image mirrored left to right, upside down or both;
/// what lies outside is made by the border. As ocellus_warp by whole pixels, and faster.
void ocellus_shift(
    const uint8_t *source, ocellus_planes_size size, long down, long right, int is_mirrored, int is_upside_down,
    ocellus_border border, uint8_t *output, long height, long width);

/// Bits behind the point of a tap: 8 for the sample and 2 for the sum's headroom are left of 32.
#define OCELLUS_TAP_BITS 22

/// Resampling of an axis: of `length[p]` samples from `first[p]` on, with `weights[p * stride + i]`, becomes output `p`.
/// `first` never decreases.
typedef struct {
    long count, stride;
    const long *first, *length;
    const int32_t *weights;
} ocellus_taps;

/// Bytes of scratch memory that ocellus_narrow needs for rows of `width` pixels.
long ocellus_narrow_scratch(long width, long channels);

/// output[c][row][x] = (Σ weights[x, i] · source[row][first[x] + i][c] + ½) in 0…255: interleaved rows that are `stride`
/// bytes apart to planes.
void ocellus_narrow(
    const uint8_t *source, long stride, long channels, long rows, const ocellus_taps *taps, uint8_t *scratch,
    uint8_t *output);

/// output[y][x] = (Σ weights[y, i] · source[first[y] + i][x] + ½) in 0…255: one plane of `width` columns.
void ocellus_shorten(const uint8_t *source, long width, const ocellus_taps *taps, uint8_t *output);

/// pixels[i] = table[pixels[i]]
void ocellus_look_up(uint8_t *pixels, long count, const uint8_t table[256]);

/// to[i] = ⌊share·to[i] + (1 − share)·from[i] + ½⌋ within 0…255; `share` may lie outside 0…1.
void ocellus_blend(uint8_t *to, const uint8_t *from, long count, float share);

/// Luma (ITU-R BT.601) of three planes of `count` pixels: (19595 red + 38470 green + 7471 blue + 32768) / 65536.
void ocellus_planar_gray(const uint8_t *pixels, long count, uint8_t *gray);

/// Turns the hue of three planes by `turns`, −½…½ of the circle, in HSV; saturation and value stay.
void ocellus_turn_hue(uint8_t *pixels, long count, float turns);

/// Convolves each plane with taps[|k|], k = −radius…radius, along both axes; pixels outside mirror those inside at the
/// centres of the outermost ones. `scratch` is [height][width] floats.
void ocellus_blur(
    uint8_t *pixels, ocellus_planes_size size, const float *taps, long radius, float *scratch);

/// output = each pixel's 3×3 neighbourhood weighted 1 1 1, 1 5 1, 1 1 1 and divided by 13; the outermost pixels stay.
void ocellus_smooth(const uint8_t *pixels, ocellus_planes_size size, uint8_t *output);

/// Adds noise of standard deviation `deviation` (in levels): the sum of eight uniform random bytes, which is nearly
/// normal. The bytes are Philox 4x32-10 of (element / 2, 0, stream, 0) with the key.
void ocellus_add_noise(uint8_t *pixels, long count, float deviation, uint64_t key, uint32_t stream);

#endif
