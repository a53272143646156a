// SPDX-License-Identifier: Apache-2.0
//
// Doors to zlib, libjpeg-turbo and libpng, and the loops over pixels that must be fast in every build.
// Nothing here trusts its input: every function returns a status and never ends the process.
#ifndef OCELLUS_IMAGE_CODECS_H
#define OCELLUS_IMAGE_CODECS_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
    OCELLUS_CODEC_OK = 0,
    /// The bytes are not what they claim to be.
    OCELLUS_CODEC_DAMAGED,
    /// The bytes end too early.
    OCELLUS_CODEC_TRUNCATED,
    /// Valid, but of a kind that is not decoded here.
    OCELLUS_CODEC_UNSUPPORTED,
    /// More output than the given limit.
    OCELLUS_CODEC_LIMIT,
    OCELLUS_CODEC_NO_MEMORY,
} ocellus_codec_status;

/// Decompresses gzip data (all members). At most `limit` bytes are kept: when there are more, the status is
/// OCELLUS_CODEC_LIMIT and `*output` holds the first `limit`. Memory grows with what really comes out, not with what a
/// header promises. `*output` is freed with ocellus_codec_free unless NULL; it is set for OK and LIMIT only.
ocellus_codec_status ocellus_gunzip(
    const uint8_t *source, size_t count, size_t limit, uint8_t **output, size_t *output_count);

void ocellus_codec_free(void *memory);

/// output[i] = table[source[i]]
void ocellus_map_bytes(const uint8_t *source, size_t count, const float *table, float *output);

/// bins[v] += how often v occurs in source
void ocellus_count_bytes(const uint8_t *source, size_t count, uint64_t *bins);

#endif
