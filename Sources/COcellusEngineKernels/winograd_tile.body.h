// SPDX-License-Identifier: Apache-2.0
//
// Winograd's algorithm with tiles of TILE×TILE outputs, whose transforms the including file has before this one. An output
// tile is Y = Aᵀ[Σ (G g Gᵀ) ⊙ (Bᵀ d B)]A over the channels of the input; the gradient of the filter is
// Gᵀ[Σ (Bᵀ d B) ⊙ (A dY Aᵀ)]G over tiles.

#define POINTS (TILE + 2)

// MARK: Tiles

/// Start of `size`×`size` positions from (row, column) on, which may lie beyond the plane's borders: there, from a copy
/// with zeros.
OCELLUS_INLINE const E *TILE_ISA(patch)(
    const E *plane, long height, long width, long row, long column, long size, E *copy, long *stride) {
    if (row >= 0 && column >= 0 && row + size <= height && column + size <= width) {
        *stride = width * B;
        return plane + (row * width + column) * B;
    }
    for (long r = 0; r < size; r += 1) {
        for (long s = 0; s < size; s += 1) {
            bool inside = row + r >= 0 && row + r < height && column + s >= 0 && column + s < width;
            F value = {0};
            if (inside) value = LOAD_MAP(plane + ((row + r) * width + column + s) * B);
            STORE_MAP(copy + (r * size + s) * B, value);
        }
    }
    *stride = size * B;
    return copy;
}

/// Bᵀ d B of one block of channels; its POINTS² vectors are `step` floats apart.
OCELLUS_INLINE void TILE_ISA(transform_input)(const E *d, long stride, float *v, long step) {
    F half[POINTS][POINTS];
    for (long s = 0; s < POINTS; s += 1) {
        F column[POINTS], t[POINTS];
        for (long r = 0; r < POINTS; r += 1) column[r] = LOAD_MAP(d + r * stride + s * B);
        TILE_ISA(spread_input)(column, t);
        for (long r = 0; r < POINTS; r += 1) half[r][s] = t[r];
    }
    for (long r = 0; r < POINTS; r += 1) {
        F t[POINTS];
        TILE_ISA(spread_input)(half[r], t);
        for (long s = 0; s < POINTS; s += 1) STORE(v + (r * POINTS + s) * step, t[s]);
    }
}

/// A dY Aᵀ of one block of channels; adds the sum of dY to `sum`.
OCELLUS_INLINE void TILE_ISA(transform_gradient)(const E *d, long stride, float *v, long step, F *sum) {
    F half[POINTS][TILE], total = {0};
    for (long s = 0; s < TILE; s += 1) {
        F column[TILE], t[POINTS];
        for (long r = 0; r < TILE; r += 1) column[r] = LOAD_MAP(d + r * stride + s * B);
        for (long r = 0; r < TILE; r += 1) total += column[r];
        TILE_ISA(spread_output)(column, t);
        for (long r = 0; r < POINTS; r += 1) half[r][s] = t[r];
    }
    for (long r = 0; r < POINTS; r += 1) {
        F t[POINTS];
        TILE_ISA(spread_output)(half[r], t);
        for (long s = 0; s < POINTS; s += 1) STORE(v + (r * POINTS + s) * step, t[s]);
    }
    *sum += total;
}

/// Writes max(Aᵀ m A + bias + added, floor) to the first `rows`×`columns` positions. `added` has the places of y, may be y
/// and may be NULL.
OCELLUS_INLINE void TILE_ISA(transform_output)(
    const float *m, long step, F bias, const E *added, F floor, E *y, long stride, long rows, long columns) {
    F half[TILE][POINTS];
    for (long s = 0; s < POINTS; s += 1) {
        F column[POINTS], t[TILE];
        for (long r = 0; r < POINTS; r += 1) column[r] = LOAD(m + (r * POINTS + s) * step);
        TILE_ISA(gather_output)(column, t);
        for (long r = 0; r < TILE; r += 1) half[r][s] = t[r];
    }
    for (long r = 0; r < TILE; r += 1) {
        F t[TILE];
        TILE_ISA(gather_output)(half[r], t);
        if (r >= rows) continue;
        for (long s = 0; s < TILE; s += 1) {
            if (s >= columns) continue;
            F value = t[s] + bias;
            if (added != NULL) value += LOAD_MAP(added + r * stride + s * B);
            STORE_MAP(y + r * stride + s * B, SELECT(value > floor, value, floor));
        }
    }
}

#ifndef MAPS_ONLY
// MARK: Filters

/// Items are pairs of a block of outputs and a block of inputs. Writes U as
/// `[POINTS²][⌈outputs/BLOCKS_AT_ONCE⌉][inputs][BLOCKS_AT_ONCE][B]`, blocks counted in groups.
static void TILE_ISA(transform_filters)(const void *context, long begin, long end) {
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
            F half[POINTS][3];
            for (long s = 0; s < 3; s += 1) {
                F column[3], t[POINTS];
                for (long r = 0; r < 3; r += 1) column[r] = LOAD(block + ((r * 3 + s) * B + k) * B);
                TILE_ISA(spread_filter)(column, t);
                for (long r = 0; r < POINTS; r += 1) half[r][s] = t[r];
            }
            for (long r = 0; r < POINTS; r += 1) {
                F t[POINTS];
                TILE_ISA(spread_filter)(half[r], t);
                for (long s = 0; s < POINTS; s += 1) STORE(u + (r * POINTS + s) * step + k * blocks * B, t[s]);
            }
        }
    }
}

#endif

// MARK: Convolution

/// A thread's share of the tiles, some at a time.
static void TILE_ISA(winograd_convolution)(void *context, int thread, int team) {
    const winograd_convolution *job = context;
    winograd_tiles tiles = job->tiles;
    winograd_share share = share_of(tiles, TILE, job->tiles_at_once, thread, team);
    long depth_blocks = job->depth / B, output_blocks = job->outputs / B;
    long v_step = share.at_once * B, m_step = share.at_once * B;
    long v_point = odd_lines(depth_blocks * v_step), m_point = odd_lines(output_blocks * m_step);
    float *v = job->scratch + thread * job->scratch_per_thread, *m = v + POINTS * POINTS * v_point;
    E copy[POINTS * POINTS * B];
    F floor = BLOCK_ISA(everywhere)(job->epilogue.floor);
    for (long first = share.begin; first < share.end; first += share.at_once) {
        long count = ocellus_min(share.at_once, share.end - first);
        for (long t = 0; t < count; t += 1) {
            winograd_place place = place_of(tiles, TILE, first + t);
            for (long c = 0; c < depth_blocks; c += 1) {
                const E *plane =
                    (const E *)job->x + (place.sample * depth_blocks + c) * tiles.input_height * tiles.input_width * B;
                long stride;
                const E *d = TILE_ISA(patch)(
                    plane, tiles.input_height, tiles.input_width, place.row - tiles.top, place.column - tiles.left, POINTS,
                    copy, &stride);
                TILE_ISA(transform_input)(d, stride, v + c * v_step + t * B, v_point);
            }
        }
        long groups = (count + TILES_AT_ONCE - 1) / TILES_AT_ONCE;
        for (long point = 0; point < POINTS * POINTS; point += 1) {
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
            winograd_place place = place_of(tiles, TILE, first + t);
            long rows = ocellus_min(TILE, tiles.output_height - place.row);
            long columns = ocellus_min(TILE, tiles.output_width - place.column);
            for (long o = 0; o < output_blocks; o += 1) {
                F bias = {0};
                if (job->bias != NULL) bias = LOAD(job->bias + o * B);
                long at = (((place.sample * output_blocks + o) * tiles.output_height + place.row) * tiles.output_width
                           + place.column)
                    * B;
                E *y = (E *)job->y + at;
                const E *added = job->added == NULL ? NULL : (const E *)job->added + at;
                const float *products = m + o * m_step + t * B;
                long stride = tiles.output_width * B;
                if (rows < TILE || columns < TILE) {
                    TILE_ISA(transform_output)(products, m_point, bias, added, floor, y, stride, rows, columns);
                } else if (added == NULL) {
                    TILE_ISA(transform_output)(products, m_point, bias, NULL, floor, y, stride, TILE, TILE);
                } else {
                    TILE_ISA(transform_output)(products, m_point, bias, added, floor, y, stride, TILE, TILE);
                }
                for (long r = 0; r < rows; r += 1) ocellus_finish(&job->epilogue, y + r * stride, columns * B);
            }
        }
    }
}

// MARK: Gradient of the filters

/// Sums a thread's share of the tiles to its own `[POINTS²][inputs][outputs]`, and of dY to its own `[outputs]`.
static void TILE_ISA(winograd_weight_gradient)(void *context, int thread, int team) {
    winograd_weight_gradient *job = context;
    if (thread == 0) job->team = team;
    winograd_tiles tiles = job->tiles;
    winograd_share share = share_of(tiles, TILE, job->tiles_at_once, thread, team);
    long input_blocks = job->inputs / B, output_blocks = job->outputs / B;
    long step = share.at_once * B, row = job->outputs;
    long v_point = odd_lines(input_blocks * step), g_point = odd_lines(output_blocks * step);
    float *sums = job->scratch + thread * job->scratch_per_thread;
    float *bias = sums + POINTS * POINTS * job->inputs * job->outputs, *v = bias + job->outputs, *g = v + POINTS * POINTS * v_point;
    E copy[POINTS * POINTS * B];
    for (long o = 0; o < job->outputs; o += 1) bias[o] = 0;
    if (share.begin >= share.end) memset(sums, 0, POINTS * POINTS * job->inputs * job->outputs * sizeof(float));
    for (long first = share.begin; first < share.end; first += share.at_once) {
        long count = ocellus_min(share.at_once, share.end - first), stride;
        for (long t = 0; t < count; t += 1) {
            winograd_place place = place_of(tiles, TILE, first + t);
            for (long c = 0; c < input_blocks; c += 1) {
                const E *plane =
                    (const E *)job->x + (place.sample * input_blocks + c) * tiles.input_height * tiles.input_width * B;
                const E *d = TILE_ISA(patch)(
                    plane, tiles.input_height, tiles.input_width, place.row - tiles.top, place.column - tiles.left, POINTS,
                    copy, &stride);
                TILE_ISA(transform_input)(d, stride, v + c * step + t * B, v_point);
            }
            for (long o = 0; o < output_blocks; o += 1) {
                const E *plane =
                    (const E *)job->dy + (place.sample * output_blocks + o) * tiles.output_height * tiles.output_width * B;
                const E *d = TILE_ISA(patch)(
                    plane, tiles.output_height, tiles.output_width, place.row, place.column, TILE, copy, &stride);
                F sum = LOAD(bias + o * B);
                TILE_ISA(transform_gradient)(d, stride, g + o * step + t * B, g_point, &sum);
                STORE(bias + o * B, sum);
            }
        }
        bool is_first = first == share.begin;
        for (long point = 0; point < POINTS * POINTS; point += 1) {
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

#ifndef MAPS_ONLY
/// Items are pairs of a block of outputs and a block of inputs: the sum of the threads' sums, brought to 3×3.
static void TILE_ISA(gather_filters)(const void *context, long begin, long end) {
    const winograd_weight_gradient *job = context;
    long input_blocks = job->inputs / B;
    for (long item = begin; item < end; item += 1) {
        long o = item / input_blocks, c = item % input_blocks;
        float *to = job->dw + item * 9 * B * B;
        for (long k = 0; k < B; k += 1) {
            F half[3][POINTS];
            for (long s = 0; s < POINTS; s += 1) {
                F column[POINTS], t[3];
                for (long r = 0; r < POINTS; r += 1) {
                    long at = ((r * POINTS + s) * job->inputs + c * B + k) * job->outputs + o * B;
                    column[r] = LOAD(job->scratch + at);
                    for (int thread = 1; thread < job->team; thread += 1) {
                        column[r] += LOAD(job->scratch + thread * job->scratch_per_thread + at);
                    }
                }
                TILE_ISA(gather_filter)(column, t);
                for (long r = 0; r < 3; r += 1) half[r][s] = t[r];
            }
            for (long r = 0; r < 3; r += 1) {
                F t[3];
                TILE_ISA(gather_filter)(half[r], t);
                for (long s = 0; s < 3; s += 1) STORE(to + ((r * 3 + s) * B + k) * B, t[s]);
            }
        }
    }
}
#endif

#undef POINTS
