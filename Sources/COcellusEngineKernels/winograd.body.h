// SPDX-License-Identifier: Apache-2.0
//
// Products of Winograd's algorithm on blocks of B channels, and all else of it for tiles of 4×4, 5×5 and 7×7 outputs.
#if B > 1

#define UNROLL _Pragma("clang loop unroll(full)")
#define MULTIPLY_ADD(a, b, c) ISA_MULTIPLY_ADD(a, b, c)
/// Registers that hold an F.
#define BLOCK_REGISTERS ((B + ISA_FLOATS - 1) / ISA_FLOATS)
/// Blocks of outputs that a product computes at once, and tiles: as many sums as fit beside their operands.
#define BLOCKS_AT_ONCE (BLOCK_REGISTERS == 1 ? 2 : 1)
#define TILES_AT_ONCE ((ISA_REGISTERS - 4) / (BLOCK_REGISTERS * BLOCKS_AT_ONCE))
/// Channels of the input whose gradients a product sums at once.
#define INPUTS_AT_ONCE (ISA_REGISTERS / 4)

// x − 0 is x, also for −0; the compiler makes it a broadcast.
OCELLUS_INLINE F BLOCK_ISA(everywhere)(float value) { return value - (F){0}; }

// MARK: Products

/// `m[block][tile] = Σ v[k][tile]·u[k][block]` over all channels k, for `tiles` tiles and `blocks` blocks of outputs.
OCELLUS_INLINE void BLOCK_ISA(product)(
    int tiles, int blocks, const float *v, long v_step, long depth, const float *u, float *m, long m_step) {
    F sums[TILES_AT_ONCE][BLOCKS_AT_ONCE];
    UNROLL
    for (int t = 0; t < tiles; t += 1) {
        UNROLL
        for (int b = 0; b < blocks; b += 1) sums[t][b] = (F){0};
    }
    for (long c = 0; c < depth; c += B) {
        for (long k = 0; k < B; k += 1) {
            F w[BLOCKS_AT_ONCE];
            UNROLL
            for (int b = 0; b < blocks; b += 1) w[b] = LOAD(u + b * B);
            u += blocks * B;
            UNROLL
            for (int t = 0; t < tiles; t += 1) {
                F value = BLOCK_ISA(everywhere)(v[t * B + k]);
                UNROLL
                for (int b = 0; b < blocks; b += 1) sums[t][b] = MULTIPLY_ADD(value, w[b], sums[t][b]);
            }
        }
        v += v_step;
    }
    UNROLL
    for (int b = 0; b < blocks; b += 1) {
        UNROLL
        for (int t = 0; t < tiles; t += 1) STORE(m + b * m_step + t * B, sums[t][b]);
    }
}

/// The same with the number of tiles known when compiled.
OCELLUS_INLINE void BLOCK_ISA(product_of)(
    int tiles, int blocks, const float *v, long v_step, long depth, const float *u, float *m, long m_step) {
#define PRODUCT(n) \
    case n: BLOCK_ISA(product)(n, blocks, v, v_step, depth, u, m, m_step); break;
    switch (tiles) {
        PRODUCT(1)
        PRODUCT(2)
        PRODUCT(3)
#if TILES_AT_ONCE > 3
        PRODUCT(4)
        PRODUCT(5)
        PRODUCT(6)
#endif
#if TILES_AT_ONCE > 6
        PRODUCT(7)
        PRODUCT(8)
        PRODUCT(9)
        PRODUCT(10)
        PRODUCT(11)
        PRODUCT(12)
        PRODUCT(13)
        PRODUCT(14)
#endif
    }
#undef PRODUCT
}

static __attribute__((noinline)) void BLOCK_ISA(products)(
    int tiles, int blocks, const float *v, long v_step, long depth, const float *u, float *m, long m_step) {
    if (blocks == 1) {
        BLOCK_ISA(product_of)(tiles, 1, v, v_step, depth, u, m, m_step);
    } else {
        BLOCK_ISA(product_of)(tiles, BLOCKS_AT_ONCE, v, v_step, depth, u, m, m_step);
    }
}

/// `sums[k][block] (+)= Σ v[tile][k]·dy[block][tile]` for INPUTS_AT_ONCE channels k and `blocks` blocks of outputs.
OCELLUS_INLINE void BLOCK_ISA(gradient_product)(
    int blocks, long tiles, const float *v, const float *dy, long dy_step, bool is_first, float *sums, long row) {
    F sum[INPUTS_AT_ONCE][BLOCKS_AT_ONCE];
    UNROLL
    for (int k = 0; k < INPUTS_AT_ONCE; k += 1) {
        UNROLL
        for (int b = 0; b < blocks; b += 1) {
            sum[k][b] = (F){0};
            if (!is_first) sum[k][b] = LOAD(sums + k * row + b * B);
        }
    }
    for (long t = 0; t < tiles; t += 1) {
        F g[BLOCKS_AT_ONCE];
        UNROLL
        for (int b = 0; b < blocks; b += 1) g[b] = LOAD(dy + b * dy_step + t * B);
        UNROLL
        for (int k = 0; k < INPUTS_AT_ONCE; k += 1) {
            F value = BLOCK_ISA(everywhere)(v[t * B + k]);
            UNROLL
            for (int b = 0; b < blocks; b += 1) sum[k][b] = MULTIPLY_ADD(value, g[b], sum[k][b]);
        }
    }
    UNROLL
    for (int k = 0; k < INPUTS_AT_ONCE; k += 1) {
        UNROLL
        for (int b = 0; b < blocks; b += 1) STORE(sums + k * row + b * B, sum[k][b]);
    }
}

#define TILE 4
#define TILE_ISA(name) BLOCK_ISA(name##_4x4)
#include "winograd_4x4.body.h"
#include "winograd_tile.body.h"
#undef TILE_ISA
#undef TILE

#define TILE 5
#define TILE_ISA(name) BLOCK_ISA(name##_5x5)
#include "winograd_5x5.body.h"
#include "winograd_tile.body.h"
#undef TILE_ISA
#undef TILE

#define TILE 7
#define TILE_ISA(name) BLOCK_ISA(name##_7x7)
#include "winograd_7x7.body.h"
#include "winograd_tile.body.h"
#undef TILE_ISA
#undef TILE

#undef INPUTS_AT_ONCE
#undef TILES_AT_ONCE
#undef BLOCKS_AT_ONCE
#undef BLOCK_REGISTERS
#undef MULTIPLY_ADD
#undef UNROLL
#endif
