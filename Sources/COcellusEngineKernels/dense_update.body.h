// SPDX-License-Identifier: Apache-2.0
//
// The gradient of one block of a dense layer's weights, and its update.

/// Rows of inputs and vectors of outputs whose sums are kept in registers.
#define ROWS 4
#define COLUMNS (ISA_FLOATS == 16 ? 4 : 1)

/// `g[i][o] = Σ x[n][i]·dy[n][o]` for ROWS inputs and `columns` vectors of outputs.
OCELLUS_INLINE void ISA(dense_gradient)(int columns, long batch, long width, const float *x, const float *dy, float *g) {
    f16 sums[ROWS][COLUMNS];
#pragma clang loop unroll(full)
    for (int r = 0; r < ROWS; r += 1) {
#pragma clang loop unroll(full)
        for (int c = 0; c < columns; c += 1) sums[r][c] = (f16){0};
    }
    for (long n = 0; n < batch; n += 1) {
        f16 d[COLUMNS];
#pragma clang loop unroll(full)
        for (int c = 0; c < columns; c += 1) d[c] = *(const f16_memory *)(dy + n * width + c * 16);
#pragma clang loop unroll(full)
        for (int r = 0; r < ROWS; r += 1) {
            f16 value = x[n * 16 + r] - (f16){0};
#pragma clang loop unroll(full)
            for (int c = 0; c < columns; c += 1) sums[r][c] = ISA_MULTIPLY_ADD(value, d[c], sums[r][c]);
        }
    }
#pragma clang loop unroll(full)
    for (int r = 0; r < ROWS; r += 1) {
#pragma clang loop unroll(full)
        for (int c = 0; c < columns; c += 1) *(f16_memory *)(g + r * width + c * 16) = sums[r][c];
    }
}

/// Items are blocks of weights in the order of memory.
static void ISA(dense_update)(const void *context, long begin, long end) {
    const dense_update *job = context;
    ocellus_dense sizes = job->sizes;
    long width = sizes.outputs_at_once, count = 16 * width;
    float g[16 * 64];
    for (long item = begin; item < end; item += 1) {
        long i = sizes.inputs_first ? item % job->input_blocks : item / job->output_blocks;
        long o = sizes.inputs_first ? item / job->input_blocks : item % job->output_blocks;
        const float *x = (const float *)job->x + i * sizes.batch * 16;
        const float *dy = (const float *)job->dy + o * sizes.batch * width;
        for (long r = 0; r < 16; r += ROWS) {
            if (item + 1 < end) fetch_block(&job->update, (item + 1) * count + r * width, ROWS * width);
            long c = 0;
            for (; c + COLUMNS * 16 <= width; c += COLUMNS * 16) {
                ISA(dense_gradient)(COLUMNS, sizes.batch, width, x + r, dy + c, g + r * width + c);
            }
            for (; c < width; c += 16) ISA(dense_gradient)(1, sizes.batch, width, x + r, dy + c, g + r * width + c);
        }
        update_block(job, item * count, count, g);
    }
}

#undef COLUMNS
#undef ROWS
