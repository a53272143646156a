// SPDX-License-Identifier: Apache-2.0
//
// A dense layer's product for one block of outputs.

/// Vectors of outputs and samples whose sums are kept in registers, and inputs that a pass over all samples takes.
#define COLUMNS (ISA_FLOATS == 16 ? 4 : 1)
#define SAMPLES (ISA_FLOATS == 16 ? 7 : 4)
#define INPUT_BLOCKS 16

/// `sums[n][o] (+)= Σ x[block][n][i]·w[block][i][o]` for `samples` samples, `columns` vectors of outputs and `blocks` blocks
/// of 16 inputs, `block_step` floats apart.
OCELLUS_INLINE void ISA(dense_product)(
    int samples, int columns, long batch, long width, long blocks, const float *x, const float *w, long block_step,
    bool is_first, float *y) {
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
        for (long i = 0; i < 16; i += 1) {
            f16 weight[COLUMNS];
#pragma clang loop unroll(full)
            for (int c = 0; c < columns; c += 1) weight[c] = *(const f16_memory *)(w + i * width + c * 16);
#pragma clang loop unroll(full)
            for (int n = 0; n < samples; n += 1) {
                f16 value = x[n * 16 + i] - (f16){0};
#pragma clang loop unroll(full)
                for (int c = 0; c < columns; c += 1) sums[n][c] = ISA_MULTIPLY_ADD(value, weight[c], sums[n][c]);
            }
        }
        x += batch * 16;
        w += block_step;
    }
#pragma clang loop unroll(full)
    for (int n = 0; n < samples; n += 1) {
#pragma clang loop unroll(full)
        for (int c = 0; c < columns; c += 1) *(f16_memory *)(y + n * width + c * 16) = sums[n][c];
    }
}

/// The same with the number of samples known when compiled.
static void ISA(dense_products)(
    int samples, int columns, long batch, long width, long blocks, const float *x, const float *w, long block_step,
    bool is_first, float *y) {
#define PRODUCT(n, m) \
    case n: ISA(dense_product)(n, m, batch, width, blocks, x, w, block_step, is_first, y); break;
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

static void ISA(write_results)(const dense_forward *job, long o, long first, long last) {
    ocellus_dense sizes = job->sizes;
    long width = sizes.outputs_at_once, outputs = ocellus_min(width, sizes.outputs - o * width);
    for (long n = first; n < last; n += 1) {
        const float *sums = job->sums + (o * sizes.batch + n) * width;
        float *y = job->y + n * sizes.outputs + o * width;
        for (long c = 0; c < outputs; c += 16) {
            long count = ocellus_min(16, outputs - c);
            f16 value = *(const f16_memory *)(sums + c);
            if (job->bias != NULL) {
                f16 bias = {0};
                memcpy(&bias, job->bias + o * width + c, (size_t)count * sizeof(float));
                value += bias;
            }
            if (job->epilogue.floor == 0) value = (f16)((i16)value & ~(value <= 0));
            if (count == 16) {
                *(f16_memory *)(y + c) = value;
            } else {
                memcpy(y + c, &value, (size_t)count * sizeof(float));
            }
        }
        ocellus_finish(&job->epilogue, y, outputs);
    }
}

/// Items are parts of the batch, for one block of outputs after the other.
static void ISA(dense_forward)(const void *context, long begin, long end) {
    const dense_forward *job = context;
    ocellus_dense sizes = job->sizes;
    long width = sizes.outputs_at_once, batch = sizes.batch, count = 16 * width, parts = job->batch_parts;
    long step = sizes.inputs_first ? count : job->output_blocks * count;
    while (begin < end) {
        long o = begin / parts, part = begin % parts, last_part = ocellus_min(parts, part + end - begin);
        long first = part * batch / parts, last = last_part * batch / parts;
        begin += last_part - part;
        long groups = (last - first + SAMPLES - 1) / SAMPLES;
        float *sums = job->sums + o * batch * width;
        const float *w = job->w + o * (sizes.inputs_first ? job->input_blocks * count : count);
        for (long i = 0; i < job->input_blocks; i += INPUT_BLOCKS) {
            long blocks = ocellus_min(INPUT_BLOCKS, job->input_blocks - i);
            for (long group = 0; group < groups; group += 1) {
                long n = first + group * (last - first) / groups;
                long samples = first + (group + 1) * (last - first) / groups - n;
                const float *x = (const float *)job->x + (i * batch + n) * 16;
                long c = 0;
                for (; c + COLUMNS * 16 <= width; c += COLUMNS * 16) {
                    ISA(dense_products)(
                        (int)samples, COLUMNS, batch, width, blocks, x, w + i * step + c, step, i == 0,
                        sums + n * width + c);
                }
                for (; c < width; c += 16) {
                    ISA(dense_products)(
                        (int)samples, 1, batch, width, blocks, x, w + i * step + c, step, i == 0, sums + n * width + c);
                }
            }
        }
        job->write_results(job, o, first, last);
    }
}

#undef INPUT_BLOCKS
#undef SAMPLES
#undef COLUMNS
