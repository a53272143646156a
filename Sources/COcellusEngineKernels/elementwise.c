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

#define KERNEL(name)                                                 \
    int ocellus_##name(const void *arguments, const ocellus_run *run) { \
        return apply(arguments, OCELLUS_PICK(name), NULL, run);      \
    }
ELEMENTWISE_KERNELS(KERNEL)
#undef KERNEL

#define KERNEL(name)                                                                   \
    int ocellus_##name(const void *arguments, const ocellus_run *run) {                \
        return apply(arguments, OCELLUS_PICK(name), OCELLUS_PICK(name##_bfloat16), run); \
    }
ELEMENTWISE_KERNELS_OF_BOTH_TYPES(KERNEL)
#undef KERNEL

static void copy(const void *context, long begin, long end) {
    const operands *o = context;
    if (o->y != o->a) memcpy(o->y + begin, o->a + begin, (size_t)(end - begin) * sizeof(float));
}

int ocellus_copy(const void *arguments, const ocellus_run *run) { return apply(arguments, copy, NULL, run); }
