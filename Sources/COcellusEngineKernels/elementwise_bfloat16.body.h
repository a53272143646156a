// SPDX-License-Identifier: Apache-2.0
//
// The loops around the functions of elementwise.body.h for bfloat16, 16 at a time.
#include "bfloat16.body.h"

// The last group is padded to 16, so that every element goes through the same arithmetic.
#define NARROW_ELEMENTWISE(name)                                                                 \
    static void ISA(name##_bfloat16)(const void *context, long begin, long end) {                \
        const ocellus_operands *o = context;                                                     \
        const uint16_t *pa = o->a, *pb = o->b, *pc = o->c;                                       \
        uint16_t *py = o->y;                                                                     \
        long i = begin;                                                                          \
        for (; i + 16 <= end; i += 16) {                                                         \
            f16 a = ISA(from_bfloat16)(pa + i), b = ISA(from_bfloat16)(pb + i);              \
            ISA(to_bfloat16)(py + i, ISA(name##_16)(a, b, ISA(from_bfloat16)(pc + i), o->s)); \
        }                                                                                        \
        if (i == end) return;                                                                    \
        uint16_t a[16] = {0}, b[16] = {0}, c[16] = {0}, y[16];                                   \
        size_t bytes = (size_t)(end - i) * sizeof(uint16_t);                                     \
        memcpy(a, pa + i, bytes);                                                              \
        memcpy(b, pb + i, bytes);                                                              \
        memcpy(c, pc + i, bytes);                                                              \
        f16 result = ISA(name##_16)(ISA(from_bfloat16)(a), ISA(from_bfloat16)(b), ISA(from_bfloat16)(c), o->s); \
        ISA(to_bfloat16)(y, result);                                                             \
        memcpy(py + i, y, bytes);                                                              \
    }

ELEMENTWISE_KERNELS_OF_BOTH_TYPES(NARROW_ELEMENTWISE)

#undef NARROW_ELEMENTWISE
