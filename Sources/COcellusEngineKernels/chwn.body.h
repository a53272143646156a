// SPDX-License-Identifier: Apache-2.0
//
// Convolutions on maps CHWN: a vector holds the same position of 16 samples, so that no channel needs a whole vector.

/// Sums that are kept in registers, and the outputs and positions (or filter positions) that they are of.
#if ISA_FLOATS == 16
#define SUMS 24
#else
#define SUMS 6
#endif
#define MOST_OUTPUTS 6
#define MOST_PLACES (SUMS / 2)

// MARK: Layout

/// v[i][j] to v[j][i].
OCELLUS_INLINE void ISA(transpose)(f16 v[16]) {
    f16 t[16];
    // Four times: the sixteen vectors laid end to end, with their first half and their second half interleaved.
    for (int stage = 0; stage < 4; stage += 1) {
#pragma clang loop unroll(full)
        for (int i = 0; i < 8; i += 1) {
            t[2 * i] = __builtin_shufflevector(
                v[i], v[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
            t[2 * i + 1] = __builtin_shufflevector(
                v[i], v[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        }
#pragma clang loop unroll(full)
        for (int i = 0; i < 16; i += 1) v[i] = t[i];
    }
}

/// Copies positions `first ..< last` of `count` samples from maps to `to` `[C][rows·columns][16]`, where position (0, 0) lies
/// `inset` positions from the start; samples that are not there count as zeros.
static void ISA(chwn_load)(
    ocellus_maps maps, const float *from, long count, long first, long last, float *to, long plane, long columns,
    long inset) {
    long positions = maps.height * maps.width, blocks = (maps.channels + maps.block - 1) / maps.block;
    long at_once = 16 / maps.block, sample = blocks * positions * maps.block;
    for (long block = 0; block < blocks; block += 1) {
        long channels = ocellus_min(maps.block, maps.channels - block * maps.block);
        long row = first / maps.width, column = first % maps.width;
        for (long p = first; p < last; p += at_once) {
            long places = ocellus_min(at_once, last - p);
            const float *start = from + (block * positions + p) * maps.block;
            f16 v[16];
            for (long n = 0; n < 16; n += 1) {
                v[n] = (f16){0};
                if (n >= count) continue;
                if (places == at_once) {
                    v[n] = *(const f16_memory *)(start + n * sample);
                } else {
                    memcpy(&v[n], start + n * sample, (size_t)(places * maps.block) * sizeof(float));
                }
            }
            ISA(transpose)(v);
            for (long place = 0; place < places; place += 1) {
                float *target = to + (block * maps.block * plane + inset + row * columns + column) * 16;
                for (long c = 0; c < channels; c += 1) {
                    *(f16_memory *)(target + c * plane * 16) = v[place * maps.block + c];
                }
                column += 1;
                if (column == maps.width) row += 1, column = 0;
            }
        }
    }
}

/// Copies `from` `[C][places][16]` to positions `first ..< first + places` of `count` samples; channels that fill the last block
/// become zeros.
static void ISA(chwn_store)(
    ocellus_maps maps, const float *from, long step, long count, long first, long places, float *to) {
    long positions = maps.height * maps.width, blocks = (maps.channels + maps.block - 1) / maps.block;
    long at_once = 16 / maps.block, sample = blocks * positions * maps.block;
    for (long block = 0; block < blocks; block += 1) {
        long channels = ocellus_min(maps.block, maps.channels - block * maps.block);
        for (long p = 0; p < places; p += at_once) {
            long here = ocellus_min(at_once, places - p);
            f16 v[16];
            for (long i = 0; i < 16; i += 1) v[i] = (f16){0};
            for (long place = 0; place < here; place += 1) {
                for (long c = 0; c < channels; c += 1) {
                    v[place * maps.block + c]
                        = *(const f16_memory *)(from + ((block * maps.block + c) * step + p + place) * 16);
                }
            }
            ISA(transpose)(v);
            float *start = to + (block * positions + first + p) * maps.block;
            for (long n = 0; n < count; n += 1) {
                if (here == at_once) {
                    *(f16_memory *)(start + n * sample) = v[n];
                } else {
                    memcpy(start + n * sample, &v[n], (size_t)(here * maps.block) * sizeof(float));
                }
            }
        }
    }
}

// MARK: Sums

/// `y[o][p] = max(bias[o] + Σ x[c][p + tap]·w[c][tap][o], floor)` for `outputs` outputs and `places` positions, of which the
/// first `count` are written; over the taps of a channel that the span holds.
OCELLUS_INLINE void ISA(chwn_sums)(
    int outputs, int places, const chwn_convolution *job, const float *x, const long *offsets, ocellus_span taps,
    const float *w, const float *bias, float floor, long count, float *y) {
    f16 sums[MOST_OUTPUTS][MOST_PLACES];
    const float *from[MOST_PLACES];
#pragma clang loop unroll(full)
    for (int o = 0; o < outputs; o += 1) {
        f16 start = {0};
        if (bias != NULL) start += bias[o];
#pragma clang loop unroll(full)
        for (int p = 0; p < places; p += 1) sums[o][p] = start;
    }
#pragma clang loop unroll(full)
    for (int p = 0; p < places; p += 1) from[p] = x + offsets[p];
    for (long channel = 0; channel < job->taps; channel += job->field) {
        for (long tap = channel + taps.begin; tap < channel + taps.end; tap += 1) {
            long offset = job->tap_offsets[tap];
            f16 value[MOST_PLACES];
#pragma clang loop unroll(full)
            for (int p = 0; p < places; p += 1) value[p] = *(const f16_memory *)(from[p] + offset);
#pragma clang loop unroll(full)
            for (int o = 0; o < outputs; o += 1) {
                f16 weight = w[tap * outputs + o] - (f16){0};
#pragma clang loop unroll(full)
                for (int p = 0; p < places; p += 1) sums[o][p] = ISA_MULTIPLY_ADD(value[p], weight, sums[o][p]);
            }
        }
    }
#pragma clang loop unroll(full)
    for (int o = 0; o < outputs; o += 1) {
#pragma clang loop unroll(full)
        for (int p = 0; p < places; p += 1) {
            // A NaN stays.
            i16 below = sums[o][p] < floor;
            f16 value = (f16)(((i16)sums[o][p] & ~below) | ((i16)(floor - (f16){0}) & below));
            if (p < count) *(f16_memory *)(y + (o * CHWN_PLACES + p) * 16) = value;
        }
    }
}

/// `dw[o][tap] += Σ dy[o][p]·x[p + tap]` over the positions of some rows, for `outputs` outputs and `taps` positions of the
/// filter, of which the first `count` are written.
OCELLUS_INLINE void ISA(chwn_gradient_sums)(
    int outputs, int taps, const float *dy, long dy_step, const float *x, long row_step, long rows, long columns,
    const int32_t *offsets, long count, float *dw, long dw_step) {
    f16 sums[MOST_OUTPUTS][MOST_PLACES];
    const float *from[MOST_PLACES];
#pragma clang loop unroll(full)
    for (int t = 0; t < taps; t += 1) {
        from[t] = x + offsets[t < count ? t : 0];
#pragma clang loop unroll(full)
        for (int o = 0; o < outputs; o += 1) {
            sums[o][t] = (f16){0};
            if (t < count) sums[o][t] = *(const f16_memory *)(dw + o * dw_step + t * 16);
        }
    }
    for (long row = 0; row < rows; row += 1) {
        for (long column = 0; column < columns * 16; column += 16) {
            f16 value[MOST_PLACES];
#pragma clang loop unroll(full)
            for (int t = 0; t < taps; t += 1) value[t] = *(const f16_memory *)(from[t] + column);
#pragma clang loop unroll(full)
            for (int o = 0; o < outputs; o += 1) {
                f16 gradient = *(const f16_memory *)(dy + o * dy_step + column);
#pragma clang loop unroll(full)
                for (int t = 0; t < taps; t += 1) sums[o][t] = ISA_MULTIPLY_ADD(gradient, value[t], sums[o][t]);
            }
        }
        dy += columns * 16;
#pragma clang loop unroll(full)
        for (int t = 0; t < taps; t += 1) from[t] += row_step;
    }
#pragma clang loop unroll(full)
    for (int o = 0; o < outputs; o += 1) {
#pragma clang loop unroll(full)
        for (int t = 0; t < taps; t += 1) {
            if (t < count) *(f16_memory *)(dw + o * dw_step + t * 16) = sums[o][t];
        }
    }
}

/// Calls `CALL(outputs, places)` with numbers known when compiled.
#define FOR_OUTPUTS(outputs, CALL)     \
    switch (outputs) {                 \
        case 1: CALL(1, SUMS / 2) break; \
        case 2: CALL(2, SUMS / 2) break; \
        case 3: CALL(3, SUMS / 3) break; \
        case 4: CALL(4, SUMS / 4) break; \
        default: CALL(6, SUMS / 6) break; \
    }

// MARK: Directions

/// A thread's groups of 16 samples.
static void ISA(chwn_convolution)(void *context, int thread, int team) {
    const chwn_convolution *job = context;
    ocellus_maps maps = job->from_maps, result = job->to_maps;
    long groups = (maps.batch + 15) / 16;
    long sample = ocellus_maps_count(maps) / maps.batch, result_sample = ocellus_maps_count(result) / result.batch;
    float *x = job->scratch + thread * job->scratch_per_thread, *y = x + maps.channels * job->plane * 16;
    if (job->plane > maps.height * maps.width) memset(x, 0, (size_t)(maps.channels * job->plane * 16) * sizeof(float));
    float floor = job->epilogue.floor;
    for (long group = groups * thread / team; group < groups * (thread + 1) / team; group += 1) {
        long count = ocellus_min(16, maps.batch - group * 16);
        ISA(chwn_load)(
            maps, job->from + group * 16 * sample, count, 0, maps.height * maps.width, x, job->plane, job->columns,
            job->inset);
        for (long first = 0; first < result.height * result.width; first += CHWN_PLACES) {
            long places = ocellus_min(CHWN_PLACES, result.height * result.width - first);
            long offsets[CHWN_PLACES];
            for (long p = 0; p < CHWN_PLACES; p += 1) {
                long at = first + ocellus_min(p, places - 1);
                offsets[p] = (at / result.width * job->columns + at % result.width) * 16;
            }
            for (long o = 0; o < result.channels;) {
                long outputs = chwn_outputs_at_once(result.channels - o);
                const float *w = job->w + o * job->taps, *bias = job->bias == NULL ? NULL : job->bias + o;
                float *to = y + o * CHWN_PLACES * 16;
#define CALL(m, n)                                                                                             \
    for (long p = 0; p < places; p += n)                                                                       \
        ISA(chwn_sums)(                                                                                        \
            m, n, job, x, offsets + p, chwn_taps(job, first + p, first + ocellus_min(p + n, places) - 1), w, bias, \
            floor, places - p, to + p * 16);
                FOR_OUTPUTS(outputs, CALL)
#undef CALL
                o += outputs;
            }
            for (long o = 0; o < result.channels; o += 1) {
                ocellus_finish(&job->epilogue, y + o * CHWN_PLACES * 16, places * 16);
            }
            ISA(chwn_store)(result, y, CHWN_PLACES, count, first, places, job->to + group * 16 * result_sample);
        }
    }
}

/// The same: sums of the products of its samples, `[O][taps][16]`, and of the gradients, `[O][16]`.
static void ISA(chwn_weight_gradient)(void *context, int thread, int team) {
    chwn_weight_gradient *job = context;
    if (thread == 0) job->team = team;
    ocellus_maps maps = job->x_maps, result = job->y_maps;
    long groups = (maps.batch + 15) / 16, row_places = job->rows_at_once * result.width;
    long sample = ocellus_maps_count(maps) / maps.batch, result_sample = ocellus_maps_count(result) / result.batch;
    float *dw = job->scratch + thread * job->scratch_per_thread, *db = dw + result.channels * job->taps * 16;
    float *x = db + result.channels * 16, *dy = x + maps.channels * job->plane * 16;
    // The sums, and what surrounds the maps.
    memset(dw, 0, (size_t)(dy - dw) * sizeof(float));
    for (long group = groups * thread / team; group < groups * (thread + 1) / team; group += 1) {
        long count = ocellus_min(16, maps.batch - group * 16);
        ISA(chwn_load)(
            maps, job->x + group * 16 * sample, count, 0, maps.height * maps.width, x, job->plane, job->columns,
            job->inset);
        for (long row = 0; row < result.height; row += job->rows_at_once) {
            long rows = ocellus_min(job->rows_at_once, result.height - row), first = row * result.width;
            ISA(chwn_load)(
                result, job->dy + group * 16 * result_sample, count, first, first + rows * result.width, dy, row_places,
                result.width, -first);
            for (long o = 0; o < result.channels; o += 1) {
                f16 sum = *(const f16_memory *)(db + o * 16);
                for (long p = 0; p < rows * result.width; p += 1) {
                    sum += *(const f16_memory *)(dy + (o * row_places + p) * 16);
                }
                *(f16_memory *)(db + o * 16) = sum;
            }
            const float *start = x + row * job->columns * 16;
            for (long o = 0; o < result.channels;) {
                long outputs = chwn_outputs_at_once(result.channels - o);
                const float *gradient = dy + o * row_places * 16;
                float *to = dw + o * job->taps * 16;
#define CALL(m, n)                                                                                                  \
    for (long t = 0; t < job->taps; t += n)                                                                         \
        ISA(chwn_gradient_sums)(                                                                                    \
            m, n, gradient, row_places * 16, start, job->columns * 16, rows, result.width, job->tap_offsets + t,   \
            job->taps - t, to + t * 16, job->taps * 16);
                FOR_OUTPUTS(outputs, CALL)
#undef CALL
                o += outputs;
            }
        }
    }
}

#undef FOR_OUTPUTS
#undef MOST_PLACES
#undef MOST_OUTPUTS
#undef SUMS
