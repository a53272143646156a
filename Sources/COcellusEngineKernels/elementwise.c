// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

/// `y = f(a, b, c, s)`. Operands that a function lacks are those it has, so that every pointer can be read.
typedef struct {
    const float *a, *b, *c;
    float *y;
    float s;
} operands;

#define OCELLUS_BODY "elementwise.body.h"
#include "for_each_instruction_set.h"

static void run(ocellus_range range, long count, operands operands, int threads) {
    ocellus_parallel_range(threads, count, ocellus_grain(1), range, &operands);
}

void ocellus_relu(long count, const float *x, float *y, int threads) {
    run(OCELLUS_PICK(relu), count, (operands){x, x, x, y, 0}, threads);
}

void ocellus_relu_gradient(long count, const float *y, const float *dy, float *dx, int threads) {
    run(OCELLUS_PICK(relu_gradient), count, (operands){y, dy, dy, dx, 0}, threads);
}

void ocellus_add(long count, const float *a, const float *b, float *y, int threads) {
    run(OCELLUS_PICK(add), count, (operands){a, b, b, y, 0}, threads);
}

void ocellus_add_scaled(long count, const float *a, const float *b, float s, float *y, int threads) {
    run(OCELLUS_PICK(add_scaled), count, (operands){a, b, b, y, s}, threads);
}

void ocellus_add_relu(long count, const float *a, const float *b, float *y, int threads) {
    run(OCELLUS_PICK(add_relu), count, (operands){a, b, b, y, 0}, threads);
}

void ocellus_add_relu_gradient(
    long count, const float *y, const float *a, const float *b, float *dx, int threads) {
    run(OCELLUS_PICK(add_relu_gradient), count, (operands){y, a, b, dx, 0}, threads);
}

void ocellus_leaky_relu(long count, const float *x, float slope, float *y, int threads) {
    run(OCELLUS_PICK(leaky_relu), count, (operands){x, x, x, y, slope}, threads);
}

void ocellus_leaky_relu_gradient(
    long count, const float *x, const float *dy, float slope, float *dx, int threads) {
    run(OCELLUS_PICK(leaky_relu_gradient), count, (operands){x, dy, dy, dx, slope}, threads);
}

void ocellus_gelu(long count, const float *x, float *y, int threads) {
    run(OCELLUS_PICK(gelu), count, (operands){x, x, x, y, 0}, threads);
}

void ocellus_gelu_gradient(long count, const float *x, const float *dy, float *dx, int threads) {
    run(OCELLUS_PICK(gelu_gradient), count, (operands){x, dy, dy, dx, 0}, threads);
}

void ocellus_sigmoid(long count, const float *x, float *y, int threads) {
    run(OCELLUS_PICK(sigmoid), count, (operands){x, x, x, y, 0}, threads);
}

void ocellus_sigmoid_gradient(long count, const float *y, const float *dy, float *dx, int threads) {
    run(OCELLUS_PICK(sigmoid_gradient), count, (operands){y, dy, dy, dx, 0}, threads);
}

void ocellus_tanh(long count, const float *x, float *y, int threads) {
    run(OCELLUS_PICK(tanh), count, (operands){x, x, x, y, 0}, threads);
}

void ocellus_tanh_gradient(long count, const float *y, const float *dy, float *dx, int threads) {
    run(OCELLUS_PICK(tanh_gradient), count, (operands){y, dy, dy, dx, 0}, threads);
}

void ocellus_scale(long count, const float *x, float factor, float *y, int threads) {
    run(OCELLUS_PICK(scale), count, (operands){x, x, x, y, factor}, threads);
}

static void copy(const void *context, long begin, long end) {
    const operands *o = context;
    if (o->y != o->a) memcpy(o->y + begin, o->a + begin, (size_t)(end - begin) * sizeof(float));
}

void ocellus_copy(long count, const float *x, float *y, int threads) {
    run(copy, count, (operands){x, x, x, y, 0}, threads);
}
