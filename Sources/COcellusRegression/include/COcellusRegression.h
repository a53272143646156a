// SPDX-License-Identifier: Apache-2.0
//
// The products of a regression on rows of features, which are kept in float32 and computed with in double.
//
// Both functions run on the calling thread, allocate nothing and check nothing: sizes are the caller's promise. Buffers must
// not overlap. The order of sums follows the instruction set, and nothing else.
#ifndef OCELLUS_REGRESSION_H
#define OCELLUS_REGRESSION_H

#include <stdint.h>

#include "COcellusInstructionSet.h"

/// Some rows of a matrix [*][width], row-major.
typedef struct {
    const float *features;
    /// Which rows, `count` of them.
    const int32_t *rows;
    long count, width;
} ocellus_feature_rows;

/// scores[i][k] = Σ_j features[rows[i]][j] · weights[k][j] for `outputs` values of k.
void ocellus_regression_scores(ocellus_feature_rows rows, const double *weights, long outputs, double *scores);

/// gradient[k][j] += Σ_i residuals[i][k] · features[rows[i]][j]
void ocellus_regression_gradient(ocellus_feature_rows rows, const double *residuals, long outputs, double *gradient);

#endif
