// SPDX-License-Identifier: Apache-2.0
//
// Vector kernels of the engine: what a training step needs besides matrix products and convolutions.
//
// Every kernel
// - runs on at most `threads` threads of GNU OpenMP's team, the one that oneDNN computes with, and returns when all
//   are done (on systems other than Linux, on the calling thread alone);
// - gives the same bits for every number of threads and every instruction set, except where its comment says otherwise:
//   sums have a fixed order and nothing is contracted to fused multiply-adds;
// - allocates nothing and checks nothing: sizes are the caller's promise. Buffers need the alignment of their elements
//   only, and must not overlap unless the comment says that they may be the same buffer.
//
// Maps are `[N][⌈C/b⌉][H][W][b]` with block b = 1 (plain `[N][C][H][W]`), 8 or 16. The channels that fill the last
// block are zero: kernels on maps read zeros there and write zeros.
#ifndef OCELLUS_ENGINE_KERNELS_H
#define OCELLUS_ENGINE_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

#include "COcellusInstructionSet.h"

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

/// Writes zeros to the padding channels, after an elementwise function with f(0) ≠ 0.
void ocellus_maps_zero_padding(ocellus_maps maps, float *x, int threads);

// MARK: Updates of parameters
//
// One pass over each buffer. The gradient is `gradient_scale[0] · g[i]` before anything else, so that clipping costs
// nothing; point to a 1 otherwise. The formulas are those of OcellusModel's Optimizer, evaluated in float from left to
// right.

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

typedef struct {
    ocellus_rule_kind kind;
    /// These three of all but Adam.
    float rate;
    float momentum;
    float decay;
    ocellus_adam_step adam;
} ocellus_rule;

/// One update of `count` parameters. `m` is Adam's first state and `v` the other or only state; NULL where there is none.
void ocellus_update(
    long count, ocellus_rule rule, float *w, const float *g, float *m, float *v, const float *gradient_scale,
    int threads);

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

/// `y[n][o] = bias[o] + Σ x[n][i]·w[i][o]`, then `max(0, …)` when `relu`; `bias` may be NULL. Sums run over i in order, in
/// fused multiply-adds where the instruction set has them; of bfloat16 in pairs, where the order within a pair is the
/// machine's. Filled-up weights must be zero.
void ocellus_dense_forward(
    ocellus_dense sizes, const float *x, const float *w, const float *bias, bool relu, float *y, float *scratch,
    int threads);

/// `dx[n][i] = Σ dy[n][o]·w[i][o]`. Sums run in 16 parts, each over every 16th o in order, in fused multiply-adds where the
/// instruction set has them. Filled-up weights must be zero.
void ocellus_dense_input_gradient(
    ocellus_dense sizes, const float *dy, const float *w, float *dx, float *scratch, int threads);

/// Updates the weights `w` with their gradient `Σ x[n][i]·dy[n][o]`, which is never written to memory: for layers whose
/// weights exceed the caches that saves a third to a half of their traffic. Sums run over n in order, in fused
/// multiply-adds where the instruction set has them. Filled-up parts of blocks have the gradient 0.
///
/// - x: `[N][inputs]`; dy: `[N][outputs]`.
/// - m, v: states in the blocks of `w`, NULL where the rule has none.
/// - db: receives `Σ dy[n][o]`, or NULL.
void ocellus_dense_update(
    ocellus_dense sizes, ocellus_rule rule, const float *x, const float *dy, float *w, float *m, float *v, float *db,
    const float *gradient_scale, float *scratch, int threads);

// MARK: Elementwise
//
// The result may be the same buffer as any operand. A NaN operand gives NaN, unless it is a mask (`y > 0`, `x > 0`).
// One rounding for each operation written, unless a bound is given.

/// `y = max(0, x)`
void ocellus_relu(long count, const float *x, float *y, int threads);
/// `dx = y > 0 ? dy : 0`
void ocellus_relu_gradient(long count, const float *y, const float *dy, float *dx, int threads);
/// `y = a + b`
void ocellus_add(long count, const float *a, const float *b, float *y, int threads);
/// `y = a + s·b`, in one rounding where the processor has such an instruction.
void ocellus_add_scaled(long count, const float *a, const float *b, float s, float *y, int threads);
/// `y = max(0, a + b)`; NaN stays.
void ocellus_add_relu(long count, const float *a, const float *b, float *y, int threads);
/// `dx = y > 0 ? a + b : 0`: two gradients of a ReLU's output y joined.
void ocellus_add_relu_gradient(
    long count, const float *y, const float *a, const float *b, float *dx, int threads);
/// `y = x > 0 ? x : slope·x`
void ocellus_leaky_relu(long count, const float *x, float slope, float *y, int threads);
/// `dx = x > 0 ? dy : slope·dy`
void ocellus_leaky_relu_gradient(
    long count, const float *x, const float *dy, float slope, float *dx, int threads);
/// `y = x·Φ(x)` with the exact normal distribution function; within 12 ULP and 2e-7·|x|.
void ocellus_gelu(long count, const float *x, float *y, int threads);
/// `dx = dy·(Φ(x) + x·φ(x))`; within 4e-7·|dy|.
void ocellus_gelu_gradient(long count, const float *x, const float *dy, float *dx, int threads);
/// `y = 1 / (1 + exp(−x))`; within 1 ULP. f(0) ≠ 0: see ocellus_maps_zero_padding().
void ocellus_sigmoid(long count, const float *x, float *y, int threads);
/// `dx = dy·y·(1 − y)`
void ocellus_sigmoid_gradient(long count, const float *y, const float *dy, float *dx, int threads);
/// `y = tanh(x)`; within 2 ULP.
void ocellus_tanh(long count, const float *x, float *y, int threads);
/// `dx = dy·(1 − y²)`
void ocellus_tanh_gradient(long count, const float *y, const float *dy, float *dx, int threads);
/// `y = factor·x`
void ocellus_scale(long count, const float *x, float factor, float *y, int threads);
/// `y = x`
void ocellus_copy(long count, const float *x, float *y, int threads);

/// relu, gelu, their gradients and add of bfloat16, computed in float32 and rounded.
void ocellus_relu_bfloat16(long count, const uint16_t *x, uint16_t *y, int threads);
void ocellus_relu_gradient_bfloat16(long count, const uint16_t *y, const uint16_t *dy, uint16_t *dx, int threads);
void ocellus_gelu_bfloat16(long count, const uint16_t *x, uint16_t *y, int threads);
void ocellus_gelu_gradient_bfloat16(long count, const uint16_t *x, const uint16_t *dy, uint16_t *dx, int threads);
void ocellus_add_bfloat16(long count, const uint16_t *a, const uint16_t *b, uint16_t *y, int threads);
void ocellus_add_relu_bfloat16(long count, const uint16_t *a, const uint16_t *b, uint16_t *y, int threads);
void ocellus_add_relu_gradient_bfloat16(
    long count, const uint16_t *y, const uint16_t *a, const uint16_t *b, uint16_t *dx, int threads);

// MARK: Pooling
//
// `maps` are the input maps; the output has the same batch, channels and block and the window's output size. Every
// window covers at least one position of the map.

/// Bytes of one winner: 1 for windows of up to 256 positions, else 4 (a window of the whole map can be large).
long ocellus_max_pool_winner_bytes(ocellus_window window);

/// The largest value of each window, ignoring padding; ties go to the first position in row-major order, and a NaN
/// wins over every number.
///
/// - winners: one for each element of y at the same offset: `p·kernel_width + q` of the winner as uint8_t or uint32_t
///   by ocellus_max_pool_winner_bytes(); any position in padding channels. NULL when no gradient is needed.
void ocellus_max_pool(
    ocellus_maps maps, ocellus_window window, const float *x, float *y, void *winners, int threads);

/// `dx`: each `dy` at its winner, sums where windows overlap, zero elsewhere. Writes all of dx.
///
/// - y: the pool's output, or NULL. With it, `dy` counts only where `y > 0`: the gradient of a ReLU before the pool.
void ocellus_max_pool_gradient(
    ocellus_maps maps, ocellus_window window, const float *dy, const void *winners, const float *y, float *dx,
    int threads);

/// The same for maps of block 16 in bfloat16. Sums of gradients are rounded once.
void ocellus_max_pool_bfloat16(
    ocellus_maps maps, ocellus_window window, const uint16_t *x, uint16_t *y, void *winners, int threads);
void ocellus_max_pool_gradient_bfloat16(
    ocellus_maps maps, ocellus_window window, const uint16_t *dy, const void *winners, const uint16_t *y, uint16_t *dx,
    int threads);

/// The mean of each window over the positions inside the map, summed in float in row-major order.
void ocellus_average_pool(ocellus_maps maps, ocellus_window window, const float *x, float *y, int threads);

/// `dx = Σ dy / positions` over the windows that hold the position. Writes all of dx.
void ocellus_average_pool_gradient(
    ocellus_maps maps, ocellus_window window, const float *dy, float *dx, int threads);

/// `y = Σ taps[p]·Σ taps[q]·x` with borders reflected without repeating the edge.
///
/// - taps: kernel_height = kernel_width of them, at most 7, rounded to float. Fewer than height and width of the map
///   reach beyond each border.
void ocellus_blur_pool(
    ocellus_maps maps, ocellus_window window, const double *taps, const float *x, float *y, int threads);

/// The transpose of ocellus_blur_pool(). Writes all of dx.
void ocellus_blur_pool_gradient(
    ocellus_maps maps, ocellus_window window, const double *taps, const float *dy, float *dx, int threads);

// MARK: Loss

/// As OcellusPlan's LossStatistics.
typedef struct {
    double loss_sum;
    double weight_sum;
    long correct;
    long count;
} ocellus_loss_statistics;

/// Softmax cross-entropy of plain logits `[N][K]` with class indices `[N]`: OcellusModel's Loss, computed in double.
///
/// - sample_weights: `[N]`. Samples of weight 0 are left out: their logits and labels are not read, their gradient is 0.
/// - class_weights: `[K]`, or NULL for all 1.
/// - dlogits: `[N][K]`, the gradient of loss_sum / weight_sum, all zero when weight_sum is 0; or NULL. May be `logits`.
///
/// A NaN or infinite logit makes the loss NaN or infinite. A NaN is never correct.
ocellus_loss_statistics ocellus_softmax_cross_entropy(
    long batch, long classes, const float *logits, const int32_t *labels, const float *sample_weights,
    const double *class_weights, double label_smoothing, float *dlogits, int threads);

/// The same for samples of two labels: sample n is to label_shares[n] of class labels[n], and else of other_labels[n],
/// both `[N]` or NULL. What is correct is decided by `labels`. weight_sum sums each label's class weight by its share.
ocellus_loss_statistics ocellus_mixed_cross_entropy(
    long batch, long classes, const float *logits, const int32_t *labels, const int32_t *other_labels,
    const float *label_shares, const float *sample_weights, const double *class_weights, double label_smoothing,
    float *dlogits, int threads);

// MARK: Dropout

/// `y = keep ? x / (1 − rate) : 0` with keep by OcellusPlan's DropoutMask: element i, in row-major order of the
/// logical `[N, C, H, W]` whatever the block, takes word `i mod 4` of the Philox 4x32-10 block with counter
/// `(i / 4, step, stream, 4)` and the seed as key, and is kept when the word is at least `⌊rate·2³²⌋`.
///
/// Features `[N, F]` are maps of F channels, 1×1, block 1. `y` may be `x`; also its own gradient. `first` is the element
/// that the first one is counted as, a multiple of 4.
void ocellus_dropout(
    ocellus_maps maps, const float *x, float *y, float rate, uint64_t seed, uint32_t step, uint32_t stream, long first,
    int threads);

// MARK: Batch norm

/// How maps are normalised: `y = (x − mean)·scale/√(variance + ε) + shift`, each `[C]`, then what is added, then
/// `max(0, …)` when `relu`, which keeps NaN.
typedef struct {
    const float *mean;
    const float *variance;
    const float *scale;
    const float *shift;
    float epsilon;
    bool relu;
} ocellus_normalization;

/// Floats of scratch that the functions below need, aligned as doubles.
long ocellus_batch_norm_scratch(ocellus_maps maps);

/// Mean and variance (divided by the count) of each channel `[C]`, one read of the maps.
///
/// Sums of 128 numbers in float, joined in double in a fixed order (Chan, Golub and LeVeque 1979).
void ocellus_batch_norm_statistics(
    ocellus_maps maps, const float *x, float *mean, float *variance, float *scratch, int threads);

/// - added: Maps of the same sizes, or NULL.
/// - y: May be `x` or `added`.
void ocellus_batch_norm(
    ocellus_maps maps, ocellus_normalization rule, const float *x, const float *added, float *y, float *scratch,
    int threads);

/// The gradients through the batch's statistics (Ioffe and Szegedy 2015, section 3), where mean and variance are those
/// of `x`. With `relu`, dy is that of the result of the ReLU, computed without anything added; where it was zero is
/// found by the same arithmetic again.
///
/// - dx: May be `dy`.
void ocellus_batch_norm_gradient(
    ocellus_maps maps, ocellus_normalization rule, const float *x, const float *dy, float *dx, float *dscale,
    float *dshift, float *scratch, int threads);

/// The same for maps in bfloat16; all arithmetic is float32.
void ocellus_batch_norm_statistics_bfloat16(
    ocellus_maps maps, const uint16_t *x, float *mean, float *variance, float *scratch, int threads);
void ocellus_batch_norm_bfloat16(
    ocellus_maps maps, ocellus_normalization rule, const uint16_t *x, const uint16_t *added, uint16_t *y,
    float *scratch, int threads);
void ocellus_batch_norm_gradient_bfloat16(
    ocellus_maps maps, ocellus_normalization rule, const uint16_t *x, const uint16_t *dy, uint16_t *dx, float *dscale,
    float *dshift, float *scratch, int threads);

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

/// Writes the statistics of both norms, y and z.
///
/// - w: `[C][3][3]`
void ocellus_depthwise_forward(
    ocellus_depthwise sizes, ocellus_trained_norm before, ocellus_trained_norm after, const float *x, const float *w,
    float *y, float *z, float *scratch, int threads);

/// Writes the gradients of both norms' scales and shifts, dx, and dw `[C][3][3]`.
void ocellus_depthwise_gradient(
    ocellus_depthwise sizes, ocellus_trained_norm before, ocellus_trained_norm after, const float *x, const float *w,
    const float *y, const float *dz, float *dx, float *dw, float *scratch, int threads);

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

/// Transforms the filters, for ocellus_winograd_forward() with the same sizes.
void ocellus_winograd_filters(ocellus_winograd sizes, const float *w, float *u, int threads);

/// y = x ∗ w + bias + added, then `max(0, …)` when `relu`; `bias` `[O]` may be NULL, and `added` too, which has y's form and
/// may be y. `u`: the filters of ocellus_winograd_filters(), which are then not transformed from w once more, or NULL.
void ocellus_winograd_forward(
    ocellus_winograd sizes, const float *x, const float *w, const float *u, const float *bias, const float *added,
    bool relu, float *y, float *scratch, int threads);

/// Writes all of dx.
void ocellus_winograd_input_gradient(
    ocellus_winograd sizes, const float *dy, const float *w, float *dx, float *scratch, int threads);

/// dw, and db `[O]` unless NULL.
void ocellus_winograd_weight_gradient(
    ocellus_winograd sizes, const float *x, const float *dy, float *dw, float *db, float *scratch, int threads);

/// The same for maps of block 16 in bfloat16; filters, bias, their gradients and all arithmetic are float32.
void ocellus_winograd_forward_bfloat16(
    ocellus_winograd sizes, const uint16_t *x, const float *w, const float *u, const float *bias, const uint16_t *added,
    bool relu, uint16_t *y, float *scratch, int threads);
void ocellus_winograd_input_gradient_bfloat16(
    ocellus_winograd sizes, const uint16_t *dy, const float *w, uint16_t *dx, float *scratch, int threads);
void ocellus_winograd_weight_gradient_bfloat16(
    ocellus_winograd sizes, const uint16_t *x, const uint16_t *dy, float *dw, float *db, float *scratch, int threads);

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

/// y = x ∗ w + bias, then `max(0, …)` when `relu`; a NaN stays. `bias` `[O]` may be NULL.
void ocellus_chwn_forward(
    ocellus_chwn sizes, const float *x, const float *w, const float *bias, bool relu, float *y, float *scratch,
    int threads);

/// Writes all of dx.
void ocellus_chwn_input_gradient(
    ocellus_chwn sizes, const float *dy, const float *w, float *dx, float *scratch, int threads);

/// dw, and db `[O]` unless NULL.
void ocellus_chwn_weight_gradient(
    ocellus_chwn sizes, const float *x, const float *dy, float *dw, float *db, float *scratch, int threads);

// MARK: Convolution of few positions
//
// The sum as it is defined, of maps of few positions: all inputs of a tap that lie inside the map are gathered, so that nothing
// is multiplied by padding, and a block of outputs reads its weights once, asked for ahead, for all positions. Where a
// batch has few positions, weights come from memory and not from a cache, and that is what takes the time. Sums take fused
// multiply-adds where the instruction set has them and do not depend on the number of threads.

/// Floats of scratch that ocellus_streamed_forward() needs.
long ocellus_streamed_scratch(ocellus_maps x, ocellus_maps y, ocellus_window window);

/// y = x ∗ w + bias + added, then `max(0, …)` when `relu`; a NaN stays. Both maps have the same batch and block 8 or 16, y
/// whole blocks of channels and rows of at most 256 positions. Weights lie as `[O/b][⌈C/b⌉][kernel_height][kernel_width][b of
/// C][b of O]`, zero where there is no channel. `bias` `[O]` may be NULL, and `added` too, which has y's form and may be y.
void ocellus_streamed_forward(
    ocellus_maps x_maps, ocellus_maps y_maps, ocellus_window window, const float *x, const float *w, const float *bias,
    const float *added, bool relu, float *y, float *scratch, int threads);

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

/// dw, and db `[O]` unless NULL, from the gradient of the pool's output.
///
/// - y: The pool's output where a ReLU lies before it, which lets dy through where y > 0; else NULL.
/// - winners: As ocellus_max_pool() writes them.
void ocellus_pooled_gradient(
    ocellus_pooled sizes, const float *x, const float *dy, const float *y, const uint8_t *winners, float *dw, float *db,
    float *scratch, int threads);

/// The same for maps in bfloat16; images, sums and gradients are float32.
void ocellus_pooled_gradient_bfloat16(
    ocellus_pooled sizes, const float *x, const uint16_t *dy, const uint16_t *y, const uint8_t *winners, float *dw,
    float *db, float *scratch, int threads);

// MARK: Locally connected
//
// With P = output_height·output_width positions and K = C·kernel_height·kernel_width inputs each, a locally connected
// layer is P products `[N, K] × [K, O]`. These kernels bring its operands into that form and back.

/// `columns[p][n][(c, r, s)]` = x at channel c and offset (r, s) of window p, 0 in the padding.
void ocellus_local_columns(
    ocellus_maps maps, ocellus_window window, const float *x, float *columns, int threads);

/// The transpose of ocellus_local_columns(): sums the gradients of all copies of an element. Writes all of dx.
void ocellus_local_columns_gradient(
    ocellus_maps maps, ocellus_window window, const float *columns, float *dx, int threads);

/// `columns[p][n][k]` = the float of sample n at offset `table[p][k]`, for random inputs instead of windows.
///
/// - table: `[positions][inputs]`, offsets into one sample of the maps as they lie in memory.
void ocellus_local_gather(
    ocellus_maps maps, const int32_t *table, long positions, long inputs, const float *x, float *columns, int threads);

/// The transpose of ocellus_local_gather(). Writes all of dx.
void ocellus_local_gather_gradient(
    ocellus_maps maps, const int32_t *table, long positions, long inputs, const float *columns, float *dx,
    int threads);

/// `y[n, o, p] = products[p][n][o] + bias[o][p]`, then `max(0, …)` when `relu`.
///
/// - output: the output maps, P = height·width and O = channels.
/// - bias: `[O][P]`, or NULL.
void ocellus_local_output(
    ocellus_maps output, const float *products, const float *bias, bool relu, float *y, int threads);

/// `products[p][n][o] = dy[n, o, p]`
void ocellus_local_output_gradient(ocellus_maps output, const float *dy, float *products, int threads);

/// `db[o][p] = Σ dy[n, o, p]` over n, in float in that order.
void ocellus_local_bias_gradient(ocellus_maps output, const float *dy, float *db, int threads);

// MARK: Softmax

/// `dx[n,i] = y[n,i]·(dy[n,i] − Σ dy[n,j]·y[n,j])` over plain features `[N][F]`; sums in double from left to right.
/// `dx` may be `dy`.
void ocellus_softmax_gradient(
    long batch, long features, const float *y, const float *dy, float *dx, int threads);

// MARK: Defaults

/// Threads that OpenMP would use by itself: OMP_NUM_THREADS, else the processors that the process may run on.
int ocellus_default_threads(void);

#endif
