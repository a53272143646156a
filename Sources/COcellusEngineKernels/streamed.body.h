// SPDX-License-Identifier: Apache-2.0
//
// A convolution of few positions: sums of one block of outputs at a time, whose weights are read once from first to last.
#if B > 1

#define UNROLL _Pragma("clang loop unroll(full)")
/// Registers that hold an F, and positions whose sums fit the registers beside their operands.
#define BLOCK_REGISTERS ((B + ISA_FLOATS - 1) / ISA_FLOATS)
#define PLACES_AT_ONCE ((ISA_REGISTERS - 4) / BLOCK_REGISTERS)
/// How many blocks of inputs ahead weights are asked for.
#define AHEAD 2

// MARK: Inputs

/// Items are pairs of a group of rows and a block of inputs: what each tap reads for the group, `[places][B]`, at
/// `[tap][block][places][B]`.
static void BLOCK_ISA(streamed_gather)(const void *context, long begin, long end) {
    const streamed_convolution *job = context;
    ocellus_window window = job->window;
    long blocks = (job->x.channels + B - 1) / B, height = job->x.height, width = job->x.width;
    for (long item = begin; item < end; item += 1) {
        long group = item / blocks, c = item % blocks, first = group * job->rows;
        long last = ocellus_min(first + job->rows, job->y.batch * job->y.height);
        for (long p = 0; p < window.kernel_height; p += 1) {
            ocellus_span rows = streamed_span(ocellus_rows(job->x, window), p);
            for (long q = 0; q < window.kernel_width; q += 1) {
                ocellus_span columns = streamed_span(ocellus_columns(job->x, window), q);
                long count = 0;
                for (long row = first; row < last; row += 1) count += streamed_holds(rows, row % job->y.height);
                float *to = job->gathered
                    + ((group * window.kernel_height + p) * window.kernel_width + q) * job->gathered_step
                    + c * count * (columns.end - columns.begin) * B;
                for (long row = first; row < last; row += 1) {
                    long sample = row / job->y.height, r = row % job->y.height;
                    if (!streamed_holds(rows, r)) continue;
                    const float *from = job->from
                        + (((sample * blocks + c) * height + r * window.stride_height + p - window.top) * width + q
                           - window.left)
                            * B;
                    for (long s = columns.begin; s < columns.end; s += 1) {
                        STORE(to, LOAD(from + s * window.stride_width * B));
                        to += B;
                    }
                }
            }
        }
    }
}

// MARK: Sums

/// `to[place] = Σ v[c][place]·u[c]` over `blocks` blocks of channels c.
///
/// Weights that the next rounds read are asked for ahead: those that come after these begin at `next`, and `later` are those of
/// the next block of outputs, in the order of memory, from `later_step` floats to the next; 0 asks for nothing new.
OCELLUS_INLINE void BLOCK_ISA(streamed_product)(
    int places, const float *v, long v_step, long blocks, const float *u, const float *next, long u_step,
    const float *later, long later_step, float *to) {
    F sums[PLACES_AT_ONCE];
    UNROLL
    for (int t = 0; t < places; t += 1) sums[t] = (F){0};
    for (long c = 0; c < blocks; c += 1) {
        const float *ahead = c + AHEAD < blocks ? u + AHEAD * u_step : next + (c + AHEAD - blocks) * u_step;
        for (long k = 0; k < B; k += 1) {
            __builtin_prefetch(ahead + k * B);
            __builtin_prefetch(later, 0, 2);
            later += later_step;
            __builtin_prefetch(v + v_step + k * B);
            if (places > B) __builtin_prefetch(v + v_step + (k + B) * B);
            F w = LOAD(u + k * B);
            UNROLL
            for (int t = 0; t < places; t += 1) {
                // x − 0 is x, also for −0; the compiler makes it a broadcast.
                sums[t] = ISA_MULTIPLY_ADD(v[t * B + k] - (F){0}, w, sums[t]);
            }
        }
        u += u_step;
        v += v_step;
    }
    UNROLL
    for (int t = 0; t < places; t += 1) STORE(to + t * B, sums[t]);
}

/// The same with the number of places known when compiled.
static __attribute__((noinline)) void BLOCK_ISA(streamed_products)(
    long places, const float *v, long v_step, long blocks, const float *u, const float *next, long u_step,
    const float *later, long later_step, float *to) {
#define PRODUCT(n) \
    case n: BLOCK_ISA(streamed_product)(n, v, v_step, blocks, u, next, u_step, later, later_step, to); break;
    switch (places) {
        PRODUCT(1)
        PRODUCT(2)
        PRODUCT(3)
#if PLACES_AT_ONCE > 3
        PRODUCT(4)
        PRODUCT(5)
        PRODUCT(6)
#endif
#if PLACES_AT_ONCE > 6
        PRODUCT(7)
#endif
#if PLACES_AT_ONCE > 7
        PRODUCT(8)
        PRODUCT(9)
        PRODUCT(10)
        PRODUCT(11)
        PRODUCT(12)
#endif
#if PLACES_AT_ONCE > 12
        PRODUCT(13)
        PRODUCT(14)
#endif
#if PLACES_AT_ONCE > 14
        PRODUCT(15)
        PRODUCT(16)
        PRODUCT(17)
        PRODUCT(18)
        PRODUCT(19)
        PRODUCT(20)
        PRODUCT(21)
        PRODUCT(22)
        PRODUCT(23)
        PRODUCT(24)
        PRODUCT(25)
        PRODUCT(26)
        PRODUCT(27)
        PRODUCT(28)
#endif
    }
#undef PRODUCT
}

/// Items are pairs of a block of outputs and a group of rows, groups next to each other.
static void BLOCK_ISA(streamed_sums)(const void *context, long begin, long end) {
    const streamed_convolution *job = context;
    ocellus_window window = job->window;
    long input_blocks = (job->x.channels + B - 1) / B, output_blocks = job->y.channels / B;
    long height = job->y.height, width = job->y.width, all = job->y.batch * height;
    long groups = (all + job->rows - 1) / job->rows, taps = window.kernel_height * window.kernel_width;
    float sums[streamed_places * B], products[PLACES_AT_ONCE * B];
    short place[streamed_places];
    F floor = (F){0} + job->epilogue.floor;
    for (long item = begin; item < end; item += 1) {
        long o = item / groups, group = item % groups, first = group * job->rows;
        long rows = ocellus_min(job->rows, all - first);
        F bias = {0};
        if (job->bias != NULL) bias = LOAD(job->bias + o * B);
        for (long t = 0; t < rows * width; t += 1) STORE(sums + t * B, bias);
        const float *w = job->w + o * input_blocks * taps * B * B;
        for (long tap = 0; tap < taps; tap += 1) {
            ocellus_span inside = streamed_span(ocellus_rows(job->x, window), tap / window.kernel_width);
            ocellus_span columns = streamed_span(ocellus_columns(job->x, window), tap % window.kernel_width);
            long count = 0;
            for (long row = 0; row < rows; row += 1) {
                if (!streamed_holds(inside, (first + row) % height)) continue;
                for (long s = columns.begin; s < columns.end; s += 1) place[count++] = (short)(row * width + s);
            }
            const float *u = w + tap * B * B, *v = job->gathered + (group * taps + tap) * job->gathered_step;
            const float *next = tap + 1 < taps ? u + B * B : w + input_blocks * taps * B * B;
            long rounds = (count + PLACES_AT_ONCE - 1) / PLACES_AT_ONCE;
            for (long round = 0; round < rounds; round += 1) {
                long from = count * round / rounds, places = count * (round + 1) / rounds - from;
                // Weights come from memory in the first round of the first group only.
                bool is_first = group == 0 && round == 0;
                BLOCK_ISA(streamed_products)(
                    places, v + from * B, count * B, input_blocks, u, next, taps * B * B,
                    is_first ? w + (taps + tap) * input_blocks * B * B : u, is_first ? B : 0, products);
                for (long t = 0; t < places; t += 1) {
                    float *sum = sums + place[from + t] * B;
                    STORE(sum, LOAD(sum) + LOAD(products + t * B));
                }
            }
        }
        for (long row = 0; row < rows; row += 1) {
            long sample = (first + row) / height, r = (first + row) % height;
            long at = ((sample * output_blocks + o) * height + r) * width * B;
            for (long s = 0; s < width; s += 1) {
                F value = LOAD(sums + (row * width + s) * B);
                if (job->added != NULL) value += LOAD(job->added + at + s * B);
                // A NaN stays.
                STORE(job->to + at + s * B, SELECT(value <= floor, floor, value));
            }
            ocellus_finish(&job->epilogue, job->to + at, width * B);
        }
    }
}

#undef AHEAD
#undef PLACES_AT_ONCE
#undef BLOCK_REGISTERS
#undef UNROLL
#endif
