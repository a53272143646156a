// SPDX-License-Identifier: Apache-2.0
//
// Elementwise functions on 16 floats, or on 8 in double, and the loops around them.
#include "exponential.body.h"
#include "normal.body.h"

OCELLUS_INLINE d8 ISA(select)(l8 mask, d8 a, d8 b) { return (d8)(((l8)a & mask) | ((l8)b & ~mask)); }

OCELLUS_INLINE d8 ISA(magnitude)(d8 x) { return (d8)((l8)x & INT64_MAX); }

OCELLUS_INLINE d8 ISA(sigmoid_8)(d8 x) {
    d8 e = ISA(exp_negative)(-ISA(magnitude)(x));
    return ISA(select)(x < 0, e, (d8){0} + 1) / (1 + e);
}

/// Near 0 the polynomial of Cephes' tanhf (S. Moshier, 1988), elsewhere `(1 − e) / (1 + e)` with `e = exp(−2|x|)`.
OCELLUS_INLINE f16 ISA(tanh_of)(f16 x) {
    f16 size = (f16)((i16)x & INT32_MAX);
    f16 e = ISA(exp_of_difference)(SELECT(size > 20, (f16){0} + 20, size) * -2.0f, (f16){0});
    f16 large = (f16)((i16)((1 - e) / (1 + e)) | ((i16)x & INT32_MIN));
    f16 z = x * x;
    f16 p = z * -5.70498872745e-3f + 2.06390887954e-2f;
    p = p * z - 5.37397155531e-2f;
    p = p * z + 1.33314422036e-1f;
    p = p * z - 3.33332819422e-1f;
    return SELECT(size < 0.625f, x + p * z * x, large);
}

/// ±1000 stands for all beyond, where the sigmoid is 0 or 1 in double: infinity times 0 would be no number.
OCELLUS_INLINE d8 ISA(within_1000)(d8 x) {
    d8 bound = (d8){0} + 1000;
    return ISA(select)(x > bound, bound, ISA(select)(x < -bound, -bound, x));
}

OCELLUS_INLINE d8 ISA(silu_8)(d8 x) { return ISA(select)(x < -1000, (d8){0}, x * ISA(sigmoid_8)(x)); }

OCELLUS_INLINE d8 ISA(silu_slope_8)(d8 x) {
    d8 s = ISA(sigmoid_8)(x);
    return s * (1 + ISA(within_1000)(x) * (1 - s));
}

#define LOW_HALF(x) __builtin_convertvector(__builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7), d8)
#define HIGH_HALF(x) __builtin_convertvector(__builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15), d8)

OCELLUS_INLINE f16 ISA(joined)(d8 low, d8 high) {
    return __builtin_shufflevector(
        __builtin_convertvector(low, f8), __builtin_convertvector(high, f8), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
        13, 14, 15);
}

/// Applies a function of 8 doubles to 16 floats.
#define IN_DOUBLE(function, x) ISA(joined)(function(LOW_HALF(x)), function(HIGH_HALF(x)))

// Every kernel of this file is named here once, functions of one number in a list of their own; elementwise.c makes what is
// called, and elementwise_bfloat16.body.h the loops of those that exist for bfloat16 too.
#define ELEMENTWISE_KERNELS(KERNEL) \
    KERNEL(add_scaled)              \
    KERNEL(scale)
#define ELEMENTWISE_KERNELS_OF_BOTH_TYPES(KERNEL) \
    UNARY_FUNCTIONS(KERNEL)                       \
    KERNEL(relu_gradient)                         \
    KERNEL(leaky_relu_gradient)                   \
    KERNEL(sigmoid_gradient)                      \
    KERNEL(tanh_gradient)                         \
    KERNEL(gelu_gradient)                         \
    KERNEL(relu6_gradient)                        \
    KERNEL(silu_gradient)                         \
    KERNEL(hard_swish_gradient)                   \
    KERNEL(hard_sigmoid_gradient)                 \
    KERNEL(add)                                   \
    KERNEL(add_relu)                              \
    KERNEL(add_relu_gradient)
#define UNARY_FUNCTIONS(FUNCTION) \
    FUNCTION(relu)                \
    FUNCTION(leaky_relu)          \
    FUNCTION(sigmoid)             \
    FUNCTION(tanh)                \
    FUNCTION(gelu)                \
    FUNCTION(relu6)               \
    FUNCTION(silu)                \
    FUNCTION(hard_swish)          \
    FUNCTION(hard_sigmoid)

// The last group is padded to 16, so that every element goes through the same arithmetic.
#define ELEMENTWISE(name, expression)                                                     \
    OCELLUS_INLINE f16 ISA(name##_16)(f16 a, f16 b, f16 c, float s) {                     \
        (void)a, (void)b, (void)c, (void)s;                                               \
        return expression;                                                                \
    }                                                                                     \
    static void ISA(name)(const void *context, long begin, long end) {                    \
        const ocellus_operands *o = context;                                                   \
        const float *pa = o->a, *pb = o->b, *pc = o->c;                                   \
        float *py = o->y, s = o->s;                                                       \
        long i = begin;                                                                   \
        for (; i + 16 <= end; i += 16) {                                                  \
            f16 a = *(const f16_memory *)(pa + i);                                        \
            f16 b = *(const f16_memory *)(pb + i);                                        \
            f16 c = *(const f16_memory *)(pc + i);                                        \
            *(f16_memory *)(py + i) = ISA(name##_16)(a, b, c, s);                         \
        }                                                                                 \
        if (i == end) return;                                                             \
        f16 a = {0}, b = {0}, c = {0};                                                    \
        size_t bytes = (size_t)(end - i) * sizeof(float);                                 \
        memcpy(&a, pa + i, bytes);                                                        \
        memcpy(&b, pb + i, bytes);                                                        \
        memcpy(&c, pc + i, bytes);                                                        \
        f16 y = ISA(name##_16)(a, b, c, s);                                               \
        memcpy(py + i, &y, bytes);                                                        \
    }

ELEMENTWISE(relu, SELECT(a <= 0, (f16){0}, a))
ELEMENTWISE(relu_gradient, SELECT(a > 0, b, (f16){0}))
ELEMENTWISE(add, a + b)
ELEMENTWISE(add_scaled, a + b * s)
ELEMENTWISE(add_relu, SELECT(a + b <= 0, (f16){0}, a + b))
ELEMENTWISE(add_relu_gradient, SELECT(a > 0, b + c, (f16){0}))
ELEMENTWISE(leaky_relu, SELECT(a > 0, a, a * s))
ELEMENTWISE(leaky_relu_gradient, SELECT(a > 0, b, b * s))
ELEMENTWISE(gelu, ISA(gelu_of)(a))
ELEMENTWISE(gelu_gradient, b * ISA(gelu_slope)(a))
ELEMENTWISE(sigmoid, IN_DOUBLE(ISA(sigmoid_8), a))
ELEMENTWISE(sigmoid_gradient, b * a * (1 - a))
ELEMENTWISE(tanh, ISA(tanh_of)(a))
ELEMENTWISE(tanh_gradient, b * (1 - a * a))
ELEMENTWISE(relu6, SELECT(a <= 0, (f16){0}, SELECT(a > 6, (f16){0} + 6, a)))
ELEMENTWISE(relu6_gradient, SELECT((a > 0) & (a < 6), b, (f16){0}))
ELEMENTWISE(silu, IN_DOUBLE(ISA(silu_8), a))
ELEMENTWISE(silu_gradient, b * IN_DOUBLE(ISA(silu_slope_8), a))
ELEMENTWISE(hard_swish, SELECT(a <= -3, (f16){0}, SELECT(a >= 3, a, a * (a + 3) / 6)))
ELEMENTWISE(hard_swish_gradient, SELECT(a <= -3, (f16){0}, SELECT(a >= 3, b, b * (a / 3 + 0.5f))))
ELEMENTWISE(hard_sigmoid, SELECT(a <= -3, (f16){0}, SELECT(a >= 3, (f16){0} + 1, (a + 3) / 6)))
ELEMENTWISE(hard_sigmoid_gradient, SELECT((a > -3) & (a < 3), b / 6, (f16){0}))
ELEMENTWISE(scale, a * s)

#undef ELEMENTWISE
#undef IN_DOUBLE
#undef HIGH_HALF
#undef LOW_HALF
#undef SELECT
