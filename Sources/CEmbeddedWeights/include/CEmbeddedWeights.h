// SPDX-License-Identifier: Apache-2.0
//
// Weights that were trained elsewhere, compiled into the binary so that transfer learning works wherever it is copied. They
// lie in read-only memory: a process that does not ask for them reads none of it.
#ifndef OCELLUS_EMBEDDED_WEIGHTS_H
#define OCELLUS_EMBEDDED_WEIGHTS_H

#include <stddef.h>

/// One file: its bytes live as long as the process.
typedef struct {
    const unsigned char *bytes;
    size_t count;
} ocellus_embedded_weights;

/// EfficientNet-Lite0 trained on ImageNet, a safetensors file of 16-bit floats. Copyright 2020 ML Illustrated and The
/// TensorFlow Authors, Apache-2.0; see efficientnet-lite0/README.md and efficientnet-lite0/LICENSE.
ocellus_embedded_weights ocellus_efficientnet_lite0(void);

#endif
