// SPDX-License-Identifier: Apache-2.0
#include "COcellusImageCodecs.h"

#include "checksum.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

struct ocellus_stream {
    gzFile file;
};

ocellus_codec_status ocellus_stream_open(const char *path, ocellus_stream **result) {
    ocellus_stream *stream = malloc(sizeof *stream);
    if (stream == NULL) return OCELLUS_CODEC_NO_MEMORY;
    // zlib tells by the first bytes whether there is anything to decompress.
    stream->file = gzopen(path, "rbe");
    if (stream->file == NULL) {
        free(stream);
        return OCELLUS_CODEC_UNSUPPORTED;
    }
    gzbuffer(stream->file, 1 << 17);
    *result = stream;
    return OCELLUS_CODEC_OK;
}

ocellus_codec_status ocellus_stream_read(ocellus_stream *stream, uint8_t *output, size_t count, size_t *read) {
    *read = 0;
    while (*read < count) {
        size_t wanted = count - *read;
        int taken = gzread(stream->file, output + *read, wanted > 1 << 30 ? 1 << 30 : (unsigned)wanted);
        if (taken == 0) break;
        if (taken > 0) {
            *read += (size_t)taken;
            continue;
        }
        int error = 0;
        const char *message = gzerror(stream->file, &error);
        if (error == Z_DATA_ERROR && ocellus_is_checksum_message(message)) return OCELLUS_CODEC_WRONG_CHECKSUM;
        switch (error) {
        case Z_BUF_ERROR: return OCELLUS_CODEC_TRUNCATED;
        case Z_MEM_ERROR: return OCELLUS_CODEC_NO_MEMORY;
        default: return OCELLUS_CODEC_DAMAGED;
        }
    }
    // A compressed file that ends too early gives what there is before it says so.
    int error = 0;
    if (*read < count) gzerror(stream->file, &error);
    return error == Z_BUF_ERROR ? OCELLUS_CODEC_TRUNCATED : OCELLUS_CODEC_OK;
}

int ocellus_stream_is_compressed(ocellus_stream *stream) { return !gzdirect(stream->file); }

int ocellus_stream_skip(ocellus_stream *stream, size_t count) {
    return gzseek(stream->file, (z_off_t)count, SEEK_CUR) >= 0;
}

void ocellus_stream_close(ocellus_stream *stream) {
    if (stream == NULL) return;
    gzclose_r(stream->file);
    free(stream);
}
