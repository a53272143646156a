// SPDX-License-Identifier: Apache-2.0
#include "epilogue.h"

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
    if (a->type == ocellus_element_bfloat16 && narrow == NULL) return ocellus_unimplemented;
    ocellus_parallel_range(
        run->threads, a->count, ocellus_grain(1), a->type == ocellus_element_bfloat16 ? narrow : wide,
        &(ocellus_operands){a->a, b, c, a->y, a->factor});
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
    const ocellus_operands *o = context;
    const float *from = o->a;
    float *to = o->y;
    if (to != from) memcpy(to + begin, from + begin, (size_t)(end - begin) * sizeof(float));
}

int ocellus_copy(const void *arguments, const ocellus_run *run) { return apply(arguments, copy, NULL, run); }

// MARK: Epilogues

/// A range of ocellus_operands; NULL for no function.
static ocellus_range function_range(ocellus_function function, ocellus_element type) {
    bool is_narrow = type == ocellus_element_bfloat16;
    switch (function) {
        case ocellus_function_none: return NULL;
#define FUNCTION(name) \
    case ocellus_function_##name: return is_narrow ? OCELLUS_PICK(name##_bfloat16) : OCELLUS_PICK(name);
        UNARY_FUNCTIONS(FUNCTION)
#undef FUNCTION
    }
    return NULL;
}

static ocellus_range gradient_range(ocellus_function function) {
    switch (function) {
        case ocellus_function_none: return NULL;
#define FUNCTION(name) \
    case ocellus_function_##name: return OCELLUS_PICK(name##_gradient);
        UNARY_FUNCTIONS(FUNCTION)
#undef FUNCTION
    }
    return NULL;
}

ocellus_epilogue ocellus_epilogue_of(ocellus_activation activation, ocellus_element type) {
    bool is_bound = activation.function == ocellus_function_none || activation.function == ocellus_function_relu;
    return (ocellus_epilogue){
        activation.function == ocellus_function_relu ? 0 : -__builtin_inff(),
        is_bound ? NULL : function_range(activation.function, type), activation.factor};
}

ocellus_epilogue_gradient ocellus_epilogue_gradient_of(ocellus_activation activation) {
    // These take the result; the others take what the function was applied to, or either.
    bool takes_result = activation.function == ocellus_function_sigmoid || activation.function == ocellus_function_tanh;
    return (ocellus_epilogue_gradient){
        gradient_range(activation.function),
        takes_result ? function_range(activation.function, ocellus_element_float32) : NULL, activation.factor};
}
