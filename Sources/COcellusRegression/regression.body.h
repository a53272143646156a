// SPDX-License-Identifier: Apache-2.0

// As many doubles as a register holds, and as many floats.
#define LANES (ISA_FLOATS / 2)
typedef double ISA(doubles) __attribute__((vector_size(8 * LANES)));
typedef double ISA(doubles_memory) __attribute__((vector_size(8 * LANES), aligned(8), may_alias));
typedef float ISA(floats_memory) __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

/// Floats from memory as doubles.
#define LOAD_FLOATS(p) __builtin_convertvector(*(const ISA(floats_memory) *)(p), ISA(doubles))
#define LOAD_DOUBLES(p) (*(const ISA(doubles_memory) *)(p))

/// Scores of R rows and O outputs, whose products with the features share every load.
#define SCORES(R, O)                                                                                            \
    static inline __attribute__((always_inline)) void ISA(scores_##R##_##O)(                                    \
        ocellus_feature_rows rows, long first, const double *weights, long output, long outputs, double *scores) { \
        const float *x[R];                                                                                      \
        const double *w[O];                                                                                     \
        for (int r = 0; r < R; r += 1) x[r] = rows.features + (long)rows.rows[first + r] * rows.width;          \
        for (int o = 0; o < O; o += 1) w[o] = weights + (output + o) * rows.width;                              \
        ISA(doubles) sums[R][O] = {{{0}}};                                                                      \
        long j = 0;                                                                                             \
        for (; j + LANES <= rows.width; j += LANES) {                                                           \
            ISA(doubles) loaded[O];                                                                             \
            _Pragma("clang loop unroll(full)") for (int o = 0; o < O; o += 1) loaded[o] = LOAD_DOUBLES(w[o] + j); \
            _Pragma("clang loop unroll(full)") for (int r = 0; r < R; r += 1) {                                 \
                ISA(doubles) value = LOAD_FLOATS(x[r] + j);                                                     \
                _Pragma("clang loop unroll(full)") for (int o = 0; o < O; o += 1) sums[r][o] =                  \
                    ISA_MULTIPLY_ADD(value, loaded[o], sums[r][o]);                                             \
            }                                                                                                   \
        }                                                                                                       \
        for (int r = 0; r < R; r += 1) {                                                                        \
            for (int o = 0; o < O; o += 1) {                                                                    \
                double sum = 0;                                                                                 \
                for (int lane = 0; lane < LANES; lane += 1) sum += sums[r][o][lane];                            \
                for (long k = j; k < rows.width; k += 1) sum += (double)x[r][k] * w[o][k];                      \
                scores[(first + r) * outputs + output + o] = sum;                                               \
            }                                                                                                   \
        }                                                                                                       \
    }

// The more outputs, the fewer conversions of features for each product; what the registers hold decides. 32 of them hold 20
// sums with what they are made of, 16 hold 8.
#if ISA_FLOATS == 16
SCORES(4, 5)
SCORES(1, 5)
#endif
SCORES(4, 2)
SCORES(4, 1)
SCORES(1, 2)
SCORES(1, 1)
#undef SCORES

static void ISA(scores)(ocellus_feature_rows rows, const double *weights, long outputs, double *scores) {
    long row = 0;
    for (; row + 4 <= rows.count; row += 4) {
        long output = 0;
#if ISA_FLOATS == 16
        for (; output + 5 <= outputs; output += 5) ISA(scores_4_5)(rows, row, weights, output, outputs, scores);
#endif
        for (; output + 2 <= outputs; output += 2) ISA(scores_4_2)(rows, row, weights, output, outputs, scores);
        if (output < outputs) ISA(scores_4_1)(rows, row, weights, output, outputs, scores);
    }
    for (; row < rows.count; row += 1) {
        long output = 0;
#if ISA_FLOATS == 16
        for (; output + 5 <= outputs; output += 5) ISA(scores_1_5)(rows, row, weights, output, outputs, scores);
#endif
        for (; output + 2 <= outputs; output += 2) ISA(scores_1_2)(rows, row, weights, output, outputs, scores);
        if (output < outputs) ISA(scores_1_1)(rows, row, weights, output, outputs, scores);
    }
}

/// The gradient of O outputs: V registers of it at a time, which stay while all rows pass.
#define GRADIENT(O, V)                                                                                          \
    static inline __attribute__((always_inline)) void ISA(gradient_##O)(                                        \
        ocellus_feature_rows rows, const double *residuals, long output, long outputs, double *gradient) {      \
        long j = 0;                                                                                             \
        for (; j + V * LANES <= rows.width; j += V * LANES) {                                                   \
            ISA(doubles) sums[O][V];                                                                            \
            for (int o = 0; o < O; o += 1) {                                                                    \
                for (int v = 0; v < V; v += 1) {                                                                \
                    sums[o][v] = LOAD_DOUBLES(gradient + (output + o) * rows.width + j + v * LANES);            \
                }                                                                                               \
            }                                                                                                   \
            for (long i = 0; i < rows.count; i += 1) {                                                          \
                const float *x = rows.features + (long)rows.rows[i] * rows.width + j;                           \
                ISA(doubles) values[V];                                                                         \
                _Pragma("clang loop unroll(full)") for (int v = 0; v < V; v += 1) values[v] =                   \
                    LOAD_FLOATS(x + v * LANES);                                                                 \
                _Pragma("clang loop unroll(full)") for (int o = 0; o < O; o += 1) {                             \
                    double residual = residuals[i * outputs + output + o];                                      \
                    ISA(doubles) factor = residual - (ISA(doubles)){0};                                         \
                    _Pragma("clang loop unroll(full)") for (int v = 0; v < V; v += 1) sums[o][v] =              \
                        ISA_MULTIPLY_ADD(values[v], factor, sums[o][v]);                                        \
                }                                                                                               \
            }                                                                                                   \
            for (int o = 0; o < O; o += 1) {                                                                    \
                for (int v = 0; v < V; v += 1) {                                                                \
                    *(ISA(doubles_memory) *)(gradient + (output + o) * rows.width + j + v * LANES) = sums[o][v]; \
                }                                                                                               \
            }                                                                                                   \
        }                                                                                                       \
        for (long i = 0; i < rows.count; i += 1) {                                                              \
            const float *x = rows.features + (long)rows.rows[i] * rows.width;                                   \
            for (int o = 0; o < O; o += 1) {                                                                    \
                double residual = residuals[i * outputs + output + o];                                          \
                for (long k = j; k < rows.width; k += 1) gradient[(output + o) * rows.width + k] += residual * x[k]; \
            }                                                                                                   \
        }                                                                                                       \
    }

#if ISA_FLOATS == 16
GRADIENT(5, 4)
#endif
GRADIENT(4, 2)
GRADIENT(2, 4)
GRADIENT(1, 4)
#undef GRADIENT

static void ISA(gradient)(ocellus_feature_rows rows, const double *residuals, long outputs, double *gradient) {
    long output = 0;
#if ISA_FLOATS == 16
    for (; output + 5 <= outputs; output += 5) ISA(gradient_5)(rows, residuals, output, outputs, gradient);
#endif
    for (; output + 4 <= outputs; output += 4) ISA(gradient_4)(rows, residuals, output, outputs, gradient);
    for (; output + 2 <= outputs; output += 2) ISA(gradient_2)(rows, residuals, output, outputs, gradient);
    for (; output < outputs; output += 1) ISA(gradient_1)(rows, residuals, output, outputs, gradient);
}

#undef LOAD_FLOATS
#undef LOAD_DOUBLES
#undef LANES
