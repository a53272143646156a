// SPDX-License-Identifier: Apache-2.0
//
// A dense layer's three products of numbers rounded to bfloat16, summed in float32. Weights stay float32 in memory and are
// rounded block by block into a cache, where all samples use them.
#include "bfloat16.body.h"

/// `a` in the lower and `b` in the upper halves.
OCELLUS_INLINE w16 ISA(pairs)(f16 a, f16 b) {
#if defined(ISA_HAS_BFLOAT16)
    const __m512i order = _mm512_set_epi16(
        31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    return (w16)_mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh((__m512)b, (__m512)a));
#else
    return ISA(bfloat16_bits)(a) | ISA(bfloat16_bits)(b) << 16;
#endif
}

/// Adds the products of both numbers of each pair.
OCELLUS_INLINE f16 ISA(add_products)(f16 sums, w16 a, w16 b) {
#if defined(ISA_HAS_BFLOAT16)
    return (f16)_mm512_dpbf16_ps((__m512)sums, (__m512bh)a, (__m512bh)b);
#else
    sums = ISA_MULTIPLY_ADD((f16)(a & 0xFFFF0000u), (f16)(b & 0xFFFF0000u), sums);
    return ISA_MULTIPLY_ADD((f16)(a << 16), (f16)(b << 16), sums);
#endif
}

// MARK: Packing

/// 16 features of sample `n`; zeros beyond the last feature and the last sample.
OCELLUS_INLINE f16 ISA(features_of)(const packing *p, long n, long first) {
    f16 values = {0};
    long count = p->features - first;
    if (n >= p->batch || count <= 0) return values;
    const float *from = p->from + n * p->features + first;
    if (count >= 16) return *(const f16_memory *)from;
    memcpy(&values, from, (size_t)count * sizeof(float));
    return values;
}

/// To `[block][N][8]`, neighbouring features in a pair. Items are blocks of 16.
static void ISA(pack_pairs_of_inputs)(const void *context, long begin, long end) {
    const packing *p = context;
    for (long block = begin; block < end; block += 1) {
        for (long n = 0; n < p->batch; n += 1) {
            uint16_t *to = (uint16_t *)p->to + (block * p->batch + n) * 16;
            ISA(to_bfloat16)(to, ISA(features_of)(p, n, block * 16));
        }
    }
}

/// To `[block][N][width / 2]`, features 16 apart in a pair. Items are blocks.
static void ISA(pack_pairs_of_outputs)(const void *context, long begin, long end) {
    const packing *p = context;
    for (long block = begin; block < end; block += 1) {
        for (long n = 0; n < p->batch; n += 1) {
            uint32_t *to = (uint32_t *)p->to + (block * p->batch + n) * p->width / 2;
            for (long c = 0; c < p->width; c += 32) {
                long first = block * p->width + c;
                f16 a = ISA(features_of)(p, n, first), b = ISA(features_of)(p, n, first + 16);
                *(w16_memory *)(to + c / 2) = ISA(pairs)(a, b);
            }
        }
    }
}

/// To `[block][⌈N/2⌉][width]`, neighbouring samples in a pair. Items are blocks.
static void ISA(pack_pairs_of_samples)(const void *context, long begin, long end) {
    const packing *p = context;
    long pairs = (p->batch + 1) / 2;
    for (long block = begin; block < end; block += 1) {
        for (long pair = 0; pair < pairs; pair += 1) {
            uint32_t *to = (uint32_t *)p->to + (block * pairs + pair) * p->width;
            for (long c = 0; c < p->width; c += 16) {
                long first = block * p->width + c;
                f16 a = ISA(features_of)(p, 2 * pair, first), b = ISA(features_of)(p, 2 * pair + 1, first);
                *(w16_memory *)(to + c) = ISA(pairs)(a, b);
            }
        }
    }
}

// MARK: Forward

/// Vectors of outputs and samples whose sums are kept in registers, and blocks of inputs whose weights are rounded at once.
#define COLUMNS (ISA_FLOATS == 16 ? 4 : 1)
#define SAMPLES (ISA_FLOATS == 16 ? 7 : 4)
#define INPUT_BLOCKS 8

/// `sums[n][o] (+)= Σ x[block][n][i]·w[block][i][o]` for `samples` samples, `columns` vectors of outputs and `blocks` blocks
/// of 8 pairs of inputs. Asks for a part of as many blocks from `fetch` on, `fetch_step` floats apart.
OCELLUS_INLINE void ISA(product_bfloat16)(
    int samples, int columns, long batch, long width, long blocks, const uint32_t *x, const uint32_t *w, const float *fetch,
    long fetch_step, bool is_first, float *y) {
    f16 sums[SAMPLES][COLUMNS];
#pragma clang loop unroll(full)
    for (int n = 0; n < samples; n += 1) {
#pragma clang loop unroll(full)
        for (int c = 0; c < columns; c += 1) {
            sums[n][c] = (f16){0};
            if (!is_first) sums[n][c] = *(const f16_memory *)(y + n * width + c * 16);
        }
    }
    for (long block = 0; block < blocks; block += 1) {
        for (long i = 0; i < 8; i += 1) {
            w16 weight[COLUMNS];
            __builtin_prefetch(fetch + i * 32, 0, 2);
            __builtin_prefetch(fetch + i * 32 + 16, 0, 2);
#pragma clang loop unroll(full)
            for (int c = 0; c < columns; c += 1) weight[c] = *(const w16_memory *)(w + i * width + c * 16);
#pragma clang loop unroll(full)
            for (int n = 0; n < samples; n += 1) {
                w16 pair = x[n * 8 + i] + (w16){0};
#pragma clang loop unroll(full)
                for (int c = 0; c < columns; c += 1) sums[n][c] = ISA(add_products)(sums[n][c], weight[c], pair);
            }
        }
        x += batch * 8;
        w += 8 * width;
        fetch += fetch_step;
    }
#pragma clang loop unroll(full)
    for (int n = 0; n < samples; n += 1) {
#pragma clang loop unroll(full)
        for (int c = 0; c < columns; c += 1) *(f16_memory *)(y + n * width + c * 16) = sums[n][c];
    }
}

/// The same with the number of samples known when compiled.
static void ISA(products_bfloat16)(
    int samples, int columns, long batch, long width, long blocks, const uint32_t *x, const uint32_t *w, const float *fetch,
    long fetch_step, bool is_first, float *y) {
#define PRODUCT(n, m) \
    case n: ISA(product_bfloat16)(n, m, batch, width, blocks, x, w, fetch, fetch_step, is_first, y); break;
    if (columns == COLUMNS) {
        switch (samples) {
            PRODUCT(1, COLUMNS)
            PRODUCT(2, COLUMNS)
            PRODUCT(3, COLUMNS)
            PRODUCT(4, COLUMNS)
#if ISA_FLOATS == 16
            PRODUCT(5, COLUMNS)
            PRODUCT(6, COLUMNS)
            PRODUCT(7, COLUMNS)
#endif
        }
    } else {
        switch (samples) {
            PRODUCT(1, 1)
            PRODUCT(2, 1)
            PRODUCT(3, 1)
            PRODUCT(4, 1)
#if ISA_FLOATS == 16
            PRODUCT(5, 1)
            PRODUCT(6, 1)
            PRODUCT(7, 1)
#endif
        }
    }
#undef PRODUCT
}

/// Items are blocks of outputs.
static void ISA(dense_forward_bfloat16)(const void *context, long begin, long end) {
    const dense_forward *job = context;
    ocellus_dense sizes = job->sizes;
    long width = sizes.outputs_at_once, batch = sizes.batch, count = 16 * width;
    long step = sizes.inputs_first ? count : job->output_blocks * count;
    long groups = (batch + SAMPLES - 1) / SAMPLES;
    uint32_t rounded[INPUT_BLOCKS * 8 * 64];
    for (long o = begin; o < end; o += 1) {
        float *sums = job->sums + o * batch * width;
        const float *w = job->w + o * (sizes.inputs_first ? job->input_blocks * count : count);
        for (long i = 0; i < job->input_blocks; i += INPUT_BLOCKS) {
            long blocks = ocellus_min(INPUT_BLOCKS, job->input_blocks - i);
            for (long block = 0; block < blocks; block += 1) {
                for (long k = 0; k < 8 * width; k += 16) {
                    const float *from = w + (i + block) * step + k / width * 2 * width + k % width;
                    f16 a = *(const f16_memory *)from, b = *(const f16_memory *)(from + width);
                    *(w16_memory *)(rounded + block * 8 * width + k) = ISA(pairs)(a, b);
                }
            }
            for (long group = 0; group < groups; group += 1) {
                long n = group * batch / groups, samples = (group + 1) * batch / groups - n;
                const uint32_t *x = (const uint32_t *)job->x + (i * batch + n) * 8;
                const float *fetch = w + ocellus_min(i + INPUT_BLOCKS, job->input_blocks - blocks) * step
                                     + ocellus_min(group * 256, count - 256);
                long c = 0;
                for (; c + COLUMNS * 16 <= width; c += COLUMNS * 16) {
                    ISA(products_bfloat16)(
                        (int)samples, COLUMNS, batch, width, blocks, x, rounded + c, fetch, step, i == 0,
                        sums + n * width + c);
                }
                for (; c < width; c += 16) {
                    ISA(products_bfloat16)(
                        (int)samples, 1, batch, width, blocks, x, rounded + c, fetch, step, i == 0, sums + n * width + c);
                }
            }
        }
        job->write_results(job, o, 0, batch);
    }
}

#undef INPUT_BLOCKS
#undef SAMPLES

// MARK: Input gradient

/// Samples and inputs whose sums are kept in registers, and blocks of outputs whose weights are rounded at once.
#define SAMPLES (ISA_FLOATS == 16 ? 6 : 3)
#define INPUTS (ISA_FLOATS == 16 ? 4 : 2)
#define OUTPUT_BLOCKS 16
/// Words between the rounded weights of two inputs: not a power of two, so that they lie in different lines of a cache.
#define ROUNDED_ROW (OUTPUT_BLOCKS * 32 + 16)

/// `dx[n][i] (+)= Σ dy[block][n][o]·w[i][block][o]` for `samples` samples, INPUTS inputs of which `inputs` are written, and
/// `blocks` blocks of outputs. Asks for a part of as many blocks from `fetch` on, `fetch_step` floats apart.
OCELLUS_INLINE void ISA(input_sums_bfloat16)(
    int samples, const dense_input_gradient *job, long blocks, const uint32_t *dy, const uint32_t *w, const float *fetch,
    long fetch_step, long inputs, bool is_first, float *dx) {
    long words = job->sizes.outputs_at_once / 2, dy_step = job->sizes.batch * words;
    f16 sums[SAMPLES][INPUTS];
#pragma clang loop unroll(full)
    for (int n = 0; n < samples; n += 1) {
#pragma clang loop unroll(full)
        for (int i = 0; i < INPUTS; i += 1) sums[n][i] = (f16){0};
    }
    for (long block = 0; block < blocks; block += 1) {
        for (long o = 0; o < words; o += 16) {
            w16 weight[INPUTS];
            __builtin_prefetch(fetch + o * 2, 0, 2);
            __builtin_prefetch(fetch + o * 2 + 16, 0, 2);
#pragma clang loop unroll(full)
            for (int i = 0; i < INPUTS; i += 1) weight[i] = *(const w16_memory *)(w + i * ROUNDED_ROW + o);
#pragma clang loop unroll(full)
            for (int n = 0; n < samples; n += 1) {
                w16 d = *(const w16_memory *)(dy + n * words + o);
#pragma clang loop unroll(full)
                for (int i = 0; i < INPUTS; i += 1) sums[n][i] = ISA(add_products)(sums[n][i], d, weight[i]);
            }
        }
        dy += dy_step;
        w += words;
        fetch += fetch_step;
    }
#pragma clang loop unroll(full)
    for (int n = 0; n < samples; n += 1) {
#pragma clang loop unroll(full)
        for (int i = 0; i < INPUTS; i += 1) {
            float sum = sum_of_parts(&sums[n][i]);
            if (i >= inputs) continue;
            float *to = dx + n * job->sizes.inputs + i;
            *to = is_first ? sum : *to + sum;
        }
    }
}

/// Items are blocks of inputs.
static void ISA(dense_input_gradient_bfloat16)(const void *context, long begin, long end) {
    const dense_input_gradient *job = context;
    ocellus_dense sizes = job->sizes;
    long width = sizes.outputs_at_once, batch = sizes.batch, count = 16 * width;
    long block_step = sizes.inputs_first ? job->input_blocks * count : count;
    long item_step = sizes.inputs_first ? count : job->output_blocks * count;
    long groups = (batch + SAMPLES - 1) / SAMPLES;
    uint32_t rounded[16 * ROUNDED_ROW];
    for (long item = begin; item < end; item += 1) {
        long inputs = ocellus_min(16, sizes.inputs - item * 16);
        for (long o = 0; o < job->output_blocks; o += OUTPUT_BLOCKS) {
            long blocks = ocellus_min(OUTPUT_BLOCKS, job->output_blocks - o);
            const float *w = job->w + item * item_step + o * block_step, *next = item + 1 < end ? w + item_step : w;
            for (long block = 0; block < blocks; block += 1) {
                for (long k = 0; k < count; k += 32) {
                    const float *from = w + block * block_step + k;
                    f16 a = *(const f16_memory *)from, b = *(const f16_memory *)(from + 16);
                    *(w16_memory *)(rounded + k / width * ROUNDED_ROW + (block * width + k % width) / 2) = ISA(pairs)(a, b);
                }
            }
            for (long i = 0; i < inputs; i += INPUTS) {
                for (long group = 0; group < groups; group += 1) {
                    long n = group * batch / groups, samples = (group + 1) * batch / groups - n;
                    const uint32_t *dy = (const uint32_t *)job->dy + (o * batch + n) * width / 2;
                    const uint32_t *from = rounded + i * ROUNDED_ROW;
                    const float *fetch = next + (i + ocellus_min(group, INPUTS - 1)) * width;
                    float *dx = job->dx + n * sizes.inputs + item * 16 + i;
#define SUMS(m) \
    case m: \
        ISA(input_sums_bfloat16)(m, job, blocks, dy, from, fetch, block_step, inputs - i, o == 0, dx); \
        break;
                    switch (samples) {
                        SUMS(1)
                        SUMS(2)
                        SUMS(3)
#if ISA_FLOATS == 16
                        SUMS(4)
                        SUMS(5)
                        SUMS(6)
#endif
                    }
#undef SUMS
                }
            }
        }
    }
}

#undef ROUNDED_ROW
#undef OUTPUT_BLOCKS
#undef INPUTS
#undef SAMPLES

// MARK: Update

/// Rows of inputs whose sums are kept in registers, with COLUMNS vectors of outputs.
#define ROWS 4

/// `g[i][o] = Σ x[n][i]·dy[n][o]` over `pairs` pairs of samples for ROWS inputs and `columns` vectors of outputs.
OCELLUS_INLINE void ISA(gradient_bfloat16)(
    int columns, long pairs, long width, const uint32_t *x, const uint32_t *dy, float *g) {
    f16 sums[ROWS][COLUMNS];
#pragma clang loop unroll(full)
    for (int r = 0; r < ROWS; r += 1) {
#pragma clang loop unroll(full)
        for (int c = 0; c < columns; c += 1) sums[r][c] = (f16){0};
    }
    for (long pair = 0; pair < pairs; pair += 1) {
        w16 d[COLUMNS];
#pragma clang loop unroll(full)
        for (int c = 0; c < columns; c += 1) d[c] = *(const w16_memory *)(dy + pair * width + c * 16);
#pragma clang loop unroll(full)
        for (int r = 0; r < ROWS; r += 1) {
            w16 values = x[pair * 16 + r] + (w16){0};
#pragma clang loop unroll(full)
            for (int c = 0; c < columns; c += 1) sums[r][c] = ISA(add_products)(sums[r][c], d[c], values);
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < ROWS; r += 1) {
#pragma clang loop unroll(full)
        for (int c = 0; c < columns; c += 1) *(f16_memory *)(g + r * width + c * 16) = sums[r][c];
    }
}

/// Items are blocks of weights in the order of memory.
static void ISA(dense_update_bfloat16)(const void *context, long begin, long end) {
    const dense_update *job = context;
    ocellus_dense sizes = job->sizes;
    long width = sizes.outputs_at_once, count = 16 * width, pairs = (sizes.batch + 1) / 2;
    float g[16 * 64];
    for (long item = begin; item < end; item += 1) {
        long i = sizes.inputs_first ? item % job->input_blocks : item / job->output_blocks;
        long o = sizes.inputs_first ? item / job->input_blocks : item % job->output_blocks;
        const uint32_t *x = (const uint32_t *)job->x + i * pairs * 16;
        const uint32_t *dy = (const uint32_t *)job->dy + o * pairs * width;
        for (long r = 0; r < 16; r += ROWS) {
            if (item + 1 < end) fetch_block(&job->update, (item + 1) * count + r * width, ROWS * width);
            long c = 0;
            for (; c + COLUMNS * 16 <= width; c += COLUMNS * 16) {
                ISA(gradient_bfloat16)(COLUMNS, pairs, width, x + r, dy + c, g + r * width + c);
            }
            for (; c < width; c += 16) {
                ISA(gradient_bfloat16)(1, pairs, width, x + r, dy + c, g + r * width + c);
            }
        }
        update_block(job, item * count, count, g);
    }
}

#undef ROWS
#undef COLUMNS
