// SPDX-License-Identifier: Apache-2.0
//
// Elementwise functions on 16 floats, or on 8 in double, and the loops around them.
#include "exponential.body.h"

#define SELECT(mask, a, b) ((f16)(((i16)(a) & (mask)) | ((i16)(b) & ~(mask))))

OCELLUS_INLINE d8 ISA(select)(l8 mask, d8 a, d8 b) { return (d8)(((l8)a & mask) | ((l8)b & ~mask)); }

OCELLUS_INLINE d8 ISA(magnitude)(d8 x) { return (d8)((l8)x & INT64_MAX); }

OCELLUS_INLINE d8 ISA(sigmoid_8)(d8 x) {
    d8 e = ISA(exp_negative)(-ISA(magnitude)(x));
    return ISA(select)(x < 0, e, (d8){0} + 1) / (1 + e);
}

OCELLUS_INLINE d8 ISA(tanh_8)(d8 x) {
    d8 size = ISA(magnitude)(x);
    d8 e = ISA(exp_negative)(-2 * size);
    d8 large = (1 - e) / (1 + e);
    // 1 − e loses digits near 0, where two terms of the series are exact enough: the next is 2/15·x⁴ of the result.
    d8 result = ISA(select)(size < 1e-4, size - size * size * size * (1.0 / 3), large);
    return (d8)((l8)result | ((l8)x & INT64_MIN));
}

/// Φ(x), and exp(−x²/2) in `bell`.
///
/// `erfc(z) = t·exp(−z²)·q(u)` with t = 1 / (1 + z/2), u = (7t − 4) / 3 and q a Chebyshev fit of degree 16 for
/// z = 0 ... 12, relative error 1.2e-13. Beyond, x·Φ(x) is 0 in float.
OCELLUS_INLINE d8 ISA(normal_distribution)(d8 x, d8 *bell) {
    d8 e = ISA(exp_negative)(x * x * -0.5);
    d8 z = ISA(magnitude)(x) * 0.70710678118654752440;
    z = ISA(select)(z > 12, (d8){0} + 12, z);
    d8 t = 1 / (1 + z * 0.5);
    d8 u = (t * 7 - 4) * (1.0 / 3);
    d8 q = u * 3.528674933228678243e-8 - 4.755551227566717811e-8;
    q = q * u - 2.417439727424064146e-7;
    q = q * u + 6.825314799772488009e-7;
    q = q * u + 1.950336024375620902e-7;
    q = q * u - 4.499561105557943725e-6;
    q = q * u + 7.936855897079113266e-6;
    q = q * u + 0.00001554871861019947771;
    q = q * u - 0.00008658164597654702104;
    q = q * u + 0.00001686930604913385399;
    q = q * u + 0.0007043379075512388476;
    q = q * u - 0.0008280046893882828738;
    q = q * u - 0.006781317016222229617;
    q = q * u + 0.007247758458472225367;
    q = q * u + 0.107370930079507091;
    q = q * u + 0.3295619192393241362;
    q = q * u + 0.5627744787950556291;
    d8 tail = 0.5 * t * q * e;
    *bell = e;
    return ISA(select)(x < 0, tail, 1 - tail);
}

OCELLUS_INLINE d8 ISA(gelu_8)(d8 x) {
    d8 bell;
    d8 y = x * ISA(normal_distribution)(x, &bell);
    // −∞ · 0 would be NaN.
    return ISA(select)(x < -40, (d8){0}, y);
}

OCELLUS_INLINE d8 ISA(gelu_slope_8)(d8 x) {
    d8 bell;
    d8 distribution = ISA(normal_distribution)(x, &bell);
    d8 slope = distribution + x * (bell * 0.39894228040143267794);
    return ISA(select)(ISA(magnitude)(x) > 40, distribution, slope);
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

// The last group is padded to 16, so that every element goes through the same arithmetic.
#define ELEMENTWISE(name, expression)                                                     \
    OCELLUS_INLINE f16 ISA(name##_16)(f16 a, f16 b, f16 c, float s) {                     \
        (void)a, (void)b, (void)c, (void)s;                                               \
        return expression;                                                                \
    }                                                                                     \
    static void ISA(name)(const void *context, long begin, long end) {                    \
        const operands *o = context;                                                      \
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
ELEMENTWISE(add_relu, SELECT(a + b <= 0, (f16){0}, a + b))
ELEMENTWISE(add_relu_gradient, SELECT(a > 0, b + c, (f16){0}))
ELEMENTWISE(leaky_relu, SELECT(a > 0, a, a * s))
ELEMENTWISE(leaky_relu_gradient, SELECT(a > 0, b, b * s))
ELEMENTWISE(gelu, IN_DOUBLE(ISA(gelu_8), a))
ELEMENTWISE(gelu_gradient, b * IN_DOUBLE(ISA(gelu_slope_8), a))
ELEMENTWISE(sigmoid, IN_DOUBLE(ISA(sigmoid_8), a))
ELEMENTWISE(sigmoid_gradient, b * a * (1 - a))
ELEMENTWISE(tanh, IN_DOUBLE(ISA(tanh_8), a))
ELEMENTWISE(tanh_gradient, b * (1 - a * a))
ELEMENTWISE(scale, a * s)

#undef ELEMENTWISE
#undef IN_DOUBLE
#undef HIGH_HALF
#undef LOW_HALF
#undef SELECT
