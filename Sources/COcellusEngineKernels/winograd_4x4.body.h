// SPDX-License-Identifier: Apache-2.0
//
// Transforms of F(4×4, 3×3) with the points 0, ±a, ±b and ∞, a = 5/8 and b = 3/2. With α = 2a²(a² − b²) and
// β = 2b²(b² − a²),
//
//       ⎡ a²b²    0  −a²−b²      0  1  0 ⎤        ⎡ 1/a²b²      0        0    ⎤        ⎡ 1   0   0   0  ⎤
//       ⎢    0 −ab²     −b²      a  1  0 ⎥        ⎢ 1/α       a/α     a²/α    ⎥        ⎢ 1   a   a²  a³ ⎥
//  Bᵀ = ⎢    0  ab²     −b²     −a  1  0 ⎥    G = ⎢ 1/α      −a/α     a²/α    ⎥    A = ⎢ 1  −a   a² −a³ ⎥
//       ⎢    0 −a²b     −a²      b  1  0 ⎥        ⎢ 1/β       b/β     b²/β    ⎥        ⎢ 1   b   b²  b³ ⎥
//       ⎢    0  a²b     −a²     −b  1  0 ⎥        ⎢ 1/β      −b/β     b²/β    ⎥        ⎢ 1  −b   b² −b³ ⎥
//       ⎣    0 a²b²       0 −a²−b²  0  1 ⎦        ⎣ 0          0        1     ⎦        ⎣ 0   0   0   1  ⎦

/// Bᵀ d
OCELLUS_INLINE void TILE_ISA(spread_input)(const F d[6], F t[6]) {
    F aa = BLOCK_ISA(everywhere)(-a4 * a4), bb = BLOCK_ISA(everywhere)(-b4 * b4);
    F aabb = BLOCK_ISA(everywhere)(a4 * a4 * b4 * b4);
    F sum = BLOCK_ISA(everywhere)(-(a4 * a4 + b4 * b4));
    F a = BLOCK_ISA(everywhere)(a4), b = BLOCK_ISA(everywhere)(b4);
    F even = MULTIPLY_ADD(bb, d[2], d[4]), odd = MULTIPLY_ADD(bb, d[1], d[3]);
    t[1] = MULTIPLY_ADD(a, odd, even);
    t[2] = MULTIPLY_ADD(-a, odd, even);
    even = MULTIPLY_ADD(aa, d[2], d[4]);
    odd = MULTIPLY_ADD(aa, d[1], d[3]);
    t[3] = MULTIPLY_ADD(b, odd, even);
    t[4] = MULTIPLY_ADD(-b, odd, even);
    t[0] = MULTIPLY_ADD(aabb, d[0], MULTIPLY_ADD(sum, d[2], d[4]));
    t[5] = MULTIPLY_ADD(aabb, d[1], MULTIPLY_ADD(sum, d[3], d[5]));
}

/// Aᵀ m
OCELLUS_INLINE void TILE_ISA(gather_output)(const F m[6], F y[4]) {
    F even_a = m[1] + m[2], odd_a = m[1] - m[2], even_b = m[3] + m[4], odd_b = m[3] - m[4];
    y[0] = m[0] + even_a + even_b;
    y[1] = MULTIPLY_ADD(BLOCK_ISA(everywhere)(a4), odd_a, BLOCK_ISA(everywhere)(b4) * odd_b);
    y[2] = MULTIPLY_ADD(
        BLOCK_ISA(everywhere)(a4 * a4), even_a, BLOCK_ISA(everywhere)(b4 * b4) * even_b);
    y[3] = MULTIPLY_ADD(
        BLOCK_ISA(everywhere)(a4 * a4 * a4), odd_a,
        MULTIPLY_ADD(BLOCK_ISA(everywhere)(b4 * b4 * b4), odd_b, m[5]));
}

/// A d
OCELLUS_INLINE void TILE_ISA(spread_output)(const F d[4], F t[6]) {
    F aa = BLOCK_ISA(everywhere)(a4 * a4), bb = BLOCK_ISA(everywhere)(b4 * b4);
    F a = BLOCK_ISA(everywhere)(a4), b = BLOCK_ISA(everywhere)(b4);
    F even = MULTIPLY_ADD(aa, d[2], d[0]), odd = a * MULTIPLY_ADD(aa, d[3], d[1]);
    t[1] = even + odd;
    t[2] = even - odd;
    even = MULTIPLY_ADD(bb, d[2], d[0]);
    odd = b * MULTIPLY_ADD(bb, d[3], d[1]);
    t[3] = even + odd;
    t[4] = even - odd;
    t[0] = d[0];
    t[5] = d[3];
}

/// G g
OCELLUS_INLINE void TILE_ISA(spread_filter)(const F g[3], F t[6]) {
    F aa = BLOCK_ISA(everywhere)(a4 * a4), bb = BLOCK_ISA(everywhere)(b4 * b4);
    F even = MULTIPLY_ADD(aa, g[2], g[0]), odd = g[1] * a4;
    t[1] = (even + odd) * weight4_a;
    t[2] = (even - odd) * weight4_a;
    even = MULTIPLY_ADD(bb, g[2], g[0]);
    odd = g[1] * b4;
    t[3] = (even + odd) * weight4_b;
    t[4] = (even - odd) * weight4_b;
    t[0] = g[0] * weight4_0;
    t[5] = g[2];
}

/// Gᵀ u
OCELLUS_INLINE void TILE_ISA(gather_filter)(const F u[6], F g[3]) {
    F even_a = (u[1] + u[2]) * weight4_a, odd_a = (u[1] - u[2]) * weight4_a;
    F even_b = (u[3] + u[4]) * weight4_b, odd_b = (u[3] - u[4]) * weight4_b;
    g[0] = MULTIPLY_ADD(BLOCK_ISA(everywhere)(weight4_0), u[0], even_a + even_b);
    g[1] = MULTIPLY_ADD(BLOCK_ISA(everywhere)(a4), odd_a, BLOCK_ISA(everywhere)(b4) * odd_b);
    g[2] = MULTIPLY_ADD(
        BLOCK_ISA(everywhere)(a4 * a4), even_a,
        MULTIPLY_ADD(BLOCK_ISA(everywhere)(b4 * b4), even_b, u[5]));
}
