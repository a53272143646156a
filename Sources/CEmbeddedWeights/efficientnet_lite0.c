// SPDX-License-Identifier: Apache-2.0
#include "CEmbeddedWeights.h"

// #embed is C23; clang takes it in every mode and would only remark on that.
#pragma clang diagnostic ignored "-Wc23-extensions"

// Aligned as the tensors in it are.
static const unsigned char weights[] __attribute__((aligned(64))) = {
#embed "efficientnet-lite0/weights.safetensors"
};

ocellus_embedded_weights ocellus_efficientnet_lite0(void) {
    return (ocellus_embedded_weights){weights, sizeof weights};
}
