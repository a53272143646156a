// SPDX-License-Identifier: Apache-2.0
#include "CEmbeddedImages.h"

// #embed is C23; clang takes it in every mode and would only remark on that.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char picture[] = {
#embed "opencv-digits/digits.png"
};

ocellus_embedded_file ocellus_opencv_digits(void) { return (ocellus_embedded_file){picture, sizeof picture}; }
