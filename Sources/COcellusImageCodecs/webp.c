// SPDX-License-Identifier: Apache-2.0
#include "codec.h"

#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>

static uint32_t read32(const uint8_t *bytes) {
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static ocellus_codec_status status_of(VP8StatusCode status, ocellus_codec_message *message) {
    switch (status) {
    case VP8_STATUS_OK: return OCELLUS_CODEC_OK;
    case VP8_STATUS_OUT_OF_MEMORY: return OCELLUS_CODEC_NO_MEMORY;
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA: return OCELLUS_CODEC_TRUNCATED;
    case VP8_STATUS_UNSUPPORTED_FEATURE: return OCELLUS_CODEC_UNSUPPORTED;
    default: return ocellus_fail(OCELLUS_CODEC_DAMAGED, message, "libwebp cannot read its bit stream");
    }
}

/// The decoder fills up what a cut file lacks; the container knows its length.
static ocellus_codec_status check_length(const uint8_t *source, size_t count) {
    if (count < 12) return OCELLUS_CODEC_TRUNCATED;
    return (size_t)read32(source + 4) > count - 8 ? OCELLUS_CODEC_TRUNCATED : OCELLUS_CODEC_OK;
}

static int exif_orientation(const WebPDemuxer *demuxer) {
    if ((WebPDemuxGetI(demuxer, WEBP_FF_FORMAT_FLAGS) & EXIF_FLAG) == 0) return 0;
    WebPChunkIterator chunk;
    memset(&chunk, 0, sizeof chunk);
    int orientation = 0;
    if (WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk)) {
        const uint8_t *exif = chunk.chunk.bytes;
        size_t length = chunk.chunk.size;
        // Some writers keep the prefix that JPEG needs.
        if (length > 6 && memcmp(exif, "Exif\0\0", 6) == 0) {
            exif += 6;
            length -= 6;
        }
        orientation = ocellus_exif_orientation(exif, length);
    }
    WebPDemuxReleaseChunkIterator(&chunk);
    return orientation;
}

static int xmp_orientation(const WebPDemuxer *demuxer) {
    if ((WebPDemuxGetI(demuxer, WEBP_FF_FORMAT_FLAGS) & XMP_FLAG) == 0) return 0;
    WebPChunkIterator chunk;
    memset(&chunk, 0, sizeof chunk);
    int orientation = 0;
    if (WebPDemuxGetChunk(demuxer, "XMP ", 1, &chunk)) {
        orientation = ocellus_xmp_orientation(chunk.chunk.bytes, chunk.chunk.size);
    }
    WebPDemuxReleaseChunkIterator(&chunk);
    return orientation;
}

static WebPDemuxer *open_demuxer(const uint8_t *source, size_t count) {
    WebPData data = {.bytes = source, .size = count};
    return WebPDemux(&data);
}

ocellus_codec_status ocellus_webp_info(
    const uint8_t *source, size_t count, ocellus_image_info *info, ocellus_codec_message *message) {
    message->text[0] = 0;
    ocellus_codec_status status = check_length(source, count);
    if (status != OCELLUS_CODEC_OK) return status;
    WebPBitstreamFeatures features;
    status = status_of(WebPGetFeatures(source, count, &features), message);
    if (status != OCELLUS_CODEC_OK) return status;
    WebPDemuxer *demuxer = open_demuxer(source, count);
    if (demuxer == NULL) {
        return ocellus_fail(OCELLUS_CODEC_DAMAGED, message, "libwebp cannot read its chunks");
    }
    *info = (ocellus_image_info){
        .width = WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH),
        .height = WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT),
        .channels = 3,
        .orientation = ocellus_upright(exif_orientation(demuxer), xmp_orientation(demuxer)),
        .has_alpha = features.has_alpha,
        .bits_per_sample = 8,
        .has_more_frames = WebPDemuxGetI(demuxer, WEBP_FF_FRAME_COUNT) > 1,
    };
    WebPDemuxDelete(demuxer);
    return OCELLUS_CODEC_OK;
}

/// Decodes one frame and lays it over white where it lies on the canvas.
static ocellus_codec_status decode_frame(
    const WebPIterator *frame, size_t width, size_t height, uint8_t *pixels, ocellus_codec_message *message) {
    size_t x = (size_t)frame->x_offset, y = (size_t)frame->y_offset;
    size_t frame_width = (size_t)frame->width, frame_height = (size_t)frame->height;
    if (frame->x_offset < 0 || frame->y_offset < 0 || frame->width <= 0 || frame->height <= 0 ||
        x + frame_width > width || y + frame_height > height) {
        return ocellus_fail(OCELLUS_CODEC_DAMAGED, message, "a frame reaches out of its canvas");
    }
    // Without opacity the picture needs no copy.
    int is_direct = !frame->has_alpha && frame_width == width && frame_height == height;
    size_t channels = is_direct ? 3 : 4, size = frame_width * frame_height * channels;
    uint8_t *raw = is_direct ? pixels : malloc(size);
    if (raw == NULL) return OCELLUS_CODEC_NO_MEMORY;
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) {
        if (!is_direct) free(raw);
        return ocellus_fail(OCELLUS_CODEC_UNSUPPORTED, message, "another version of libwebp");
    }
    config.output.colorspace = is_direct ? MODE_RGB : MODE_RGBA;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = raw;
    config.output.u.RGBA.stride = (int)(frame_width * channels);
    config.output.u.RGBA.size = size;
    ocellus_codec_status status =
        status_of(WebPDecode(frame->fragment.bytes, frame->fragment.size, &config), message);
    WebPFreeDecBuffer(&config.output);
    if (status == OCELLUS_CODEC_OK && !is_direct) {
        for (size_t row = 0; row < frame_height; row++) {
            ocellus_lay_over_white(
                raw + row * frame_width * 4, 4, frame_width, pixels + ((y + row) * width + x) * 3, 3);
        }
    }
    if (!is_direct) free(raw);
    return status;
}

ocellus_codec_status ocellus_webp_decode(
    const uint8_t *source, size_t count, uint8_t *pixels, size_t capacity, ocellus_codec_message *message) {
    ocellus_image_info info;
    ocellus_codec_status status = ocellus_webp_info(source, count, &info, message);
    if (status != OCELLUS_CODEC_OK) return status;
    if (capacity != info.width * info.height * 3) return OCELLUS_CODEC_LIMIT;
    WebPDemuxer *demuxer = open_demuxer(source, count);
    if (demuxer == NULL) return OCELLUS_CODEC_NO_MEMORY;
    WebPIterator frame;
    memset(&frame, 0, sizeof frame);
    if (!WebPDemuxGetFrame(demuxer, 1, &frame) || !frame.complete) {
        status = OCELLUS_CODEC_TRUNCATED;
    } else {
        memset(pixels, 255, capacity);
        status = decode_frame(&frame, info.width, info.height, pixels, message);
    }
    WebPDemuxReleaseIterator(&frame);
    WebPDemuxDelete(demuxer);
    return status;
}
