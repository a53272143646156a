// SPDX-License-Identifier: Apache-2.0
//
// Compares every kernel of COcellusEngineKernels with plain scalar loops on random data, for every instruction set that
// the processor has and for 1, 2 and 3 threads. Scripts/check-kernels builds and runs it, also for aarch64 in an emulator;
// the tests in Swift ask more questions, but only of the machine that they run on.
//
// Kernels that promise one rounding for each operation must give the same bits; the others have a bound beside them.
#include "COcellusEngineKernels.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int threads;
static long comparisons, failures;

/// What the kernels are lent; RUN() fills in the threads and the scratchpad.
static ocellus_batch_state batch_state;
static ocellus_run run = {.batch = &batch_state};

/// Runs a kernel, whose arguments follow the scratchpad (NULL for kernels without).
#define RUN(kernel, arguments, scratchpad, ...) \
    run_kernel(#kernel, kernel, &(ocellus_##arguments##_arguments){__VA_ARGS__}, scratchpad)

static void run_kernel(const char *name, ocellus_kernel kernel, const void *arguments, float *scratchpad);

static const ocellus_activation relu_activation = {ocellus_function_relu, 0};

// MARK: Random data and comparison

static uint64_t state = 88172645463325252u;

/// In ±range, never twice the same sequence.
static float uniform(float range) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return ((float)(state >> 40) / (1 << 24) * 2 - 1) * range;
}

static float *zeros(long count) {
    float *x = calloc((size_t)(count > 0 ? count : 1), sizeof *x);
    if (x == NULL) abort();
    return x;
}

static float *randoms(long count, float range) {
    float *x = zeros(count);
    for (long i = 0; i < count; i++) x[i] = uniform(range);
    return x;
}

/// A buffer of a kernel's output: NaN, so that an element left out is found.
static float *unwritten(long count) {
    float *x = zeros(count);
    for (long i = 0; i < count; i++) x[i] = NAN;
    return x;
}

static float *copy(const float *x, long count) { return memcpy(zeros(count), x, (size_t)count * sizeof *x); }

static void failed(const char *kernel, const char *details) {
    failures++;
    printf("%s, %s, %d threads: %s\n", kernel, ocellus_kernels_instruction_set(), threads, details);
}

static void run_kernel(const char *name, ocellus_kernel kernel, const void *arguments, float *scratchpad) {
    run.threads = threads, run.scratch = scratchpad;
    if (kernel(arguments, &run) != 0) failed(name, "a status that is not 0");
}

/// Same bits, except that all NaN are alike.
static void same(const char *kernel, const float *found, const float *expected, long count) {
    comparisons++;
    for (long i = 0; i < count; i++) {
        uint32_t a, b;
        memcpy(&a, found + i, 4), memcpy(&b, expected + i, 4);
        if (a == b || (isnan(found[i]) && isnan(expected[i]))) continue;
        char text[120];
        snprintf(text, sizeof text, "element %ld of %ld is %.9g and not %.9g", i, count, found[i], expected[i]);
        failed(kernel, text);
        return;
    }
}

static void near(const char *kernel, double found, double expected, double bound) {
    comparisons++;
    if (fabs(found - expected) <= bound || found == expected || (isnan(found) && isnan(expected))) return;
    char text[120];
    snprintf(text, sizeof text, "%.17g and not %.17g", found, expected);
    failed(kernel, text);
}

/// Within `ulps` units of the last place of the exact value, and `absolute`.
static void close_to(
    const char *kernel, const float *found, const double *exact, long count, double ulps, double absolute) {
    comparisons++;
    for (long i = 0; i < count; i++) {
        if (isnan(found[i]) && isnan(exact[i])) continue;
        float size = fabsf((float)exact[i]);
        if (found[i] == (float)exact[i]) continue;
        double unit = (double)nextafterf(size, INFINITY) - (double)size;
        if (fabs((double)found[i] - exact[i]) <= ulps * unit + absolute) continue;
        char text[120];
        snprintf(text, sizeof text, "element %ld of %ld is %.9g and not %.9g", i, count, found[i], exact[i]);
        failed(kernel, text);
        return;
    }
}

// MARK: Functions

/// Those that may end an operation, with their own kernels.
static const struct {
    ocellus_function function;
    ocellus_kernel kernel, gradient;
    /// Whether the gradient takes the result.
    bool takes_result;
} functions[] = {
    {ocellus_function_relu, ocellus_relu, ocellus_relu_gradient, true},
    {ocellus_function_leaky_relu, ocellus_leaky_relu, ocellus_leaky_relu_gradient, true},
    {ocellus_function_sigmoid, ocellus_sigmoid, ocellus_sigmoid_gradient, true},
    {ocellus_function_tanh, ocellus_tanh, ocellus_tanh_gradient, true},
    {ocellus_function_gelu, ocellus_gelu, ocellus_gelu_gradient, false},
    {ocellus_function_relu6, ocellus_relu6, ocellus_relu6_gradient, true},
    {ocellus_function_silu, ocellus_silu, ocellus_silu_gradient, false},
    {ocellus_function_hard_swish, ocellus_hard_swish, ocellus_hard_swish_gradient, false},
    {ocellus_function_hard_sigmoid, ocellus_hard_sigmoid, ocellus_hard_sigmoid_gradient, false},
};
enum { function_cases = sizeof functions / sizeof *functions };
static const float function_factor = 0.1f;

static ocellus_activation activation_of(int index) {
    return (ocellus_activation){functions[index].function, function_factor};
}

/// Applies a function's own kernel to floats in place.
static void apply_function(int index, float *y, long count) {
    run_kernel(
        "a function", functions[index].kernel,
        &(ocellus_elementwise_arguments){.count = count, .a = y, .factor = function_factor, .y = y}, NULL);
}

/// Expects of a kernel with each function what it gives without one and the function's own kernel makes of that.
#define EACH_FUNCTION(text, found, count, ...)                     \
    for (int index = -1; index < function_cases; index++) {        \
        ocellus_activation activation = {ocellus_function_none, 0}; \
        if (index >= 0) activation = activation_of(index);         \
        __VA_ARGS__                                                \
        if (index < 0) memcpy(bare, found, (size_t)(count) * sizeof *bare); \
        if (index < 0) continue;                                   \
        memcpy(finished, bare, (size_t)(count) * sizeof *bare);    \
        apply_function(index, finished, count);                    \
        same(text " and a function", found, finished, count);      \
    }

// MARK: Elementwise

static const long counts[] = {0, 1, 15, 16, 17, 33, 1000, 20011};
enum { count_cases = sizeof counts / sizeof *counts };

static void elementwise(long n) {
    float *a = randoms(n, 6), *b = randoms(n, 2), *c = randoms(n, 2), *y = zeros(n), *expected = zeros(n);
    const float special[] = {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 1e-40f, 50, -50};
    for (long i = 0; i < 8 && n > 100; i++) a[i] = special[i];
// All operands are given, also to functions of fewer.
#define ELEMENTWISE(kernel, s) \
    RUN(kernel, elementwise, NULL, .count = n, .a = a, .b = b, .c = c, .factor = s, .y = y)
#define EXACT(kernel, s, formula)                                       \
    for (long i = 0; i < n; i++) y[i] = NAN, expected[i] = (formula);   \
    ELEMENTWISE(kernel, s);                                             \
    same(#kernel, y, expected, n);
    EXACT(ocellus_relu, 0, a[i] <= 0 ? 0 : a[i])
    EXACT(ocellus_relu_gradient, 0, a[i] > 0 ? b[i] : 0)
    EXACT(ocellus_add, 0, a[i] + b[i])
    EXACT(ocellus_add_relu, 0, a[i] + b[i] <= 0 ? 0 : a[i] + b[i])
    EXACT(ocellus_add_relu_gradient, 0, a[i] > 0 ? b[i] + c[i] : 0)
    EXACT(ocellus_leaky_relu, 0.1f, a[i] > 0 ? a[i] : 0.1f * a[i])
    EXACT(ocellus_leaky_relu_gradient, 0.1f, a[i] > 0 ? b[i] : 0.1f * b[i])
    EXACT(ocellus_sigmoid_gradient, 0, b[i] * a[i] * (1 - a[i]))
    EXACT(ocellus_tanh_gradient, 0, b[i] * (1 - a[i] * a[i]))
    EXACT(ocellus_relu6, 0, a[i] <= 0 ? 0 : a[i] > 6 ? 6 : a[i])
    EXACT(ocellus_relu6_gradient, 0, a[i] > 0 && a[i] < 6 ? b[i] : 0)
    EXACT(ocellus_hard_swish, 0, a[i] <= -3 ? 0 : a[i] >= 3 ? a[i] : a[i] * (a[i] + 3) / 6)
    EXACT(ocellus_hard_swish_gradient, 0, a[i] <= -3 ? 0 : a[i] >= 3 ? b[i] : b[i] * (a[i] / 3 + 0.5f))
    EXACT(ocellus_hard_sigmoid, 0, a[i] <= -3 ? 0 : a[i] >= 3 ? 1 : (a[i] + 3) / 6)
    EXACT(ocellus_hard_sigmoid_gradient, 0, a[i] > -3 && a[i] < 3 ? b[i] / 6 : 0)
    EXACT(ocellus_scale, 1.7f, a[i] * 1.7f)
    EXACT(ocellus_add_scaled, 4, a[i] + b[i] * 4)
    EXACT(ocellus_copy, 0, a[i])
#undef EXACT
    double *exact = calloc((size_t)n + 1, sizeof *exact);
#define NEARLY(kernel, formula, ulps, absolute)                                          \
    for (long i = 0; i < n; i++) {                                                       \
        double x = (double)a[i], dy = (double)b[i];                                      \
        (void)dy;                                                                        \
        y[i] = NAN, exact[i] = (formula);                                                \
    }                                                                                    \
    ELEMENTWISE(kernel, 0);                                                              \
    close_to(#kernel, y, exact, n, ulps, absolute);
    const double root = 0.70710678118654752440, density = 0.39894228040143267794;
    NEARLY(ocellus_sigmoid, 1 / (1 + exp(-x)), 1, 0)
    NEARLY(ocellus_tanh, tanh(x), 2, 0)
    NEARLY(ocellus_gelu, x < -40 ? 0 : x * 0.5 * erfc(-x * root), 12, 1e-44)
    NEARLY(ocellus_gelu_gradient, dy * (0.5 * erfc(-x * root) + (fabs(x) > 40 ? 0 : x * density * exp(-0.5 * x * x))), 4,
           8e-7)
    NEARLY(ocellus_silu, x < -1000 ? 0 : x / (1 + exp(-x)), 1, 0)
    NEARLY(ocellus_silu_gradient,
           dy / (1 + exp(-x)) * (isinf(x) ? 1 : 1 + x / (1 + exp(x))), 2, 1e-44)
    const ocellus_elementwise_arguments narrow = {.type = ocellus_element_bfloat16, .a = a, .y = y};
    comparisons++;
    if (ocellus_scale(&narrow, &run) == 0) failed("ocellus_scale", "bfloat16 is not refused");
#undef ELEMENTWISE
#undef NEARLY
    free(a), free(b), free(c), free(y), free(expected), free(exact);
}

static void products(long outer, long repeats, long inner) {
    long count = outer * repeats * inner, small = outer * inner;
    float *a = randoms(count, 2), *b = randoms(small, 2), *dy = randoms(count, 2), *y = unwritten(count), *db = unwritten(small);
    float *expected = unwritten(count);
    double *exact = calloc((size_t)small + 1, sizeof *exact);
    for (long i = 0; i < count; i++) {
        long at = i / (repeats * inner) * inner + i % inner;
        expected[i] = a[i] * b[at];
    }
    RUN(ocellus_multiply, multiply, NULL, .outer = outer, .repeats = repeats, .inner = inner, .a = a, .b = b, .y = y);
    same("ocellus_multiply", y, expected, count);
    for (long i = 0; i < count; i++) exact[i / (repeats * inner) * inner + i % inner] += (double)dy[i] * (double)a[i];
    RUN(ocellus_multiply_gradient, multiply_gradient, NULL, .outer = outer, .repeats = repeats, .inner = inner, .dy = dy,
        .a = a, .db = db);
    // Sums in double, in any order: one rounding to float.
    close_to("ocellus_multiply_gradient", db, exact, small, 0.5001, 1e-12);
    RUN(ocellus_multiply, multiply, NULL, .outer = outer, .repeats = repeats, .inner = inner, .a = a, .b = b, .y = a);
    same("ocellus_multiply in place", a, expected, count);
    free(a), free(b), free(dy), free(y), free(db), free(expected), free(exact);
}

static void drop_path(long batch, long count) {
    const float rate = 0.4f;
    float *x = randoms(batch * count, 2), *y = unwritten(batch * count), *element = randoms(batch + 8, 1);
    float *mask = unwritten(batch + 8), *expected = unwritten(batch * count);
    for (long i = 0; i < batch + 8; i++) element[i] = 1;
    // The words are those of a dropout of as many elements.
    run.dropout_seed = 0x123456789abcdefu, run.dropout_step = 3, run.first_image = 0;
    RUN(ocellus_dropout, dropout, NULL, .maps = {1, batch + 8, 1, 1, 1}, .rate = rate, .stream = 5, .x = element, .y = mask);
    run.first_image = 8;
    for (long i = 0; i < batch * count; i++) expected[i] = mask[8 + i / count] == 0 ? 0 : x[i] / (1 - rate);
    RUN(ocellus_drop_path, drop_path, NULL, .batch = batch, .count = count, .rate = rate, .stream = 5, .x = x, .y = y);
    same("ocellus_drop_path", y, expected, batch * count);
    RUN(ocellus_drop_path, drop_path, NULL, .batch = batch, .count = count, .rate = rate, .stream = 5, .x = x, .y = x);
    same("ocellus_drop_path in place", x, expected, batch * count);
    free(x), free(y), free(element), free(mask), free(expected);
}

static void slices(long batch, long whole, long offset, long count) {
    float *dy = randoms(batch * count, 2), *dx = unwritten(batch * whole), *expected = zeros(batch * whole);
    for (long n = 0; n < batch; n++) {
        for (long i = 0; i < count; i++) expected[n * whole + offset + i] = dy[n * count + i];
    }
    RUN(ocellus_slice_gradient, slice_gradient, NULL, .batch = batch, .whole = whole, .offset = offset, .count = count,
        .dy = dy, .dx = dx);
    same("ocellus_slice_gradient", dx, expected, batch * whole);
    free(dy), free(dx), free(expected);
}

static void expanded(long batch, long count) {
    float *x = randoms(count, 2), *dy = randoms(batch * count, 2), *y = unwritten(batch * count), *dx = unwritten(count);
    float *expected = unwritten(batch * count);
    double *sums = calloc((size_t)count, sizeof *sums);
    for (long i = 0; i < batch * count; i++) expected[i] = x[i % count], sums[i % count] += (double)dy[i];
    RUN(ocellus_expand, expand, NULL, .batch = batch, .count = count, .x = x, .y = y);
    same("ocellus_expand", y, expected, batch * count);
    RUN(ocellus_expand_gradient, expand, NULL, .batch = batch, .count = count, .x = dy, .y = dx);
    for (long i = 0; i < count; i++) x[i] = (float)sums[i];
    same("ocellus_expand_gradient", dx, x, count);
    free(x), free(dy), free(y), free(dx), free(expected), free(sums);
}

static void layer_norm(long outer, long channels, long inner) {
    const ocellus_layer_norm_sizes sizes = {outer, channels, inner};
    const float epsilon = 1e-3f;
    long count = outer * channels * inner;
    float *x = randoms(count, 2), *dy = randoms(count, 2), *scale = randoms(channels, 2), *shift = randoms(channels, 2);
    float *y = unwritten(count), *dx = unwritten(count), *dscale = unwritten(channels), *dshift = unwritten(channels);
    double *output = calloc((size_t)count, sizeof *output), *dinput = calloc((size_t)count, sizeof *dinput);
    double *slopes = calloc((size_t)channels, sizeof *slopes), *shifts = calloc((size_t)channels, sizeof *shifts);
    for (long group = 0; group < outer * inner; group++) {
        long start = group / inner * channels * inner + group % inner;
        double mean = 0, variance = 0, mean_g = 0, product = 0;
        for (long c = 0; c < channels; c++) mean += (double)x[start + c * inner] / (double)channels;
        for (long c = 0; c < channels; c++) variance += pow((double)x[start + c * inner] - mean, 2) / (double)channels;
        double inverse = 1 / sqrt(variance + (double)epsilon);
        for (long c = 0; c < channels; c++) {
            double normal = ((double)x[start + c * inner] - mean) * inverse, g = (double)dy[start + c * inner];
            output[start + c * inner] = normal * (double)scale[c] + (double)shift[c];
            slopes[c] += g * normal, shifts[c] += g;
            mean_g += g * (double)scale[c] / (double)channels, product += g * (double)scale[c] * normal / (double)channels;
        }
        for (long c = 0; c < channels; c++) {
            double normal = ((double)x[start + c * inner] - mean) * inverse;
            dinput[start + c * inner] = inverse * ((double)dy[start + c * inner] * (double)scale[c] - mean_g - normal * product);
        }
    }
    RUN(ocellus_layer_norm, layer_norm, NULL, .sizes = sizes, .epsilon = epsilon, .x = x, .scale = scale, .shift = shift, .y = y);
    // Of numbers up to 2, one channel aside: 16 parts of sums, and 1/√ε at most 32.
    close_to("ocellus_layer_norm", y, output, count, 8, 2e-4);
    float *scratchpad = unwritten(ocellus_layer_norm_scratch(sizes));
    RUN(ocellus_layer_norm_gradient, layer_norm_gradient, scratchpad, .sizes = sizes, .epsilon = epsilon, .dy = dy, .x = x,
        .scale = scale, .dx = dx, .dscale = dscale, .dshift = dshift);
    close_to("ocellus_layer_norm_gradient", dx, dinput, count, 8, 2e-3);
    close_to("its scale", dscale, slopes, channels, 8, 1e-5 * sqrt((double)(outer * inner)));
    close_to("its shift", dshift, shifts, channels, 8, 1e-5 * sqrt((double)(outer * inner)));
    // The same bits in place, and for any number of threads.
    RUN(ocellus_layer_norm_gradient, layer_norm_gradient, scratchpad, .sizes = sizes, .epsilon = epsilon, .dy = dy, .x = x,
        .scale = scale, .dx = dy, .dscale = y, .dshift = shift);
    same("in place", dy, dx, count);
    same("its scale again", shift, dshift, channels);
    RUN(ocellus_layer_norm, layer_norm, NULL, .sizes = sizes, .epsilon = epsilon, .x = x, .scale = dscale, .shift = dshift, .y = y);
    RUN(ocellus_layer_norm, layer_norm, NULL, .sizes = sizes, .epsilon = epsilon, .x = x, .scale = dscale, .shift = dshift, .y = x);
    same("layer norm in place", x, y, count);
    free(x), free(dy), free(scale), free(shift), free(y), free(dx), free(dscale), free(dshift), free(scratchpad);
    free(output), free(dinput), free(slopes), free(shifts);
}

// MARK: Updates

static void updates(long n) {
    float *start = randoms(n, 2), *g = randoms(n, 2), *v0 = randoms(n, 1), *m0 = randoms(n, 1);
    const float scale = 0.75f, rate = 0.05f, decay = 0.01f;
    batch_state.gradient_scale = scale, run.learning_rate = (double)rate;
    float *w = copy(start, n), *v = zeros(n), *m = zeros(n), *ew = copy(start, n), *ev = zeros(n), *em = zeros(n);
    ocellus_optimizer optimizer = {.kind = ocellus_rule_sgd, .momentum = (double)0.9f, .decay = (double)decay};
    RUN(ocellus_update, update, NULL, .optimizer = optimizer, .count = n, .w = w, .g = g);
    for (long i = 0; i < n; i++) ew[i] = start[i] - rate * (scale * g[i] + decay * start[i]);
    same("sgd", w, ew, n);
    for (int nesterov = 0; nesterov < 2; nesterov++) {
        for (long i = 0; i < n; i++) {
            w[i] = start[i], v[i] = v0[i];
            float gradient = scale * g[i] + decay * start[i];
            ev[i] = 0.9f * v0[i] + gradient;
            ew[i] = start[i] - rate * (nesterov ? gradient + 0.9f * ev[i] : ev[i]);
        }
        optimizer.kind = nesterov ? ocellus_rule_nesterov : ocellus_rule_momentum;
        RUN(ocellus_update, update, NULL, .optimizer = optimizer, .count = n, .w = w, .g = g, .v = v);
        same("momentum", w, ew, n), same("momentum's velocity", v, ev, n);
    }
    for (int decoupled = 0; decoupled < 2; decoupled++) {
        ocellus_adam_step s = ocellus_adam_step_make(0.01, 0.9, 0.999, 1e-7, 0.1, decoupled, 3);
        near("adam's rate", s.rate, 0.01 / (1 - pow(0.9, 3)), 1e-8);
        near("adam's root", s.root_scale, 1 / sqrt(1 - pow(0.999, 3)), 1e-5);
        for (long i = 0; i < n; i++) {
            w[i] = start[i], m[i] = m0[i], v[i] = fabsf(v0[i]);
            float gradient = scale * g[i] + s.decay * start[i];
            em[i] = s.beta1 * m[i] + s.beta1_complement * gradient;
            ev[i] = s.beta2 * v[i] + s.beta2_complement * (gradient * gradient);
            ew[i] = s.keep * start[i] - s.rate * em[i] / (sqrtf(ev[i]) * s.root_scale + s.epsilon);
        }
        optimizer = (ocellus_optimizer){
            .kind = ocellus_rule_adam, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-7, .decay = 0.1, .decoupled = decoupled};
        run.learning_rate = 0.01, run.update_number = 3;
        RUN(ocellus_update, update, NULL, .optimizer = optimizer, .count = n, .w = w, .g = g, .m = m, .v = v);
        same("adam", w, ew, n), same("adam's mean", m, em, n), same("adam's square", v, ev, n);
    }
    const float *buffers[] = {start, g};
    const long sizes[] = {n, n / 2};
    double sum = 0;
    for (long i = 0; i < n; i++) sum += (double)start[i] * start[i] + (i < n / 2 ? (double)g[i] * g[i] : 0);
    near("sum of squares", ocellus_sum_of_squares(2, buffers, sizes, threads), sum, 1e-12 * sum);
    near("clip factor", ocellus_clip_factor(16, 2), 0.5, 1e-7);
    near("clip factor", ocellus_clip_factor(1, 2), 1, 0);
    near("clip factor", ocellus_clip_factor(NAN, 2), NAN, 0);

    // Rates of their own: the decay of SGD is divided by what the rate is multiplied with.
    const double factors[] = {1, 0.5};
    const ocellus_update_part both[] = {{1, 0, n / 2}, {0, n / 2, n - n / 2}};
    run.learning_rate = (double)rate, run.rate_factors = factors;
    memcpy(w, start, (size_t)n * sizeof *w);
    for (long i = 0; i < n; i++) {
        float own = i < n / 2 ? 0.5f : 1;
        ew[i] = start[i] - own * rate * (scale * g[i] + decay / own * start[i]);
    }
    optimizer = (ocellus_optimizer){.kind = ocellus_rule_sgd, .decay = (double)decay};
    RUN(ocellus_update, update, NULL, .optimizer = optimizer, .parts = both, .part_count = 2, .count = n, .w = w, .g = g);
    same("sgd with factors", w, ew, n);
    run.rate_factors = NULL;

    // Two parts of a batch of weights 2 and 3, and the norm of their mean clipped to half of what it is.
    batch_state.loss.weight_sum = 2, run.first_image = 0;
    RUN(ocellus_gradient_sums, gradient_sums, NULL, .count = n, .g = start, .sums = w);
    for (long i = 0; i < n; i++) ew[i] = 2 * start[i];
    same("sums of one part", w, ew, n), near("scale of one part", batch_state.gradient_scale, 0.5, 0);
    batch_state.loss.weight_sum = 3, run.first_image = 4;
    RUN(ocellus_gradient_sums, gradient_sums, NULL, .count = n, .g = g, .sums = w);
    for (long i = 0; i < n; i++) ev[i] = ew[i] + 3 * g[i], em[i] = fmaf(3, g[i], ew[i]);
    same("sums of two parts", w, memcmp(w, ev, (size_t)n * sizeof *w) == 0 ? ev : em, n);
    near("scale of two parts", batch_state.gradient_scale, 0.2, 1e-8);
    const float *summed[] = {w};
    double norm = sqrt(ocellus_sum_of_squares(1, summed, &n, threads)) / 5;
    RUN(ocellus_gradient_clip, gradient_clip, NULL, .buffers = 1, .g = summed, .counts = &n, .maximum = norm / 2);
    near("scale of clipped sums", batch_state.gradient_scale, n == 0 ? 0.2 : 0.1, 1e-7);
    batch_state = (ocellus_batch_state){.gradient_scale = 1}, run.first_image = 0;
    free(start), free(g), free(v0), free(m0), free(w), free(v), free(m), free(ew), free(ev), free(em);
}

/// Whole numbers, so that the gradient is exact in any order; weights in blocks `[16][width]`, inputs first.
static void dense(long batch, long inputs, long outputs, long width, bool rounds_to_bfloat16) {
    ocellus_dense sizes = {batch, inputs, outputs, width, true, rounds_to_bfloat16};
    long rows = (inputs + 15) / 16, count = rows * ((outputs + width - 1) / width) * 16 * width;
    float *x = zeros(batch * inputs), *dy = zeros(batch * outputs), *g = zeros(count), *db = unwritten(outputs);
    float *sums = zeros(outputs), *w = randoms(count, 2), *v = randoms(count, 1), *scratch;
    for (long i = 0; i < batch * inputs; i++) x[i] = floorf(uniform(4));
    for (long i = 0; i < batch * outputs; i++) dy[i] = floorf(uniform(4));
    for (long n = 0; n < batch; n++) {
        for (long o = 0; o < outputs; o++) {
            sums[o] += dy[n * outputs + o];
            for (long i = 0; i < inputs; i++) {
                g[((o / width * rows + i / 16) * 16 + i % 16) * width + o % width] += x[n * inputs + i] * dy[n * outputs + o];
            }
        }
    }
    batch_state.gradient_scale = 0.5f, run.learning_rate = 0.1;
    ocellus_optimizer optimizer = {.kind = ocellus_rule_momentum, .momentum = 0.9, .decay = 0.01};
    float *ew = copy(w, count), *ev = copy(v, count);
    RUN(ocellus_update, update, NULL, .optimizer = optimizer, .count = count, .w = ew, .g = g, .v = ev);
    scratch = unwritten(ocellus_dense_scratch(sizes));
    RUN(
        ocellus_dense_update, dense_update, scratch, .sizes = sizes, .optimizer = optimizer, .x = x, .dy = dy, .w = w,
        .v = v, .db = db);
    same("dense update", w, ew, count), same("dense update's velocity", v, ev, count);
    same("dense update's bias", db, sums, outputs);
    // The product with whole weights, likewise exact.
    float *y = unwritten(batch * outputs), *ey = zeros(batch * outputs);
    for (long k = 0; k < count; k++) w[k] = floorf(uniform(4));
    for (long n = 0; n < batch; n++) {
        for (long o = 0; o < outputs; o++) {
            float sum = 0;
            for (long i = 0; i < inputs; i++) {
                sum += x[n * inputs + i] * w[((o / width * rows + i / 16) * 16 + i % 16) * width + o % width];
            }
            ey[n * outputs + o] = sum + sums[o] > 0 ? sum + sums[o] : 0;
        }
    }
    RUN(
        ocellus_dense_forward, dense_forward, scratch, .sizes = sizes, .x = x, .w = w, .bias = sums, .activation = relu_activation,
        .y = y);
    same("dense", y, ey, batch * outputs);
    float *bare = unwritten(batch * outputs), *finished = unwritten(batch * outputs);
    EACH_FUNCTION("dense", y, batch * outputs,
                  RUN(ocellus_dense_forward, dense_forward, scratch, .sizes = sizes, .x = x, .w = w, .bias = sums,
                      .activation = activation, .y = y);)
    free(bare), free(finished);
    float *dx = unwritten(batch * inputs), *edx = zeros(batch * inputs);
    for (long n = 0; n < batch; n++) {
        for (long i = 0; i < inputs; i++) {
            for (long o = 0; o < outputs; o++) {
                edx[n * inputs + i] +=
                    dy[n * outputs + o] * w[((o / width * rows + i / 16) * 16 + i % 16) * width + o % width];
            }
        }
    }
    RUN(ocellus_dense_input_gradient, dense_input_gradient, scratch, .sizes = sizes, .dy = dy, .w = w, .dx = dx);
    same("dense input gradient", dx, edx, batch * inputs);
    free(y), free(ey), free(dx), free(edx);
    free(x), free(dy), free(g), free(db), free(sums), free(w), free(v), free(scratch), free(ew), free(ev);
}

// MARK: Winograd

/// Largest error in units of the largest Σ|x·w|, against a bound in roundings.
static void sums_near(const char *kernel, const float *found, const double *exact, const double *sums, long count,
    double roundings) {
    double worst = 0, largest = 0;
    for (long i = 0; i < count; i++) {
        double error = fabs((double)found[i] - exact[i]);
        if (!(error <= worst)) worst = error;
        if (sums[i] > largest) largest = sums[i];
    }
    near(kernel, worst / largest, 0, roundings * 0x1p-24);
}

/// All three directions on `size`×`size` maps with one row of padding above and none below.
static void winograd(long batch, long inputs, long outputs, long size, long block, long largest_tile) {
    long rows = size - 1;
    ocellus_winograd sizes = {batch, inputs, outputs, size, size, 1, 1, rows, rows, block, largest_tile};
    double roundings = largest_tile > 5 ? 512 : 64;
    long nx = batch * inputs * size * size, ny = batch * outputs * rows * rows, nw = inputs * outputs * 9;
    float *x = randoms(nx, 1), *dy = randoms(ny, 1), *w = randoms(nw, 1), *bias = randoms(outputs, 1);
    float *y = unwritten(ny), *dx = unwritten(nx), *dw = unwritten(nw), *db = unwritten(outputs);
    double *exact[3], *sums[3];
    const long counts[3] = {ny, nx, nw};
    for (int k = 0; k < 3; k++) {
        exact[k] = calloc((size_t)counts[k], sizeof(double)), sums[k] = calloc((size_t)counts[k], sizeof(double));
    }
    for (long n = 0; n < batch; n++) {
        for (long o = 0; o < outputs; o++) {
            for (long i = 0; i < rows; i++) {
                for (long j = 0; j < rows; j++) {
                    long to = (((n * (outputs / block) + o / block) * rows + i) * rows + j) * block + o % block;
                    exact[0][to] = bias[o];
                    for (long c = 0; c < inputs; c++) {
                        for (long p = 0; p < 9; p++) {
                            long r = i + p / 3 - 1, s = j + p % 3 - 1;
                            if (r < 0 || r >= size || s < 0 || s >= size) continue;
                            long from = (((n * (inputs / block) + c / block) * size + r) * size + s) * block + c % block;
                            long k = (((o / block * (inputs / block) + c / block) * 9 + p) * block + c % block) * block + o % block;
                            exact[0][to] += (double)x[from] * w[k], sums[0][to] += fabs((double)x[from] * w[k]);
                            exact[1][from] += (double)dy[to] * w[k], sums[1][from] += fabs((double)dy[to] * w[k]);
                            exact[2][k] += (double)dy[to] * x[from], sums[2][k] += fabs((double)dy[to] * x[from]);
                        }
                    }
                }
            }
        }
    }
    long need = ocellus_winograd_scratch(sizes, threads), other = ocellus_winograd_weight_gradient_scratch(sizes, threads);
    float *scratch = unwritten(need > other ? need : other);
    RUN(ocellus_winograd_forward, winograd_forward, scratch, .sizes = sizes, .x = x, .w = w, .bias = bias, .y = y);
    sums_near("winograd", y, exact[0], sums[0], ny, roundings);
    // What is added may lie where the result comes to lie.
    for (long i = 0; i < ny; i++) y[i] = dy[i], exact[0][i] += dy[i], sums[0][i] += fabsf(dy[i]);
    float *sum = copy(y, ny), *u = unwritten(ocellus_winograd_filters_count(sizes));
    RUN(
        ocellus_winograd_forward, winograd_forward, scratch, .sizes = sizes, .x = x, .w = w, .bias = bias, .added = y,
        .y = y);
    sums_near("winograd and sum", y, exact[0], sums[0], ny, roundings);
    RUN(ocellus_winograd_filters, winograd_filters, NULL, .sizes = sizes, .w = w, .u = u);
    RUN(
        ocellus_winograd_forward, winograd_forward, scratch, .sizes = sizes, .x = x, .w = w, .u = u, .bias = bias,
        .added = sum, .y = sum);
    same("winograd of transformed filters", sum, y, ny);
    RUN(
        ocellus_winograd_input_gradient, winograd_input_gradient, scratch, .sizes = sizes, .dy = dy, .w = w,
        .dx = dx);
    sums_near("winograd input gradient", dx, exact[1], sums[1], nx, roundings);
    RUN(
        ocellus_winograd_weight_gradient, winograd_weight_gradient, scratch, .sizes = sizes, .x = x, .dy = dy,
        .dw = dw, .db = db);
    sums_near("winograd weight gradient", dw, exact[2], sums[2], nw, roundings);
    for (int k = 0; k < 3; k++) free(exact[k]), free(sums[k]);
    free(x), free(dy), free(w), free(bias), free(y), free(dx), free(dw), free(db), free(scratch);
    free(sum), free(u);
}

// MARK: Maps

/// Offset of an element in blocked maps.
static long at(ocellus_maps m, long n, long c, long y, long x) {
    long blocks = (m.channels + m.block - 1) / m.block;
    return (((n * blocks + c / m.block) * m.height + y) * m.width + x) * m.block + c % m.block;
}

static long plain_count(ocellus_maps m) { return m.batch * m.channels * m.height * m.width; }

static long plain_at(ocellus_maps m, long n, long c, long y, long x) {
    return ((n * m.channels + c) * m.height + y) * m.width + x;
}

static ocellus_maps of_size(ocellus_maps m, long height, long width) {
    m.height = height, m.width = width;
    return m;
}

/// Blocked maps from plain ones, by this program's own loops.
static float *blocked(ocellus_maps m, const float *plain) {
    float *x = zeros(ocellus_maps_count(m));
    for (long n = 0; n < m.batch; n++)
        for (long c = 0; c < m.channels; c++)
            for (long y = 0; y < m.height; y++)
                for (long i = 0; i < m.width; i++) x[at(m, n, c, y, i)] = plain[plain_at(m, n, c, y, i)];
    return x;
}

// MARK: Convolution of few positions

static void streamed(ocellus_maps xs, long outputs, ocellus_window w) {
    ocellus_maps ys = {xs.batch, outputs, w.output_height, w.output_width, xs.block};
    long b = xs.block, taps = w.kernel_height * w.kernel_width, blocks = (xs.channels + b - 1) / b;
    long nx = ocellus_maps_count(xs), ny = ocellus_maps_count(ys), nw = outputs * blocks * b * taps;
    float *plain = randoms(plain_count(xs), 1), *x = blocked(xs, plain), *filters = randoms(nw, 1);
    float *bias = randoms(outputs, 1), *added = randoms(ny, 1), *y = unwritten(ny);
    double *exact = calloc((size_t)ny, sizeof *exact), *sums = calloc((size_t)ny, sizeof *sums);
    for (long n = 0; n < xs.batch; n++) {
        for (long o = 0; o < outputs; o++) {
            for (long i = 0; i < ys.height; i++) {
                for (long j = 0; j < ys.width; j++) {
                    long to = at(ys, n, o, i, j);
                    exact[to] = bias[o], sums[to] = fabsf(bias[o]);
                    for (long c = 0; c < xs.channels; c++) {
                        for (long tap = 0; tap < taps; tap++) {
                            long r = i * w.stride_height + tap / w.kernel_width - w.top;
                            long s = j * w.stride_width + tap % w.kernel_width - w.left;
                            if (r < 0 || r >= xs.height || s < 0 || s >= xs.width) continue;
                            double term = (double)x[at(xs, n, c, r, s)]
                                * filters[(((o / b * blocks + c / b) * taps + tap) * b + c % b) * b + o % b];
                            exact[to] += term, sums[to] += fabs(term);
                        }
                    }
                }
            }
        }
    }
    float *scratch = unwritten(ocellus_streamed_scratch(xs, ys, w));
    RUN(
        ocellus_streamed_forward, streamed_forward, scratch, .x_maps = xs, .y_maps = ys, .window = w, .x = x,
        .w = filters, .bias = bias, .y = y);
    sums_near("streamed", y, exact, sums, ny, 32);
    // What is added may lie where the result comes to lie.
    for (long i = 0; i < ny; i++) exact[i] = exact[i] + added[i] > 0 ? exact[i] + added[i] : 0, y[i] = added[i];
    RUN(
        ocellus_streamed_forward, streamed_forward, scratch, .x_maps = xs, .y_maps = ys, .window = w, .x = x,
        .w = filters, .bias = bias, .added = y, .activation = relu_activation, .y = y);
    sums_near("streamed, sum and relu", y, exact, sums, ny, 32);
    float *bare = unwritten(ny), *finished = unwritten(ny);
    EACH_FUNCTION("streamed", y, ny,
                  RUN(ocellus_streamed_forward, streamed_forward, scratch, .x_maps = xs, .y_maps = ys, .window = w, .x = x,
                      .w = filters, .bias = bias, .added = added, .activation = activation, .y = y);)
    free(bare), free(finished);
    for (long i = 0; i < nx; i++) x[i] = NAN;
    RUN(
        ocellus_streamed_forward, streamed_forward, scratch, .x_maps = xs, .y_maps = ys, .window = w, .x = x,
        .w = filters, .activation = relu_activation, .y = y);
    for (long i = 0; i < ny; i++) exact[i] = NAN;
    close_to("streamed of NaN", y, exact, ny, 0, 0);
    free(plain), free(x), free(filters), free(bias), free(added), free(y), free(exact), free(sums), free(scratch);
}

// MARK: Convolution across samples

/// All three directions, with one row of padding above and one column on the right where `pads`.
static void chwn(ocellus_maps xs, long outputs, long block, long height, long width, bool pads) {
    ocellus_maps ys = {xs.batch, outputs, xs.height - height + 1 + pads, xs.width - width + 1 + pads, block};
    ocellus_chwn sizes = {xs, ys, height, width, pads, 0};
    long field = height * width, nw = outputs * xs.channels * field;
    float *x = zeros(ocellus_maps_count(xs)), *dy = zeros(ocellus_maps_count(ys)), *w = randoms(nw, 1);
    float *y = unwritten(ocellus_maps_count(ys)), *dx = unwritten(ocellus_maps_count(xs));
    float *bias = randoms(outputs, 1), *dw = unwritten(nw), *db = unwritten(outputs);
    float *plain_x = randoms(plain_count(xs), 1), *plain_dy = randoms(plain_count(ys), 1);
    ocellus_maps_from_plain(xs, plain_x, x, threads), ocellus_maps_from_plain(ys, plain_dy, dy, threads);
    double *exact[4], *sums[4];
    const long counts[4] = {ocellus_maps_count(ys), ocellus_maps_count(xs), nw, outputs};
    for (int k = 0; k < 4; k++) {
        exact[k] = calloc((size_t)counts[k], sizeof(double)), sums[k] = calloc((size_t)counts[k], sizeof(double));
    }
    for (long n = 0; n < xs.batch; n++) {
        for (long o = 0; o < outputs; o++) {
            for (long i = 0; i < ys.height; i++) {
                for (long j = 0; j < ys.width; j++) {
                    long to = at(ys, n, o, i, j);
                    exact[0][to] = bias[o], sums[0][to] = fabsf(bias[o]);
                    exact[3][o] += dy[to], sums[3][o] += fabsf(dy[to]);
                    for (long k = 0; k < xs.channels * field; k++) {
                        long r = i + k % field / width - pads, s = j + k % width, v = o * xs.channels * field + k;
                        if (r < 0 || r >= xs.height || s >= xs.width) continue;
                        long from = at(xs, n, k / field, r, s);
                        exact[0][to] += (double)x[from] * w[v], sums[0][to] += fabs((double)x[from] * w[v]);
                        exact[1][from] += (double)dy[to] * w[v], sums[1][from] += fabs((double)dy[to] * w[v]);
                        exact[2][v] += (double)dy[to] * x[from], sums[2][v] += fabs((double)dy[to] * x[from]);
                    }
                }
            }
        }
    }
    float *scratch = unwritten(ocellus_chwn_scratch(sizes, threads));
    RUN(ocellus_chwn_forward, chwn_forward, scratch, .sizes = sizes, .x = x, .w = w, .bias = bias, .y = y);
    sums_near("chwn", y, exact[0], sums[0], counts[0], 32);
    for (long i = 0; i < counts[0]; i++) exact[0][i] = exact[0][i] > 0 ? exact[0][i] : 0;
    RUN(
        ocellus_chwn_forward, chwn_forward, scratch, .sizes = sizes, .x = x, .w = w, .bias = bias, .activation = relu_activation,
        .y = y);
    sums_near("chwn and relu", y, exact[0], sums[0], counts[0], 32);
    float *bare = unwritten(counts[0]), *finished = unwritten(counts[0]);
    if (outputs % block == 0) {
        EACH_FUNCTION("chwn", y, counts[0],
                      RUN(ocellus_chwn_forward, chwn_forward, scratch, .sizes = sizes, .x = x, .w = w, .bias = bias,
                          .activation = activation, .y = y);)
    }
    free(bare), free(finished);
    RUN(ocellus_chwn_input_gradient, chwn_input_gradient, scratch, .sizes = sizes, .dy = dy, .w = w, .dx = dx);
    sums_near("chwn input gradient", dx, exact[1], sums[1], counts[1], 32);
    RUN(
        ocellus_chwn_weight_gradient, chwn_weight_gradient, scratch, .sizes = sizes, .x = x, .dy = dy, .dw = dw,
        .db = db);
    sums_near("chwn weight gradient", dw, exact[2], sums[2], counts[2], 32);
    sums_near("chwn bias gradient", db, exact[3], sums[3], counts[3], 32);
    for (int k = 0; k < 4; k++) free(exact[k]), free(sums[k]);
    free(x), free(dy), free(w), free(bias), free(y), free(dx), free(dw), free(db), free(plain_x), free(plain_dy);
    free(scratch);
}

static void layouts(ocellus_maps m) {
    long count = ocellus_maps_count(m), plain = plain_count(m);
    comparisons++;
    if (count != m.batch * ((m.channels + m.block - 1) / m.block) * m.block * m.height * m.width) failed("maps count", "");
    float *source = randoms(plain, 2), *expected = blocked(m, source), *maps = unwritten(count), *back = unwritten(plain);
    ocellus_maps_from_plain(m, source, maps, threads);
    same("maps from plain", maps, expected, count);
    ocellus_maps_to_plain(m, maps, back, threads);
    same("maps to plain", back, source, plain);
    for (long i = 0; i < count; i++) maps[i] = maps[i] == 0 ? 1 : maps[i];
    float *ones = blocked(m, source);
    for (long i = 0; i < count; i++) ones[i] = expected[i];
    RUN(ocellus_maps_zero_padding, maps_zero_padding, NULL, .maps = m, .x = maps);
    same("zero padding", maps, ones, count);
    // Elements of half the size.
    uint16_t *halves = malloc((size_t)(count > 0 ? count : 1) * sizeof *halves);
    for (long i = 0; i < count; i++) halves[i] = 1;
    RUN(ocellus_maps_zero_padding, maps_zero_padding, NULL, .maps = m, .type = ocellus_element_bfloat16, .x = halves);
    for (long i = 0; i < plain; i++) source[i] = 1;
    float *held = blocked(m, source);
    for (long i = 0; i < count; i++) maps[i] = halves[i];
    same("zero padding, bfloat16", maps, held, count);
    free(source), free(expected), free(maps), free(back), free(ones), free(halves), free(held);
}

static void dropout(ocellus_maps m) {
    const float rate = 0.3f;
    const uint64_t seed = 0x123456789abcdefu;
    const uint32_t step = 7, stream = 3;
    run.dropout_seed = seed, run.dropout_step = step, run.first_image = 44;
    const long first = run.first_image * m.channels * m.height * m.width;
    long plain = plain_count(m), count = ocellus_maps_count(m);
    float *source = randoms(plain, 2), *kept = zeros(plain);
    for (long i = 0; i < plain; i++) {
        // Philox 4x32-10: Salmon, Moraes, Dror and Shaw 2011.
        uint32_t c[4] = {(uint32_t)((first + i) / 4), step, stream, 4}, k[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
        for (int round = 0; round < 10; round++) {
            uint64_t p = 0xD2511F53ull * c[0], q = 0xCD9E8D57ull * c[2];
            uint32_t next[4] = {(uint32_t)(q >> 32) ^ c[1] ^ k[0], (uint32_t)q, (uint32_t)(p >> 32) ^ c[3] ^ k[1],
                                (uint32_t)p};
            memcpy(c, next, sizeof c);
            k[0] += 0x9E3779B9u, k[1] += 0xBB67AE85u;
        }
        kept[i] = c[(first + i) % 4] >= (uint32_t)floor((double)rate * 4294967296.0) ? 1 : 0;
    }
    float *x = blocked(m, source), *y = unwritten(count), *mask = blocked(m, kept), *expected = zeros(count);
    for (long i = 0; i < count; i++) expected[i] = mask[i] != 0 ? x[i] / (1 - rate) : 0;
    RUN(ocellus_dropout, dropout, NULL, .maps = m, .rate = rate, .stream = stream, .x = x, .y = y);
    run.first_image = 0;
    comparisons++;
    for (long i = 0; i < count; i++) {
        // The kernel may multiply by the rounded reciprocal: one unit more.
        if (fabsf(y[i] - expected[i]) <= 2.5e-7f * fabsf(expected[i])) continue;
        failed("dropout", "another mask or scale");
        break;
    }
    free(source), free(kept), free(x), free(y), free(mask), free(expected);
}

// MARK: Windows

/// Whether kernel position (p, q) of output (r, s) lies inside the map; its place there.
static int inside(ocellus_maps m, ocellus_window w, long r, long s, long p, long q, long *y, long *x) {
    *y = r * w.stride_height - w.top + p, *x = s * w.stride_width - w.left + q;
    return *y >= 0 && *y < m.height && *x >= 0 && *x < m.width;
}

#define FOR_EACH_OUTPUT(m, w)                                 \
    for (long n = 0; n < (m).batch; n++)                      \
        for (long c = 0; c < (m).channels; c++)               \
            for (long r = 0; r < (w).output_height; r++)      \
                for (long s = 0; s < (w).output_width; s++)
#define FOR_EACH_TAP(w)                              \
    for (long p = 0; p < (w).kernel_height; p++)     \
        for (long q = 0; q < (w).kernel_width; q++)

/// Whole numbers: sums of gradients are then exact in every order.
static float *wholes(long count) {
    float *x = zeros(count);
    for (long i = 0; i < count; i++) x[i] = roundf(uniform(8)) + 0.0f;  // never -0
    return x;
}

static void max_pool(ocellus_maps m, ocellus_window w) {
    ocellus_maps o = of_size(m, w.output_height, w.output_width);
    long in = ocellus_maps_count(m), out = ocellus_maps_count(o), bytes = ocellus_max_pool_winner_bytes(w);
    float *plain = wholes(plain_count(m)), *x = blocked(m, plain), *y = unwritten(out), *expected = zeros(out);
    float *plain_dy = wholes(plain_count(o)), *dy = blocked(o, plain_dy), *dx = unwritten(in);
    float *edx = zeros(in), *edx_relu = zeros(in);
    char *winners = calloc((size_t)out, (size_t)bytes);
    FOR_EACH_OUTPUT(m, w) {
        float best = 0;
        long place = -1, y0, x0;
        FOR_EACH_TAP(w) {
            if (!inside(m, w, r, s, p, q, &y0, &x0)) continue;
            long from = at(m, n, c, y0, x0);
            if (place < 0 || x[from] > best) best = x[from], place = from;
        }
        long to = at(o, n, c, r, s);
        expected[to] = best;
        edx[place] += dy[to];
        if (best > 0) edx_relu[place] += dy[to];
    }
    RUN(ocellus_max_pool, max_pool, NULL, .maps = m, .window = w, .x = x, .y = y, .winners = winners);
    same("max pool", y, expected, out);
    RUN(
        ocellus_max_pool_gradient, max_pool_gradient, NULL, .maps = m, .window = w, .dy = dy, .winners = winners,
        .dx = dx);
    same("max pool gradient", dx, edx, in);
    memset(dx, 0xff, (size_t)in * sizeof *dx);
    RUN(
        ocellus_max_pool_gradient, max_pool_gradient, NULL, .maps = m, .window = w, .dy = dy, .winners = winners,
        .y = y, .dx = dx);
    same("max pool gradient with relu", dx, edx_relu, in);
    memset(y, 0xff, (size_t)out * sizeof *y);
    RUN(ocellus_max_pool, max_pool, NULL, .maps = m, .window = w, .x = x, .y = y);
    same("max pool without winners", y, expected, out);
    free(plain), free(x), free(y), free(expected), free(plain_dy), free(dy), free(dx), free(edx), free(edx_relu);
    free(winners);
}

static void average_pool(ocellus_maps m, ocellus_window w) {
    ocellus_maps o = of_size(m, w.output_height, w.output_width);
    long in = ocellus_maps_count(m), out = ocellus_maps_count(o);
    float *plain = randoms(plain_count(m), 2), *x = blocked(m, plain), *y = unwritten(out), *expected = zeros(out);
    float *plain_dy = randoms(plain_count(o), 2), *dy = blocked(o, plain_dy), *dx = unwritten(in), *edx = zeros(in);
    FOR_EACH_OUTPUT(m, w) {
        float sum = 0;
        long positions = 0, y0, x0;
        FOR_EACH_TAP(w) if (inside(m, w, r, s, p, q, &y0, &x0)) positions++, sum += x[at(m, n, c, y0, x0)];
        expected[at(o, n, c, r, s)] = sum / (float)positions;
        FOR_EACH_TAP(w) {
            if (!inside(m, w, r, s, p, q, &y0, &x0)) continue;
            edx[at(m, n, c, y0, x0)] += dy[at(o, n, c, r, s)] / (float)positions;
        }
    }
    RUN(ocellus_average_pool, average_pool, NULL, .maps = m, .window = w, .from = x, .to = y);
    same("average pool", y, expected, out);
    RUN(ocellus_average_pool_gradient, average_pool, NULL, .maps = m, .window = w, .from = dy, .to = dx);
    same("average pool gradient", dx, edx, in);
    free(plain), free(x), free(y), free(expected), free(plain_dy), free(dy), free(dx), free(edx);
}

static long reflected(long i, long count) { return i < 0 ? -i : i >= count ? 2 * (count - 1) - i : i; }

static void blur_pool(ocellus_maps m, long taps_count, long stride) {
    long before = (taps_count - 1) / 2;
    ocellus_window w = {taps_count, taps_count, stride, stride, before, before, (m.height + stride - 1) / stride,
                        (m.width + stride - 1) / stride};
    ocellus_maps o = of_size(m, w.output_height, w.output_width);
    // Whole taps and values: exact in every order.
    const double taps[2][7] = {{1, 2, 1}, {1, 4, 6, 4, 1}};
    const double *t = taps[taps_count == 5];
    long in = ocellus_maps_count(m), out = ocellus_maps_count(o);
    float *plain = wholes(plain_count(m)), *x = blocked(m, plain), *y = unwritten(out), *expected = zeros(out);
    float *plain_dy = wholes(plain_count(o)), *dy = blocked(o, plain_dy), *dx = unwritten(in), *edx = zeros(in);
    FOR_EACH_OUTPUT(m, w) {
        FOR_EACH_TAP(w) {
            long from = at(m, n, c, reflected(r * stride - before + p, m.height), reflected(s * stride - before + q, m.width));
            long to = at(o, n, c, r, s);
            expected[to] += (float)(t[p] * t[q]) * x[from];
            edx[from] += (float)(t[p] * t[q]) * dy[to];
        }
    }
    RUN(ocellus_blur_pool, blur_pool, NULL, .maps = m, .window = w, .taps = t, .from = x, .to = y);
    same("blur pool", y, expected, out);
    RUN(ocellus_blur_pool_gradient, blur_pool, NULL, .maps = m, .window = w, .taps = t, .from = dy, .to = dx);
    same("blur pool gradient", dx, edx, in);
    free(plain), free(x), free(y), free(expected), free(plain_dy), free(dy), free(dx), free(edx);
}

static void local(ocellus_maps m, ocellus_window w) {
    ocellus_maps o = of_size(m, w.output_height, w.output_width);
    long positions = w.output_height * w.output_width, area = w.kernel_height * w.kernel_width, k = m.channels * area;
    long in = ocellus_maps_count(m), count = positions * m.batch * k;
    float *plain = wholes(plain_count(m)), *x = blocked(m, plain), *columns = unwritten(count), *expected = zeros(count);
    float *dcolumns = wholes(count), *dx = unwritten(in), *edx = zeros(in);
    FOR_EACH_OUTPUT(m, w) {
        long y0, x0;
        FOR_EACH_TAP(w) {
            if (!inside(m, w, r, s, p, q, &y0, &x0)) continue;
            long to = ((r * w.output_width + s) * m.batch + n) * k + c * area + p * w.kernel_width + q;
            expected[to] = x[at(m, n, c, y0, x0)];
            edx[at(m, n, c, y0, x0)] += dcolumns[to];
        }
    }
    RUN(ocellus_local_columns, local_columns, NULL, .maps = m, .window = w, .from = x, .to = columns);
    same("local columns", columns, expected, count);
    RUN(ocellus_local_columns_gradient, local_columns, NULL, .maps = m, .window = w, .from = dcolumns, .to = dx);
    same("local columns gradient", dx, edx, in);

    // Any inputs, some of them several times.
    int32_t *table = malloc((size_t)(positions * k) * sizeof *table);
    float *gathered = zeros(count);
    memset(edx, 0, (size_t)in * sizeof *edx);
    for (long p = 0; p < positions; p++) {
        for (long i = 0; i < k; i++) {
            long input = (p * 7 + i * 5) % (m.channels * m.height * m.width);
            long c = input / (m.height * m.width), pixel = input % (m.height * m.width);
            table[p * k + i] = (int32_t)at(m, 0, c, pixel / m.width, pixel % m.width);
            for (long n = 0; n < m.batch; n++) {
                long to = (p * m.batch + n) * k + i;
                gathered[to] = x[at(m, n, c, pixel / m.width, pixel % m.width)];
                edx[at(m, n, c, pixel / m.width, pixel % m.width)] += dcolumns[to];
            }
        }
    }
    RUN(
        ocellus_local_gather, local_gather, NULL, .maps = m, .table = table, .positions = positions, .inputs = k,
        .from = x, .to = columns);
    same("local gather", columns, gathered, count);
    RUN(
        ocellus_local_gather_gradient, local_gather, NULL, .maps = m, .table = table, .positions = positions,
        .inputs = k, .from = dcolumns, .to = dx);
    same("local gather gradient", dx, edx, in);
    free(table), free(gathered);

    long out = ocellus_maps_count(o), products_count = plain_count(o);
    float *products = randoms(products_count, 2), *bias = randoms(m.channels * positions, 2), *y = unwritten(out);
    float *ey = zeros(out), *dproducts = unwritten(products_count), *edproducts = zeros(products_count);
    float *plain_dy = wholes(plain_count(o)), *dy = blocked(o, plain_dy), *db = unwritten(m.channels * positions);
    float *edb = zeros(m.channels * positions);
    for (int relu = 0; relu < 2; relu++) {
        memset(edb, 0, (size_t)(m.channels * positions) * sizeof *edb);
        FOR_EACH_OUTPUT(m, w) {
            long position = r * w.output_width + s, product = (position * m.batch + n) * m.channels + c;
            float sum = products[product] + bias[c * positions + position];
            ey[at(o, n, c, r, s)] = relu && sum <= 0 ? 0 : sum;
            edproducts[product] = dy[at(o, n, c, r, s)];
            edb[c * positions + position] += dy[at(o, n, c, r, s)];
        }
        RUN(
            ocellus_local_output, local_output, NULL, .maps = o, .products = products, .bias = bias, .relu = relu,
            .y = y);
        same("local output", y, ey, out);
    }
    RUN(ocellus_local_output_gradient, local_output_gradient, NULL, .maps = o, .dy = dy, .to = dproducts);
    same("local output gradient", dproducts, edproducts, products_count);
    RUN(ocellus_local_bias_gradient, local_output_gradient, NULL, .maps = o, .dy = dy, .to = db);
    same("local bias gradient", db, edb, m.channels * positions);
    free(plain), free(x), free(columns), free(expected), free(dcolumns), free(dx), free(edx), free(products), free(bias);
    free(y), free(ey), free(dproducts), free(edproducts), free(plain_dy), free(dy), free(db), free(edb);
}

// MARK: Loss

static void losses(long batch, long classes) {
    float *logits = randoms(batch * classes, 5), *weights = zeros(batch), *dlogits = unwritten(batch * classes);
    int32_t *labels = calloc((size_t)batch, sizeof *labels);
    double *class_weights = calloc((size_t)classes, sizeof *class_weights);
    for (long k = 0; k < classes; k++) class_weights[k] = 0.5 + (double)k / (double)classes;
    for (long n = 0; n < batch; n++) labels[n] = (int32_t)(n * 7 % classes), weights[n] = n % 3 == 2 ? 0 : 1 + (float)(n % 2);
    const double smoothing = 0.1;
    // The definition: −Σ q·c·log p with targets q = (1 − ε)·onehot + ε/K, divided by Σ weight·c[label].
    double loss = 0, weight = 0;
    double *gradient = calloc((size_t)(batch * classes), sizeof *gradient);
    long correct = 0, seen = 0;
    for (long n = 0; n < batch; n++) {
        if (weights[n] == 0) continue;
        const float *z = logits + n * classes;
        double most = z[0], sum = 0;
        long best = 0;
        for (long k = 1; k < classes; k++)
            if ((double)z[k] > most) most = (double)z[k], best = k;
        for (long k = 0; k < classes; k++) sum += exp((double)z[k] - most);
        seen++, correct += best == labels[n];
        double w = (double)weights[n], mass = 0;
        weight += w * class_weights[labels[n]];
        for (int pass = 0; pass < 2; pass++) {
            for (long k = 0; k < classes; k++) {
                double log_p = (double)z[k] - most - log(sum);
                double target = (smoothing / (double)classes + (k == labels[n] ? 1 - smoothing : 0)) * class_weights[k];
                if (pass == 0) mass += target, loss -= w * target * log_p;
                if (pass == 1) gradient[n * classes + k] = w * (mass * exp(log_p) - target);
            }
        }
    }
    RUN(
        ocellus_softmax_cross_entropy, softmax_cross_entropy, NULL, .batch = batch, .classes = classes, .logits = logits,
        .labels = labels, .sample_weights = weights, .class_weights = class_weights, .label_smoothing = smoothing,
        .dlogits = dlogits);
    ocellus_loss_statistics found = batch_state.loss;
    near("loss", found.loss_sum, loss, 1e-9 * fabs(loss));
    near("loss's weight", found.weight_sum, weight, 1e-9 * weight);
    comparisons++;
    if (found.correct != correct || found.count != seen) failed("loss's counts", "");
    for (long i = 0; i < batch * classes; i++) gradient[i] /= weight;
    close_to("loss's gradient", dlogits, gradient, batch * classes, 1, 1e-12);

    // Two labels: without class weights and smoothing the gradient is softmax − share·onehot − (1 − share)·other onehot.
    int32_t *others = calloc((size_t)batch, sizeof *others);
    float *shares = zeros(batch);
    double total = 0;
    for (long n = 0; n < batch; n++) {
        others[n] = (int32_t)((n * 5 + 1) % classes), shares[n] = (float)(n % 5) / 4;
        total += (double)weights[n];
    }
    for (long n = 0; n < batch; n++) {
        const float *z = logits + n * classes;
        double most = z[0], sum = 0;
        for (long k = 1; k < classes; k++) most = (double)z[k] > most ? (double)z[k] : most;
        for (long k = 0; k < classes; k++) sum += exp((double)z[k] - most);
        for (long k = 0; k < classes; k++) {
            double target = (k == labels[n] ? (double)shares[n] : 0) + (k == others[n] ? 1 - (double)shares[n] : 0);
            gradient[n * classes + k] = (double)weights[n] * (exp((double)z[k] - most) / sum - target) / total;
        }
    }
    run.other_labels = others, run.label_shares = shares;
    RUN(
        ocellus_softmax_cross_entropy, softmax_cross_entropy, NULL, .batch = batch, .classes = classes, .logits = logits,
        .labels = labels, .sample_weights = weights, .dlogits = dlogits);
    run.other_labels = NULL, run.label_shares = NULL;
    close_to("gradient of two labels", dlogits, gradient, batch * classes, 1, 1e-12);
    free(others), free(shares);

    float *y = randoms(batch * classes, 1), *dy = randoms(batch * classes, 1), *expected = zeros(batch * classes);
    for (long n = 0; n < batch; n++) {
        double sum = 0;
        for (long k = 0; k < classes; k++) sum += (double)dy[n * classes + k] * (double)y[n * classes + k];
        for (long i = n * classes; i < (n + 1) * classes; i++) expected[i] = (float)((double)y[i] * ((double)dy[i] - sum));
    }
    RUN(
        ocellus_softmax_gradient, softmax_gradient, NULL, .batch = batch, .features = classes, .y = y, .dy = dy,
        .dx = dlogits);
    same("softmax gradient", dlogits, expected, batch * classes);
    free(logits), free(weights), free(dlogits), free(labels), free(class_weights), free(gradient), free(y), free(dy);
    free(expected);
}

// MARK: Threads

// MARK: bfloat16

/// To the nearest, ties to even; no NaN is among the numbers here.
static uint16_t *narrow(const float *x, long count) {
    uint16_t *result = malloc((size_t)(count > 0 ? count : 1) * sizeof *result);
    for (long i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, x + i, sizeof bits);
        result[i] = (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    }
    return result;
}

static float *widened(const uint16_t *x, long count) {
    float *result = zeros(count);
    for (long i = 0; i < count; i++) {
        uint32_t bits = (uint32_t)x[i] << 16;
        memcpy(result + i, &bits, sizeof bits);
    }
    return result;
}

/// Expects the rounded results of the float32 kernel.
static void same_narrow(const char *kernel, const uint16_t *found, const float *expected, long count) {
    uint16_t *rounded = narrow(expected, count);
    float *a = widened(found, count), *b = widened(rounded, count);
    same(kernel, a, b, count);
    free(rounded), free(a), free(b);
}

/// Layer norm over the channels of maps in blocks against plain ones, and in bfloat16 against float32.
static void layer_norm_blocks(long batch, long channels, long height, long width) {
    const ocellus_maps m = {batch, channels, height, width, 16};
    const ocellus_layer_norm_sizes plain_sizes = {batch, channels, height * width};
    ocellus_layer_norm_sizes sizes = plain_sizes;
    sizes.block = 16;
    long plain = plain_count(m), count = ocellus_maps_count(m);
    const float epsilon = 1e-2f;
    float *plainX = randoms(plain, 2), *plainDY = randoms(plain, 2), *x = blocked(m, plainX), *dy = blocked(m, plainDY);
    float *scale = randoms(channels, 2), *shift = randoms(channels, 2), *ey = unwritten(plain), *edx = unwritten(plain);
    float *y = unwritten(count), *dx = unwritten(count), *sums[4];
    for (int k = 0; k < 4; k++) sums[k] = unwritten(channels);
    long need = ocellus_layer_norm_scratch(sizes), other = ocellus_layer_norm_scratch(plain_sizes);
    float *scratch = unwritten(need > other ? need : other);
    RUN(ocellus_layer_norm, layer_norm, NULL, .sizes = plain_sizes, .epsilon = epsilon, .x = plainX, .scale = scale,
        .shift = shift, .y = ey);
    RUN(ocellus_layer_norm_gradient, layer_norm_gradient, scratch, .sizes = plain_sizes, .epsilon = epsilon, .dy = plainDY,
        .x = plainX, .scale = scale, .dx = edx, .dscale = sums[0], .dshift = sums[1]);
    RUN(ocellus_layer_norm, layer_norm, NULL, .sizes = sizes, .epsilon = epsilon, .x = x, .scale = scale, .shift = shift,
        .y = y);
    RUN(ocellus_layer_norm_gradient, layer_norm_gradient, scratch, .sizes = sizes, .epsilon = epsilon, .dy = dy, .x = x,
        .scale = scale, .dx = dx, .dscale = sums[2], .dshift = sums[3]);
    float *blockedY = blocked(m, ey), *blockedDX = blocked(m, edx);
    // The padding is zero in both.
    for (long i = 0; i < count; i++) near("layer norm, blocks", y[i], blockedY[i], 1e-4);
    for (long i = 0; i < count; i++) near("layer norm gradient, blocks", dx[i], blockedDX[i], 1e-3);
    double total = (double)(batch * height * width);
    for (long c = 0; c < channels; c++) {
        near("layer norm gradient of scale, blocks", sums[2][c], sums[0][c], 1e-5 * total);
        near("layer norm gradient of shift, blocks", sums[3][c], sums[1][c], 1e-5 * total);
    }
    // Any types of x and y, in blocks and in rows.
    for (int k = 0; k < 8; k++) {
        ocellus_layer_norm_sizes wide = k < 4 ? sizes : (ocellus_layer_norm_sizes){batch * height * width, channels, 1};
        ocellus_layer_norm_sizes both = wide;
        both.x_type = k & 1 ? ocellus_element_bfloat16 : ocellus_element_float32;
        both.y_type = k & 2 ? ocellus_element_bfloat16 : ocellus_element_float32;
        long n = k < 4 ? count : plain;
        uint16_t *narrowX = narrow(k < 4 ? x : plainX, n), *narrowDY = narrow(k < 4 ? dy : plainDY, n), *found = narrow(y, n);
        float *wideX = widened(narrowX, n), *wideDY = widened(narrowDY, n), *wideFound = unwritten(n);
        bool is_narrow = both.y_type == ocellus_element_bfloat16;
        RUN(ocellus_layer_norm, layer_norm, NULL, .sizes = wide, .epsilon = epsilon, .x = wideX, .scale = scale,
            .shift = shift, .y = y);
        RUN(ocellus_layer_norm, layer_norm, NULL, .sizes = both, .epsilon = epsilon,
            .x = k & 1 ? (const void *)narrowX : wideX, .scale = scale, .shift = shift,
            .y = is_narrow ? (void *)found : wideFound);
        if (is_narrow) same_narrow("layer norm, bfloat16", found, y, n);
        else same("layer norm of bfloat16", wideFound, y, n);
        long floats = ocellus_layer_norm_scratch(wide);
        float *own = unwritten(floats);
        RUN(ocellus_layer_norm_gradient, layer_norm_gradient, own, .sizes = wide, .epsilon = epsilon, .dy = wideDY,
            .x = wideX, .scale = scale, .dx = dx, .dscale = sums[0], .dshift = sums[1]);
        RUN(ocellus_layer_norm_gradient, layer_norm_gradient, own, .sizes = both, .epsilon = epsilon,
            .dy = is_narrow ? (const void *)narrowDY : wideDY, .x = k & 1 ? (const void *)narrowX : wideX, .scale = scale,
            .dx = k & 1 ? (void *)found : wideFound, .dscale = sums[2], .dshift = sums[3]);
        if (k & 1) same_narrow("layer norm gradient, bfloat16", found, dx, n);
        else same("layer norm gradient of bfloat16", wideFound, dx, n);
        same("its scale, bfloat16", sums[2], sums[0], channels), same("its shift, bfloat16", sums[3], sums[1], channels);
        free(narrowX), free(narrowDY), free(found), free(wideX), free(wideDY), free(wideFound), free(own);
    }
    for (int k = 0; k < 4; k++) free(sums[k]);
    free(plainX), free(plainDY), free(x), free(dy), free(scale), free(shift), free(ey), free(edx), free(y), free(dx);
    free(scratch), free(blockedY), free(blockedDX);
}

/// Products that repeat and dropped paths in bfloat16 against float32.
static void narrow_products(long outer, long repeats, long inner) {
    long count = outer * repeats * inner, small = outer * inner;
    float *randomA = randoms(count, 2), *randomDY = randoms(count, 2), *b = randoms(small, 2), *expected = unwritten(count);
    uint16_t *a = narrow(randomA, count), *dy = narrow(randomDY, count), *y = narrow(expected, count);
    float *wideA = widened(a, count), *wideDY = widened(dy, count), *db = unwritten(small), *edb = unwritten(small);
    RUN(ocellus_multiply, multiply, NULL, .outer = outer, .repeats = repeats, .inner = inner, .a = wideA, .b = b,
        .y = expected);
    RUN(ocellus_multiply, multiply, NULL, .outer = outer, .repeats = repeats, .inner = inner,
        .type = ocellus_element_bfloat16, .a = a, .b = b, .y = y);
    same_narrow("ocellus_multiply, bfloat16", y, expected, count);
    RUN(ocellus_multiply_gradient, multiply_gradient, NULL, .outer = outer, .repeats = repeats, .inner = inner, .dy = wideDY,
        .a = wideA, .db = edb);
    RUN(ocellus_multiply_gradient, multiply_gradient, NULL, .outer = outer, .repeats = repeats, .inner = inner,
        .type = ocellus_element_bfloat16, .dy = dy, .a = a, .db = db);
    same("ocellus_multiply_gradient, bfloat16", db, edb, small);
    RUN(ocellus_drop_path, drop_path, NULL, .batch = outer, .count = repeats * inner, .rate = 0.3f, .stream = 5, .x = wideA,
        .y = expected);
    RUN(ocellus_drop_path, drop_path, NULL, .batch = outer, .count = repeats * inner, .type = ocellus_element_bfloat16,
        .rate = 0.3f, .stream = 5, .x = a, .y = y);
    same_narrow("ocellus_drop_path, bfloat16", y, expected, count);
    free(randomA), free(randomDY), free(b), free(expected), free(a), free(dy), free(y), free(wideA), free(wideDY);
    free(db), free(edb);
}

/// The weight gradient of a depthwise convolution against sums in double, and of bfloat16 against float32.
static void planes(ocellus_maps xs, ocellus_window w) {
    ocellus_maps ys = {xs.batch, xs.channels, w.output_height, w.output_width, 16};
    long taps = w.kernel_height * w.kernel_width, nx = ocellus_maps_count(xs), ny = ocellus_maps_count(ys);
    float *plain_x = randoms(plain_count(xs), 1), *plain_dy = randoms(plain_count(ys), 1);
    float *x = blocked(xs, plain_x), *dy = blocked(ys, plain_dy);
    float *dw = unwritten(xs.channels * taps), *db = unwritten(xs.channels), *found = unwritten(xs.channels * taps);
    double *exact = calloc((size_t)(xs.channels * taps), sizeof(double)), *sums = calloc((size_t)(xs.channels * taps), sizeof(double));
    double *bias = calloc((size_t)xs.channels, sizeof(double)), *of_bias = calloc((size_t)xs.channels, sizeof(double));
    for (long n = 0; n < xs.batch; n++) {
        for (long c = 0; c < xs.channels; c++) {
            for (long r = 0; r < ys.height; r++) {
                for (long s = 0; s < ys.width; s++) {
                    double gradient = (double)dy[at(ys, n, c, r, s)];
                    bias[c] += gradient, of_bias[c] += fabs(gradient);
                    for (long tap = 0; tap < taps; tap++) {
                        long row = r * w.stride_height + tap / w.kernel_width - w.top;
                        long column = s * w.stride_width + tap % w.kernel_width - w.left;
                        if (row < 0 || row >= xs.height || column < 0 || column >= xs.width) continue;
                        double term = gradient * (double)x[at(xs, n, c, row, column)];
                        exact[c * taps + tap] += term, sums[c * taps + tap] += fabs(term);
                    }
                }
            }
        }
    }
    float *scratch = unwritten(ocellus_planes_gradient_scratch(xs, w));
    RUN(ocellus_planes_gradient, planes_gradient, scratch, .x_maps = xs, .y_maps = ys, .window = w, .x = x, .dy = dy, .dw = dw,
        .db = db);
    sums_near("planes", dw, exact, sums, xs.channels * taps, 32), sums_near("planes, bias", db, bias, of_bias, xs.channels, 32);
    uint16_t *narrow_x = narrow(x, nx), *narrow_dy = narrow(dy, ny);
    float *wide_x = widened(narrow_x, nx), *wide_dy = widened(narrow_dy, ny);
    RUN(ocellus_planes_gradient, planes_gradient, scratch, .x_maps = xs, .y_maps = ys, .window = w, .x = wide_x, .dy = wide_dy,
        .dw = dw);
    RUN(ocellus_planes_gradient, planes_gradient, scratch, .x_maps = xs, .y_maps = ys, .window = w,
        .type = ocellus_element_bfloat16, .x = narrow_x, .dy = narrow_dy, .dw = found);
    same("planes, bfloat16", found, dw, xs.channels * taps);
    free(plain_x), free(plain_dy), free(x), free(dy), free(dw), free(db), free(found), free(exact), free(sums), free(bias);
    free(of_bias), free(scratch), free(narrow_x), free(narrow_dy), free(wide_x), free(wide_dy);
}

static void narrow_elementwise(long n) {
    float *randomA = randoms(n, 3), *randomB = randoms(n, 3), *expected = unwritten(n);
    uint16_t *a = narrow(randomA, n), *b = narrow(randomB, n), *y = narrow(expected, n);
    float *wideA = widened(a, n), *wideB = widened(b, n);
#define BOTH(kernel)                                                                                          \
    RUN(kernel, elementwise, NULL, .count = n, .a = wideA, .b = wideB, .c = wideA, .factor = 0.1f, .y = expected); \
    RUN(kernel, elementwise, NULL, .type = ocellus_element_bfloat16, .count = n, .a = a, .b = b, .c = a, .factor = 0.1f, \
        .y = y);                                                                                              \
    same_narrow(#kernel ", bfloat16", y, expected, n);
    BOTH(ocellus_relu)
    BOTH(ocellus_relu_gradient)
    BOTH(ocellus_leaky_relu)
    BOTH(ocellus_leaky_relu_gradient)
    BOTH(ocellus_sigmoid)
    BOTH(ocellus_sigmoid_gradient)
    BOTH(ocellus_tanh)
    BOTH(ocellus_tanh_gradient)
    BOTH(ocellus_gelu)
    BOTH(ocellus_gelu_gradient)
    BOTH(ocellus_relu6)
    BOTH(ocellus_relu6_gradient)
    BOTH(ocellus_silu)
    BOTH(ocellus_silu_gradient)
    BOTH(ocellus_hard_swish)
    BOTH(ocellus_hard_swish_gradient)
    BOTH(ocellus_hard_sigmoid)
    BOTH(ocellus_hard_sigmoid_gradient)
    BOTH(ocellus_add)
    BOTH(ocellus_add_relu)
    BOTH(ocellus_add_relu_gradient)
#undef BOTH
    free(randomA), free(randomB), free(expected), free(a), free(b), free(y), free(wideA), free(wideB);
}

/// A batch norm that ends in a function against the two apart, and in bfloat16 against float32.
static void batch_norm_and_function(ocellus_maps m, int index, bool adds) {
    long count = ocellus_maps_count(m), plain = plain_count(m), channels = m.channels;
    float *plainX = randoms(plain, 2), *plainDY = randoms(plain, 2), *plainAdded = randoms(plain, 2);
    float *x = blocked(m, plainX), *dy = blocked(m, plainDY), *added = blocked(m, plainAdded);
    float *scale = randoms(channels, 3), *shift = randoms(channels, 2), *scratch = unwritten(ocellus_batch_norm_scratch(m));
    float *mean = unwritten(channels), *variance = unwritten(channels), *y = unwritten(count), *ey = unwritten(count);
    float *dx = unwritten(count), *edx = unwritten(count), *sums[4];
    for (int k = 0; k < 4; k++) sums[k] = unwritten(channels);
    RUN(ocellus_batch_norm_statistics, batch_norm_statistics, scratch, .maps = m, .x = x, .mean = mean, .variance = variance);
    ocellus_normalization rule = {mean, variance, scale, shift, 0.01f, activation_of(index)}, bare = rule;
    bare.activation.function = ocellus_function_none;
    RUN(ocellus_batch_norm, batch_norm, scratch, .maps = m, .rule = rule, .x = x, .added = adds ? added : NULL, .y = y);
    RUN(ocellus_batch_norm, batch_norm, scratch, .maps = m, .rule = bare, .x = x, .added = adds ? added : NULL, .y = ey);
    apply_function(index, ey, count);
    same("batch norm and a function", y, ey, count);
    // The gradient of the function by its own kernel, then that of the batch norm.
    RUN(ocellus_batch_norm, batch_norm, scratch, .maps = m, .rule = bare, .x = x, .y = ey);
    if (functions[index].takes_result) apply_function(index, ey, count);
    run_kernel(
        "a function's gradient", functions[index].gradient,
        &(ocellus_elementwise_arguments){.count = count, .a = ey, .b = dy, .factor = function_factor, .y = ey}, NULL);
    RUN(ocellus_batch_norm_gradient, batch_norm_gradient, scratch, .maps = m, .rule = bare, .x = x, .dy = ey, .dx = edx,
        .dscale = sums[0], .dshift = sums[1]);
    RUN(ocellus_batch_norm_gradient, batch_norm_gradient, scratch, .maps = m, .rule = rule, .x = x, .dy = dy, .dx = dx,
        .dscale = sums[2], .dshift = sums[3]);
    for (long c = 0; c < channels; c++) {
        double total = (double)(m.batch * m.height * m.width);
        near("gradient of scale through a function", sums[2][c], sums[0][c], 1e-5 * total);
        near("gradient of shift through a function", sums[3][c], sums[1][c], 1e-5 * total);
    }
    for (long i = 0; i < count; i++) near("batch norm gradient through a function", dx[i], edx[i], 1e-4);
    if (m.block == 16) {
        uint16_t *narrowX = narrow(x, count), *narrowDY = narrow(dy, count), *found = narrow(y, count);
        float *wideX = widened(narrowX, count), *wideDY = widened(narrowDY, count);
        RUN(ocellus_batch_norm, batch_norm, scratch, .maps = m, .rule = rule, .x = wideX, .y = y);
        RUN(ocellus_batch_norm, batch_norm, scratch, .type = ocellus_element_bfloat16, .maps = m, .rule = rule,
            .x = narrowX, .y = found);
        same_narrow("batch norm and a function, bfloat16", found, y, count);
        RUN(ocellus_batch_norm_gradient, batch_norm_gradient, scratch, .maps = m, .rule = rule, .x = wideX, .dy = wideDY,
            .dx = dx, .dscale = sums[0], .dshift = sums[1]);
        RUN(ocellus_batch_norm_gradient, batch_norm_gradient, scratch, .type = ocellus_element_bfloat16, .maps = m,
            .rule = rule, .x = narrowX, .dy = narrowDY, .dx = found, .dscale = sums[2], .dshift = sums[3]);
        same_narrow("batch norm gradient through a function, bfloat16", found, dx, count);
        free(narrowX), free(narrowDY), free(found), free(wideX), free(wideDY);
    }
    for (int k = 0; k < 4; k++) free(sums[k]);
    free(plainX), free(plainDY), free(plainAdded), free(x), free(dy), free(added), free(scale), free(shift);
    free(scratch), free(mean), free(variance), free(y), free(ey), free(dx), free(edx);
}

/// Batch norm in float32 against sums in double, and in bfloat16 against float32.
static void batch_norm(ocellus_maps m, bool relu, bool adds) {
    long count = ocellus_maps_count(m), plain = plain_count(m), channels = m.channels, area = m.height * m.width;
    float *plainX = randoms(plain, 2), *plainDY = randoms(plain, 2), *plainAdded = randoms(plain, 2);
    for (long i = 0; i < plain; i++) plainX[i] += 3;
    float *x = blocked(m, plainX), *dy = blocked(m, plainDY), *added = blocked(m, plainAdded);
    float *scale = randoms(channels, 2), *shift = randoms(channels, 1), *scratch = unwritten(ocellus_batch_norm_scratch(m));
    float *mean = unwritten(channels), *variance = unwritten(channels), *dscale = unwritten(channels),
          *dshift = unwritten(channels), *y = unwritten(count), *dx = unwritten(count);
    RUN(
        ocellus_batch_norm_statistics, batch_norm_statistics, scratch, .maps = m, .x = x, .mean = mean,
        .variance = variance);
    ocellus_normalization rule = {
        mean, variance, scale, shift, 0.01f, {relu ? ocellus_function_relu : ocellus_function_none, 0}};
    RUN(
        ocellus_batch_norm, batch_norm, scratch, .maps = m, .rule = rule, .x = x, .added = adds ? added : NULL,
        .y = y);
    RUN(
        ocellus_batch_norm_gradient, batch_norm_gradient, scratch, .maps = m, .rule = rule, .x = x, .dy = dy,
        .dx = dx, .dscale = dscale, .dshift = dshift);
    float *foundY = unwritten(plain), *foundDX = unwritten(plain);
    ocellus_maps_to_plain(m, y, foundY, threads), ocellus_maps_to_plain(m, dx, foundDX, threads);
    double total = (double)(m.batch * area);
    for (long c = 0; c < channels; c++) {
        double sum = 0, squares = 0, sums = 0, products = 0;
#define EACH(i) for (long n = 0; n < m.batch; n++) for (long i = (n * channels + c) * area, e = i + area; i < e; i++)
        EACH(i) sum += plainX[i];
        EACH(i) squares += (plainX[i] - sum / total) * (plainX[i] - sum / total);
        near("batch mean", mean[c], sum / total, 1e-6 * 5), near("batch variance", variance[c], squares / total, 1e-5);
        // From here on with the kernel's own statistics, so that the masks are the same.
        double deviation = sqrt((double)variance[c] + (double)0.01f);
        float factor = (float)((double)scale[c] / deviation);
        EACH(i) {
            float normal = (plainX[i] - mean[c]) * factor + shift[c], d = relu && !(normal > 0) ? 0 : plainDY[i];
            float expected = adds ? normal + plainAdded[i] : normal;
            near("batch norm", foundY[i], relu && expected <= 0 ? 0 : expected, 0);
            sums += d, products += (double)d * ((double)plainX[i] - (double)mean[c]);
        }
        near("batch norm gradient of shift", dshift[c], sums, 1e-5 * total);
        near("batch norm gradient of scale", dscale[c], products / deviation, 1e-4 * total);
        EACH(i) {
            float normal = (plainX[i] - mean[c]) * factor + shift[c], d = relu && !(normal > 0) ? 0 : plainDY[i];
            double distance = ((double)plainX[i] - (double)mean[c]) / deviation;
            double expected = (double)scale[c] / deviation * (d - sums / total - distance * products / deviation / total);
            near("batch norm gradient", foundDX[i], expected, 1e-4);
        }
#undef EACH
    }
    // Padding stays zero, and neither threads nor the buffers' being the same changes a bit.
    float *again = blocked(m, foundY), *one = copy(dy, count);
    same("batch norm, padding", y, again, count);
    int all = threads;
    threads = 1;
    RUN(
        ocellus_batch_norm_gradient, batch_norm_gradient, scratch, .maps = m, .rule = rule, .x = x, .dy = one, .dx = one,
        .dscale = dscale, .dshift = dshift);
    threads = all;
    same("batch norm gradient, in place", one, dx, count);
    float *running_mean = copy(scale, channels), *running_variance = copy(shift, channels);
    RUN(
        ocellus_running_statistics, running_statistics, NULL, .channels = channels, .mean = mean, .variance = variance,
        .running_mean = running_mean, .running_variance = running_variance, .momentum = 0.1f, .correction = 1.5f);
    for (long c = 0; c < channels; c++) {
        near("running mean", running_mean[c], (1 - 0.1f) * scale[c] + 0.1f * mean[c], 0);
        near("running variance", running_variance[c], (1 - 0.1f) * shift[c] + 0.1f * (1.5f * variance[c]), 0);
    }
    free(running_mean), free(running_variance);
    if (m.block == 16) {
        uint16_t *narrowX = narrow(x, count), *narrowDY = narrow(dy, count), *narrowAdded = narrow(added, count);
        uint16_t *found = narrow(y, count);
        float *wideX = widened(narrowX, count), *wideDY = widened(narrowDY, count), *wideAdded = widened(narrowAdded, count);
        RUN(
            ocellus_batch_norm_statistics, batch_norm_statistics, scratch, .maps = m, .x = wideX, .mean = dscale,
            .variance = dshift);
        RUN(
            ocellus_batch_norm_statistics, batch_norm_statistics, scratch, .type = ocellus_element_bfloat16,
            .maps = m, .x = narrowX, .mean = mean, .variance = variance);
        same("batch mean, bfloat16", mean, dscale, channels), same("batch variance, bfloat16", variance, dshift, channels);
        RUN(
            ocellus_batch_norm, batch_norm, scratch, .maps = m, .rule = rule, .x = wideX,
            .added = adds ? wideAdded : NULL, .y = y);
        RUN(
            ocellus_batch_norm, batch_norm, scratch, .type = ocellus_element_bfloat16, .maps = m, .rule = rule,
            .x = narrowX, .added = adds ? narrowAdded : NULL, .y = found);
        same_narrow("batch norm, bfloat16", found, y, count);
        RUN(
            ocellus_batch_norm_gradient, batch_norm_gradient, scratch, .maps = m, .rule = rule, .x = wideX,
            .dy = wideDY, .dx = dx, .dscale = dscale, .dshift = dshift);
        RUN(
            ocellus_batch_norm_gradient, batch_norm_gradient, scratch, .type = ocellus_element_bfloat16, .maps = m,
            .rule = rule, .x = narrowX, .dy = narrowDY, .dx = found, .dscale = dscale, .dshift = dshift);
        same_narrow("batch norm gradient, bfloat16", found, dx, count);
        free(narrowX), free(narrowDY), free(narrowAdded), free(found), free(wideX), free(wideDY), free(wideAdded);
    }
    free(plainX), free(plainDY), free(plainAdded), free(x), free(dy), free(added), free(scale), free(shift);
    free(scratch), free(mean), free(variance), free(dscale), free(dshift), free(y), free(dx), free(foundY);
    free(foundDX), free(again), free(one);
}

/// Of images whose convolution has `outputs` maps of `rows`×`columns` positions before the pool.
static void pooled_gradient(ocellus_maps x, long outputs, long top, long left, long rows, long columns) {
    ocellus_maps y = {x.batch, outputs, rows / 2, columns / 2, 16};
    ocellus_pooled sizes = {x, y, top, left, {16 * 9 * x.channels, 9, 3, 1, 9 * x.channels}};
    long count = ocellus_maps_count(y), taps = 9 * x.channels, nw = outputs * taps;
    float *images = randoms(plain_count(x), 1), *dw = unwritten(nw), *db = unwritten(outputs);
    float *random_dy = randoms(count, 1), *random_output = randoms(count, 1);
    uint16_t *narrow_dy = narrow(random_dy, count), *narrow_output = narrow(random_output, count);
    // Also with ReLUs that gave nothing.
    float *dy = widened(narrow_dy, count), *output = widened(narrow_output, count);
    uint8_t *winners = calloc((size_t)count, 1);
    for (long i = 0; i < count; i++) winners[i] = (uint8_t)((uniform(1) + 1) * 1.999f);
    double *exact[2], *sums[2];
    for (int k = 0; k < 2; k++) exact[k] = calloc((size_t)nw, 8), sums[k] = calloc((size_t)nw, 8);
    float *scratch = unwritten(ocellus_pooled_gradient_scratch(sizes, threads));
    for (int relu = 0; relu < 2; relu++) {
        for (int k = 0; k < 2; k++) memset(exact[k], 0, (size_t)nw * 8), memset(sums[k], 0, (size_t)nw * 8);
        for (long n = 0; n < y.batch; n++) {
            for (long o = 0; o < outputs; o++) {
                for (long place = 0; place < y.height * y.width; place++) {
                    long from = at(y, n, o, place / y.width, place % y.width);
                    if (relu && output[from] <= 0) continue;
                    exact[1][o] += dy[from], sums[1][o] += fabs((double)dy[from]);
                    long row = place / y.width * 2 + winners[from] / 2, column = place % y.width * 2 + winners[from] % 2;
                    for (long k = 0; k < taps; k++) {
                        long r = row + k % 9 / 3 - top, s = column + k % 3 - left;
                        if (r < 0 || r >= x.height || s < 0 || s >= x.width) continue;
                        double term = (double)dy[from] * images[((n * x.channels + k / 9) * x.height + r) * x.width + s];
                        exact[0][o * taps + k] += term, sums[0][o * taps + k] += fabs(term);
                    }
                }
            }
        }
        RUN(
            ocellus_pooled_gradient, pooled_gradient, scratch, .sizes = sizes, .x = images, .dy = dy,
            .y = relu ? output : NULL, .winners = winners, .dw = dw, .db = db);
        sums_near("pooled gradient", dw, exact[0], sums[0], nw, 32);
        sums_near("pooled bias gradient", db, exact[1], sums[1], outputs, 32);
        float *same_dw = copy(dw, nw);
        RUN(
            ocellus_pooled_gradient, pooled_gradient, scratch, .type = ocellus_element_bfloat16, .sizes = sizes,
            .x = images, .dy = narrow_dy, .y = relu ? narrow_output : NULL, .winners = winners, .dw = dw);
        same("pooled gradient, bfloat16", dw, same_dw, nw);
        free(same_dw);
    }
    for (int k = 0; k < 2; k++) free(exact[k]), free(sums[k]);
    free(images), free(dw), free(db), free(random_dy), free(random_output), free(narrow_dy), free(narrow_output);
    free(dy), free(output), free(winners), free(scratch);
}

/// The steps of a depthwise convolution between batch norms one by one: the norms by their own kernels, which are compared
/// above, the sums in plain loops.
static void depthwise(ocellus_maps x, ocellus_window window) {
    ocellus_maps y = {x.batch, x.channels, window.output_height, window.output_width, 16};
    ocellus_depthwise sizes = {x, y, window};
    long nx = ocellus_maps_count(x), ny = ocellus_maps_count(y), channels = x.channels, plain = plain_count(x);
    float *plain_x = randoms(plain, 2), *plain_dz = randoms(plain_count(y), 2);
    for (long i = 0; i < plain; i++) plain_x[i] += 3;
    float *in = blocked(x, plain_x), *dz = blocked(y, plain_dz), *w = randoms(channels * 9, 1);
    float *given[4], *found[8], *expected[8];
    for (int i = 0; i < 4; i++) given[i] = randoms(channels, 1);
    for (int i = 0; i < 8; i++) found[i] = unwritten(channels), expected[i] = unwritten(channels);
    ocellus_trained_norm before = {given[0], given[1], 0.01f, found[0], found[1], found[2], found[3]};
    ocellus_trained_norm after = {given[2], given[3], 0.01f, found[4], found[5], found[6], found[7]};
    float *scratch = unwritten(ocellus_depthwise_scratch(sizes, threads)), *norm_scratch[2];
    norm_scratch[0] = unwritten(ocellus_batch_norm_scratch(x)), norm_scratch[1] = unwritten(ocellus_batch_norm_scratch(y));
    float *conv = unwritten(ny), *out = unwritten(ny), *dx = unwritten(nx), *dw = unwritten(channels * 9);
    RUN(
        ocellus_depthwise_forward, depthwise_forward, scratch, .sizes = sizes, .before = before, .after = after,
        .x = in, .w = w, .y = conv, .z = out);

    float *normal = unwritten(nx), *same_out = unwritten(ny), *dconv = unwritten(ny), *dnormal = zeros(nx), *same_dx = zeros(nx);
    RUN(
        ocellus_batch_norm_statistics, batch_norm_statistics, norm_scratch[0], .maps = x, .x = in,
        .mean = expected[0], .variance = expected[1]);
    ocellus_normalization first = {found[0], found[1], given[0], given[1], 0.01f, relu_activation};
    ocellus_normalization second = {found[4], found[5], given[2], given[3], 0.01f, relu_activation};
    RUN(ocellus_batch_norm, batch_norm, norm_scratch[0], .maps = x, .rule = first, .x = in, .y = normal);
    RUN(
        ocellus_batch_norm_statistics, batch_norm_statistics, norm_scratch[1], .maps = y, .x = conv,
        .mean = expected[4], .variance = expected[5]);
    RUN(ocellus_batch_norm, batch_norm, norm_scratch[1], .maps = y, .rule = second, .x = conv, .y = same_out);
    RUN(
        ocellus_depthwise_gradient, depthwise_gradient, scratch, .sizes = sizes, .before = before, .after = after,
        .x = in, .w = w, .y = conv, .dz = dz, .dx = dx, .dw = dw);
    RUN(
        ocellus_batch_norm_gradient, batch_norm_gradient, norm_scratch[1], .maps = y, .rule = second, .x = conv,
        .dy = dz, .dx = dconv, .dscale = expected[6], .dshift = expected[7]);

    double *sums[3], *sizes_of_sums[3];
    const long counts[3] = {ny, nx, channels * 9};
    for (int i = 0; i < 3; i++) sums[i] = calloc((size_t)counts[i], 8), sizes_of_sums[i] = calloc((size_t)counts[i], 8);
    for (long n = 0; n < x.batch; n++) {
        for (long c = 0; c < channels; c++) {
            for (long place = 0; place < y.height * y.width; place++) {
                long to = at(y, n, c, place / y.width, place % y.width);
                for (long k = 0; k < 9; k++) {
                    long r = place / y.width * window.stride_height + k / 3 - window.top;
                    long s = place % y.width * window.stride_width + k % 3 - window.left;
                    if (r < 0 || r >= x.height || s < 0 || s >= x.width) continue;
                    long from = at(x, n, c, r, s);
                    const double terms[3] = {
                        (double)normal[from] * w[c * 9 + k], (double)dconv[to] * w[c * 9 + k], (double)dconv[to] * normal[from]};
                    const long places[3] = {to, from, c * 9 + k};
                    for (int i = 0; i < 3; i++) {
                        sums[i][places[i]] += terms[i], sizes_of_sums[i][places[i]] += fabs(terms[i]);
                    }
                }
            }
        }
    }
    sums_near("depthwise convolution", conv, sums[0], sizes_of_sums[0], ny, 16);
    sums_near("depthwise weight gradient", dw, sums[2], sizes_of_sums[2], channels * 9, 64);
    same("depthwise, mean before", found[0], expected[0], channels);
    same("depthwise, variance before", found[1], expected[1], channels);
    same("depthwise, mean behind", found[4], expected[4], channels);
    same("depthwise, variance behind", found[5], expected[5], channels);
    same("depthwise, result", out, same_out, ny);
    same("depthwise, gradient of scale behind", found[6], expected[6], channels);
    same("depthwise, gradient of shift behind", found[7], expected[7], channels);
    for (long i = 0; i < nx; i++) dnormal[i] = (float)sums[1][i];
    RUN(
        ocellus_batch_norm_gradient, batch_norm_gradient, norm_scratch[0], .maps = x, .rule = first, .x = in,
        .dy = dnormal, .dx = same_dx, .dscale = expected[2], .dshift = expected[3]);
    for (long i = 0; i < nx; i++) near("depthwise input gradient", dx[i], same_dx[i], 1e-3);
    double total = (double)(x.batch * x.height * x.width);
    for (long c = 0; c < channels; c++) {
        near("depthwise, gradient of scale before", found[2][c], expected[2][c], 1e-4 * total);
        near("depthwise, gradient of shift before", found[3][c], expected[3][c], 1e-5 * total);
    }
    for (int i = 0; i < 3; i++) free(sums[i]), free(sizes_of_sums[i]);
    for (int i = 0; i < 4; i++) free(given[i]);
    for (int i = 0; i < 8; i++) free(found[i]), free(expected[i]);
    free(plain_x), free(plain_dz), free(in), free(dz), free(w), free(scratch), free(norm_scratch[0]), free(norm_scratch[1]);
    free(conv), free(out), free(dx), free(dw), free(normal), free(same_out), free(dconv), free(dnormal), free(same_dx);
}

static void narrow_maps(long batch, long inputs, long outputs, long size) {
    ocellus_maps m = {batch, inputs, size, size, 16};
    ocellus_window w = {2, 2, 2, 2, 0, 0, size / 2, size / 2};
    ocellus_winograd sizes = {batch, inputs, outputs, size, size, 1, 1, size, size, 16, 7};
    long nx = batch * inputs * size * size, ny = batch * outputs * size * size, nw = 9 * inputs * outputs;
    long np = batch * inputs * (size / 2) * (size / 2);
    float *randomX = randoms(nx, 2), *randomY = randoms(ny, 2), *filters = randoms(nw, 1), *bias = randoms(outputs, 1);
    uint16_t *x = narrow(randomX, nx), *dy = narrow(randomY, ny);
    float *wideX = widened(x, nx), *wideDY = widened(dy, ny), *expected = unwritten(nx > ny ? nx : ny);
    uint16_t *y = narrow(expected, nx > ny ? nx : ny);

    uint8_t *winners = calloc((size_t)np, 1);
    RUN(ocellus_max_pool, max_pool, NULL, .maps = m, .window = w, .x = wideX, .y = expected, .winners = winners);
    RUN(
        ocellus_max_pool, max_pool, NULL, .type = ocellus_element_bfloat16, .maps = m, .window = w, .x = x, .y = y,
        .winners = winners);
    same_narrow("max pool, bfloat16", y, expected, np);
    RUN(
        ocellus_max_pool_gradient, max_pool_gradient, NULL, .maps = m, .window = w, .dy = wideX, .winners = winners,
        .dx = expected);
    RUN(
        ocellus_max_pool_gradient, max_pool_gradient, NULL, .type = ocellus_element_bfloat16, .maps = m, .window = w,
        .dy = x, .winners = winners, .dx = y);
    same_narrow("max pool gradient, bfloat16", y, expected, nx);

    long need = ocellus_winograd_scratch(sizes, threads), other = ocellus_winograd_weight_gradient_scratch(sizes, threads);
    float *scratch = unwritten(need > other ? need : other), *dw = unwritten(nw), *found = unwritten(nw);
    RUN(
        ocellus_winograd_forward, winograd_forward, scratch, .sizes = sizes, .x = wideX, .w = filters, .bias = bias,
        .activation = relu_activation, .y = expected);
    RUN(
        ocellus_winograd_forward, winograd_forward, scratch, .type = ocellus_element_bfloat16, .sizes = sizes, .x = x,
        .w = filters, .bias = bias, .activation = relu_activation, .y = y);
    same_narrow("winograd, bfloat16", y, expected, ny);
    RUN(
        ocellus_winograd_forward, winograd_forward, scratch, .sizes = sizes, .x = wideX, .w = filters, .bias = bias,
        .added = wideDY, .activation = relu_activation, .y = expected);
    RUN(
        ocellus_winograd_forward, winograd_forward, scratch, .type = ocellus_element_bfloat16, .sizes = sizes, .x = x,
        .w = filters, .bias = bias, .added = dy, .activation = relu_activation, .y = y);
    same_narrow("winograd and sum, bfloat16", y, expected, ny);
    float *bare = unwritten(ny), *finished = unwritten(ny);
    EACH_FUNCTION("winograd", expected, ny,
                  RUN(ocellus_winograd_forward, winograd_forward, scratch, .sizes = sizes, .x = wideX, .w = filters,
                      .bias = bias, .added = wideDY, .activation = activation, .y = expected);)
    uint16_t *narrow_bare = NULL;
    for (int index = -1; index < function_cases; index++) {
        ocellus_activation activation = {ocellus_function_none, 0};
        if (index >= 0) activation = activation_of(index);
        RUN(
            ocellus_winograd_forward, winograd_forward, scratch, .type = ocellus_element_bfloat16, .sizes = sizes, .x = x,
            .w = filters, .bias = bias, .activation = activation, .y = y);
        if (index < 0) {
            narrow_bare = memcpy(narrow(bare, ny), y, (size_t)ny * sizeof *y);
            continue;
        }
        float *wide = widened(narrow_bare, ny);
        apply_function(index, wide, ny);
        if (functions[index].function != ocellus_function_relu) same_narrow("winograd and a function, bfloat16", y, wide, ny);
        free(wide);
    }
    free(bare), free(finished), free(narrow_bare);
    RUN(
        ocellus_winograd_input_gradient, winograd_input_gradient, scratch, .sizes = sizes, .dy = wideDY, .w = filters,
        .dx = expected);
    RUN(
        ocellus_winograd_input_gradient, winograd_input_gradient, scratch, .type = ocellus_element_bfloat16,
        .sizes = sizes, .dy = dy, .w = filters, .dx = y);
    same_narrow("winograd input gradient, bfloat16", y, expected, nx);
    RUN(
        ocellus_winograd_weight_gradient, winograd_weight_gradient, scratch, .sizes = sizes, .x = wideX, .dy = wideDY,
        .dw = dw);
    RUN(
        ocellus_winograd_weight_gradient, winograd_weight_gradient, scratch, .type = ocellus_element_bfloat16,
        .sizes = sizes, .x = x, .dy = dy, .dw = found);
    same("winograd weight gradient, bfloat16", found, dw, nw);
    free(randomX), free(randomY), free(filters), free(bias), free(x), free(dy), free(wideX), free(wideDY);
    free(expected), free(y), free(winners), free(scratch), free(dw), free(found);
}

static void count_once(void *context, int thread, int team) {
    (void)team;
    __atomic_add_fetch((int *)context + thread, 1, __ATOMIC_SEQ_CST);
}

static void teams(void) {
    int visits[64] = {0}, sum = 0;
    ocellus_set_threads(threads);
    ocellus_parallel(threads, count_once, visits);
    comparisons++;
    for (int i = 0; i < 64; i++) sum += visits[i];
    if (sum < 1 || sum > threads || visits[0] != 1) failed("parallel", "a thread ran twice or none did");
    if (ocellus_default_threads() < 1) failed("default threads", "");
}

static void everything(void) {
    for (int i = 0; i < count_cases; i++) narrow_elementwise(counts[i]);
    for (int i = 0; i < count_cases; i++) elementwise(counts[i]), updates(counts[i]);
    products(1, 1, 20011), products(1, 1, 0), products(3, 1, 5), products(7, 49, 1), products(40, 1000, 1);
    products(6, 35, 16), products(12, 64, 8), products(2, 65, 192), products(3, 7, 17), products(1, 30000, 3);
    drop_path(1, 1), drop_path(67, 5), drop_path(13, 4000);
    narrow_products(3, 7, 16), narrow_products(40, 35, 48), narrow_products(1, 1, 16);
    layer_norm_blocks(1, 16, 1, 1), layer_norm_blocks(2, 20, 5, 7), layer_norm_blocks(3, 48, 4, 4);
    layer_norm_blocks(9, 7, 11, 3);
    planes((ocellus_maps){2, 20, 9, 11, 16}, (ocellus_window){5, 5, 2, 2, 1, 1, 5, 6});
    planes((ocellus_maps){11, 16, 7, 6, 16}, (ocellus_window){7, 7, 1, 1, 3, 3, 7, 6});
    planes((ocellus_maps){3, 33, 3, 2, 16}, (ocellus_window){5, 5, 1, 1, 2, 2, 3, 2});
    planes((ocellus_maps){1, 5, 12, 13, 16}, (ocellus_window){3, 4, 1, 2, 0, 2, 10, 7});
    slices(1, 1, 0, 1), slices(9, 40, 7, 20), slices(5, 5000, 0, 4000), slices(70, 33, 30, 3);
    expanded(1, 1), expanded(3, 17), expanded(70, 1000), expanded(5, 20011);
    layer_norm(1, 1, 1), layer_norm(3, 5, 1), layer_norm(70, 16, 1), layer_norm(130, 192, 1), layer_norm(9, 33, 1);
    layer_norm(1, 3, 5), layer_norm(2, 20, 16), layer_norm(3, 7, 49), layer_norm(40, 24, 35), layer_norm(2, 1, 17);
    const long blocks[] = {1, 8, 16};
    for (int i = 0; i < 3; i++) {
        // Channels that do not fill the last block, odd sizes, one position, and enough for several threads.
        const ocellus_maps sizes[] = {
            {2, 3, 5, 7, blocks[i]}, {1, 16, 8, 8, blocks[i]}, {3, 21, 13, 9, blocks[i]}, {1, 1, 3, 3, blocks[i]},
            {9, 40, 12, 11, blocks[i]}};
        for (int j = 0; j < 5; j++) {
            ocellus_maps m = sizes[j];
            layouts(m), dropout(m);
            for (int k = 0; k < 4; k++) batch_norm(m, k % 2, k / 2);
            const ocellus_window windows[] = {
                {2, 2, 2, 2, 0, 0, m.height / 2, m.width / 2},
                {3, 3, 1, 1, 1, 1, m.height, m.width},
                {3, 2, 2, 1, 1, 0, (m.height - 1) / 2 + 1, m.width - 1},
                {m.height, m.width, 1, 1, 0, 0, 1, 1},
                {2, 1, 3, 2, 0, 0, (m.height - 2) / 3 + 1, (m.width - 1) / 2 + 1}};
            for (int k = 0; k < 5; k++) max_pool(m, windows[k]), average_pool(m, windows[k]), local(m, windows[k]);
            blur_pool(m, 3, 2), blur_pool(m, 3, 1);
            if (m.height > 3 && m.width > 3) blur_pool(m, 5, 2);
        }
        // A window of more positions than a byte can name.
        ocellus_maps large = {1, 5, 17, 19, blocks[i]};
        batch_norm((ocellus_maps){2, 5, 47, 53, blocks[i]}, true, false);
        for (int k = 0; k < function_cases; k++) {
            // Functions of f(0) ≠ 0 would leave the padding.
            batch_norm_and_function((ocellus_maps){2, 16, 13, 11, blocks[i]}, k, true);
            batch_norm_and_function((ocellus_maps){3, 16, 5, 3, blocks[i]}, k, false);
        }
        max_pool(large, (ocellus_window){17, 19, 1, 1, 0, 0, 1, 1});
    }
    for (long block = 8; block <= 16; block += 8) {
        if (block == 16) narrow_maps(2, 32, 16, 9), narrow_maps(3, 16, 48, 10);
        for (long tile = 5; tile <= 7; tile += 2) {
            winograd(1, 16, 16, 4, block, tile), winograd(3, 16, 48, 10, block, tile), winograd(5, 32, 16, 15, block, tile);
            winograd(2, 16, 16, 8, block, tile);
        }
    }
    for (long channels = 1; channels <= 3; channels++) {
        pooled_gradient((ocellus_maps){4, channels, 8, 8, 1}, 16, 0, 0, 6, 6);
        pooled_gradient((ocellus_maps){3, channels, 7, 10, 1}, 48, 1, 1, 7, 10);
        pooled_gradient((ocellus_maps){1, channels, 5, 40, 1}, 32, 2, 1, 6, 41);
        // More rows than a thread's cache holds at once, and a rest of them.
        pooled_gradient((ocellus_maps){3, channels, 30, 61, 1}, 32, 0, 1, 28, 60);
    }
    // Rows of every length that is summed at once; padding on any side, also none; a last row and column that no window holds.
    for (long stride = 1; stride <= 2; stride++) {
        for (long width = 1; width <= 18; width++) {
            depthwise(
                (ocellus_maps){2, 16, 5, width, 16},
                (ocellus_window){3, 3, stride, stride, 1, 1, 4 / stride + 1, (width - 1) / stride + 1});
        }
        depthwise((ocellus_maps){3, 40, 8, 9, 16}, (ocellus_window){3, 3, stride, stride, 0, 0, 5 / stride + 1, 6 / stride + 1});
        depthwise((ocellus_maps){5, 48, 6, 7, 16}, (ocellus_window){3, 3, stride, stride, 2, 0, 7 / stride + 1, 5 / stride + 1});
        depthwise((ocellus_maps){1, 5, 4, 4, 16}, (ocellus_window){3, 3, stride, stride, 0, 2, 3 / stride, 5 / stride + 1});
        depthwise((ocellus_maps){2, 16, 40, 33, 16}, (ocellus_window){3, 3, stride, stride, 1, 1, 39 / stride + 1, 32 / stride + 1});
    }
    // Every number of positions that is summed at once; padding on any side; strides; groups of rows across samples.
    for (int i = 1; i < 3; i++) {
        for (long width = 1; width <= 28; width++) {
            streamed((ocellus_maps){1, 20, 1, width, blocks[i]}, 16, (ocellus_window){1, 1, 1, 1, 0, 0, 1, width});
        }
        streamed((ocellus_maps){1, 48, 4, 4, blocks[i]}, 32, (ocellus_window){3, 3, 1, 1, 1, 1, 4, 4});
        streamed((ocellus_maps){5, 16, 5, 6, blocks[i]}, 48, (ocellus_window){3, 2, 2, 1, 2, 0, 3, 5});
        streamed((ocellus_maps){3, 33, 7, 5, blocks[i]}, 16, (ocellus_window){5, 3, 2, 3, 4, 2, 4, 3});
        streamed((ocellus_maps){2, 16, 11, 13, blocks[i]}, 16, (ocellus_window){3, 3, 1, 1, 0, 2, 10, 14});
        streamed((ocellus_maps){1, 16, 2, 200, blocks[i]}, 16, (ocellus_window){2, 2, 1, 1, 1, 1, 2, 201});
    }
    // Every number of outputs that is summed at once, blocks on both sides, one sample to more than two groups.
    for (long outputs = 1; outputs <= 7; outputs++) {
        for (int i = 0; i < 3; i++) {
            chwn((ocellus_maps){5, 3, 9, 8, blocks[i]}, outputs, blocks[(i + outputs) % 3], 3, 3, outputs % 2);
            chwn((ocellus_maps){35, 1 + outputs, 6, 7, blocks[i]}, 20 - outputs, blocks[(i + 1) % 3], 1 + outputs % 5, 2, i > 0 && outputs % 5 > 0);
        }
    }
    chwn((ocellus_maps){16, 3, 32, 32, 1}, 6, 8, 5, 5, false), chwn((ocellus_maps){1, 2, 1, 1, 1}, 2, 1, 1, 1, false);
    dense(1, 5, 3, 64, false), dense(7, 33, 70, 64, false), dense(9, 100, 130, 48, false), dense(67, 33, 150, 64, false);
    dense(1, 5, 3, 64, true), dense(7, 33, 70, 64, true), dense(15, 100, 1100, 32, true);
    losses(1, 2), losses(7, 10), losses(40, 100);
    teams();
}

int main(void) {
    const char *const sets[] = {"avx512", "avx2", "neon", "baseline"};
    int known = 0;
    for (int i = 0; i < 4; i++) {
        if (!ocellus_kernels_use_instruction_set(sets[i])) continue;
        known++;
        long before = failures, count = comparisons;
        for (threads = 1; threads <= 3; threads++) everything();
        printf("%-8s %ld comparisons, %ld differences\n", sets[i], comparisons - count, failures - before);
    }
    if (known == 0) puts("the kernels know no instruction set");
    return failures > 0 || known == 0;
}
