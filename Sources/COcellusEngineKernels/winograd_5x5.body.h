// SPDX-License-Identifier: Apache-2.0
//
// Transforms of F(5×5, 3×3) with the points 0, ±a, ±b, c and ∞, a = 1/2, b = 1 and c = 3. Row i of A is
// (1, pᵢ, pᵢ², pᵢ³, pᵢ⁴); row i of G is (1, pᵢ, pᵢ²)/nᵢ with nᵢ = Π (pᵢ − pₖ) over the other points k; row i of Bᵀ has
// the coefficients of Π (x − pₖ). The rows of ∞ pick the last element.

/// Bᵀ d
OCELLUS_INLINE void TILE_ISA(spread_input)(const F d[7], F t[7]) {
    F c = BLOCK_ISA(everywhere)(-c5), sum = BLOCK_ISA(everywhere)(-(a5 * a5 + b5 * b5));
    F product = BLOCK_ISA(everywhere)(a5 * a5 * b5 * b5);
    // (x² − a²)(x² − b²), shifted by 0, 1 and 2.
    F e0 = MULTIPLY_ADD(product, d[0], MULTIPLY_ADD(sum, d[2], d[4]));
    F e1 = MULTIPLY_ADD(product, d[1], MULTIPLY_ADD(sum, d[3], d[5]));
    F e2 = MULTIPLY_ADD(product, d[2], MULTIPLY_ADD(sum, d[4], d[6]));
    t[0] = MULTIPLY_ADD(c, e0, e1);
    t[5] = e1;
    t[6] = MULTIPLY_ADD(c, e1, e2);
    // x(x² − b²)(x − c), shifted by 0 and 1.
    F square = BLOCK_ISA(everywhere)(-b5 * b5), point = BLOCK_ISA(everywhere)(a5);
    F f0 = MULTIPLY_ADD(square, d[1], d[3]), f1 = MULTIPLY_ADD(square, d[2], d[4]);
    F f2 = MULTIPLY_ADD(square, d[3], d[5]);
    F low = MULTIPLY_ADD(c, f0, f1), high = MULTIPLY_ADD(c, f1, f2);
    t[1] = MULTIPLY_ADD(point, low, high);
    t[2] = MULTIPLY_ADD(-point, low, high);
    // x(x² − a²)(x − c)
    square = BLOCK_ISA(everywhere)(-a5 * a5);
    point = BLOCK_ISA(everywhere)(b5);
    f0 = MULTIPLY_ADD(square, d[1], d[3]);
    f1 = MULTIPLY_ADD(square, d[2], d[4]);
    f2 = MULTIPLY_ADD(square, d[3], d[5]);
    low = MULTIPLY_ADD(c, f0, f1);
    high = MULTIPLY_ADD(c, f1, f2);
    t[3] = MULTIPLY_ADD(point, low, high);
    t[4] = MULTIPLY_ADD(-point, low, high);
}

/// Aᵀ m
OCELLUS_INLINE void TILE_ISA(gather_output)(const F m[7], F y[5]) {
    F even_a = m[1] + m[2], odd_a = m[1] - m[2], even_b = m[3] + m[4], odd_b = m[3] - m[4];
    F a = BLOCK_ISA(everywhere)(a5), b = BLOCK_ISA(everywhere)(b5), c = BLOCK_ISA(everywhere)(c5);
    y[0] = (m[0] + even_a) + (even_b + m[5]);
    y[1] = MULTIPLY_ADD(a, odd_a, MULTIPLY_ADD(b, odd_b, c * m[5]));
    y[2] = MULTIPLY_ADD(a * a, even_a, MULTIPLY_ADD(b * b, even_b, c * c * m[5]));
    y[3] = MULTIPLY_ADD(a * a * a, odd_a, MULTIPLY_ADD(b * b * b, odd_b, c * c * c * m[5]));
    y[4] = MULTIPLY_ADD(
        a * a * a * a, even_a, MULTIPLY_ADD(b * b * b * b, even_b, MULTIPLY_ADD(c * c * c * c, m[5], m[6])));
}

/// A d
OCELLUS_INLINE void TILE_ISA(spread_output)(const F d[5], F t[7]) {
    F a = BLOCK_ISA(everywhere)(a5), b = BLOCK_ISA(everywhere)(b5), c = BLOCK_ISA(everywhere)(c5);
    F even = MULTIPLY_ADD(a * a, MULTIPLY_ADD(a * a, d[4], d[2]), d[0]), odd = a * MULTIPLY_ADD(a * a, d[3], d[1]);
    t[1] = even + odd;
    t[2] = even - odd;
    even = MULTIPLY_ADD(b * b, MULTIPLY_ADD(b * b, d[4], d[2]), d[0]);
    odd = b * MULTIPLY_ADD(b * b, d[3], d[1]);
    t[3] = even + odd;
    t[4] = even - odd;
    t[5] = MULTIPLY_ADD(c, MULTIPLY_ADD(c, MULTIPLY_ADD(c, MULTIPLY_ADD(c, d[4], d[3]), d[2]), d[1]), d[0]);
    t[0] = d[0];
    t[6] = d[4];
}

/// G g
OCELLUS_INLINE void TILE_ISA(spread_filter)(const F g[3], F t[7]) {
    F a = BLOCK_ISA(everywhere)(a5), b = BLOCK_ISA(everywhere)(b5), c = BLOCK_ISA(everywhere)(c5);
    F even = MULTIPLY_ADD(a * a, g[2], g[0]), odd = g[1] * a;
    t[1] = (even + odd) * weight5_a;
    t[2] = (even - odd) * weight5_minus_a;
    even = MULTIPLY_ADD(b * b, g[2], g[0]);
    odd = g[1] * b;
    t[3] = (even + odd) * weight5_b;
    t[4] = (even - odd) * weight5_minus_b;
    t[5] = MULTIPLY_ADD(c, MULTIPLY_ADD(c, g[2], g[1]), g[0]) * weight5_c;
    t[0] = g[0] * weight5_0;
    t[6] = g[2];
}

/// Gᵀ u
OCELLUS_INLINE void TILE_ISA(gather_filter)(const F u[7], F g[3]) {
    F a = BLOCK_ISA(everywhere)(a5), b = BLOCK_ISA(everywhere)(b5), c = BLOCK_ISA(everywhere)(c5);
    F plus = u[1] * weight5_a, minus = u[2] * weight5_minus_a;
    F even_a = plus + minus, odd_a = plus - minus;
    plus = u[3] * weight5_b;
    minus = u[4] * weight5_minus_b;
    F even_b = plus + minus, odd_b = plus - minus, last = u[5] * weight5_c;
    g[0] = MULTIPLY_ADD(BLOCK_ISA(everywhere)(weight5_0), u[0], even_a + even_b) + last;
    g[1] = MULTIPLY_ADD(a, odd_a, MULTIPLY_ADD(b, odd_b, c * last));
    g[2] = MULTIPLY_ADD(a * a, even_a, MULTIPLY_ADD(b * b, even_b, MULTIPLY_ADD(c * c, last, u[6])));
}
