// SPDX-License-Identifier: Apache-2.0
//
// Vector kernels of the engine: what a training step needs besides matrix products and convolutions.
//
// Every kernel
// - is a function of the type ocellus_kernel: of NAME_arguments, unless its comment names another struct, and of what the
//   run lends it;
// - runs on at most `threads` threads of GNU OpenMP's team, the one that oneDNN computes with, and returns when all
//   are done (on systems other than Linux, on the calling thread alone);
// - gives the same bits for every number of threads and every instruction set, except where its comment says otherwise:
//   sums have a fixed order and nothing is contracted to fused multiply-adds;
// - allocates nothing and checks nothing: sizes are the caller's promise. Buffers need the alignment of their elements
//   only, and must not overlap unless the comment says that they may be the same buffer.
//
// Where elements may be of two types, pointers to them are `void *` and the type stands beside them. bfloat16 needs maps of
// block 16; all arithmetic is float32, and each result is rounded once. Filters, biases, statistics and the gradients of
// these are float32.
//
// Maps are `[N][⌈C/b⌉][H][W][b]` with block b = 1 (plain `[N][C][H][W]`), 8 or 16. The channels that fill the last
// block are zero: kernels on maps read zeros there and write zeros.
#ifndef OCELLUS_ENGINE_KERNELS_H
#define OCELLUS_ENGINE_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "COcellusInstructionSet.h"
#include "COcellusKernel.h"

// MARK: Threads

/// Number of threads that OpenMP regions started by the calling thread get, oneDNN's among them.
void ocellus_set_threads(int threads);

/// Lets OpenMP's threads sleep soon when they wait, for the rest of the process. GNU OpenMP spins for 100 rounds only, instead
/// of 300,000, while it has more threads than processors (manual, GOMP_SPINCOUNT); this makes some that sleep for good.
void ocellus_sleep_soon(void);

/// Runs `body(context, thread, team)` for `thread` = 0 ..< `team` at the same time, where `team` is `threads` or what
/// OpenMP grants below it, and waits. `team` is 1 inside another region and on systems other than Linux.
void ocellus_parallel(int threads, void (*body)(void *context, int thread, int team), void *context);

// MARK: Maps and windows

/// How the elements of maps are stored.
typedef enum {
    ocellus_element_float32,
    ocellus_element_bfloat16,
} ocellus_element;

/// Functions of one number that may end an operation. Each is a kernel too, where its formula stands.
typedef enum {
    ocellus_function_none,
    ocellus_function_relu,
    ocellus_function_leaky_relu,
    ocellus_function_sigmoid,
    ocellus_function_tanh,
    ocellus_function_gelu,
    ocellus_function_relu6,
    ocellus_function_silu,
    ocellus_function_hard_swish,
    ocellus_function_hard_sigmoid,
} ocellus_function;

/// What becomes of a result before it is written. Where f(0) ≠ 0, maps must fill their blocks.
typedef struct {
    ocellus_function function;
    /// Of the function that has one.
    float factor;
} ocellus_activation;

/// Sizes of maps `[N][⌈C/b⌉][H][W][b]`.
typedef struct {
    long batch;
    long channels;
    long height;
    long width;
    /// b: 1, 8 or 16.
    long block;
} ocellus_maps;

/// A window that slides over maps; the input's height and width come from the ocellus_maps beside it.
typedef struct {
    long kernel_height;
    long kernel_width;
    long stride_height;
    long stride_width;
    /// Rows of padding above and columns to the left; each smaller than the kernel.
    long top;
    long left;
    long output_height;
    long output_width;
} ocellus_window;

/// Floats in a buffer of maps, padding channels included.
long ocellus_maps_count(ocellus_maps maps);

/// Copies plain `[N][C][H][W]` to maps of any block and zeroes the padding channels.
void ocellus_maps_from_plain(ocellus_maps maps, const float *plain, float *blocked, int threads);

/// Copies maps of any block to plain `[N][C][H][W]`.
void ocellus_maps_to_plain(ocellus_maps maps, const float *blocked, float *plain, int threads);

typedef struct {
    ocellus_maps maps;
    ocellus_element type;
    void *x;
} ocellus_maps_zero_padding_arguments;

/// Writes zeros to the padding channels, after an elementwise function with f(0) ≠ 0.
int ocellus_maps_zero_padding(const void *arguments, const ocellus_run *run);

// MARK: Updates of parameters
//
// One pass over each buffer. The gradient is `gradient_scale · g[i]` of the batch's state before anything else, so that
// clipping costs nothing. The formulas are those of OcellusModel's Optimizer, evaluated in float from left to right.

/// How parameters change, `g` being the scaled gradient. States start as zeros.
typedef enum {
    /// `g += decay·w; w −= rate·g`
    ocellus_rule_sgd,
    /// `g += decay·w; v = momentum·v + g; w −= rate·v`
    ocellus_rule_momentum,
    /// The same with `w −= rate·(g + momentum·v)`.
    ocellus_rule_nesterov,
    /// `g += decay·w; m = β1·m + (1 − β1)·g; v = β2·v + (1 − β2)·g²; w = keep·w − rate·m / (√v·root_scale + ε)`
    ocellus_rule_adam,
} ocellus_rule_kind;

/// The settings of an optimiser that stay the same from step to step.
///
/// A parameter's rate is the run's times its factor. The weight decay of SGD and AdamW is divided by the factor, so that its
/// pull stays what it is.
typedef struct {
    ocellus_rule_kind kind;
    double momentum;
    double beta1, beta2, epsilon;
    double decay;
    /// AdamW when true, Adam when false.
    bool decoupled;
} ocellus_optimizer;

/// What one update by Adam multiplies with. See ocellus_adam_step_make().
typedef struct {
    /// `η / (1 − β1^t)`
    float rate;
    float beta1;
    /// `1 − β1`, rounded once
    float beta1_complement;
    float beta2;
    /// `1 − β2`, rounded once
    float beta2_complement;
    /// `1 / √(1 − β2^t)`
    float root_scale;
    float epsilon;
    /// Added to the gradient as `decay·w`: Adam's weight decay, 0 for AdamW.
    float decay;
    /// `1 − η·decay`: AdamW's weight decay, 1 for Adam.
    float keep;
} ocellus_adam_step;

/// The factors of update `number` (1 for the first), computed in double without the C library.
///
/// - decoupled: AdamW when true, Adam when false.
ocellus_adam_step ocellus_adam_step_make(
    double rate, double beta1, double beta2, double epsilon, double decay, bool decoupled, long number);

/// Where a parameter lies in the buffers of an update.
typedef struct {
    /// Its position in the run's rate_factors.
    long parameter;
    /// The first of its floats, and how many it has.
    long start;
    long count;
} ocellus_update_part;

typedef struct {
    ocellus_optimizer optimizer;
    /// They cover the buffers, so that one pass serves all where their rates are alike.
    const ocellus_update_part *parts;
    long part_count;
    /// Floats of all parts together.
    long count;
    float *w;
    const float *g;
    /// Adam's first state, and the other or only state; NULL where there is none.
    float *m, *v;
} ocellus_update_arguments;

/// One update of parameters that lie one after the other.
int ocellus_update(const void *arguments, const ocellus_run *run);

typedef struct {
    long count;
    const float *g;
    float *sums;
} ocellus_gradient_sums_arguments;

/// Adds the gradients of a part of a batch, times the weight of its samples, to the sums of those before, which the batch's
/// first part begins anew. Sets the scale that makes means of the sums.
int ocellus_gradient_sums(const void *arguments, const ocellus_run *run);

typedef struct {
    long buffers;
    /// The gradients or their sums, and how many floats each buffer has.
    const float *const *g;
    const long *counts;
    double maximum;
} ocellus_gradient_clip_arguments;

/// Sets the scale that gives all gradients together a norm of at most `maximum`.
int ocellus_gradient_clip(const void *arguments, const ocellus_run *run);

/// `Σ x²` over several buffers in double.
double ocellus_sum_of_squares(long buffers, const float *const *x, const long *counts, int threads);

/// `min(1, maximum / √sum)`: what scales gradients whose squares sum to `sum` to a norm of at most `maximum`.
/// 1 for `sum` 0; NaN for NaN and 0 for infinity, so that the damage stays visible in the parameters.
float ocellus_clip_factor(double sum, double maximum);

// MARK: Large dense layers

/// Sizes of a dense layer, and where its weights lie: in blocks `[16 inputs][outputs_at_once outputs]`, the last ones
/// filled up, each axis of blocks with a step.
typedef struct {
    long batch;
    long inputs;
    long outputs;
    /// 16, 32, 48 or 64.
    long outputs_at_once;
    /// Whether neighbouring blocks have neighbouring inputs, and not outputs.
    bool inputs_first;
    /// Whether x, w and dy are rounded to bfloat16 before they are multiplied; sums, results and what is stored stay
    /// float32. Needs `outputs_at_once` 32 or 64. Fast where ocellus_kernels_have_bfloat16().
    bool rounds_to_bfloat16;
} ocellus_dense;

/// Floats of scratch that each of the three functions below needs.
long ocellus_dense_scratch(ocellus_dense sizes);

typedef struct {
    ocellus_dense sizes;
    const float *x, *w;
    /// NULL where there is none.
    const float *bias;
    ocellus_activation activation;
    float *y;
} ocellus_dense_forward_arguments;

/// `y[n][o] = bias[o] + Σ x[n][i]·w[i][o]`, then the function. Sums run over i in order, in
/// fused multiply-adds where the instruction set has them; of bfloat16 in pairs, where the order within a pair is the
/// machine's. Filled-up weights must be zero.
int ocellus_dense_forward(const void *arguments, const ocellus_run *run);

typedef struct {
    ocellus_dense sizes;
    const float *dy, *w;
    float *dx;
} ocellus_dense_input_gradient_arguments;

/// `dx[n][i] = Σ dy[n][o]·w[i][o]`. Sums run in 16 parts, each over every 16th o in order, in fused multiply-adds where the
/// instruction set has them. Filled-up weights must be zero.
int ocellus_dense_input_gradient(const void *arguments, const ocellus_run *run);

typedef struct {
    ocellus_dense sizes;
    ocellus_optimizer optimizer;
    /// Position of the weights in the run's rate_factors.
    long parameter;
    /// `[N][inputs]` and `[N][outputs]`
    const float *x, *dy;
    float *w;
    /// States in the blocks of `w`, NULL where the rule has none.
    float *m, *v;
    /// Receives `Σ dy[n][o]`, or NULL.
    float *db;
} ocellus_dense_update_arguments;

/// Updates the weights `w` with their gradient `Σ x[n][i]·dy[n][o]`, which is never written to memory: for layers whose
/// weights exceed the caches that saves a third to a half of their traffic. Sums run over n in order, in fused
/// multiply-adds where the instruction set has them. Filled-up parts of blocks have the gradient 0.
int ocellus_dense_update(const void *arguments, const ocellus_run *run);

// MARK: Elementwise
//
// Functions of ocellus_elementwise_arguments. The result may be the same buffer as any operand. A NaN operand gives NaN,
// unless it is a mask (`a > 0` of a gradient). One rounding for each operation written, unless a bound is given. Of
// gradients, `b` is that of the result.

typedef struct {
    ocellus_element type;
    long count;
    /// Those that the formula names.
    const void *a, *b, *c;
    float factor;
    void *y;
} ocellus_elementwise_arguments;

/// `y = max(0, a)`; also of bfloat16.
int ocellus_relu(const void *arguments, const ocellus_run *run);
/// `y = a > 0 ? b : 0`, `a` being the result of the ReLU; also of bfloat16.
int ocellus_relu_gradient(const void *arguments, const ocellus_run *run);
/// `y = a + b`; also of bfloat16.
int ocellus_add(const void *arguments, const ocellus_run *run);
/// `y = a + factor·b`, in one rounding where the processor has such an instruction.
int ocellus_add_scaled(const void *arguments, const ocellus_run *run);
/// `y = max(0, a + b)`; NaN stays. Also of bfloat16.
int ocellus_add_relu(const void *arguments, const ocellus_run *run);
/// `y = a > 0 ? b + c : 0`: two gradients of a ReLU's result `a` joined; also of bfloat16.
int ocellus_add_relu_gradient(const void *arguments, const ocellus_run *run);
/// `y = a > 0 ? a : factor·a`; also of bfloat16.
int ocellus_leaky_relu(const void *arguments, const ocellus_run *run);
/// `y = a > 0 ? b : factor·b`, `a` being the result or the operand; also of bfloat16.
int ocellus_leaky_relu_gradient(const void *arguments, const ocellus_run *run);
/// `y = a·Φ(a)` with the exact normal distribution function; within 12 ULP and 2e-7·|a|. Also of bfloat16.
int ocellus_gelu(const void *arguments, const ocellus_run *run);
/// `y = b·(Φ(a) + a·φ(a))`; within 4e-7·|b|. Also of bfloat16.
int ocellus_gelu_gradient(const void *arguments, const ocellus_run *run);
/// `y = 1 / (1 + exp(−a))`; within 1 ULP; also of bfloat16. f(0) ≠ 0: see ocellus_maps_zero_padding().
int ocellus_sigmoid(const void *arguments, const ocellus_run *run);
/// `y = b·a·(1 − a)`, `a` being the result; also of bfloat16.
int ocellus_sigmoid_gradient(const void *arguments, const ocellus_run *run);
/// `y = tanh(a)`; within 2 ULP. Also of bfloat16.
int ocellus_tanh(const void *arguments, const ocellus_run *run);
/// `y = b·(1 − a²)`, `a` being the result; also of bfloat16.
int ocellus_tanh_gradient(const void *arguments, const ocellus_run *run);
/// `y = min(max(0, a), 6)`; also of bfloat16.
int ocellus_relu6(const void *arguments, const ocellus_run *run);
/// `y = 0 < a < 6 ? b : 0`, `a` being the result; also of bfloat16.
int ocellus_relu6_gradient(const void *arguments, const ocellus_run *run);
/// `y = a / (1 + exp(−a))`; within 1 ULP. Also of bfloat16.
int ocellus_silu(const void *arguments, const ocellus_run *run);
/// `y = b·σ(a)·(1 + a·(1 − σ(a)))`, σ being the sigmoid; within 2 ULP. Also of bfloat16.
int ocellus_silu_gradient(const void *arguments, const ocellus_run *run);
/// `y = a ≤ −3 ? 0 : a ≥ 3 ? a : a·(a + 3)/6`; also of bfloat16.
int ocellus_hard_swish(const void *arguments, const ocellus_run *run);
/// `y = a ≤ −3 ? 0 : a ≥ 3 ? b : b·(a/3 + 1/2)`; also of bfloat16.
int ocellus_hard_swish_gradient(const void *arguments, const ocellus_run *run);
/// `y = a ≤ −3 ? 0 : a ≥ 3 ? 1 : (a + 3)/6`; also of bfloat16. f(0) ≠ 0: see ocellus_maps_zero_padding().
int ocellus_hard_sigmoid(const void *arguments, const ocellus_run *run);
/// `y = −3 < a < 3 ? b/6 : 0`; also of bfloat16.
int ocellus_hard_sigmoid_gradient(const void *arguments, const ocellus_run *run);
/// `y = factor·a`
int ocellus_scale(const void *arguments, const ocellus_run *run);
/// `y = a`
int ocellus_copy(const void *arguments, const ocellus_run *run);

// MARK: Products that repeat
//
// Tensors are `[outer][repeats][inner]`, the one that repeats `[outer][inner]`.

typedef struct {
    long outer, repeats, inner;
    /// Of all but what repeats.
    ocellus_element type;
    const void *a;
    const float *b;
    /// May be `a`.
    void *y;
} ocellus_multiply_arguments;

/// `y[o][r][i] = a[o][r][i]·b[o][i]`; also of bfloat16, where `inner` is a multiple of 16.
int ocellus_multiply(const void *arguments, const ocellus_run *run);

typedef struct {
    long outer, repeats, inner;
    /// Of dy and a.
    ocellus_element type;
    const void *dy, *a;
    float *db;
} ocellus_multiply_gradient_arguments;

/// `db[o][i] = Σ dy[o][r][i]·a[o][r][i]` over r, in double and rounded once; where `inner` is 1, in 8 parts. Also of
/// bfloat16, where `inner` is a multiple of 16.
int ocellus_multiply_gradient(const void *arguments, const ocellus_run *run);

// MARK: Pooling
//
// `maps` are the input maps; the output has the same batch, channels and block and the window's output size. Every
// window covers at least one position of the map.

/// Bytes of one winner: 1 for windows of up to 256 positions, else 4 (a window of the whole map can be large).
long ocellus_max_pool_winner_bytes(ocellus_window window);

typedef struct {
    ocellus_maps maps;
    ocellus_window window;
    ocellus_element type;
    const void *x;
    void *y;
    /// One for each element of y at the same offset: `p·kernel_width + q` of the winner as uint8_t or uint32_t by
    /// ocellus_max_pool_winner_bytes(); any position in padding channels. NULL when no gradient is needed.
    void *winners;
} ocellus_max_pool_arguments;

/// The largest value of each window, ignoring padding; ties go to the first position in row-major order, and a NaN
/// wins over every number.
int ocellus_max_pool(const void *arguments, const ocellus_run *run);

typedef struct {
    ocellus_maps maps;
    ocellus_window window;
    ocellus_element type;
    const void *dy;
    const void *winners;
    /// The pool's output, or NULL. With it, `dy` counts only where `y > 0`: the gradient of a ReLU before the pool.
    const void *y;
    void *dx;
} ocellus_max_pool_gradient_arguments;

/// `dx`: each `dy` at its winner, sums where windows overlap, zero elsewhere. Writes all of dx.
int ocellus_max_pool_gradient(const void *arguments, const ocellus_run *run);

/// `from` is x and `to` is y; of the gradient, dy and dx.
typedef struct {
    ocellus_maps maps;
    ocellus_window window;
    const float *from;
    float *to;
} ocellus_average_pool_arguments;

/// The mean of each window over the positions inside the map, summed in float in row-major order.
int ocellus_average_pool(const void *arguments, const ocellus_run *run);

/// `dx = Σ dy / positions` over the windows that hold the position, of ocellus_average_pool_arguments. Writes all of dx.
int ocellus_average_pool_gradient(const void *arguments, const ocellus_run *run);

/// `from` is x and `to` is y; of the gradient, dy and dx.
typedef struct {
    ocellus_maps maps;
    ocellus_window window;
    /// kernel_height = kernel_width of them, at most 7, rounded to float. Fewer than height and width of the map reach
    /// beyond each border.
    const double *taps;
    const float *from;
    float *to;
} ocellus_blur_pool_arguments;

/// `y = Σ taps[p]·Σ taps[q]·x` with borders reflected without repeating the edge.
int ocellus_blur_pool(const void *arguments, const ocellus_run *run);

/// The transpose of ocellus_blur_pool(), of ocellus_blur_pool_arguments. Writes all of dx.
int ocellus_blur_pool_gradient(const void *arguments, const ocellus_run *run);

// MARK: Loss

typedef struct {
    long batch, classes;
    const float *logits;
    const int32_t *labels;
    /// `[N]`. Samples of weight 0 are left out: their logits and labels are not read, their gradient is 0.
    const float *sample_weights;
    /// `[K]`, or NULL for all 1.
    const double *class_weights;
    double label_smoothing;
    /// `[N][K]`, the gradient of loss_sum / weight_sum, all zero when weight_sum is 0; or NULL. May be `logits`.
    float *dlogits;
} ocellus_softmax_cross_entropy_arguments;

/// Softmax cross-entropy of plain logits `[N][K]` with class indices `[N]`: OcellusModel's Loss, computed in double. Sets the
/// loss of the batch's state.
///
/// Where the run has a second label for each sample, sample n is to label_shares[n] of class labels[n], and else of
/// other_labels[n]. What is correct is decided by `labels`. weight_sum sums each label's class weight by its share.
///
/// A NaN or infinite logit makes the loss NaN or infinite. A NaN is never correct.
int ocellus_softmax_cross_entropy(const void *arguments, const ocellus_run *run);

// MARK: Dropout

typedef struct {
    /// Features `[N, F]` are maps of F channels, 1×1, block 1.
    ocellus_maps maps;
    float rate;
    uint32_t stream;
    const float *x;
    /// May be `x`.
    float *y;
} ocellus_dropout_arguments;

/// `y = keep ? x / (1 − rate) : 0` with keep by OcellusPlan's DropoutMask: element i, in row-major order of the
/// logical `[N, C, H, W]` whatever the block and counted from the batch's first image, takes word `i mod 4` of the Philox
/// 4x32-10 block with counter `(i / 4, step, stream, 4)` and the seed as key, and is kept when the word is at least
/// `⌊rate·2³²⌋`. Also its own gradient.
int ocellus_dropout(const void *arguments, const ocellus_run *run);

typedef struct {
    /// Images, and elements of each.
    long batch, count;
    ocellus_element type;
    float rate;
    uint32_t stream;
    const void *x;
    /// May be `x`.
    void *y;
} ocellus_drop_path_arguments;

/// `y = keep ? x / (1 − rate) : 0` of a whole image, which takes the word of ocellus_dropout() for the element of its number
/// in the batch. Also its own gradient.
int ocellus_drop_path(const void *arguments, const ocellus_run *run);

// MARK: Parts

typedef struct {
    long batch;
    /// Floats of an image, those before the part, and those of it.
    long whole, offset, count;
    const float *dy;
    float *dx;
} ocellus_slice_gradient_arguments;

/// `dx`: `dy` in the part, zero elsewhere.
int ocellus_slice_gradient(const void *arguments, const ocellus_run *run);

// MARK: Tensors of every image

typedef struct {
    long batch, count;
    const float *x;
    float *y;
} ocellus_expand_arguments;

/// `y[n][i] = x[i]`
int ocellus_expand(const void *arguments, const ocellus_run *run);

/// `y[i] = Σ x[n][i]`, of ocellus_expand_arguments; in double over n in order, rounded once.
int ocellus_expand_gradient(const void *arguments, const ocellus_run *run);

// MARK: Layer norm

/// Tensors `[outer][channels][inner]`, normalised over the channels.
typedef struct {
    long outer, channels, inner;
    /// 16 for maps whose channels lie in blocks of as many, `[outer][⌈channels/16⌉][inner][16]`; else 0.
    long block;
    /// Of x and dx, and of y and dy; float32 unless `inner` is 1 or channels lie in blocks.
    ocellus_element x_type, y_type;
} ocellus_layer_norm_sizes;

typedef struct {
    ocellus_layer_norm_sizes sizes;
    float epsilon;
    const void *x;
    /// `[channels]` each.
    const float *scale, *shift;
    /// May be `x`.
    void *y;
} ocellus_layer_norm_arguments;

/// `y = (x − mean)/√(variance + ε)·scale + shift`. Sums run in float: in 16 parts where `inner` is 1 or channels lie in blocks,
/// else over the channels in order.
int ocellus_layer_norm(const void *arguments, const ocellus_run *run);

/// Floats of scratch that ocellus_layer_norm_gradient() needs.
long ocellus_layer_norm_scratch(ocellus_layer_norm_sizes sizes);

typedef struct {
    ocellus_layer_norm_sizes sizes;
    float epsilon;
    const void *dy, *x;
    const float *scale;
    /// May be `dy`.
    void *dx;
    /// `[channels]` each.
    float *dscale, *dshift;
} ocellus_layer_norm_gradient_arguments;

/// With `x̂` the normalised x, g = scale·dy and means over the channels: `dx = (g − mean(g) − x̂·mean(g·x̂))/√(variance + ε)`,
/// `dscale = Σ dy·x̂`, `dshift = Σ dy`. The latter two in up to 32 parts, whatever the number of threads.
int ocellus_layer_norm_gradient(const void *arguments, const ocellus_run *run);

// MARK: Batch norm

/// How maps are normalised: `y = (x − mean)·scale/√(variance + ε) + shift`, each `[C]`, then what is added, then
/// the function, which keeps NaN.
typedef struct {
    const float *mean;
    const float *variance;
    const float *scale;
    const float *shift;
    float epsilon;
    ocellus_activation activation;
} ocellus_normalization;

/// Floats of scratch that the functions below need, aligned as doubles.
long ocellus_batch_norm_scratch(ocellus_maps maps);

typedef struct {
    ocellus_maps maps;
    ocellus_element type;
    const void *x;
    float *mean, *variance;
} ocellus_batch_norm_statistics_arguments;

/// Mean and variance (divided by the count) of each channel `[C]`, one read of the maps.
///
/// Sums of 128 numbers in float, joined in double in a fixed order (Chan, Golub and LeVeque 1979).
int ocellus_batch_norm_statistics(const void *arguments, const ocellus_run *run);

typedef struct {
    ocellus_maps maps;
    ocellus_element type;
    ocellus_normalization rule;
    const void *x;
    /// Maps of the same sizes, or NULL.
    const void *added;
    /// May be `x` or `added`.
    void *y;
} ocellus_batch_norm_arguments;

int ocellus_batch_norm(const void *arguments, const ocellus_run *run);

typedef struct {
    ocellus_maps maps;
    ocellus_element type;
    ocellus_normalization rule;
    const void *x, *dy;
    /// May be `dy`.
    void *dx;
    float *dscale, *dshift;
} ocellus_batch_norm_gradient_arguments;

/// The gradients through the batch's statistics (Ioffe and Szegedy 2015, section 3), where mean and variance are those
/// of `x`. With a function, dy is that of its result, computed without anything added; what it was applied to is found by the
/// same arithmetic again.
int ocellus_batch_norm_gradient(const void *arguments, const ocellus_run *run);

typedef struct {
    long channels;
    /// Of the batch.
    const float *mean, *variance;
    float *running_mean, *running_variance;
    float momentum;
    /// What makes the variance unbiased.
    float correction;
} ocellus_running_statistics_arguments;

/// `running = (1 − momentum)·running + momentum·batch`, the batch's variance times `correction`.
int ocellus_running_statistics(const void *arguments, const ocellus_run *run);

// MARK: Weight gradient of a depthwise convolution

typedef struct {
    /// Of block 16, of as many channels.
    ocellus_maps x_maps, y_maps;
    /// At most 7×7.
    ocellus_window window;
    ocellus_element type;
    const void *x, *dy;
    /// `[C][kernel_height][kernel_width]`
    float *dw;
    /// `[C]`, or NULL.
    float *db;
} ocellus_planes_gradient_arguments;

/// Floats of scratch, aligned as doubles.
long ocellus_planes_gradient_scratch(ocellus_maps x, ocellus_window window);

/// `dw[c][p][q] = Σ dy[n, c, r, s]·x[n, c, r·stride + p − top, s·stride + q − left]`, `db[c] = Σ dy`. Sums run in float over a row
/// and over the rows of a plane, in double over samples; in fused multiply-adds where the instruction set has them. Also of bfloat16.
int ocellus_planes_gradient(const void *arguments, const ocellus_run *run);

// MARK: Depthwise convolution between batch norms
//
// A 3×3 convolution of each channel by itself, of stride 1 or 2, with a batch norm in training and ReLU before it and another
// behind it: x, relu(norm(x)), y, z = relu(norm(y)). The normalised inputs and the gradient of y are made where they are read,
// a plane at a time, and sums are taken while a plane is in a cache: each pass reads the maps once. Uses fused multiply-adds
// where the instruction set has them; the weight gradient's last bits depend on the number of threads.

/// Sizes of the maps before and behind the convolution, blocks of 16 channels, and its window: stride 1 or 2 along both axes.
typedef struct {
    ocellus_maps x, y;
    ocellus_window window;
} ocellus_depthwise;

/// One of the batch norms, `[C]` each.
typedef struct {
    const float *scale, *shift;
    float epsilon;
    /// Of the batch, variance divided by the count: written by the forward pass, read by the gradient.
    float *mean, *variance;
    /// Written by the gradient.
    float *dscale, *dshift;
} ocellus_trained_norm;

/// Floats of scratch that the following need, aligned as doubles.
long ocellus_depthwise_scratch(ocellus_depthwise sizes, int threads);

typedef struct {
    ocellus_depthwise sizes;
    ocellus_trained_norm before, after;
    const float *x;
    /// `[C][3][3]`
    const float *w;
    float *y, *z;
} ocellus_depthwise_forward_arguments;

/// Writes the statistics of both norms, y and z.
int ocellus_depthwise_forward(const void *arguments, const ocellus_run *run);

typedef struct {
    ocellus_depthwise sizes;
    ocellus_trained_norm before, after;
    const float *x, *w, *y, *dz;
    float *dx, *dw;
} ocellus_depthwise_gradient_arguments;

/// Writes the gradients of both norms' scales and shifts, dx, and dw `[C][3][3]`.
int ocellus_depthwise_gradient(const void *arguments, const ocellus_run *run);

// MARK: Convolution by Winograd's algorithm
//
// F(4×4, 3×3) (Lavin and Gray, CVPR 2016) for kernels 3×3 of stride 1: a quarter of the multiplications, with an error
// about twice that of the direct sum: at most 64 roundings (2⁻²⁴) of the largest `Σ|x·w|`; F(5×5) with the same bound, and
// F(7×7) with at most 512 roundings (3e-5) where it is allowed. Channels must fill their blocks. Unlike the other kernels, these use fused
// multiply-adds where the instruction set has them, so that bits differ between a processor without and one with them;
// those of the weight gradient also depend on the number of threads.

/// Sizes of such a convolution of x `[N][C/b][H][W][b]` to y `[N][O/b][H′][W′][b]` with the weights
/// `[O/b][C/b][3][3][b of C][b of O]`.
typedef struct {
    long batch;
    /// C and O, multiples of the block.
    long inputs;
    long outputs;
    long height;
    long width;
    /// Rows of zeros above and columns to the left: 0, 1 or 2.
    long top;
    long left;
    long output_height;
    long output_width;
    /// b: 8 or 16.
    long block;
    /// Largest number of outputs of a tile along an axis: 5, or 7, which makes fewer products on maps of 7, 14, 28 … positions
    /// with an error that still vanishes beside the rounding of bfloat16 (2⁻⁹ of each factor).
    long largest_tile;
} ocellus_winograd;

/// Floats of scratch that ocellus_winograd_forward() and ocellus_winograd_input_gradient() need.
long ocellus_winograd_scratch(ocellus_winograd sizes, int threads);

/// Floats of scratch that ocellus_winograd_weight_gradient() needs.
long ocellus_winograd_weight_gradient_scratch(ocellus_winograd sizes, int threads);

/// Floats of transformed filters.
long ocellus_winograd_filters_count(ocellus_winograd sizes);

typedef struct {
    ocellus_winograd sizes;
    const float *w;
    float *u;
} ocellus_winograd_filters_arguments;

/// Transforms the filters, for ocellus_winograd_forward() with the same sizes.
int ocellus_winograd_filters(const void *arguments, const ocellus_run *run);

typedef struct {
    ocellus_winograd sizes;
    ocellus_element type;
    const void *x;
    const float *w;
    /// The filters of ocellus_winograd_filters(), which are then not transformed from w once more, or NULL.
    const float *u;
    /// `[O]`, or NULL.
    const float *bias;
    /// Has y's form and may be y; or NULL.
    const void *added;
    ocellus_activation activation;
    void *y;
} ocellus_winograd_forward_arguments;

/// y = x ∗ w + bias + added, then the function.
int ocellus_winograd_forward(const void *arguments, const ocellus_run *run);

typedef struct {
    ocellus_winograd sizes;
    ocellus_element type;
    const void *dy;
    const float *w;
    void *dx;
} ocellus_winograd_input_gradient_arguments;

/// Writes all of dx.
int ocellus_winograd_input_gradient(const void *arguments, const ocellus_run *run);

typedef struct {
    ocellus_winograd sizes;
    ocellus_element type;
    const void *x, *dy;
    float *dw;
    /// `[O]`, or NULL.
    float *db;
} ocellus_winograd_weight_gradient_arguments;

int ocellus_winograd_weight_gradient(const void *arguments, const ocellus_run *run);

// MARK: Convolution across samples
//
// The sum as it is defined, of stride 1, on maps CHWN, whose vectors hold the same position of 16 samples (as in Krizhevsky's
// cuda-convnet): they are filled by any number of channels, where blocks of channels leave most of a vector empty. Maps are
// brought to that layout and back 16 samples at a time, in the caches. Sums take fused multiply-adds where the instruction set
// has them; those of the weight gradient also depend on the number of threads.

/// Sizes of such a convolution of x to y, which may differ in block, with plain weights `[O][C][kernel_height][kernel_width]`.
typedef struct {
    /// Both have the same batch.
    ocellus_maps x;
    ocellus_maps y;
    long kernel_height;
    long kernel_width;
    /// Rows of zeros above and columns to the left. These and those below and to the right are fewer than the kernel has.
    long top;
    long left;
} ocellus_chwn;

/// Floats of scratch that each of the following needs. It grows with the map of all channels: 16 samples should fit the
/// second-level cache.
long ocellus_chwn_scratch(ocellus_chwn sizes, int threads);

typedef struct {
    ocellus_chwn sizes;
    const float *x, *w;
    /// `[O]`, or NULL.
    const float *bias;
    ocellus_activation activation;
    float *y;
} ocellus_chwn_forward_arguments;

/// y = x ∗ w + bias, then the function; a NaN stays.
int ocellus_chwn_forward(const void *arguments, const ocellus_run *run);

typedef struct {
    ocellus_chwn sizes;
    const float *dy, *w;
    float *dx;
} ocellus_chwn_input_gradient_arguments;

/// Writes all of dx.
int ocellus_chwn_input_gradient(const void *arguments, const ocellus_run *run);

typedef struct {
    ocellus_chwn sizes;
    const float *x, *dy;
    float *dw;
    /// `[O]`, or NULL.
    float *db;
} ocellus_chwn_weight_gradient_arguments;

int ocellus_chwn_weight_gradient(const void *arguments, const ocellus_run *run);

// MARK: Convolution of few positions
//
// The sum as it is defined, of maps of few positions: all inputs of a tap that lie inside the map are gathered, so that nothing
// is multiplied by padding, and a block of outputs reads its weights once, asked for ahead, for all positions. Where a
// batch has few positions, weights come from memory and not from a cache, and that is what takes the time. Sums take fused
// multiply-adds where the instruction set has them and do not depend on the number of threads.

/// Floats of scratch that ocellus_streamed_forward() needs.
long ocellus_streamed_scratch(ocellus_maps x, ocellus_maps y, ocellus_window window);

typedef struct {
    /// Both have the same batch and block 8 or 16, y whole blocks of channels and rows of at most 256 positions.
    ocellus_maps x_maps, y_maps;
    ocellus_window window;
    const float *x;
    /// `[O/b][⌈C/b⌉][kernel_height][kernel_width][b of C][b of O]`, zero where there is no channel.
    const float *w;
    /// `[O]`, or NULL.
    const float *bias;
    /// Has y's form and may be y; or NULL.
    const float *added;
    ocellus_activation activation;
    float *y;
} ocellus_streamed_forward_arguments;

/// y = x ∗ w + bias + added, then the function; a NaN stays.
int ocellus_streamed_forward(const void *arguments, const ocellus_run *run);

// MARK: Weight gradient through a pool
//
// Of a 3×3 convolution of stride 1 on images of up to three channels with a 2×2 max pool of stride 2 right behind it: only the
// winner of each window has a gradient, a quarter of all positions, so the pool's gradient need not be spread and most products
// need not be made. Sums take fused multiply-adds where the instruction set has them; they depend on the number of threads.

/// Sizes of the images and of the pool's output.
typedef struct {
    /// Plain, of 1, 2 or 3 channels.
    ocellus_maps x;
    /// Of block 16, whole blocks of channels. Every window lies wholly in the convolution's output.
    ocellus_maps y;
    /// Rows of zeros above the image and columns to its left.
    long top;
    long left;
    /// How many floats apart neighbours lie in dw `[O][C][3][3]`: blocks of 16 outputs, channels, rows, columns, outputs of a block.
    long strides[5];
} ocellus_pooled;

/// Floats of scratch that the following need.
long ocellus_pooled_gradient_scratch(ocellus_pooled sizes, int threads);

typedef struct {
    ocellus_pooled sizes;
    /// Of dy and y; the images are float32.
    ocellus_element type;
    const float *x;
    /// The gradient of the pool's output.
    const void *dy;
    /// The pool's output where a ReLU lies before it, which lets dy through where y > 0; else NULL.
    const void *y;
    /// As ocellus_max_pool() writes them.
    const uint8_t *winners;
    float *dw;
    /// `[O]`, or NULL.
    float *db;
} ocellus_pooled_gradient_arguments;

int ocellus_pooled_gradient(const void *arguments, const ocellus_run *run);

// MARK: Locally connected
//
// With P = output_height·output_width positions and K = C·kernel_height·kernel_width inputs each, a locally connected
// layer is P products `[N, K] × [K, O]`. These kernels bring its operands into that form and back.

/// From maps to columns; of the gradient, from columns to maps.
typedef struct {
    ocellus_maps maps;
    ocellus_window window;
    const float *from;
    float *to;
} ocellus_local_columns_arguments;

/// `columns[p][n][(c, r, s)]` = x at channel c and offset (r, s) of window p, 0 in the padding.
int ocellus_local_columns(const void *arguments, const ocellus_run *run);

/// The transpose of ocellus_local_columns(), of ocellus_local_columns_arguments: sums the gradients of all copies of an
/// element. Writes all of dx.
int ocellus_local_columns_gradient(const void *arguments, const ocellus_run *run);

/// From maps to columns; of the gradient, from columns to maps.
typedef struct {
    ocellus_maps maps;
    /// `[positions][inputs]`, offsets into one sample of the maps as they lie in memory.
    const int32_t *table;
    long positions, inputs;
    const float *from;
    float *to;
} ocellus_local_gather_arguments;

/// `columns[p][n][k]` = the float of sample n at offset `table[p][k]`, for random inputs instead of windows.
int ocellus_local_gather(const void *arguments, const ocellus_run *run);

/// The transpose of ocellus_local_gather(), of ocellus_local_gather_arguments. Writes all of dx.
int ocellus_local_gather_gradient(const void *arguments, const ocellus_run *run);

typedef struct {
    /// The output maps, P = height·width and O = channels.
    ocellus_maps maps;
    const float *products;
    /// `[O][P]`, or NULL.
    const float *bias;
    bool relu;
    float *y;
} ocellus_local_output_arguments;

/// `y[n, o, p] = products[p][n][o] + bias[o][p]`, then `max(0, …)` when `relu`.
int ocellus_local_output(const void *arguments, const ocellus_run *run);

typedef struct {
    /// The output maps.
    ocellus_maps maps;
    const float *dy;
    /// products, or db.
    float *to;
} ocellus_local_output_gradient_arguments;

/// `products[p][n][o] = dy[n, o, p]`
int ocellus_local_output_gradient(const void *arguments, const ocellus_run *run);

/// `db[o][p] = Σ dy[n, o, p]` over n, in float in that order; of ocellus_local_output_gradient_arguments.
int ocellus_local_bias_gradient(const void *arguments, const ocellus_run *run);

// MARK: Softmax

typedef struct {
    long batch, features;
    const float *y, *dy;
    /// May be `dy`.
    float *dx;
} ocellus_softmax_gradient_arguments;

/// `dx[n,i] = y[n,i]·(dy[n,i] − Σ dy[n,j]·y[n,j])` over plain features `[N][F]`; sums in double from left to right.
int ocellus_softmax_gradient(const void *arguments, const ocellus_run *run);

// MARK: Defaults

/// Threads that OpenMP would use by itself: OMP_NUM_THREADS, else the processors that the process may run on.
int ocellus_default_threads(void);

#endif
