// SPDX-License-Identifier: Apache-2.0
//
// How kernels end in a function of one number.
#ifndef OCELLUS_EPILOGUE_H
#define OCELLUS_EPILOGUE_H

#include "kernel.h"

/// `y = f(a, b, c, s)` of elements of one type. Operands that a function lacks are those it has, so that every pointer can be
/// read.
typedef struct {
    const void *a, *b, *c;
    void *y;
    float s;
} ocellus_operands;

/// A ReLU is a bound of what a kernel writes anyway. Any other function is applied to what was just written, which is in the
/// first-level cache then.
typedef struct {
    /// What results are at least.
    float floor;
    /// A range of ocellus_operands; NULL where the bound is all.
    ocellus_range function;
    float factor;
} ocellus_epilogue;

/// - type: Of what the kernel writes.
ocellus_epilogue ocellus_epilogue_of(ocellus_activation activation, ocellus_element type);

/// The gradient of a function of floats: a range of ocellus_operands, where `a` is what was saved and `b` the result's
/// gradient.
typedef struct {
    ocellus_range gradient;
    /// Makes what is saved of what the function was applied to; NULL where the gradient takes that too.
    ocellus_range function;
    float factor;
} ocellus_epilogue_gradient;

ocellus_epilogue_gradient ocellus_epilogue_gradient_of(ocellus_activation activation);

/// Applies what the bound leaves to do.
OCELLUS_INLINE void ocellus_finish(const ocellus_epilogue *epilogue, void *y, long count) {
    if (epilogue->function == NULL) return;
    epilogue->function(&(ocellus_operands){y, y, y, y, epilogue->factor}, 0, count);
}

#endif
