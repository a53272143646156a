// SPDX-License-Identifier: Apache-2.0
//
// The weight gradient of a 3×3 convolution of images through the 2×2 max pool behind it, for 16 outputs at once, whose windows
// may have different winners. A vector holds the 4×4 positions that the convolution reads for a window.
#if B == 16

#define UNROLL _Pragma("clang loop unroll(full)")

/// Element `from[lane]` of 16 for each lane.
OCELLUS_INLINE F BLOCK_ISA(pooled_pick)(const float *elements, I from) {
#if ISA_FLOATS == 16
    return __builtin_ia32_permvarsf512(LOAD(elements), from);
#else
    F result;
    for (long lane = 0; lane < B; lane += 1) result[lane] = elements[from[lane]];
    return result;
#endif
}

/// Adds `places` windows to the sums `[channel][tap][B]` and that of dy behind them.
///
/// - from: `[window][channel][16]`, the neighbourhoods.
OCELLUS_INLINE void BLOCK_ISA(pooled_sums)(
    int channels, long places, const float *from, const E *dy, const E *y, const uint8_t *winners, float *sums) {
    F sum[3][9], bias = LOAD(sums + channels * 9 * B);
    UNROLL
    for (int k = 0; k < channels * 9; k += 1) sum[k / 9][k % 9] = LOAD(sums + k * B);
    for (long place = 0; place < places; place += 1) {
        F d = LOAD_MAP(dy + place * B);
        if (y != NULL) d = SELECT(LOAD_MAP(y + place * B) > 0, d, (F){0});
        // The winners 0 … 3 are rows of two; a neighbourhood has rows of four.
        I winner = LOAD_BYTES(winners + place * B), corner = winner + (winner & 2);
        bias += d;
        UNROLL
        for (int tap = 0; tap < 9; tap += 1) {
            I at = corner + (tap / 3 * 4 + tap % 3);
            UNROLL
            for (int c = 0; c < channels; c += 1) {
                F x = BLOCK_ISA(pooled_pick)(from + (place * channels + c) * 16, at);
                sum[c][tap] = ISA_MULTIPLY_ADD(d, x, sum[c][tap]);
            }
        }
    }
    UNROLL
    for (int k = 0; k < channels * 9; k += 1) STORE(sums + k * B, sum[k / 9][k % 9]);
    STORE(sums + channels * 9 * B, bias);
}

/// Sums a thread's share of the samples.
static void BLOCK_ISA(pooled_gradient)(void *context, int thread, int team) {
    pooled_gradient *job = context;
    if (thread == 0) job->team = team;
    ocellus_maps x = job->sizes.x, y = job->sizes.y;
    long blocks = y.channels / B, vectors = 9 * x.channels + 1;
    float *sums = job->scratch + thread * job->per_thread, *from = sums + job->sums;
    memset(sums, 0, (size_t)job->sums * sizeof *sums);
    for (long sample = x.batch * thread / team; sample < x.batch * (thread + 1) / team; sample += 1) {
        const float *planes = job->x + sample * x.channels * x.height * x.width;
        for (long first = 0; first < y.height; first += job->rows_at_once) {
            long rows = ocellus_min(job->rows_at_once, y.height - first), places = rows * y.width;
            for (long place = 0; place < places; place += 1) {
                for (long c = 0; c < x.channels; c += 1) {
                    pooled_neighbourhood(
                        x, planes + c * x.height * x.width, 2 * (first + place / y.width) - job->sizes.top,
                        2 * (place % y.width) - job->sizes.left, from + (place * x.channels + c) * 16);
                }
            }
            for (long o = 0; o < blocks; o += 1) {
                long at = ((sample * blocks + o) * y.height + first) * y.width * B;
                const E *dy = (const E *)job->dy + at, *output = job->y == NULL ? NULL : (const E *)job->y + at;
                const uint8_t *winners = job->winners + at;
                float *to = sums + o * vectors * B;
                switch (x.channels) {
                case 1: BLOCK_ISA(pooled_sums)(1, places, from, dy, output, winners, to); break;
                case 2: BLOCK_ISA(pooled_sums)(2, places, from, dy, output, winners, to); break;
                default: BLOCK_ISA(pooled_sums)(3, places, from, dy, output, winners, to); break;
                }
            }
        }
    }
}

#undef UNROLL
#endif
