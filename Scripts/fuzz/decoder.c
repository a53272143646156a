// SPDX-License-Identifier: Apache-2.0
//
// libFuzzer's harness of one decoder: FORMAT is jpeg, png, webp, gif, bmp or tiff; gunzip and exif stand here too.
#include "COcellusImageCodecs.h"

#include <stdlib.h>

#define JOIN_(a, b, c) a##b##c
#define JOIN(a, b, c) JOIN_(a, b, c)

// Small, so that an execution takes no longer than the bytes deserve.
enum { PIXELS = 1 << 18, OUTPUT = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
#ifdef GUNZIP
    uint8_t *output = NULL;
    size_t count = 0;
    ocellus_gunzip(data, size, OUTPUT, &output, &count);
    ocellus_codec_free(output);
#elif defined(EXIF)
    int orientation = ocellus_exif_orientation(data, size);
    if (orientation < 0 || orientation > 8) abort();
    orientation = ocellus_xmp_orientation(data, size);
    if (orientation < 0 || orientation > 8) abort();
#else
    ocellus_image_info info;
    ocellus_codec_message message = {0};
    if (JOIN(ocellus_, FORMAT, _info)(data, size, &info, &message) != OCELLUS_CODEC_OK) return 0;
    if (info.width == 0 || info.height == 0 || info.orientation < 1 || info.orientation > 8) abort();
    if (info.channels != 1 && info.channels != 3) abort();
    if (info.width > PIXELS || info.height > PIXELS || info.width * info.height > PIXELS) return 0;
    size_t capacity = info.width * info.height * (size_t)info.channels;
    uint8_t *pixels = malloc(capacity);
    if (pixels == NULL) return 0;
    JOIN(ocellus_, FORMAT, _decode)(data, size, pixels, capacity, &message);
    free(pixels);
#endif
    return 0;
}
