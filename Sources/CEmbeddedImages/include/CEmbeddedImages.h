// SPDX-License-Identifier: Apache-2.0
//
// The files of the embedded image sets, compiled into the binary so that it works wherever it is copied.
#ifndef OCELLUS_EMBEDDED_IMAGES_H
#define OCELLUS_EMBEDDED_IMAGES_H

#include <stddef.h>

/// One file: its bytes live as long as the process.
typedef struct {
    const unsigned char *bytes;
    size_t count;
} ocellus_embedded_file;

/// fashion-mini: 2,000 training and 1,000 test images of Fashion-MNIST (28x28, gray, ten classes) as gzipped IDX files.
/// Copyright 2017 Zalando SE, MIT licence; see fashion-mini/LICENSE.
ocellus_embedded_file ocellus_fashion_mini_train_images(void);
ocellus_embedded_file ocellus_fashion_mini_train_labels(void);
ocellus_embedded_file ocellus_fashion_mini_test_images(void);
ocellus_embedded_file ocellus_fashion_mini_test_labels(void);
/// The class names, one a line.
ocellus_embedded_file ocellus_fashion_mini_classes(void);

/// opencv-digits: 5,000 handwritten digits (20x20, gray) in one PNG of 2000x1000 pixels, 50 rows of 100; the first five rows
/// are zeros, the next five ones, and so on. From OpenCV, Apache-2.0 and BSD-3-Clause; see opencv-digits/LICENSE.
ocellus_embedded_file ocellus_opencv_digits(void);

#endif
