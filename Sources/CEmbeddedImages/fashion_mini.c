// SPDX-License-Identifier: Apache-2.0
#include "CEmbeddedImages.h"

// #embed is C23; clang takes it in every mode and would only remark on that.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char train_images[] = {
#embed "fashion-mini/train-images-idx3-ubyte.gz"
};
static const unsigned char train_labels[] = {
#embed "fashion-mini/train-labels-idx1-ubyte.gz"
};
static const unsigned char test_images[] = {
#embed "fashion-mini/t10k-images-idx3-ubyte.gz"
};
static const unsigned char test_labels[] = {
#embed "fashion-mini/t10k-labels-idx1-ubyte.gz"
};
static const unsigned char classes[] = {
#embed "fashion-mini/labels.txt"
};

ocellus_embedded_file ocellus_fashion_mini_train_images(void) {
    return (ocellus_embedded_file){train_images, sizeof train_images};
}

ocellus_embedded_file ocellus_fashion_mini_train_labels(void) {
    return (ocellus_embedded_file){train_labels, sizeof train_labels};
}

ocellus_embedded_file ocellus_fashion_mini_test_images(void) {
    return (ocellus_embedded_file){test_images, sizeof test_images};
}

ocellus_embedded_file ocellus_fashion_mini_test_labels(void) {
    return (ocellus_embedded_file){test_labels, sizeof test_labels};
}

ocellus_embedded_file ocellus_fashion_mini_classes(void) { return (ocellus_embedded_file){classes, sizeof classes}; }
