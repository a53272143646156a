// SPDX-License-Identifier: Apache-2.0
#include "COcellusRegression.h"

#define OCELLUS_BODY "regression.body.h"
#include "for_each_instruction_set.h"
#undef OCELLUS_BODY

void ocellus_regression_scores(ocellus_feature_rows rows, const double *weights, long outputs, double *scores) {
    OCELLUS_PICK(scores)(rows, weights, outputs, scores);
}

void ocellus_regression_gradient(ocellus_feature_rows rows, const double *residuals, long outputs, double *gradient) {
    OCELLUS_PICK(gradient)(rows, residuals, outputs, gradient);
}
