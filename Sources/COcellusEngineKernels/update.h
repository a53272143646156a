// SPDX-License-Identifier: Apache-2.0
//
// Updates of parameters as other kernels run them, on a part at a time.
#ifndef OCELLUS_UPDATE_H
#define OCELLUS_UPDATE_H

#include "kernel.h"

/// Buffers and factors of an update. A rule without a state has `w` in its place.
typedef struct {
    float *w;
    const float *g;
    float *m;
    float *v;
    float gradient_scale;
    ocellus_rule rule;
} ocellus_update_job;

/// The range over elements of a job that applies its rule, in the version of the instruction set in use.
ocellus_range ocellus_update_range(ocellus_rule rule);

#endif
