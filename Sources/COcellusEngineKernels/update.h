// SPDX-License-Identifier: Apache-2.0
//
// Updates of parameters as other kernels run them, on a part at a time.
#ifndef OCELLUS_UPDATE_H
#define OCELLUS_UPDATE_H

#include "kernel.h"

/// How parameters change in one update.
typedef struct {
    ocellus_rule_kind kind;
    /// These three of all but Adam.
    float rate;
    float momentum;
    float decay;
    ocellus_adam_step adam;
} ocellus_rule;

/// An optimiser's rule for a parameter in the update that runs.
ocellus_rule ocellus_rule_of(ocellus_optimizer optimizer, const ocellus_run *run, long parameter);

/// Buffers and factors of an update. A rule without a state has `w` in its place.
typedef struct {
    float *w;
    const float *g;
    float *m;
    float *v;
    float gradient_scale;
    ocellus_rule rule;
} ocellus_update_job;

ocellus_update_job ocellus_update_job_of(
    ocellus_rule rule, float *w, const float *g, float *m, float *v, const ocellus_run *run);

/// The range over elements of a job that applies its rule, in the version of the instruction set in use.
ocellus_range ocellus_update_range(ocellus_rule rule);

#endif
