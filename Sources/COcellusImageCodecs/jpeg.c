// SPDX-License-Identifier: Apache-2.0
#include "codec.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// jerror.h numbers its messages by what jpeglib.h defines: this order matters.
#include <jpeglib.h>
// (kept apart, so that no tool sorts the two)
#include <jerror.h>

// A progressive file of a few kilobytes can ask for thousands of passes over a large image.
enum { MAXIMUM_SCANS = 500 };

/// libjpeg reports through callbacks; this carries them to a status.
typedef struct {
    struct jpeg_error_mgr manager;
    struct jpeg_progress_mgr progress;
    jmp_buf escape;
    ocellus_codec_status status;
    ocellus_codec_message *message;
} jpeg_reporter;

static void keep_message(j_common_ptr codec) {
    jpeg_reporter *reporter = (jpeg_reporter *)codec->err;
    char buffer[JMSG_LENGTH_MAX];
    reporter->manager.format_message(codec, buffer);
    if (reporter->message != NULL) snprintf(reporter->message->text, sizeof reporter->message->text, "%s", buffer);
}

static void leave(j_common_ptr codec, ocellus_codec_status status) {
    jpeg_reporter *reporter = (jpeg_reporter *)codec->err;
    keep_message(codec);
    reporter->status = status;
    longjmp(reporter->escape, 1);
}

static void on_error(j_common_ptr codec) {
    switch (codec->err->msg_code) {
    case JERR_OUT_OF_MEMORY: leave(codec, OCELLUS_CODEC_NO_MEMORY); break;
    case JERR_INPUT_EMPTY:
    case JERR_INPUT_EOF: leave(codec, OCELLUS_CODEC_TRUNCATED); break;
    case JERR_BAD_PRECISION:
    case JERR_ARITH_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_SOF_UNSUPPORTED: leave(codec, OCELLUS_CODEC_UNSUPPORTED); break;
    default: leave(codec, OCELLUS_CODEC_DAMAGED); break;
    }
}

/// libjpeg goes on after damage and fills the rest with gray. Such a picture must not be learnt from.
static void on_message(j_common_ptr codec, int level) {
    if (level >= 0) return;
    switch (codec->err->msg_code) {
    case JWRN_JPEG_EOF: leave(codec, OCELLUS_CODEC_TRUNCATED); break;
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC: leave(codec, OCELLUS_CODEC_DAMAGED); break;
    default: break; // stray bytes between segments and the like: common in photos, harmless
    }
}

static void on_progress(j_common_ptr codec) {
    if (codec->is_decompressor && ((j_decompress_ptr)codec)->input_scan_number > MAXIMUM_SCANS) {
        jpeg_reporter *reporter = (jpeg_reporter *)codec->err;
        if (reporter->message != NULL) {
            snprintf(reporter->message->text, sizeof reporter->message->text, "more than %d scans", MAXIMUM_SCANS);
        }
        reporter->status = OCELLUS_CODEC_LIMIT;
        longjmp(reporter->escape, 1);
    }
}

static void prepare(jpeg_reporter *reporter, ocellus_codec_message *message) {
    memset(reporter, 0, sizeof *reporter);
    jpeg_std_error(&reporter->manager);
    reporter->manager.error_exit = on_error;
    reporter->manager.emit_message = on_message;
    reporter->progress.progress_monitor = on_progress;
    reporter->message = message;
    if (message != NULL) message->text[0] = 0;
}

static int orientation_of(j_decompress_ptr codec) {
    // With its closing zero.
    static const char xmp_name[] = "http://ns.adobe.com/xap/1.0/";
    int exif = 0, xmp = 0;
    for (jpeg_saved_marker_ptr marker = codec->marker_list; marker != NULL; marker = marker->next) {
        size_t length = marker->data_length;
        if (exif == 0 && length > 6 && memcmp(marker->data, "Exif\0\0", 6) == 0) {
            exif = ocellus_exif_orientation(marker->data + 6, length - 6);
        } else if (xmp == 0 && length > sizeof xmp_name && memcmp(marker->data, xmp_name, sizeof xmp_name) == 0) {
            xmp = ocellus_xmp_orientation(marker->data + sizeof xmp_name, length - sizeof xmp_name);
        }
    }
    return ocellus_upright(exif, xmp);
}

/// The name of a coding that libjpeg does not know, by the first frame's marker; NULL for one that it does, and for no
/// frame at all.
static const char *unread_coding(const uint8_t *source, size_t count) {
    size_t place = 2;
    while (place + 4 <= count && source[place] == 0xFF) {
        unsigned marker = source[place + 1];
        if (marker == 0xFF) {
            place++;
            continue;
        }
        switch (marker) {
        case 0xF7: return "JPEG-LS";
        case 0xC3: case 0xCB: return "lossless JPEG";
        case 0xC5: case 0xC6: case 0xC7: case 0xCD: case 0xCE: case 0xCF: return "hierarchical JPEG";
        case 0xC0: case 0xC1: case 0xC2: case 0xC9: case 0xCA: case 0xDA: case 0xD9: return NULL;
        default: break;
        }
        place += 2 + ((size_t)source[place + 2] << 8 | source[place + 3]);
    }
    return NULL;
}

/// Reads the header and chooses the output's colours.
static void read_header(j_decompress_ptr codec, const uint8_t *source, size_t count) {
    jpeg_mem_src(codec, (unsigned char *)source, (unsigned long)count);
    jpeg_save_markers(codec, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(codec, TRUE);
    switch (codec->jpeg_color_space) {
    case JCS_GRAYSCALE: codec->out_color_space = JCS_GRAYSCALE; break;
    case JCS_CMYK:
    case JCS_YCCK: codec->out_color_space = JCS_CMYK; break;
    default: codec->out_color_space = JCS_RGB; break;
    }
}

/// Files of several scans are kept as frequencies until the last one is read: 64 of two bytes for each block. Others need a
/// few rows.
static size_t working_bytes(j_decompress_ptr codec) {
    size_t blocks = 0;
    if (jpeg_has_multiple_scans(codec)) {
        for (int c = 0; c < codec->num_components; c++) {
            blocks += (size_t)codec->comp_info[c].width_in_blocks * codec->comp_info[c].height_in_blocks;
        }
    }
    return blocks * sizeof(JBLOCK) + ((size_t)codec->image_width << 8);
}

static int channels_of(j_decompress_ptr codec) { return codec->out_color_space == JCS_GRAYSCALE ? 1 : 3; }

ocellus_codec_status ocellus_jpeg_info(
    const uint8_t *source, size_t count, ocellus_image_info *info, ocellus_codec_message *message) {
    const char *unread = unread_coding(source, count);
    if (unread != NULL) return ocellus_fail(OCELLUS_CODEC_UNSUPPORTED, message, unread);
    struct jpeg_decompress_struct codec;
    jpeg_reporter reporter;
    prepare(&reporter, message);
    memset(&codec, 0, sizeof codec);
    codec.err = &reporter.manager;
    if (setjmp(reporter.escape)) {
        jpeg_destroy_decompress(&codec);
        return reporter.status;
    }
    jpeg_create_decompress(&codec);
    read_header(&codec, source, count);
    *info = (ocellus_image_info){
        .width = codec.image_width,
        .height = codec.image_height,
        .channels = channels_of(&codec),
        .orientation = orientation_of(&codec),
        .has_alpha = 0,
        .bits_per_sample = codec.data_precision,
        .working_bytes = working_bytes(&codec),
    };
    jpeg_destroy_decompress(&codec);
    return OCELLUS_CODEC_OK;
}

/// One row from cyan, magenta, yellow, black, stored inverted: 255 is no ink.
static void cmyk_row(const uint8_t *row, size_t width, uint8_t *output) {
    for (size_t x = 0; x < width; x++, row += 4) {
        for (int c = 0; c < 3; c++) *output++ = (uint8_t)((row[c] * (unsigned)row[3] + 127) / 255);
    }
}

ocellus_codec_status ocellus_jpeg_decode(
    const uint8_t *source, size_t count, uint8_t *pixels, size_t capacity, ocellus_codec_message *message) {
    struct jpeg_decompress_struct codec;
    jpeg_reporter reporter;
    prepare(&reporter, message);
    memset(&codec, 0, sizeof codec);
    codec.err = &reporter.manager;
    if (setjmp(reporter.escape)) {
        jpeg_destroy_decompress(&codec);
        return reporter.status;
    }
    jpeg_create_decompress(&codec);
    codec.progress = &reporter.progress;
    read_header(&codec, source, count);
    size_t width = codec.image_width, stride = width * (size_t)channels_of(&codec);
    if (capacity != stride * codec.image_height) {
        jpeg_destroy_decompress(&codec);
        return OCELLUS_CODEC_LIMIT;
    }
    codec.dct_method = JDCT_ISLOW;
    jpeg_start_decompress(&codec);
    JSAMPARRAY row = NULL;
    int is_cmyk = codec.out_color_space == JCS_CMYK;
    // Freed with the codec, also after an error.
    if (is_cmyk) row = codec.mem->alloc_sarray((j_common_ptr)&codec, JPOOL_IMAGE, (JDIMENSION)width * 4, 1);
    while (codec.output_scanline < codec.output_height) {
        uint8_t *line = pixels + codec.output_scanline * stride;
        if (is_cmyk) {
            jpeg_read_scanlines(&codec, row, 1);
            cmyk_row(row[0], width, line);
        } else {
            jpeg_read_scanlines(&codec, &line, 1);
        }
    }
    jpeg_finish_decompress(&codec);
    jpeg_destroy_decompress(&codec);
    return OCELLUS_CODEC_OK;
}

/// The reduced pixels [first, past) of an axis that a part touches.
typedef struct {
    size_t first, past;
} reduced_range;

static reduced_range reduce(size_t start, size_t length, size_t size, size_t denominator) {
    reduced_range range = {start / denominator, (start + length + denominator - 1) / denominator};
    size_t reduced_size = (size + denominator - 1) / denominator;
    if (range.past > reduced_size) range.past = reduced_size;
    return range;
}

void ocellus_jpeg_part_size(
    const ocellus_image_info *info, const ocellus_jpeg_part *part, size_t *width, size_t *height) {
    reduced_range across = reduce(part->left, part->width, info->width, (size_t)part->denominator);
    reduced_range down = reduce(part->top, part->height, info->height, (size_t)part->denominator);
    *width = across.past - across.first;
    *height = down.past - down.first;
}

// Colour is stored at half the width: the neighbours on both sides decide the outermost pixels.
enum { COLOR_MARGIN = 2 };

ocellus_codec_status ocellus_jpeg_decode_part(
    const uint8_t *source, size_t count, const ocellus_jpeg_part *part, uint8_t *pixels, size_t capacity,
    ocellus_codec_message *message) {
    struct jpeg_decompress_struct codec;
    jpeg_reporter reporter;
    prepare(&reporter, message);
    memset(&codec, 0, sizeof codec);
    codec.err = &reporter.manager;
    if (setjmp(reporter.escape)) {
        jpeg_destroy_decompress(&codec);
        return reporter.status;
    }
    jpeg_create_decompress(&codec);
    codec.progress = &reporter.progress;
    read_header(&codec, source, count);
    size_t denominator = (size_t)part->denominator, channels = (size_t)channels_of(&codec);
    if (part->width == 0 || part->height == 0 || part->left >= codec.image_width || part->top >= codec.image_height ||
        part->width > codec.image_width - part->left || part->height > codec.image_height - part->top) {
        jpeg_destroy_decompress(&codec);
        return OCELLUS_CODEC_LIMIT;
    }
    reduced_range across = reduce(part->left, part->width, codec.image_width, denominator);
    reduced_range down = reduce(part->top, part->height, codec.image_height, denominator);
    size_t stride = (across.past - across.first) * channels;
    if (capacity != stride * (down.past - down.first)) {
        jpeg_destroy_decompress(&codec);
        return OCELLUS_CODEC_LIMIT;
    }
    codec.dct_method = JDCT_ISLOW;
    codec.scale_num = 1;
    codec.scale_denom = (unsigned)denominator;
    jpeg_start_decompress(&codec);
    JDIMENSION first = across.first > COLOR_MARGIN ? (JDIMENSION)across.first - COLOR_MARGIN : 0;
    JDIMENSION past = (JDIMENSION)across.past + COLOR_MARGIN;
    if (past > codec.output_width) past = codec.output_width;
    JDIMENSION width = past - first;
    // Moves `first` to the left, to where a block begins.
    jpeg_crop_scanline(&codec, &first, &width);
    size_t components = (size_t)codec.output_components;
    // Freed with the codec, also after an error.
    JSAMPARRAY row = codec.mem->alloc_sarray((j_common_ptr)&codec, JPOOL_IMAGE, width * (JDIMENSION)components, 1);
    const uint8_t *seen = row[0] + (across.first - first) * components;
    jpeg_skip_scanlines(&codec, (JDIMENSION)down.first);
    while (codec.output_scanline < down.past) {
        jpeg_read_scanlines(&codec, row, 1);
        if (codec.out_color_space == JCS_CMYK) {
            cmyk_row(seen, across.past - across.first, pixels);
        } else {
            memcpy(pixels, seen, stride);
        }
        pixels += stride;
    }
    // Not finished: the rows below are not needed.
    jpeg_destroy_decompress(&codec);
    return OCELLUS_CODEC_OK;
}

ocellus_codec_status ocellus_jpeg_encode(
    const uint8_t *pixels, size_t width, size_t height, int channels, int quality, uint8_t **output,
    size_t *output_count) {
    struct jpeg_compress_struct codec;
    jpeg_reporter reporter;
    unsigned char *buffer = NULL;
    unsigned long size = 0;
    *output = NULL;
    *output_count = 0;
    prepare(&reporter, NULL);
    memset(&codec, 0, sizeof codec);
    codec.err = &reporter.manager;
    if (setjmp(reporter.escape)) {
        jpeg_destroy_compress(&codec);
        // Not freed: libjpeg may have replaced the buffer without saying so yet. Only a full memory leads here.
        return reporter.status;
    }
    jpeg_create_compress(&codec);
    jpeg_mem_dest(&codec, &buffer, &size);
    codec.image_width = (JDIMENSION)width;
    codec.image_height = (JDIMENSION)height;
    codec.input_components = channels;
    codec.in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&codec);
    jpeg_set_quality(&codec, quality, TRUE);
    codec.dct_method = JDCT_ISLOW;
    jpeg_start_compress(&codec, TRUE);
    while (codec.next_scanline < codec.image_height) {
        JSAMPROW row = (JSAMPROW)(pixels + codec.next_scanline * width * (size_t)channels);
        jpeg_write_scanlines(&codec, &row, 1);
    }
    jpeg_finish_compress(&codec);
    jpeg_destroy_compress(&codec);
    *output = buffer;
    *output_count = size;
    return OCELLUS_CODEC_OK;
}
