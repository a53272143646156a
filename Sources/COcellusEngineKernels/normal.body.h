// SPDX-License-Identifier: Apache-2.0
//
// The normal distribution on 16 floats, and GELU of it; to be included by other bodies.

#define SELECT(mask, a, b) ((f16)(((i16)(a) & (mask)) | ((i16)(b) & ~(mask))))

/// `exp(a − rest)` within 1e-7 of itself for a in −105 ... 0 and a small rest.
OCELLUS_INLINE f16 ISA(exp_of_difference)(f16 a, f16 rest) {
    // 2^n·exp(r). Adding 1.5·2^23 rounds to a whole number; ln 2 in two parts, the first of 9 bits, so that its product with
    // n is exact.
    f16 shifted = a * 1.44269504f + 0x1.8p23f;
    f16 n = shifted - 0x1.8p23f;
    f16 r = (a - n * 0.693359375f) + n * 2.12194440e-4f - rest;
    f16 p = r * (1.0f / 5040) + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r * r + r + 1;
    // In two halves, because 2^n may have no normal form.
    i16 exponent = (i16)shifted - 0x4B400000, half = exponent >> 1;
    return p * (f16)((half + 127) << 23) * (f16)((exponent - half + 127) << 23);
}

/// Φ(x), and exp(−x²/2) in `bell`, both within 1e-6 of themselves and 2e-7 of 1.
///
/// `erfc(z) = t·exp(−z²)·q(u)` with t = 1 / (1 + z/2), u = t as a part of its range, −1 ... 1, and q a Chebyshev fit of
/// degree 10 for z up to 14.5/√2, relative error 4e-9. Beyond, Φ(−|x|) is 0 in float.
OCELLUS_INLINE f16 ISA(normal_distribution)(f16 x, f16 *bell) {
    f16 size = (f16)((i16)x & INT32_MAX);
    size = SELECT(size > 14.5f, (f16){0} + 14.5f, size);
    // −x²/2 = a − rest: the upper 12 bits of x have an exact square.
    f16 upper = (f16)((i16)size & -4096);
    f16 rest = (size - upper) * (size + upper) * 0.5f;
    f16 e = ISA(exp_of_difference)(upper * upper * -0.5f, rest);

    f16 t = 1 / (1 + size * (0.70710678f * 0.5f));
    f16 u = (t - 0.58161234f) * 2.39012788f;
    f16 q = u * 5.9548075e-6f + 6.6624102e-6f;
    q = q * u - 6.9754047e-5f;
    q = q * u + 7.1594897e-6f;
    q = q * u + 6.1203540e-4f;
    q = q * u - 6.4769901e-4f;
    q = q * u - 6.2436986e-3f;
    q = q * u + 6.1398566e-3f;
    q = q * u + 0.10279929f;
    q = q * u + 0.32672391f;
    q = q * u + 0.57066629f;
    f16 tail = 0.5f * t * q * e;
    *bell = e;
    return SELECT(x < 0, tail, 1 - tail);
}

OCELLUS_INLINE f16 ISA(gelu_of)(f16 x) {
    f16 bell;
    f16 y = x * ISA(normal_distribution)(x, &bell);
    // −∞ · 0 would be NaN.
    return SELECT(x < -20, (f16){0}, y);
}

OCELLUS_INLINE f16 ISA(gelu_slope)(f16 x) {
    f16 bell;
    f16 distribution = ISA(normal_distribution)(x, &bell);
    f16 slope = distribution + x * (bell * 0.39894228f);
    f16 size = (f16)((i16)x & INT32_MAX);
    // 0 or 1, where x·0 may be NaN.
    return SELECT(size > 20, SELECT(x < 0, (f16){0}, (f16){0} + 1), slope);
}
