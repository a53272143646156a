// SPDX-License-Identifier: Apache-2.0
//
// What the kernels share: vector types, ranges of work, and the choice between the versions of a kernel.
//
// A kernel's inner loops stand in a file `NAME.body.h`, which for_each_instruction_set.h or for_each_block.h includes
// once per version. Vectors are 64 bytes wide in every version, the compiler splits them where registers are narrower,
// so each version does the same arithmetic in the same order.
#ifndef OCELLUS_KERNEL_H
#define OCELLUS_KERNEL_H

#include "COcellusEngineKernels.h"

#include <stddef.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF
// Vectors are passed only to functions that are inlined, so how they would be passed is of no matter.
#pragma clang diagnostic ignored "-Wpsabi"

#define OCELLUS_INLINE static inline __attribute__((always_inline))

typedef float f8 __attribute__((vector_size(32)));
typedef float f16 __attribute__((vector_size(64)));
typedef int32_t i8 __attribute__((vector_size(32)));
typedef int32_t i16 __attribute__((vector_size(64)));
typedef double d8 __attribute__((vector_size(64)));
typedef int64_t l8 __attribute__((vector_size(64)));
typedef uint64_t u8 __attribute__((vector_size(64)));
typedef uint32_t w16 __attribute__((vector_size(64)));
typedef uint16_t h16 __attribute__((vector_size(32)));
typedef uint8_t b8 __attribute__((vector_size(8)));
typedef uint8_t b16 __attribute__((vector_size(16)));

// The same in memory, with the alignment of one element.
typedef f8 f8_memory __attribute__((aligned(4), may_alias));
typedef f16 f16_memory __attribute__((aligned(4), may_alias));
typedef i8 i8_memory __attribute__((aligned(4), may_alias));
typedef i16 i16_memory __attribute__((aligned(4), may_alias));
typedef w16 w16_memory __attribute__((aligned(4), may_alias));
typedef h16 h16_memory __attribute__((aligned(2), may_alias));
typedef b8 b8_memory __attribute__((aligned(1), may_alias));
typedef b16 b16_memory __attribute__((aligned(1), may_alias));

/// Works on the items `begin ..< end`.
typedef void (*ocellus_range)(const void *context, long begin, long end);

/// Divides the items 0 ..< `items` among threads in contiguous ranges of at least `grain` items.
///
/// Starting a team costs about as much as 8,192 floats in cache: ocellus_grain() gives the grain for items of a size.
void ocellus_parallel_range(int threads, long items, long grain, ocellus_range range, const void *context);

OCELLUS_INLINE long ocellus_grain(long floats_per_item) {
    long grain = 8192 / (floats_per_item > 0 ? floats_per_item : 1);
    return grain > 1 ? grain : 1;
}

/// The same for a range that has versions by block.
#define OCELLUS_PICK_BLOCK(name, block)                  \
    ((block) == 16  ? OCELLUS_PICK(name##_16)            \
     : (block) == 8 ? OCELLUS_PICK(name##_8)             \
                    : OCELLUS_PICK(name##_1))

/// The version of a range for elements of a type. What works on more than one type has versions `NAME_float32` and
/// `NAME_bfloat16`.
#define OCELLUS_PICK_TYPE(name, type) \
    ((type) == ocellus_element_bfloat16 ? OCELLUS_PICK(name##_bfloat16) : OCELLUS_PICK(name##_float32))

/// The version for elements of a type in maps of a block; those of bfloat16 have blocks of 16.
#define OCELLUS_PICK_MAPS(name, type, block) \
    ((type) == ocellus_element_bfloat16 ? OCELLUS_PICK(name##_bfloat16) : OCELLUS_PICK_BLOCK(name, block))

/// What a kernel returns for a type of elements that it does not exist for: oneDNN's number for what is not implemented.
enum { ocellus_unimplemented = 3 };

/// Maps of one block of channels, of all samples.
OCELLUS_INLINE long ocellus_planes(ocellus_maps maps) {
    return maps.batch * ((maps.channels + maps.block - 1) / maps.block);
}

OCELLUS_INLINE long ocellus_min(long a, long b) { return a < b ? a : b; }
OCELLUS_INLINE long ocellus_max(long a, long b) { return a > b ? a : b; }

/// One axis of a window.
typedef struct {
    long input, output, kernel, stride, before;
} ocellus_axis;

OCELLUS_INLINE ocellus_axis ocellus_rows(ocellus_maps maps, ocellus_window window) {
    return (ocellus_axis){maps.height, window.output_height, window.kernel_height, window.stride_height, window.top};
}

OCELLUS_INLINE ocellus_axis ocellus_columns(ocellus_maps maps, ocellus_window window) {
    return (ocellus_axis){maps.width, window.output_width, window.kernel_width, window.stride_width, window.left};
}

/// A half-open range of positions.
typedef struct {
    long begin, end;
} ocellus_span;

/// The kernel positions of output `o` that lie inside the map.
OCELLUS_INLINE ocellus_span ocellus_inside(ocellus_axis axis, long o) {
    long start = o * axis.stride - axis.before;
    return (ocellus_span){ocellus_max(0, -start), ocellus_min(axis.kernel, axis.input - start)};
}

/// The outputs whose windows hold input `i`.
OCELLUS_INLINE ocellus_span ocellus_covering(ocellus_axis axis, long i) {
    long last = i + axis.before;
    long first = last - axis.kernel + 1;
    return (ocellus_span){
        first <= 0 ? 0 : (first + axis.stride - 1) / axis.stride, ocellus_min(axis.output, last / axis.stride + 1)};
}

#endif
