// SPDX-License-Identifier: Apache-2.0
//
// Winograd's F(4×4, 3×3) on maps in blocks of B channels. With the points 0, ±a, ±b and ∞ (a = 5/8, b = 3/2), where
//
//       ⎡ a²b²    0  −a²−b²      0  1  0 ⎤        ⎡ 1/a²b²      0        0    ⎤        ⎡ 1   0   0   0  ⎤
//       ⎢    0 −ab²     −b²      a  1  0 ⎥        ⎢ 1/α       a/α     a²/α    ⎥        ⎢ 1   a   a²  a³ ⎥
//  Bᵀ = ⎢    0  ab²     −b²     −a  1  0 ⎥    G = ⎢ 1/α      −a/α     a²/α    ⎥    A = ⎢ 1  −a   a² −a³ ⎥
//       ⎢    0 −a²b     −a²      b  1  0 ⎥        ⎢ 1/β       b/β     b²/β    ⎥        ⎢ 1   b   b²  b³ ⎥
//       ⎢    0  a²b     −a²     −b  1  0 ⎥        ⎢ 1/β      −b/β     b²/β    ⎥        ⎢ 1  −b   b² −b³ ⎥
//       ⎣    0 a²b²       0 −a²−b²  0  1 ⎦        ⎣ 0          0        1     ⎦        ⎣ 0   0   0   1  ⎦
//
// (α = 2a²(a² − b²), β = 2b²(b² − a²)), an output tile is Y = Aᵀ[Σ (G g Gᵀ) ⊙ (Bᵀ d B)]A over the channels of the input,
// and the gradient of the filter is Gᵀ[Σ (Bᵀ d B) ⊙ (A dY Aᵀ)]G over tiles.
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

// MARK: Transforms of six, four or three vectors

/// Bᵀ d
OCELLUS_INLINE void BLOCK_ISA(spread_input)(const F d[6], F t[6]) {
    F aa = BLOCK_ISA(everywhere)(-point_a * point_a), bb = BLOCK_ISA(everywhere)(-point_b * point_b);
    F aabb = BLOCK_ISA(everywhere)(point_a * point_a * point_b * point_b);
    F sum = BLOCK_ISA(everywhere)(-(point_a * point_a + point_b * point_b));
    F a = BLOCK_ISA(everywhere)(point_a), b = BLOCK_ISA(everywhere)(point_b);
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
OCELLUS_INLINE void BLOCK_ISA(gather_output)(const F m[6], F y[4]) {
    F even_a = m[1] + m[2], odd_a = m[1] - m[2], even_b = m[3] + m[4], odd_b = m[3] - m[4];
    y[0] = m[0] + even_a + even_b;
    y[1] = MULTIPLY_ADD(BLOCK_ISA(everywhere)(point_a), odd_a, BLOCK_ISA(everywhere)(point_b) * odd_b);
    y[2] = MULTIPLY_ADD(
        BLOCK_ISA(everywhere)(point_a * point_a), even_a, BLOCK_ISA(everywhere)(point_b * point_b) * even_b);
    y[3] = MULTIPLY_ADD(
        BLOCK_ISA(everywhere)(point_a * point_a * point_a), odd_a,
        MULTIPLY_ADD(BLOCK_ISA(everywhere)(point_b * point_b * point_b), odd_b, m[5]));
}

/// A d
OCELLUS_INLINE void BLOCK_ISA(spread_output)(const F d[4], F t[6]) {
    F aa = BLOCK_ISA(everywhere)(point_a * point_a), bb = BLOCK_ISA(everywhere)(point_b * point_b);
    F a = BLOCK_ISA(everywhere)(point_a), b = BLOCK_ISA(everywhere)(point_b);
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
OCELLUS_INLINE void BLOCK_ISA(spread_filter)(const F g[3], F t[6]) {
    F aa = BLOCK_ISA(everywhere)(point_a * point_a), bb = BLOCK_ISA(everywhere)(point_b * point_b);
    F even = MULTIPLY_ADD(aa, g[2], g[0]), odd = g[1] * point_a;
    t[1] = (even + odd) * weight_a;
    t[2] = (even - odd) * weight_a;
    even = MULTIPLY_ADD(bb, g[2], g[0]);
    odd = g[1] * point_b;
    t[3] = (even + odd) * weight_b;
    t[4] = (even - odd) * weight_b;
    t[0] = g[0] * weight_0;
    t[5] = g[2];
}

/// Gᵀ u
OCELLUS_INLINE void BLOCK_ISA(gather_filter)(const F u[6], F g[3]) {
    F even_a = (u[1] + u[2]) * weight_a, odd_a = (u[1] - u[2]) * weight_a;
    F even_b = (u[3] + u[4]) * weight_b, odd_b = (u[3] - u[4]) * weight_b;
    g[0] = MULTIPLY_ADD(BLOCK_ISA(everywhere)(weight_0), u[0], even_a + even_b);
    g[1] = MULTIPLY_ADD(BLOCK_ISA(everywhere)(point_a), odd_a, BLOCK_ISA(everywhere)(point_b) * odd_b);
    g[2] = MULTIPLY_ADD(
        BLOCK_ISA(everywhere)(point_a * point_a), even_a,
        MULTIPLY_ADD(BLOCK_ISA(everywhere)(point_b * point_b), even_b, u[5]));
}

// MARK: Tiles

/// Start of `size`×`size` positions from (row, column) on, which may lie beyond the plane's borders: there, from a copy
/// with zeros.
OCELLUS_INLINE const float *BLOCK_ISA(patch)(
    const float *plane, long height, long width, long row, long column, long size, float *copy, long *stride) {
    if (row >= 0 && column >= 0 && row + size <= height && column + size <= width) {
        *stride = width * B;
        return plane + (row * width + column) * B;
    }
    for (long r = 0; r < size; r += 1) {
        for (long s = 0; s < size; s += 1) {
            bool inside = row + r >= 0 && row + r < height && column + s >= 0 && column + s < width;
            F value = {0};
            if (inside) value = LOAD(plane + ((row + r) * width + column + s) * B);
            STORE(copy + (r * size + s) * B, value);
        }
    }
    *stride = size * B;
    return copy;
}

/// Bᵀ d B of one block of channels; its 36 vectors are `step` floats apart.
OCELLUS_INLINE void BLOCK_ISA(transform_input)(const float *d, long stride, float *v, long step) {
    F half[6][6];
    for (long s = 0; s < 6; s += 1) {
        F column[6], t[6];
        for (long r = 0; r < 6; r += 1) column[r] = LOAD(d + r * stride + s * B);
        BLOCK_ISA(spread_input)(column, t);
        for (long r = 0; r < 6; r += 1) half[r][s] = t[r];
    }
    for (long r = 0; r < 6; r += 1) {
        F t[6];
        BLOCK_ISA(spread_input)(half[r], t);
        for (long s = 0; s < 6; s += 1) STORE(v + (r * 6 + s) * step, t[s]);
    }
}

/// A dY Aᵀ of one block of channels; adds the sum of dY to `sum`.
OCELLUS_INLINE void BLOCK_ISA(transform_gradient)(const float *d, long stride, float *v, long step, F *sum) {
    F half[6][4], total = {0};
    for (long s = 0; s < 4; s += 1) {
        F column[4], t[6];
        for (long r = 0; r < 4; r += 1) column[r] = LOAD(d + r * stride + s * B);
        total += (column[0] + column[1]) + (column[2] + column[3]);
        BLOCK_ISA(spread_output)(column, t);
        for (long r = 0; r < 6; r += 1) half[r][s] = t[r];
    }
    for (long r = 0; r < 6; r += 1) {
        F t[6];
        BLOCK_ISA(spread_output)(half[r], t);
        for (long s = 0; s < 6; s += 1) STORE(v + (r * 6 + s) * step, t[s]);
    }
    *sum += total;
}

/// Writes max(Aᵀ m A + bias, floor) to the first `rows`×`columns` positions.
OCELLUS_INLINE void BLOCK_ISA(transform_output)(
    const float *m, long step, F bias, F floor, float *y, long stride, long rows, long columns) {
    F half[4][6];
    for (long s = 0; s < 6; s += 1) {
        F column[6], t[4];
        for (long r = 0; r < 6; r += 1) column[r] = LOAD(m + (r * 6 + s) * step);
        BLOCK_ISA(gather_output)(column, t);
        for (long r = 0; r < 4; r += 1) half[r][s] = t[r];
    }
    for (long r = 0; r < 4; r += 1) {
        F t[4];
        BLOCK_ISA(gather_output)(half[r], t);
        if (r >= rows) continue;
        for (long s = 0; s < 4; s += 1) {
            if (s >= columns) continue;
            F value = t[s] + bias;
            STORE(y + r * stride + s * B, SELECT(value > floor, value, floor));
        }
    }
}

// MARK: Filters

/// Items are pairs of a block of outputs and a block of inputs. Writes U as
/// `[36][⌈outputs/BLOCKS_AT_ONCE⌉][inputs][BLOCKS_AT_ONCE][B]`, blocks counted in groups.
static void BLOCK_ISA(transform_filters)(const void *context, long begin, long end) {
    const winograd_filters *job = context;
    long step = job->depth * job->outputs;
    float turned[9 * B * B];
    for (long item = begin; item < end; item += 1) {
        // Block `o` of what the product gives, block `c` of what it sums over.
        long o = item / (job->depth / B), c = item % (job->depth / B);
        const float *block;
        if (job->is_turned) {
            // dx is a convolution of dy with the filters upside down, inputs and outputs exchanged.
            const float *from = job->w + (c * (job->outputs / B) + o) * 9 * B * B;
            for (long p = 0; p < 9; p += 1) {
                for (long i = 0; i < B; i += 1) {
                    for (long j = 0; j < B; j += 1) {
                        turned[(p * B + j) * B + i] = from[((8 - p) * B + i) * B + j];
                    }
                }
            }
            block = turned;
        } else {
            block = job->w + (o * (job->depth / B) + c) * 9 * B * B;
        }
        long first = o / BLOCKS_AT_ONCE * BLOCKS_AT_ONCE;
        long blocks = ocellus_min(BLOCKS_AT_ONCE, job->outputs / B - first);
        float *u = job->u + first * job->depth * B + (c * B * blocks + (o - first)) * B;
        for (long k = 0; k < B; k += 1) {
            F half[6][3];
            for (long s = 0; s < 3; s += 1) {
                F column[3], t[6];
                for (long r = 0; r < 3; r += 1) column[r] = LOAD(block + ((r * 3 + s) * B + k) * B);
                BLOCK_ISA(spread_filter)(column, t);
                for (long r = 0; r < 6; r += 1) half[r][s] = t[r];
            }
            for (long r = 0; r < 6; r += 1) {
                F t[6];
                BLOCK_ISA(spread_filter)(half[r], t);
                for (long s = 0; s < 6; s += 1) STORE(u + (r * 6 + s) * step + k * blocks * B, t[s]);
            }
        }
    }
}

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

// MARK: Convolution

/// A thread's share of the tiles, some at a time.
static void BLOCK_ISA(winograd_convolution)(void *context, int thread, int team) {
    const winograd_convolution *job = context;
    winograd_tiles tiles = job->tiles;
    winograd_share share = share_of(tiles, job->tiles_at_once, thread, team);
    long depth_blocks = job->depth / B, output_blocks = job->outputs / B;
    long v_step = share.at_once * B, m_step = share.at_once * B;
    long v_point = odd_lines(depth_blocks * v_step), m_point = odd_lines(output_blocks * m_step);
    float *v = job->scratch + thread * job->scratch_per_thread, *m = v + 36 * v_point;
    float copy[36 * B];
    F floor = BLOCK_ISA(everywhere)(job->relu ? 0 : -__builtin_inff());
    for (long first = share.begin; first < share.end; first += share.at_once) {
        long count = ocellus_min(share.at_once, share.end - first);
        for (long t = 0; t < count; t += 1) {
            winograd_place place = place_of(tiles, first + t);
            for (long c = 0; c < depth_blocks; c += 1) {
                const float *plane =
                    job->x + (place.sample * depth_blocks + c) * tiles.input_height * tiles.input_width * B;
                long stride;
                const float *d = BLOCK_ISA(patch)(
                    plane, tiles.input_height, tiles.input_width, place.row - tiles.top, place.column - tiles.left, 6,
                    copy, &stride);
                BLOCK_ISA(transform_input)(d, stride, v + c * v_step + t * B, v_point);
            }
        }
        long groups = (count + TILES_AT_ONCE - 1) / TILES_AT_ONCE;
        for (long point = 0; point < 36; point += 1) {
            const float *u = job->u + point * job->depth * job->outputs;
            for (long o = 0; o < output_blocks; o += BLOCKS_AT_ONCE) {
                long blocks = ocellus_min(BLOCKS_AT_ONCE, output_blocks - o);
                for (long group = 0; group < groups; group += 1) {
                    long t = group * count / groups, next = (group + 1) * count / groups;
                    BLOCK_ISA(products)(
                        (int)(next - t), (int)blocks, v + point * v_point + t * B, v_step, job->depth,
                        u + o * job->depth * B, m + point * m_point + o * m_step + t * B, m_step);
                }
            }
        }
        for (long t = 0; t < count; t += 1) {
            winograd_place place = place_of(tiles, first + t);
            long rows = ocellus_min(4, tiles.output_height - place.row);
            long columns = ocellus_min(4, tiles.output_width - place.column);
            for (long o = 0; o < output_blocks; o += 1) {
                F bias = {0};
                if (job->bias != NULL) bias = LOAD(job->bias + o * B);
                float *y = job->y
                           + (((place.sample * output_blocks + o) * tiles.output_height + place.row)
                                  * tiles.output_width
                              + place.column)
                                 * B;
                const float *products = m + o * m_step + t * B;
                if (rows == 4 && columns == 4) {
                    BLOCK_ISA(transform_output)(products, m_point, bias, floor, y, tiles.output_width * B, 4, 4);
                } else {
                    BLOCK_ISA(transform_output)(
                        products, m_point, bias, floor, y, tiles.output_width * B, rows, columns);
                }
            }
        }
    }
}

// MARK: Gradient of the filters

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

/// Sums a thread's share of the tiles to its own `[36][inputs][outputs]`, and of dY to its own `[outputs]`.
static void BLOCK_ISA(winograd_weight_gradient)(void *context, int thread, int team) {
    winograd_weight_gradient *job = context;
    if (thread == 0) job->team = team;
    winograd_tiles tiles = job->tiles;
    winograd_share share = share_of(tiles, job->tiles_at_once, thread, team);
    long input_blocks = job->inputs / B, output_blocks = job->outputs / B;
    long step = share.at_once * B, row = job->outputs;
    long v_point = odd_lines(input_blocks * step), g_point = odd_lines(output_blocks * step);
    float *sums = job->scratch + thread * job->scratch_per_thread;
    float *bias = sums + 36 * job->inputs * job->outputs, *v = bias + job->outputs, *g = v + 36 * v_point;
    float copy[36 * B];
    for (long o = 0; o < job->outputs; o += 1) bias[o] = 0;
    if (share.begin >= share.end) memset(sums, 0, 36 * job->inputs * job->outputs * sizeof(float));
    for (long first = share.begin; first < share.end; first += share.at_once) {
        long count = ocellus_min(share.at_once, share.end - first), stride;
        for (long t = 0; t < count; t += 1) {
            winograd_place place = place_of(tiles, first + t);
            for (long c = 0; c < input_blocks; c += 1) {
                const float *plane =
                    job->x + (place.sample * input_blocks + c) * tiles.input_height * tiles.input_width * B;
                const float *d = BLOCK_ISA(patch)(
                    plane, tiles.input_height, tiles.input_width, place.row - tiles.top, place.column - tiles.left, 6,
                    copy, &stride);
                BLOCK_ISA(transform_input)(d, stride, v + c * step + t * B, v_point);
            }
            for (long o = 0; o < output_blocks; o += 1) {
                const float *plane =
                    job->dy + (place.sample * output_blocks + o) * tiles.output_height * tiles.output_width * B;
                const float *d = BLOCK_ISA(patch)(
                    plane, tiles.output_height, tiles.output_width, place.row, place.column, 4, copy, &stride);
                F sum = LOAD(bias + o * B);
                BLOCK_ISA(transform_gradient)(d, stride, g + o * step + t * B, g_point, &sum);
                STORE(bias + o * B, sum);
            }
        }
        bool is_first = first == share.begin;
        for (long point = 0; point < 36; point += 1) {
            for (long c = 0; c < job->inputs; c += INPUTS_AT_ONCE) {
                const float *from = v + point * v_point + c / B * step + c % B;
                float *to = sums + (point * job->inputs + c) * job->outputs;
                for (long o = 0; o < output_blocks; o += BLOCKS_AT_ONCE) {
                    const float *gradient = g + point * g_point + o * step;
                    if (output_blocks - o >= BLOCKS_AT_ONCE) {
                        BLOCK_ISA(gradient_product)(
                            BLOCKS_AT_ONCE, count, from, gradient, step, is_first, to + o * B, row);
                    } else {
                        BLOCK_ISA(gradient_product)(1, count, from, gradient, step, is_first, to + o * B, row);
                    }
                }
            }
        }
    }
}

/// Items are pairs of a block of outputs and a block of inputs: the sum of the threads' sums, brought to 3×3.
static void BLOCK_ISA(gather_filters)(const void *context, long begin, long end) {
    const winograd_weight_gradient *job = context;
    long input_blocks = job->inputs / B;
    for (long item = begin; item < end; item += 1) {
        long o = item / input_blocks, c = item % input_blocks;
        float *to = job->dw + item * 9 * B * B;
        for (long k = 0; k < B; k += 1) {
            F half[3][6];
            for (long s = 0; s < 6; s += 1) {
                F column[6], t[3];
                for (long r = 0; r < 6; r += 1) {
                    long at = ((r * 6 + s) * job->inputs + c * B + k) * job->outputs + o * B;
                    column[r] = LOAD(job->scratch + at);
                    for (int thread = 1; thread < job->team; thread += 1) {
                        column[r] += LOAD(job->scratch + thread * job->scratch_per_thread + at);
                    }
                }
                BLOCK_ISA(gather_filter)(column, t);
                for (long r = 0; r < 3; r += 1) half[r][s] = t[r];
            }
            for (long r = 0; r < 3; r += 1) {
                F t[3];
                BLOCK_ISA(gather_filter)(half[r], t);
                for (long s = 0; s < 3; s += 1) STORE(to + ((r * 3 + s) * B + k) * B, t[s]);
            }
        }
    }
}

#undef INPUTS_AT_ONCE
#undef TILES_AT_ONCE
#undef BLOCKS_AT_ONCE
#undef BLOCK_REGISTERS
#undef MULTIPLY_ADD
#undef UNROLL
#endif
