// SPDX-License-Identifier: Apache-2.0
//
// Transforms of F(7×7, 3×3) with the points 0, ±a, ±b, ±c, d and ∞, a = 1/2, b = 7/8, c = 11/8 and d = 3. The matrices follow
// the rule that winograd_5x5.body.h states.

/// Bᵀ d
OCELLUS_INLINE void TILE_ISA(spread_input)(const F x[9], F t[9]) {
    // (x − d), shifted by 0 to 7: a factor of every row but its own.
    F e[8], d = BLOCK_ISA(everywhere)(-d7);
    UNROLL
    for (int k = 0; k < 8; k += 1) e[k] = MULTIPLY_ADD(d, x[k], x[k + 1]);
    // (x² − a²)(x² − b²)(x² − c²)
    F one = BLOCK_ISA(everywhere)(-(a7 * a7 + b7 * b7 + c7 * c7));
    F two = BLOCK_ISA(everywhere)(a7 * a7 * b7 * b7 + a7 * a7 * c7 * c7 + b7 * b7 * c7 * c7);
    F three = BLOCK_ISA(everywhere)(-a7 * a7 * b7 * b7 * c7 * c7);
    t[0] = MULTIPLY_ADD(three, e[0], MULTIPLY_ADD(two, e[2], MULTIPLY_ADD(one, e[4], e[6])));
    t[8] = MULTIPLY_ADD(three, e[1], MULTIPLY_ADD(two, e[3], MULTIPLY_ADD(one, e[5], e[7])));
    t[7] = MULTIPLY_ADD(three, x[1], MULTIPLY_ADD(two, x[3], MULTIPLY_ADD(one, x[5], x[7])));
#define PAIR(row, p, q, r)                                                                          \
    {                                                                                               \
        F sum = BLOCK_ISA(everywhere)(-(q * q + r * r)), product = BLOCK_ISA(everywhere)(q * q * r * r); \
        F odd = MULTIPLY_ADD(product, e[1], MULTIPLY_ADD(sum, e[3], e[5]));                          \
        F even = MULTIPLY_ADD(product, e[2], MULTIPLY_ADD(sum, e[4], e[6]));                         \
        F point = BLOCK_ISA(everywhere)(p);                                                         \
        t[row] = MULTIPLY_ADD(point, odd, even);                                                    \
        t[row + 1] = MULTIPLY_ADD(-point, odd, even);                                               \
    }
    PAIR(1, a7, b7, c7)
    PAIR(3, b7, a7, c7)
    PAIR(5, c7, a7, b7)
#undef PAIR
}

/// Aᵀ m
OCELLUS_INLINE void TILE_ISA(gather_output)(const F m[9], F y[7]) {
    F even[3], odd[3], last = m[7];
    UNROLL
    for (int k = 0; k < 3; k += 1) {
        even[k] = m[2 * k + 1] + m[2 * k + 2];
        odd[k] = m[2 * k + 1] - m[2 * k + 2];
    }
    y[0] = (m[0] + even[0]) + (even[1] + even[2]) + last;
#define POWER(p, n)                                                                                             \
    ((n) == 1   ? p                                                                                             \
     : (n) == 2 ? p * p                                                                                         \
     : (n) == 3 ? p * p * p                                                                                     \
     : (n) == 4 ? p * p * p * p                                                                                 \
     : (n) == 5 ? p * p * p * p * p                                                                             \
                : p * p * p * p * p * p)
#define ROW(n, from)                                                                                            \
    MULTIPLY_ADD(                                                                                               \
        BLOCK_ISA(everywhere)(POWER(a7, n)), from[0],                                                           \
        MULTIPLY_ADD(                                                                                           \
            BLOCK_ISA(everywhere)(POWER(b7, n)), from[1],                                                       \
            MULTIPLY_ADD(                                                                                       \
                BLOCK_ISA(everywhere)(POWER(c7, n)), from[2], BLOCK_ISA(everywhere)(POWER(d7, n)) * last)))
    y[1] = ROW(1, odd);
    y[2] = ROW(2, even);
    y[3] = ROW(3, odd);
    y[4] = ROW(4, even);
    y[5] = ROW(5, odd);
    y[6] = ROW(6, even) + m[8];
#undef ROW
#undef POWER
}

/// A d
OCELLUS_INLINE void TILE_ISA(spread_output)(const F y[7], F t[9]) {
#define PAIR(row, p)                                                                                            \
    {                                                                                                           \
        F square = BLOCK_ISA(everywhere)(p * p);                                                                \
        F even = MULTIPLY_ADD(                                                                                  \
            square, MULTIPLY_ADD(square, MULTIPLY_ADD(square, y[6], y[4]), y[2]), y[0]);                        \
        F odd = BLOCK_ISA(everywhere)(p) * MULTIPLY_ADD(square, MULTIPLY_ADD(square, y[5], y[3]), y[1]);        \
        t[row] = even + odd;                                                                                    \
        t[row + 1] = even - odd;                                                                                \
    }
    PAIR(1, a7)
    PAIR(3, b7)
    PAIR(5, c7)
#undef PAIR
    F d = BLOCK_ISA(everywhere)(d7), value = y[6];
    UNROLL
    for (int k = 5; k >= 0; k -= 1) value = MULTIPLY_ADD(d, value, y[k]);
    t[7] = value;
    t[0] = y[0];
    t[8] = y[6];
}

/// G g
OCELLUS_INLINE void TILE_ISA(spread_filter)(const F g[3], F t[9]) {
#define PAIR(row, p, plus, minus)                                                                               \
    {                                                                                                           \
        F even = MULTIPLY_ADD(BLOCK_ISA(everywhere)(p * p), g[2], g[0]), odd = g[1] * p;                        \
        t[row] = (even + odd) * plus;                                                                           \
        t[row + 1] = (even - odd) * minus;                                                                      \
    }
    PAIR(1, a7, weight7_a, weight7_minus_a)
    PAIR(3, b7, weight7_b, weight7_minus_b)
    PAIR(5, c7, weight7_c, weight7_minus_c)
#undef PAIR
    F d = BLOCK_ISA(everywhere)(d7);
    t[7] = MULTIPLY_ADD(d, MULTIPLY_ADD(d, g[2], g[1]), g[0]) * weight7_d;
    t[0] = g[0] * weight7_0;
    t[8] = g[2];
}

/// Gᵀ u
OCELLUS_INLINE void TILE_ISA(gather_filter)(const F u[9], F g[3]) {
    F last = u[7] * weight7_d, d = BLOCK_ISA(everywhere)(d7);
    g[0] = MULTIPLY_ADD(BLOCK_ISA(everywhere)(weight7_0), u[0], last);
    g[1] = d * last;
    g[2] = MULTIPLY_ADD(d * d, last, u[8]);
#define PAIR(row, p, plus_weight, minus_weight)                                                                 \
    {                                                                                                           \
        F plus = u[row] * plus_weight, minus = u[row + 1] * minus_weight;                                       \
        F even = plus + minus, odd = plus - minus;                                                              \
        g[0] += even;                                                                                           \
        g[1] = MULTIPLY_ADD(BLOCK_ISA(everywhere)(p), odd, g[1]);                                               \
        g[2] = MULTIPLY_ADD(BLOCK_ISA(everywhere)(p * p), even, g[2]);                                          \
    }
    PAIR(1, a7, weight7_a, weight7_minus_a)
    PAIR(3, b7, weight7_b, weight7_minus_b)
    PAIR(5, c7, weight7_c, weight7_minus_c)
#undef PAIR
}
