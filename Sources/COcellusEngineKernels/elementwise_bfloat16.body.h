// SPDX-License-Identifier: Apache-2.0
//
// The loops around the functions of elementwise.body.h for bfloat16, 16 at a time.
#include "bfloat16.body.h"

// The last group is padded to 16, so that every element goes through the same arithmetic.
#define NARROW_ELEMENTWISE(name)                                                                 \
    static void ISA(name##_bfloat16)(const void *context, long begin, long end) {                \
        const narrow_operands *o = context;                                                      \
        long i = begin;                                                                          \
        for (; i + 16 <= end; i += 16) {                                                         \
            f16 a = ISA(from_bfloat16)(o->a + i), b = ISA(from_bfloat16)(o->b + i);              \
            ISA(to_bfloat16)(o->y + i, ISA(name##_16)(a, b, ISA(from_bfloat16)(o->c + i), 0));   \
        }                                                                                        \
        if (i == end) return;                                                                    \
        uint16_t a[16] = {0}, b[16] = {0}, c[16] = {0}, y[16];                                   \
        size_t bytes = (size_t)(end - i) * sizeof(uint16_t);                                     \
        memcpy(a, o->a + i, bytes);                                                              \
        memcpy(b, o->b + i, bytes);                                                              \
        memcpy(c, o->c + i, bytes);                                                              \
        f16 result = ISA(name##_16)(ISA(from_bfloat16)(a), ISA(from_bfloat16)(b), ISA(from_bfloat16)(c), 0); \
        ISA(to_bfloat16)(y, result);                                                             \
        memcpy(o->y + i, y, bytes);                                                              \
    }

ELEMENTWISE_KERNELS_OF_BOTH_TYPES(NARROW_ELEMENTWISE)

#undef NARROW_ELEMENTWISE
