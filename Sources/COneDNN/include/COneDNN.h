// SPDX-License-Identifier: Apache-2.0
//
// oneDNN behind one door that is the same for its 2.x and 3.x C interfaces, on the CPU.
//
// Functions that can fail return oneDNN's status: 0 success, 1 out of memory, 2 invalid arguments, 3 unimplemented,
// 5 runtime error. A created object is written to `out` and belongs to the caller until the matching destroy.
#ifndef OCELLUS_ONEDNN_H
#define OCELLUS_ONEDNN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "COcellusKernel.h"

// MARK: Library

/// Version of the loaded library as major·10000 + minor·100 + patch.
int ocellus_dnn_version(void);
/// The widest instruction set that the library uses on this machine, e.g. `avx512_core`.
const char *ocellus_dnn_instruction_set(void);
/// Floats in the library's vectors: 16 with AVX-512, 8 with AVX or AVX2, 4 otherwise.
int ocellus_dnn_vector_width(void);
/// Whether the processor multiplies bf16 (AVX512-BF16 or AMX) and the library uses it: elsewhere it would emulate.
bool ocellus_dnn_has_bfloat16(void);
/// The name of a status.
const char *ocellus_dnn_status_name(int status);

/// The CPU and the order in which it works.
typedef struct ocellus_dnn_context ocellus_dnn_context;
int ocellus_dnn_context_create(ocellus_dnn_context **out);
void ocellus_dnn_context_destroy(ocellus_dnn_context *context);

/// Page-aligned memory, or NULL.
void *ocellus_dnn_allocate(size_t bytes);
void ocellus_dnn_deallocate(void *memory);

// MARK: Layouts (memory descriptors)

typedef struct ocellus_dnn_layout ocellus_dnn_layout;

/// How an element is stored.
typedef enum {
    OCELLUS_DNN_FLOAT32 = 0,
    OCELLUS_DNN_BFLOAT16 = 1,
} ocellus_dnn_type;

/// Row-major, the last axis contiguous.
int ocellus_dnn_layout_plain(ocellus_dnn_layout **out, ocellus_dnn_type type, int rank, const int64_t *dimensions);
/// Float32 with the given distance between neighbours along each axis.
int ocellus_dnn_layout_strided(
    ocellus_dnn_layout **out, int rank, const int64_t *dimensions, const int64_t *strides);
/// Maps `[N, C, H, W]` with channels in blocks of 8 or 16 innermost (nChw8c, nChw16c).
int ocellus_dnn_layout_blocked(ocellus_dnn_layout **out, ocellus_dnn_type type, const int64_t *dimensions, int block);
/// Float32 filters `[O, C, kH, kW]` in blocks of 8 or 16 inputs by as many outputs, outputs innermost (OIhw8i8o,
/// OIhw16i16o).
int ocellus_dnn_layout_filters(ocellus_dnn_layout **out, const int64_t *dimensions, int block);
/// Left to the primitive that it is given to.
int ocellus_dnn_layout_any(ocellus_dnn_layout **out, ocellus_dnn_type type, int rank, const int64_t *dimensions);
/// The part of a layout that starts at `offsets`.
int ocellus_dnn_layout_part(
    ocellus_dnn_layout **out, const ocellus_dnn_layout *parent, const int64_t *dimensions, const int64_t *offsets);
void ocellus_dnn_layout_destroy(ocellus_dnn_layout *layout);

bool ocellus_dnn_layout_equal(const ocellus_dnn_layout *a, const ocellus_dnn_layout *b);
size_t ocellus_dnn_layout_bytes(const ocellus_dnn_layout *layout);
ocellus_dnn_type ocellus_dnn_layout_type(const ocellus_dnn_layout *layout);
int ocellus_dnn_layout_rank(const ocellus_dnn_layout *layout);
int64_t ocellus_dnn_layout_dimension(const ocellus_dnn_layout *layout, int axis);
/// 1 for row-major, 8 or 16 for maps with channel blocks of that size, 0 for anything else.
int ocellus_dnn_layout_block(const ocellus_dnn_layout *layout);
/// How many elements apart neighbours lie along each axis, along the first blocks of `block`, and at last those within such a
/// block: rank + 1 numbers. False for layouts with other blocks.
bool ocellus_dnn_layout_strides(const ocellus_dnn_layout *layout, int block, int64_t *strides);
/// How the elements of a tensor lie behind one another.
typedef struct {
    /// Axes, outermost first.
    int order[12];
    /// Axes and sizes of the blocks inside, outermost first.
    int block_count;
    int block_axes[12];
    int64_t blocks[12];
} ocellus_dnn_form;

/// False for a form that only oneDNN knows.
bool ocellus_dnn_layout_form(const ocellus_dnn_layout *layout, ocellus_dnn_form *form);

// MARK: Operations (primitive descriptors)

typedef struct ocellus_dnn_operation ocellus_dnn_operation;

typedef enum {
    OCELLUS_DNN_INFERENCE = 0,
    OCELLUS_DNN_TRAINING = 1,
    OCELLUS_DNN_INPUT_GRADIENT = 2,
    OCELLUS_DNN_WEIGHT_GRADIENT = 3,
} ocellus_dnn_direction;

/// How a kernel moves over height and width. Dilation 1 is a dense kernel; negative `after` leaves the last rows or
/// columns out.
typedef struct {
    int64_t stride[2], dilation[2], before[2], after[2];
} ocellus_dnn_window;

/// Functions that an operation may end in.
typedef enum {
    /// x above 0, else `alpha·x`
    OCELLUS_DNN_RELU,
    /// `min(max(x, alpha), beta)`
    OCELLUS_DNN_CLIP,
    /// `alpha·x + beta`
    OCELLUS_DNN_LINEAR,
    OCELLUS_DNN_LOGISTIC,
    OCELLUS_DNN_TANH,
    /// With the error function.
    OCELLUS_DNN_GELU,
    /// `x / (1 + exp(−alpha·x))`
    OCELLUS_DNN_SWISH,
    /// `x·min(max(x/6 + ½, 0), 1)`
    OCELLUS_DNN_HARD_SWISH,
} ocellus_dnn_function;

typedef struct {
    ocellus_dnn_function function;
    float alpha, beta;
} ocellus_dnn_post;

/// What becomes of a result before it is written: what lies there is added, then functions are applied in order.
typedef struct {
    bool sum;
    int count;
    ocellus_dnn_post posts[2];
} ocellus_dnn_ending;

/// `source`, `weights`, `bias` (may be NULL) and `result` are the forward tensors or their gradients, by direction.
/// `hint` is the forward operation, needed for gradients.
int ocellus_dnn_convolution(
    ocellus_dnn_operation **out, const ocellus_dnn_context *context, ocellus_dnn_direction direction,
    const ocellus_dnn_layout *source, const ocellus_dnn_layout *weights, const ocellus_dnn_layout *bias,
    const ocellus_dnn_layout *result, const ocellus_dnn_window *window, ocellus_dnn_ending ending,
    const ocellus_dnn_operation *hint);

int ocellus_dnn_dense(
    ocellus_dnn_operation **out, const ocellus_dnn_context *context, ocellus_dnn_direction direction,
    const ocellus_dnn_layout *source, const ocellus_dnn_layout *weights, const ocellus_dnn_layout *bias,
    const ocellus_dnn_layout *result, ocellus_dnn_ending ending, const ocellus_dnn_operation *hint);

/// Batches of matrix products: `source [B, M, K]`, `weights [B, K, N]`, `result [B, M, N]`.
int ocellus_dnn_matrix_product(
    ocellus_dnn_operation **out, const ocellus_dnn_context *context, const ocellus_dnn_layout *source,
    const ocellus_dnn_layout *weights, const ocellus_dnn_layout *result);

/// Over axis 1, forward; `data` is the layout of everything.
int ocellus_dnn_softmax(
    ocellus_dnn_operation **out, const ocellus_dnn_context *context, const ocellus_dnn_layout *data);

/// Copies from one layout to another.
int ocellus_dnn_reorder(
    ocellus_dnn_operation **out, const ocellus_dnn_context *context, const ocellus_dnn_layout *source,
    const ocellus_dnn_layout *result);

void ocellus_dnn_operation_destroy(ocellus_dnn_operation *operation);
/// The implementation that oneDNN chose, e.g. `jit:avx512_core`. Lives as long as the operation.
const char *ocellus_dnn_operation_name(const ocellus_dnn_operation *operation);
/// The layout of one argument; 3 (unimplemented) when the operation does not use it.
int ocellus_dnn_operation_layout(
    ocellus_dnn_layout **out, const ocellus_dnn_operation *operation, int argument);

// MARK: Running

/// Positions of tensors in an operation; the values of DNNL_ARG_….
enum {
    OCELLUS_DNN_SOURCE = 1,
    OCELLUS_DNN_RESULT = 17,
    OCELLUS_DNN_WEIGHTS = 33,
    OCELLUS_DNN_BIAS = 41,
    OCELLUS_DNN_SCRATCH = 80,
    OCELLUS_DNN_SOURCE_GRADIENT = 129,
    OCELLUS_DNN_RESULT_GRADIENT = 145,
    OCELLUS_DNN_WEIGHTS_GRADIENT = 161,
    OCELLUS_DNN_BIAS_GRADIENT = 169,
};

/// Memory with a layout (dnnl_memory); the bytes are the caller's.
typedef struct dnnl_memory ocellus_dnn_memory;
int ocellus_dnn_memory_create(
    ocellus_dnn_memory **out, const ocellus_dnn_context *context, const ocellus_dnn_layout *layout, void *bytes);
void ocellus_dnn_memory_destroy(ocellus_dnn_memory *memory);

/// A compiled operation (dnnl_primitive).
typedef struct dnnl_primitive ocellus_dnn_primitive;
int ocellus_dnn_primitive_create(ocellus_dnn_primitive **out, const ocellus_dnn_operation *operation);
void ocellus_dnn_primitive_destroy(ocellus_dnn_primitive *primitive);

/// One tensor given to a primitive (dnnl_exec_arg_t).
typedef struct {
    int argument;
    ocellus_dnn_memory *memory;
} ocellus_dnn_argument;

/// A primitive with its tensors.
typedef struct {
    const ocellus_dnn_context *context;
    const ocellus_dnn_primitive *primitive;
    int count;
    const ocellus_dnn_argument *arguments;
} ocellus_dnn_call;

/// Runs a primitive to its end: an ocellus_kernel of ocellus_dnn_call.
int ocellus_dnn_execute(const void *arguments, const ocellus_run *run);

/// Copies a tensor between two layouts at once. Slower than a primitive made beforehand.
int ocellus_dnn_convert(
    const ocellus_dnn_context *context, const ocellus_dnn_layout *from, const void *source,
    const ocellus_dnn_layout *to, void *result);

#endif
