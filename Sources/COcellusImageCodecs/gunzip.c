// SPDX-License-Identifier: Apache-2.0
#include "COcellusImageCodecs.h"

#include "checksum.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

void ocellus_codec_free(void *memory) { free(memory); }

uint32_t ocellus_crc32(const uint8_t *bytes, size_t count) { return (uint32_t)crc32_z(0, bytes, count); }

/// Room for at least one byte more, up to `limit`; 0 when memory is short.
static int grow(uint8_t **buffer, size_t *capacity, size_t limit) {
    size_t wanted = *capacity > limit / 2 ? limit : *capacity * 2;
    uint8_t *larger = realloc(*buffer, wanted);
    if (larger == NULL) return 0;
    *buffer = larger;
    *capacity = wanted;
    return 1;
}

static ocellus_codec_status status_of(int zlib_status, const char *message) {
    if (zlib_status == Z_DATA_ERROR && ocellus_is_checksum_message(message)) return OCELLUS_CODEC_WRONG_CHECKSUM;
    switch (zlib_status) {
    case Z_MEM_ERROR: return OCELLUS_CODEC_NO_MEMORY;
    case Z_BUF_ERROR: return OCELLUS_CODEC_TRUNCATED;
    default: return OCELLUS_CODEC_DAMAGED;
    }
}

/// `window` as zlib's inflateInit2 takes it. What follows the end of a stream is another one if `is_repeated`, else damage.
static ocellus_codec_status decompress(
    const uint8_t *source, size_t count, int window, int is_repeated, size_t limit, uint8_t **output,
    size_t *output_count) {
    *output = NULL;
    *output_count = 0;
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (inflateInit2(&stream, window) != Z_OK) return OCELLUS_CODEC_NO_MEMORY;

    // One byte above the limit tells "exactly the limit" from "more".
    size_t ceiling = limit < SIZE_MAX ? limit + 1 : limit;
    size_t capacity = ceiling < 65536 ? ceiling : 65536;
    size_t used = 0, consumed = 0;
    uint8_t *buffer = malloc(capacity);
    ocellus_codec_status status = buffer == NULL ? OCELLUS_CODEC_NO_MEMORY : OCELLUS_CODEC_OK;
    while (status == OCELLUS_CODEC_OK) {
        if (used == capacity && !grow(&buffer, &capacity, ceiling)) {
            status = OCELLUS_CODEC_NO_MEMORY;
            break;
        }
        size_t available = count - consumed, room = capacity - used;
        uInt offered = available > UINT_MAX ? UINT_MAX : (uInt)available;
        uInt space = room > UINT_MAX ? UINT_MAX : (uInt)room;
        stream.next_in = (Bytef *)(source + consumed);
        stream.avail_in = offered;
        stream.next_out = buffer + used;
        stream.avail_out = space;
        int result = inflate(&stream, Z_NO_FLUSH);
        consumed += offered - stream.avail_in;
        used += space - stream.avail_out;
        if (used > limit) {
            status = OCELLUS_CODEC_LIMIT;
        } else if (result == Z_STREAM_END) {
            if (consumed == count) break;
            if (is_repeated) inflateReset(&stream);
            else status = OCELLUS_CODEC_DAMAGED;
        } else if (result != Z_OK) {
            status = status_of(result, stream.msg);
        }
    }
    inflateEnd(&stream);
    if (status == OCELLUS_CODEC_LIMIT) used = limit;
    if (status == OCELLUS_CODEC_OK || status == OCELLUS_CODEC_LIMIT) {
        *output = buffer;
        *output_count = used;
    } else {
        free(buffer);
    }
    return status;
}

ocellus_codec_status ocellus_gunzip(
    const uint8_t *source, size_t count, size_t limit, uint8_t **output, size_t *output_count) {
    // 16 more than the window's bits: a gzip header and trailer, and nothing else, is accepted.
    return decompress(source, count, 16 + MAX_WBITS, 1, limit, output, output_count);
}

ocellus_codec_status ocellus_inflate(
    const uint8_t *source, size_t count, size_t limit, uint8_t **output, size_t *output_count) {
    // Negative: neither header nor trailer.
    return decompress(source, count, -MAX_WBITS, 0, limit, output, output_count);
}
