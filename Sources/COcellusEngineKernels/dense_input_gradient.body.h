// SPDX-License-Identifier: Apache-2.0
//
// A dense layer's input gradient for one block of inputs.

/// Samples and inputs whose sums are kept in registers, each in 16 parts.
#define SAMPLES (ISA_FLOATS == 16 ? 6 : 3)
#define INPUTS (ISA_FLOATS == 16 ? 4 : 2)

/// `dx[n][i] = Σ dy[block][n][o]·w[block][i][o]` for `samples` samples, INPUTS inputs of which `inputs` are written, and all
/// blocks of outputs, `block_step` floats apart. Asks for as many weights from `fetch` on, which has the same steps.
OCELLUS_INLINE void ISA(dense_input_sums)(
    int samples, const dense_input_gradient *job, const float *dy, const float *w, long block_step, const float *fetch,
    long inputs, float *dx) {
    long width = job->sizes.outputs_at_once, dy_step = job->sizes.batch * width;
    f16 sums[SAMPLES][INPUTS];
#pragma clang loop unroll(full)
    for (int n = 0; n < samples; n += 1) {
#pragma clang loop unroll(full)
        for (int i = 0; i < INPUTS; i += 1) sums[n][i] = (f16){0};
    }
    for (long block = 0; block < job->output_blocks; block += 1) {
        for (long o = 0; o < width; o += 16) {
            f16 weight[INPUTS];
            __builtin_prefetch(fetch + o, 0, 2);
#pragma clang loop unroll(full)
            for (int i = 0; i < INPUTS; i += 1) weight[i] = *(const f16_memory *)(w + i * width + o);
#pragma clang loop unroll(full)
            for (int n = 0; n < samples; n += 1) {
                f16 d = *(const f16_memory *)(dy + n * width + o);
#pragma clang loop unroll(full)
                for (int i = 0; i < INPUTS; i += 1) sums[n][i] = ISA_MULTIPLY_ADD(d, weight[i], sums[n][i]);
            }
        }
        dy += dy_step;
        w += block_step;
        fetch += block_step;
    }
#pragma clang loop unroll(full)
    for (int n = 0; n < samples; n += 1) {
#pragma clang loop unroll(full)
        for (int i = 0; i < INPUTS; i += 1) {
            float sum = sum_of_parts(&sums[n][i]);
            if (i < inputs) dx[n * job->sizes.inputs + i] = sum;
        }
    }
}

/// Items are blocks of inputs.
static void ISA(dense_input_gradient)(const void *context, long begin, long end) {
    const dense_input_gradient *job = context;
    ocellus_dense sizes = job->sizes;
    long width = sizes.outputs_at_once, batch = sizes.batch, count = 16 * width;
    long block_step = sizes.inputs_first ? job->input_blocks * count : count;
    long item_step = sizes.inputs_first ? count : job->output_blocks * count;
    long groups = (batch + SAMPLES - 1) / SAMPLES;
    for (long item = begin; item < end; item += 1) {
        long inputs = ocellus_min(16, sizes.inputs - item * 16);
        const float *w = job->w + item * item_step, *next = item + 1 < end ? w + item_step : w;
        for (long i = 0; i < inputs; i += INPUTS) {
            for (long group = 0; group < groups; group += 1) {
                long n = group * batch / groups, samples = (group + 1) * batch / groups - n;
                const float *dy = (const float *)job->dy + n * width, *from = w + i * width;
                const float *fetch = next + (i + group % INPUTS) * width;
                float *dx = job->dx + n * sizes.inputs + item * 16 + i;
#define SUMS(m) \
    case m: ISA(dense_input_sums)(m, job, dy, from, block_step, fetch, inputs - i, dx); break;
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

#undef INPUTS
#undef SAMPLES
