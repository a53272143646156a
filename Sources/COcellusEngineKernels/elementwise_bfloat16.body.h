// SPDX-License-Identifier: Apache-2.0
//
// Elementwise functions of bfloat16 computed in float32, 16 at a time.
#include "bfloat16.body.h"
#include "normal.body.h"

// The last group is padded to 16, so that every element goes through the same arithmetic.
#define ELEMENTWISE(name, expression)                                                            \
    OCELLUS_INLINE f16 ISA(name##_16)(f16 a, f16 b, f16 c) {                                     \
        (void)b, (void)c;                                                                        \
        return expression;                                                                       \
    }                                                                                            \
    static void ISA(name##_bfloat16)(const void *context, long begin, long end) {                \
        const narrow_operands *o = context;                                                      \
        long i = begin;                                                                          \
        for (; i + 16 <= end; i += 16) {                                                         \
            f16 a = ISA(from_bfloat16)(o->a + i), b = ISA(from_bfloat16)(o->b + i);              \
            ISA(to_bfloat16)(o->y + i, ISA(name##_16)(a, b, ISA(from_bfloat16)(o->c + i)));      \
        }                                                                                        \
        if (i == end) return;                                                                    \
        uint16_t a[16] = {0}, b[16] = {0}, c[16] = {0}, y[16];                                   \
        size_t bytes = (size_t)(end - i) * sizeof(uint16_t);                                     \
        memcpy(a, o->a + i, bytes);                                                              \
        memcpy(b, o->b + i, bytes);                                                              \
        memcpy(c, o->c + i, bytes);                                                              \
        f16 result = ISA(name##_16)(ISA(from_bfloat16)(a), ISA(from_bfloat16)(b), ISA(from_bfloat16)(c)); \
        ISA(to_bfloat16)(y, result);                                                             \
        memcpy(o->y + i, y, bytes);                                                              \
    }

ELEMENTWISE(relu, SELECT(a <= 0, (f16){0}, a))
ELEMENTWISE(relu_gradient, SELECT(a > 0, b, (f16){0}))
ELEMENTWISE(gelu, ISA(gelu_of)(a))
ELEMENTWISE(gelu_gradient, b * ISA(gelu_slope)(a))
ELEMENTWISE(add, a + b)
ELEMENTWISE(add_relu, SELECT(a + b <= 0, (f16){0}, a + b))
ELEMENTWISE(add_relu_gradient, SELECT(a > 0, b + c, (f16){0}))

#undef ELEMENTWISE
#undef SELECT
