// SPDX-License-Identifier: Apache-2.0
//
// The exponential function on 8 doubles; to be included by other bodies.

/// `exp(x)` for x ≤ 0 within 1 ULP; 0 below −708, where results would lose digits; NaN for NaN.
OCELLUS_INLINE d8 ISA(exp_negative)(d8 x) {
    // x = n·ln 2 + r, n whole and |r| ≤ ln 2 / 2. Adding 1.5·2^52 rounds to a whole number and leaves it in the low bits.
    const double shift = 0x1.8p52;
    d8 shifted = x * 0x1.71547652b82fep0 + shift;
    d8 n = shifted - shift;
    // ln 2 in two parts; the first has 21 zeros at its end, so that its product with n is exact.
    d8 r = (x - n * 0x1.62e42fee00000p-1) - n * 0x1.a39ef35793c76p-33;
    // Taylor's series to r^13: what follows is below 2^-57.
    d8 p = r * (1.0 / 6227020800) + 1.0 / 479001600;
    p = p * r + 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    p = p * r * r + r + 1;
    l8 exponent = ((l8)shifted + 1023) << 52;
    l8 tiny = x < -708;
    return (d8)((l8)(p * (d8)exponent) & ~tiny);
}
