// SPDX-License-Identifier: Apache-2.0
#include "codec.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

/// A buffer that libpng reads from or writes to, and what it reported.
typedef struct {
    const uint8_t *source;
    size_t count, position;
    uint8_t *output;
    size_t output_count, output_capacity;
    ocellus_codec_status status;
    ocellus_codec_message *message;
} png_buffer;

static void on_error(png_structp png, png_const_charp text) {
    png_buffer *buffer = png_get_error_ptr(png);
    if (buffer->status == OCELLUS_CODEC_OK) buffer->status = OCELLUS_CODEC_DAMAGED;
    if (buffer->message != NULL) snprintf(buffer->message->text, sizeof buffer->message->text, "%s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void read_bytes(png_structp png, png_bytep output, size_t length) {
    png_buffer *buffer = png_get_io_ptr(png);
    if (length > buffer->count - buffer->position) {
        buffer->status = OCELLUS_CODEC_TRUNCATED;
        png_error(png, "the file ends too early");
    }
    memcpy(output, buffer->source + buffer->position, length);
    buffer->position += length;
}

/// Whether all chunks up to IEND lie in the file. libpng takes memory for some of them by their length alone.
static int chunks_fit(const uint8_t *source, size_t count) {
    size_t position = 8;
    while (count >= 12 && position <= count - 12) {
        const uint8_t *chunk = source + position;
        size_t length = (size_t)chunk[0] << 24 | (size_t)chunk[1] << 16 | (size_t)chunk[2] << 8 | chunk[3];
        if (length > count - position - 12) return 0;
        if (memcmp(chunk + 4, "IEND", 4) == 0) return 1;
        position += length + 12;
    }
    return 0;
}

// An XMP packet is a few kilobytes; one that unpacks to more is none.
enum { MAXIMUM_PACKET = 1 << 20 };

/// The orientation in an iTXt chunk, if it holds XMP: a keyword, two bytes on compression, a language, a translated
/// keyword, the text. 0 for none.
static int text_orientation(const uint8_t *chunk, size_t length) {
    static const char keyword[] = "XML:com.adobe.xmp";
    size_t place = sizeof keyword;
    if (length < place + 2 || memcmp(chunk, keyword, sizeof keyword) != 0) return 0;
    int is_compressed = chunk[place] == 1;
    place += 2;
    for (int i = 0; i < 2; i++) {
        const uint8_t *zero = memchr(chunk + place, 0, length - place);
        if (zero == NULL) return 0;
        place = (size_t)(zero - chunk) + 1;
    }
    if (!is_compressed) return ocellus_xmp_orientation(chunk + place, length - place);
    // zlib's two bytes in front of the stream and its four behind it.
    if (length - place < 6) return 0;
    uint8_t *packet = NULL;
    size_t size = 0;
    ocellus_inflate(chunk + place + 2, length - place - 6, MAXIMUM_PACKET, &packet, &size);
    int orientation = packet == NULL ? 0 : ocellus_xmp_orientation(packet, size);
    ocellus_codec_free(packet);
    return orientation;
}

/// Walks the chunks up to IEND, as EXIF and XMP may stand behind the pixels: sets the orientation and whether there are
/// more frames, which is what acTL says of an animation.
static void read_chunks(const uint8_t *source, size_t count, ocellus_image_info *info) {
    size_t position = 8;
    int exif = 0, xmp = 0;
    while (count > 12 && position <= count - 12) {
        const uint8_t *chunk = source + position, *content = chunk + 8;
        size_t length = (size_t)chunk[0] << 24 | (size_t)chunk[1] << 16 | (size_t)chunk[2] << 8 | chunk[3];
        if (length > count - position - 12 || memcmp(chunk + 4, "IEND", 4) == 0) break;
        if (exif == 0 && memcmp(chunk + 4, "eXIf", 4) == 0) exif = ocellus_exif_orientation(content, length);
        if (xmp == 0 && memcmp(chunk + 4, "iTXt", 4) == 0) xmp = text_orientation(content, length);
        if (length == 8 && memcmp(chunk + 4, "acTL", 4) == 0) {
            info->has_more_frames = content[0] != 0 || content[1] != 0 || content[2] != 0 || content[3] > 1;
        }
        position += length + 12;
    }
    info->orientation = ocellus_upright(exif, xmp);
}

/// Apple's tools rewrite the PNGs of an app so that no other program can read them.
static int is_apples(const uint8_t *source, size_t count) {
    return count >= 16 && memcmp(source + 12, "CgBI", 4) == 0;
}

/// Whether a palette holds shades of gray only.
static int palette_is_gray(png_structp png, png_infop info) {
    png_colorp palette;
    int entries = 0;
    if (png_get_PLTE(png, info, &palette, &entries) == 0) return 0;
    for (int i = 0; i < entries; i++) {
        if (palette[i].red != palette[i].green || palette[i].red != palette[i].blue) return 0;
    }
    return 1;
}

static png_structp open_reader(png_buffer *buffer, png_infop *info) {
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, buffer, on_error, on_warning);
    if (png == NULL) return NULL;
    *info = png_create_info_struct(png);
    if (*info == NULL) {
        png_destroy_read_struct(&png, NULL, NULL);
        return NULL;
    }
    png_set_read_fn(png, buffer, read_bytes);
    // The caller has its own limit on pixels; text and profiles are not kept, so they cannot fill memory.
    png_set_user_limits(png, 0x7FFFFFFF, 0x7FFFFFFF);
    png_set_chunk_cache_max(png, 64);
    png_set_chunk_malloc_max(png, 8 << 20);
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
    // Checksums would keep every change of a fuzzer out.
    png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);
    png_set_option(png, PNG_IGNORE_ADLER32, PNG_OPTION_ON);
#endif
    return png;
}

static void describe(png_structp png, png_infop info, ocellus_image_info *result) {
    int type = png_get_color_type(png, info);
    int is_gray = type == PNG_COLOR_TYPE_PALETTE ? palette_is_gray(png, info) : (type & PNG_COLOR_MASK_COLOR) == 0;
    *result = (ocellus_image_info){
        .width = png_get_image_width(png, info),
        .height = png_get_image_height(png, info),
        .channels = is_gray ? 1 : 3,
        .orientation = 1,
        .has_alpha = (type & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(png, info, PNG_INFO_tRNS) != 0,
        .bits_per_sample = png_get_bit_depth(png, info),
    };
}

static png_buffer reading(const uint8_t *source, size_t count, ocellus_codec_message *message) {
    message->text[0] = 0;
    return (png_buffer){.source = source, .count = count, .status = OCELLUS_CODEC_OK, .message = message};
}

ocellus_codec_status ocellus_png_info(
    const uint8_t *source, size_t count, ocellus_image_info *info, ocellus_codec_message *message) {
    png_buffer buffer = reading(source, count, message);
    if (!chunks_fit(source, count)) {
        return ocellus_fail(OCELLUS_CODEC_TRUNCATED, message, "its last chunk is missing or not whole");
    }
    if (is_apples(source, count)) {
        return ocellus_fail(OCELLUS_CODEC_UNSUPPORTED, message, "Apple's own form of PNG, CgBI, as apps hold it");
    }
    png_infop header = NULL;
    png_structp png = open_reader(&buffer, &header);
    if (png == NULL) return OCELLUS_CODEC_NO_MEMORY;
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &header, NULL);
        return buffer.status;
    }
    png_read_info(png, header);
    describe(png, header, info);
    read_chunks(source, count, info);
    png_destroy_read_struct(&png, &header, NULL);
    return OCELLUS_CODEC_OK;
}

ocellus_codec_status ocellus_png_decode(
    const uint8_t *source, size_t count, uint8_t *pixels, size_t capacity, ocellus_codec_message *message) {
    png_buffer buffer = reading(source, count, message);
    if (!chunks_fit(source, count)) {
        return ocellus_fail(OCELLUS_CODEC_TRUNCATED, message, "its last chunk is missing or not whole");
    }
    png_infop header = NULL;
    png_structp png = open_reader(&buffer, &header);
    if (png == NULL) return OCELLUS_CODEC_NO_MEMORY;
    // Set between setjmp and longjmp, read after it.
    uint8_t *volatile raw = NULL;
    png_bytep *volatile rows = NULL;
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_read_struct(&png, &header, NULL);
        free(raw);
        free(rows);
        return buffer.status;
    }
    png_read_info(png, header);
    ocellus_image_info info;
    describe(png, header, &info);
    if (capacity != info.width * info.height * (size_t)info.channels) {
        png_destroy_read_struct(&png, &header, NULL);
        return OCELLUS_CODEC_LIMIT;
    }
    png_set_expand(png);
    png_set_scale_16(png);
    int is_interlaced = png_set_interlace_handling(png) > 1;
    png_read_update_info(png, header);
    size_t stride = png_get_rowbytes(png, header);
    int channels = png_get_channels(png, header);
    // A row after the other, unless each pass has some pixels of all.
    size_t kept = is_interlaced ? info.height : 1;
    raw = malloc(stride * kept);
    rows = malloc(kept * sizeof *rows);
    if (raw == NULL || rows == NULL) {
        buffer.status = OCELLUS_CODEC_NO_MEMORY;
        png_error(png, "out of memory");
    }
    for (size_t y = 0; y < kept; y++) rows[y] = raw + y * stride;
    if (is_interlaced) {
        png_read_image(png, rows);
        ocellus_lay_over_white(raw, channels, info.width * info.height, pixels, info.channels);
    } else {
        for (size_t y = 0; y < info.height; y++) {
            png_read_row(png, raw, NULL);
            ocellus_lay_over_white(
                raw, channels, info.width, pixels + y * info.width * (size_t)info.channels, info.channels);
        }
    }
    png_read_end(png, NULL);
    png_destroy_read_struct(&png, &header, NULL);
    free(raw);
    free(rows);
    return OCELLUS_CODEC_OK;
}

static void write_bytes(png_structp png, png_bytep bytes, size_t length) {
    png_buffer *buffer = png_get_io_ptr(png);
    if (length > buffer->output_capacity - buffer->output_count) {
        size_t capacity = buffer->output_capacity * 2 + length;
        uint8_t *larger = realloc(buffer->output, capacity);
        if (larger == NULL) {
            buffer->status = OCELLUS_CODEC_NO_MEMORY;
            png_error(png, "out of memory");
        }
        buffer->output = larger;
        buffer->output_capacity = capacity;
    }
    memcpy(buffer->output + buffer->output_count, bytes, length);
    buffer->output_count += length;
}

static void flush_bytes(png_structp png) { (void)png; }

ocellus_codec_status ocellus_png_encode(
    const uint8_t *pixels, size_t width, size_t height, int channels, uint8_t **output, size_t *output_count) {
    png_buffer buffer = {.status = OCELLUS_CODEC_OK};
    *output = NULL;
    *output_count = 0;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &buffer, on_error, on_warning);
    if (png == NULL) return OCELLUS_CODEC_NO_MEMORY;
    png_infop header = png_create_info_struct(png);
    if (header == NULL) {
        png_destroy_write_struct(&png, NULL);
        return OCELLUS_CODEC_NO_MEMORY;
    }
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &header);
        free(buffer.output);
        return buffer.status;
    }
    png_set_write_fn(png, &buffer, write_bytes, flush_bytes);
    png_set_IHDR(
        png, header, (png_uint_32)width, (png_uint_32)height, 8, channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB,
        PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, header);
    for (size_t y = 0; y < height; y++) png_write_row(png, (png_bytep)(pixels + y * width * (size_t)channels));
    png_write_end(png, NULL);
    png_destroy_write_struct(&png, &header);
    *output = buffer.output;
    *output_count = buffer.output_count;
    return OCELLUS_CODEC_OK;
}
