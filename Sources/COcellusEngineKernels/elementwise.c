// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

/// `y = f(a, b, c, s)`. Operands that a function lacks are those it has, so that every pointer can be read.
typedef struct {
    const float *a, *b, *c;
    float *y;
    float s;
} operands;

/// The same of bfloat16.
typedef struct {
    const uint16_t *a, *b, *c;
    uint16_t *y;
} narrow_operands;

#define OCELLUS_BODY "elementwise.body.h"
#include "for_each_instruction_set.h"
#undef OCELLUS_BODY

#define OCELLUS_BODY "elementwise_bfloat16.body.h"
#include "for_each_instruction_set.h"
#undef OCELLUS_BODY

/// - narrow: Of bfloat16; NULL for functions that have no such version.
static int apply(
    const ocellus_elementwise_arguments *a, ocellus_range wide, ocellus_range narrow, const ocellus_run *run) {
    const void *b = a->b != NULL ? a->b : a->a, *c = a->c != NULL ? a->c : b;
    if (a->type == ocellus_element_bfloat16) {
        if (narrow == NULL) return ocellus_unimplemented;
        narrow_operands operands = {a->a, b, c, a->y};
        ocellus_parallel_range(run->threads, a->count, ocellus_grain(1), narrow, &operands);
    } else {
        operands operands = {a->a, b, c, a->y, a->factor};
        ocellus_parallel_range(run->threads, a->count, ocellus_grain(1), wide, &operands);
    }
    return 0;
}

int ocellus_relu(const void *arguments, const ocellus_run *run) {
    return apply(arguments, OCELLUS_PICK(relu), OCELLUS_PICK(relu_bfloat16), run);
}

int ocellus_relu_gradient(const void *arguments, const ocellus_run *run) {
    return apply(arguments, OCELLUS_PICK(relu_gradient), OCELLUS_PICK(relu_gradient_bfloat16), run);
}

int ocellus_add(const void *arguments, const ocellus_run *run) {
    return apply(arguments, OCELLUS_PICK(add), OCELLUS_PICK(add_bfloat16), run);
}

int ocellus_add_scaled(const void *arguments, const ocellus_run *run) {
    return apply(arguments, OCELLUS_PICK(add_scaled), NULL, run);
}

int ocellus_add_relu(const void *arguments, const ocellus_run *run) {
    return apply(arguments, OCELLUS_PICK(add_relu), OCELLUS_PICK(add_relu_bfloat16), run);
}

int ocellus_add_relu_gradient(const void *arguments, const ocellus_run *run) {
    return apply(arguments, OCELLUS_PICK(add_relu_gradient), OCELLUS_PICK(add_relu_gradient_bfloat16), run);
}

int ocellus_leaky_relu(const void *arguments, const ocellus_run *run) {
    return apply(arguments, OCELLUS_PICK(leaky_relu), NULL, run);
}

int ocellus_leaky_relu_gradient(const void *arguments, const ocellus_run *run) {
    return apply(arguments, OCELLUS_PICK(leaky_relu_gradient), NULL, run);
}

int ocellus_gelu(const void *arguments, const ocellus_run *run) {
    return apply(arguments, OCELLUS_PICK(gelu), OCELLUS_PICK(gelu_bfloat16), run);
}

int ocellus_gelu_gradient(const void *arguments, const ocellus_run *run) {
    return apply(arguments, OCELLUS_PICK(gelu_gradient), OCELLUS_PICK(gelu_gradient_bfloat16), run);
}

int ocellus_sigmoid(const void *arguments, const ocellus_run *run) {
    return apply(arguments, OCELLUS_PICK(sigmoid), NULL, run);
}

int ocellus_sigmoid_gradient(const void *arguments, const ocellus_run *run) {
    return apply(arguments, OCELLUS_PICK(sigmoid_gradient), NULL, run);
}

int ocellus_tanh(const void *arguments, const ocellus_run *run) {
    return apply(arguments, OCELLUS_PICK(tanh), NULL, run);
}

int ocellus_tanh_gradient(const void *arguments, const ocellus_run *run) {
    return apply(arguments, OCELLUS_PICK(tanh_gradient), NULL, run);
}

int ocellus_scale(const void *arguments, const ocellus_run *run) {
    return apply(arguments, OCELLUS_PICK(scale), NULL, run);
}

static void copy(const void *context, long begin, long end) {
    const operands *o = context;
    if (o->y != o->a) memcpy(o->y + begin, o->a + begin, (size_t)(end - begin) * sizeof(float));
}

int ocellus_copy(const void *arguments, const ocellus_run *run) { return apply(arguments, copy, NULL, run); }
