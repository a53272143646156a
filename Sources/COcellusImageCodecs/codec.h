// SPDX-License-Identifier: Apache-2.0
//
// What the decoders share; not part of the door.
#ifndef OCELLUS_CODEC_H
#define OCELLUS_CODEC_H

#include "COcellusImageCodecs.h"

#include <stdio.h>

/// Sets the message, and gives the status back: `return ocellus_fail(…)`.
static inline ocellus_codec_status ocellus_fail(
    ocellus_codec_status status, ocellus_codec_message *message, const char *text) {
    if (message != NULL) snprintf(message->text, sizeof message->text, "%s", text);
    return status;
}

/// What decides how a picture is turned: EXIF's orientation, XMP's where that is 0, else none.
static inline int ocellus_upright(int exif, int xmp) { return exif != 0 ? exif : xmp != 0 ? xmp : 1; }

/// Interleaved pixels of 1 to 4 channels (gray, gray and alpha, colour, colour and alpha) to 1 or 3 channels, laid over
/// white. With colour in and one channel out the red one is taken: the caller knows that all three are equal.
void ocellus_lay_over_white(
    const uint8_t *source, int channels, size_t count, uint8_t *output, int output_channels);

#endif
