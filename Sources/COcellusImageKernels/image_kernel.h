// SPDX-License-Identifier: Apache-2.0
//
// What the image kernels share: vector types and the borders.
#ifndef OCELLUS_IMAGE_KERNEL_H
#define OCELLUS_IMAGE_KERNEL_H

#include "COcellusImageKernels.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#pragma STDC FP_CONTRACT OFF
// Vectors are passed only to functions that are inlined, so how they would be passed is of no matter.
#pragma clang diagnostic ignored "-Wpsabi"

#define OCELLUS_INLINE static inline __attribute__((always_inline))

typedef float f16 __attribute__((vector_size(64)));
typedef int32_t i16 __attribute__((vector_size(64)));
typedef uint8_t b16 __attribute__((vector_size(16)));
typedef b16 b16_memory __attribute__((aligned(1), may_alias));

OCELLUS_INLINE long ocellus_clamp(long x, long low, long high) { return x < low ? low : x > high ? high : x; }

/// The pixel of an axis with `length` pixels that stands at `position`, or -1 for black.
OCELLUS_INLINE long ocellus_bordered(long position, long length, ocellus_border border) {
    if (position >= 0 && position < length) return position;
    if (border == ocellus_border_black) return -1;
    if (border == ocellus_border_reflect && length > 1) {
        long period = 2 * (length - 1);
        position = position % period;
        if (position < 0) position += period;
        return position < length ? position : period - position;
    }
    return position < 0 ? 0 : length - 1;
}

#endif
