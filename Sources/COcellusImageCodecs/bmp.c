// SPDX-License-Identifier: Apache-2.0
//
// Windows' and OS/2's bitmaps. Small enough to read here, and strict: a field that contradicts another is damage.
#include "codec.h"

#include <string.h>

enum { FILE_HEADER = 14, CORE_HEADER = 12, INFO_HEADER = 40, FIRST_HEADER_WITH_ALPHA = 56 };
enum { PLAIN = 0, RUNS_OF_8 = 1, RUNS_OF_4 = 2, BIT_FIELDS = 3, INSIDE_JPEG = 4, INSIDE_PNG = 5, ALPHA_BIT_FIELDS = 6 };

/// A header that has been checked: everything it points to lies in the file.
typedef struct {
    const uint8_t *source;
    size_t count;
    size_t width, height;
    int top_down;
    int bits, compression;
    /// Red, green, blue, alpha; 0 for absent.
    uint32_t masks[4];
    const uint8_t *palette;
    size_t palette_count;
    /// 3 in the oldest header, else 4.
    size_t palette_entry;
    const uint8_t *data;
    size_t data_count;
} bmp_header;

static uint32_t read16(const uint8_t *bytes) { return bytes[0] | (uint32_t)bytes[1] << 8; }
static uint32_t read32(const uint8_t *bytes) { return read16(bytes) | read16(bytes + 2) << 16; }

/// Whether the ones of a mask stand together.
static int is_contiguous(uint32_t mask) {
    if (mask == 0) return 1;
    while ((mask & 1) == 0) mask >>= 1;
    return (mask & (mask + 1)) == 0;
}

static ocellus_codec_status read_masks(bmp_header *header, size_t header_size, ocellus_codec_message *message) {
    const uint8_t *masks = header->source + FILE_HEADER + INFO_HEADER;
    int has_alpha = header_size >= FIRST_HEADER_WITH_ALPHA || header->compression == ALPHA_BIT_FIELDS;
    int read = has_alpha ? 4 : 3;
    if (header->count < (size_t)FILE_HEADER + INFO_HEADER + (size_t)read * 4) return OCELLUS_CODEC_TRUNCATED;
    uint32_t seen = 0;
    for (int i = 0; i < read; i++) {
        uint32_t mask = read32(masks + 4 * i);
        if (!is_contiguous(mask) || (mask & seen) != 0 || (header->bits == 16 && mask > 0xFFFF)) {
            return ocellus_fail(OCELLUS_CODEC_DAMAGED, message, "its bit fields contradict each other");
        }
        seen |= mask;
        header->masks[i] = mask;
    }
    if ((header->masks[0] | header->masks[1] | header->masks[2]) == 0) {
        return ocellus_fail(OCELLUS_CODEC_DAMAGED, message, "its bit fields are empty");
    }
    return OCELLUS_CODEC_OK;
}

static void default_masks(bmp_header *header) {
    static const uint32_t of_16[] = {0x7C00, 0x03E0, 0x001F, 0}, of_32[] = {0xFF0000, 0xFF00, 0xFF, 0};
    memcpy(header->masks, header->bits == 16 ? of_16 : of_32, sizeof header->masks);
}

/// Sizes, bits and coding, without a look at palette and pixels.
static ocellus_codec_status read_fields(bmp_header *header, size_t size, ocellus_codec_message *message) {
    const uint8_t *fields = header->source + FILE_HEADER;
    int32_t width, height;
    uint32_t planes;
    if (size == CORE_HEADER) {
        width = (int32_t)read16(fields + 4);
        height = (int32_t)read16(fields + 6);
        planes = read16(fields + 8);
        header->bits = (int)read16(fields + 10);
        header->compression = PLAIN;
    } else {
        width = (int32_t)read32(fields + 4);
        height = (int32_t)read32(fields + 8);
        planes = read16(fields + 12);
        header->bits = (int)read16(fields + 14);
        uint32_t compression = size >= 20 ? read32(fields + 16) : PLAIN;
        header->compression = compression > ALPHA_BIT_FIELDS ? -1 : (int)compression;
        // In OS/2's second header 3 and 4 mean fax coding and runs of 24 bits.
        if (size == 64 && header->compression >= BIT_FIELDS) header->compression = -1;
    }
    if (width <= 0 || height == 0 || height == INT32_MIN || planes != 1) {
        return ocellus_fail(OCELLUS_CODEC_DAMAGED, message, "its header has sizes without meaning");
    }
    header->width = (size_t)width;
    header->height = (size_t)(height < 0 ? -(int64_t)height : height);
    header->top_down = height < 0;
    switch (header->compression) {
    case INSIDE_JPEG: return ocellus_fail(OCELLUS_CODEC_UNSUPPORTED, message, "a JPEG inside a BMP");
    case INSIDE_PNG: return ocellus_fail(OCELLUS_CODEC_UNSUPPORTED, message, "a PNG inside a BMP");
    case -1: return ocellus_fail(OCELLUS_CODEC_UNSUPPORTED, message, "a compression that no common program writes");
    default: break;
    }
    int bits = header->bits, compression = header->compression;
    int is_known = bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
    int has_fields = compression == BIT_FIELDS || compression == ALPHA_BIT_FIELDS;
    if (!is_known || (compression == RUNS_OF_8 && bits != 8) || (compression == RUNS_OF_4 && bits != 4) ||
        (has_fields && bits != 16 && bits != 32) || (header->top_down && (compression == RUNS_OF_8 || compression == RUNS_OF_4))) {
        return ocellus_fail(OCELLUS_CODEC_DAMAGED, message, "its bits a pixel do not go with its compression");
    }
    default_masks(header);
    return has_fields ? read_masks(header, size, message) : OCELLUS_CODEC_OK;
}

static size_t row_bytes(const bmp_header *header) { return (header->width * (size_t)header->bits + 31) / 32 * 4; }

/// Drops the mask of an alpha that is 0 everywhere: such files mean an opaque picture.
static void check_alpha(bmp_header *header) {
    size_t stride = row_bytes(header);
    if (header->masks[3] == 0 || header->bits < 16) return;
    for (size_t y = 0; y < header->height; y++) {
        const uint8_t *row = header->data + y * stride;
        for (size_t x = 0; x < header->width; x++) {
            uint32_t pixel = header->bits == 16 ? read16(row + 2 * x) : read32(row + 4 * x);
            if ((pixel & header->masks[3]) != 0) return;
        }
    }
    header->masks[3] = 0;
}

static ocellus_codec_status read_header(
    const uint8_t *source, size_t count, bmp_header *header, ocellus_codec_message *message) {
    message->text[0] = 0;
    memset(header, 0, sizeof *header);
    header->source = source;
    header->count = count;
    if (count < FILE_HEADER + 4) return OCELLUS_CODEC_TRUNCATED;
    size_t size = read32(source + FILE_HEADER);
    if (size != CORE_HEADER && size != 16 && (size < INFO_HEADER || size > 124)) {
        return ocellus_fail(OCELLUS_CODEC_UNSUPPORTED, message, "a header of unknown length");
    }
    if (count < FILE_HEADER + size) return OCELLUS_CODEC_TRUNCATED;
    ocellus_codec_status status = read_fields(header, size, message);
    if (status != OCELLUS_CODEC_OK) return status;

    size_t offset = read32(source + 10);
    size_t palette = FILE_HEADER + size;
    if (size == INFO_HEADER && header->compression == BIT_FIELDS) palette += 12;
    if (size == INFO_HEADER && header->compression == ALPHA_BIT_FIELDS) palette += 16;
    if (offset < palette) {
        return ocellus_fail(OCELLUS_CODEC_DAMAGED, message, "its pixels begin inside its header");
    }
    if (offset > count) return OCELLUS_CODEC_TRUNCATED;
    if (header->bits <= 8) {
        size_t stated = size >= 36 ? read32(source + FILE_HEADER + 32) : 0;
        size_t full = (size_t)1 << header->bits;
        header->palette_entry = size == CORE_HEADER ? 3 : 4;
        size_t room = (offset - palette) / header->palette_entry;
        header->palette = source + palette;
        header->palette_count = stated == 0 || stated > full ? full : stated;
        if (header->palette_count > room) header->palette_count = room;
        if (header->palette_count == 0) return ocellus_fail(OCELLUS_CODEC_DAMAGED, message, "it has no palette");
    }
    header->data = source + offset;
    header->data_count = count - offset;
    // Run-length codes may stop early on purpose; rows that are stored must all be there.
    if (header->compression != RUNS_OF_8 && header->compression != RUNS_OF_4) {
        size_t stride = row_bytes(header);
        if (stride > header->data_count / header->height) return OCELLUS_CODEC_TRUNCATED;
        check_alpha(header);
    }
    return OCELLUS_CODEC_OK;
}

static int palette_is_gray(const bmp_header *header) {
    for (size_t i = 0; i < header->palette_count; i++) {
        const uint8_t *color = header->palette + i * header->palette_entry;
        if (color[0] != color[1] || color[0] != color[2]) return 0;
    }
    return 1;
}

static int channels_of(const bmp_header *header) { return header->bits <= 8 && palette_is_gray(header) ? 1 : 3; }

ocellus_codec_status ocellus_bmp_info(
    const uint8_t *source, size_t count, ocellus_image_info *info, ocellus_codec_message *message) {
    bmp_header header;
    ocellus_codec_status status = read_header(source, count, &header, message);
    if (status != OCELLUS_CODEC_OK) return status;
    *info = (ocellus_image_info){
        .width = header.width,
        .height = header.height,
        .channels = channels_of(&header),
        .orientation = 1,
        .has_alpha = header.bits > 8 && header.masks[3] != 0,
        .bits_per_sample = 8,
    };
    return OCELLUS_CODEC_OK;
}

/// The value under a mask, scaled to 0…255; 255 where the mask is empty and `absent` says so.
static unsigned field(uint32_t pixel, uint32_t mask, unsigned absent) {
    if (mask == 0) return absent;
    uint32_t value = pixel & mask;
    while ((mask & 1) == 0) {
        mask >>= 1;
        value >>= 1;
    }
    return (unsigned)(((uint64_t)value * 255 + mask / 2) / mask);
}

static void put_color(const bmp_header *header, size_t index, int channels, uint8_t *output) {
    const uint8_t *color = header->palette + index * header->palette_entry;
    output[0] = color[2];
    if (channels == 3) {
        output[1] = color[1];
        output[2] = color[0];
    }
}

static size_t row_of(const bmp_header *header, size_t y) { return header->top_down ? y : header->height - 1 - y; }

/// Rows as they are stored; 0 when an index has no colour.
static int decode_rows(const bmp_header *header, int channels, uint8_t *pixels) {
    size_t stride = row_bytes(header), width = header->width;
    for (size_t y = 0; y < header->height; y++) {
        const uint8_t *row = header->data + y * stride;
        uint8_t *output = pixels + row_of(header, y) * width * (size_t)channels;
        for (size_t x = 0; x < width; x++, output += channels) {
            if (header->bits <= 8) {
                size_t bit = x * (size_t)header->bits;
                unsigned shift = 8u - (unsigned)header->bits - (unsigned)(bit % 8);
                size_t index = (row[bit / 8] >> shift) & ((1u << header->bits) - 1);
                if (index >= header->palette_count) return 0;
                put_color(header, index, channels, output);
            } else if (header->bits == 24) {
                output[0] = row[3 * x + 2];
                output[1] = row[3 * x + 1];
                output[2] = row[3 * x];
            } else {
                uint32_t pixel = header->bits == 16 ? read16(row + 2 * x) : read32(row + 4 * x);
                unsigned alpha = field(pixel, header->masks[3], 255);
                for (int c = 0; c < 3; c++) {
                    unsigned value = field(pixel, header->masks[c], 0);
                    output[c] = (uint8_t)((value * alpha + 255u * (255u - alpha) + 127u) / 255u);
                }
            }
        }
    }
    return 1;
}

/// Run-length codes of 8 or 4 bits. Pixels that they pass over have the first colour, as in other programs.
static ocellus_codec_status decode_runs(
    const bmp_header *header, int channels, uint8_t *pixels, ocellus_codec_message *message) {
    const uint8_t *data = header->data, *end = header->data + header->data_count;
    size_t x = 0, y = 0, width = header->width;
    int nibbles = header->bits == 4;
    for (size_t i = 0; i < width * header->height; i++) put_color(header, 0, channels, pixels + i * (size_t)channels);
    for (;;) {
        if (end - data < 2) return OCELLUS_CODEC_TRUNCATED;
        unsigned length = data[0], value = data[1];
        data += 2;
        const uint8_t *literal = NULL;
        if (length == 0) {
            if (value == 1) return OCELLUS_CODEC_OK;
            if (value == 0) {
                x = 0;
                y++;
                continue;
            }
            if (value == 2) {
                if (end - data < 2) return OCELLUS_CODEC_TRUNCATED;
                x += data[0];
                y += data[1];
                data += 2;
                continue;
            }
            size_t bytes = nibbles ? (value + 1) / 2 : value;
            if ((size_t)(end - data) < bytes) return OCELLUS_CODEC_TRUNCATED;
            literal = data;
            data += bytes;
            // Literals fill whole 16-bit words; the last padding byte may be missing.
            if (bytes % 2 != 0 && data < end) data++;
            length = value;
        }
        if (y >= header->height || length > width || x > width - length) {
            return ocellus_fail(OCELLUS_CODEC_DAMAGED, message, "a run reaches out of the picture");
        }
        uint8_t *output = pixels + (row_of(header, y) * width + x) * (size_t)channels;
        for (unsigned i = 0; i < length; i++, output += channels) {
            unsigned byte = literal == NULL ? value : nibbles ? literal[i / 2] : literal[i];
            size_t index = !nibbles ? byte : i % 2 == 0 ? byte >> 4 : byte & 15;
            if (index >= header->palette_count) {
                return ocellus_fail(OCELLUS_CODEC_DAMAGED, message, "a pixel's colour is not in the palette");
            }
            put_color(header, index, channels, output);
        }
        x += length;
    }
}

ocellus_codec_status ocellus_bmp_decode(
    const uint8_t *source, size_t count, uint8_t *pixels, size_t capacity, ocellus_codec_message *message) {
    bmp_header header;
    ocellus_codec_status status = read_header(source, count, &header, message);
    if (status != OCELLUS_CODEC_OK) return status;
    int channels = channels_of(&header);
    if (capacity != header.width * header.height * (size_t)channels) return OCELLUS_CODEC_LIMIT;
    if (header.compression == RUNS_OF_8 || header.compression == RUNS_OF_4) {
        return decode_runs(&header, channels, pixels, message);
    }
    if (!decode_rows(&header, channels, pixels)) {
        return ocellus_fail(OCELLUS_CODEC_DAMAGED, message, "a pixel's colour is not in the palette");
    }
    return OCELLUS_CODEC_OK;
}
