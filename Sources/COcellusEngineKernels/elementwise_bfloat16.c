// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

/// `y = f(a, b, c)`. Operands that a function lacks are those it has.
typedef struct {
    const uint16_t *a, *b, *c;
    uint16_t *y;
} narrow_operands;

#define OCELLUS_BODY "elementwise_bfloat16.body.h"
#include "for_each_instruction_set.h"

static void run(ocellus_range range, long count, narrow_operands operands, int threads) {
    ocellus_parallel_range(threads, count, ocellus_grain(1), range, &operands);
}

void ocellus_relu_bfloat16(long count, const uint16_t *x, uint16_t *y, int threads) {
    run(OCELLUS_PICK(relu_bfloat16), count, (narrow_operands){x, x, x, y}, threads);
}

void ocellus_relu_gradient_bfloat16(long count, const uint16_t *y, const uint16_t *dy, uint16_t *dx, int threads) {
    run(OCELLUS_PICK(relu_gradient_bfloat16), count, (narrow_operands){y, dy, dy, dx}, threads);
}

void ocellus_gelu_bfloat16(long count, const uint16_t *x, uint16_t *y, int threads) {
    run(OCELLUS_PICK(gelu_bfloat16), count, (narrow_operands){x, x, x, y}, threads);
}

void ocellus_gelu_gradient_bfloat16(long count, const uint16_t *x, const uint16_t *dy, uint16_t *dx, int threads) {
    run(OCELLUS_PICK(gelu_gradient_bfloat16), count, (narrow_operands){x, dy, dy, dx}, threads);
}

void ocellus_add_bfloat16(long count, const uint16_t *a, const uint16_t *b, uint16_t *y, int threads) {
    run(OCELLUS_PICK(add_bfloat16), count, (narrow_operands){a, b, b, y}, threads);
}

void ocellus_add_relu_bfloat16(long count, const uint16_t *a, const uint16_t *b, uint16_t *y, int threads) {
    run(OCELLUS_PICK(add_relu_bfloat16), count, (narrow_operands){a, b, b, y}, threads);
}

void ocellus_add_relu_gradient_bfloat16(
    long count, const uint16_t *y, const uint16_t *a, const uint16_t *b, uint16_t *dx, int threads) {
    run(OCELLUS_PICK(add_relu_gradient_bfloat16), count, (narrow_operands){y, a, b, dx}, threads);
}
