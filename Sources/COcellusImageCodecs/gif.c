// SPDX-License-Identifier: Apache-2.0
#include "codec.h"

#include <stdlib.h>
#include <string.h>

#include <gif_lib.h>

/// The file in memory, and what stands in front of its first frame.
typedef struct {
    const uint8_t *source;
    size_t count, position;
    /// Index of the transparent colour; -1 for none.
    int transparent;
    /// Of the canvas: the screen, or what the frame needs where that is more, as browsers do.
    size_t width, height;
} gif_reader;

static int read_bytes(GifFileType *gif, GifByteType *output, int length) {
    gif_reader *reader = gif->UserData;
    size_t rest = reader->count - reader->position;
    size_t taken = length < 0 ? 0 : (size_t)length < rest ? (size_t)length : rest;
    memcpy(output, reader->source + reader->position, taken);
    reader->position += taken;
    return (int)taken;
}

static ocellus_codec_status status_of(int error, const gif_reader *reader, ocellus_codec_message *message) {
    if (error == D_GIF_ERR_NOT_ENOUGH_MEM) return OCELLUS_CODEC_NO_MEMORY;
    const char *text = GifErrorString(error);
    // giflib says "failed to read" at the end of the data as well.
    int is_cut = error == D_GIF_ERR_EOF_TOO_SOON || reader->position == reader->count;
    return ocellus_fail(
        is_cut ? OCELLUS_CODEC_TRUNCATED : OCELLUS_CODEC_DAMAGED, message, text == NULL ? "" : text);
}

/// Reads up to the pixels of the first frame. `*result` is set for OK only.
static ocellus_codec_status open_first_frame(
    gif_reader *reader, GifFileType **result, ocellus_codec_message *message) {
    int error = 0;
    message->text[0] = 0;
    reader->transparent = -1;
    GifFileType *gif = DGifOpen(reader, read_bytes, &error);
    if (gif == NULL) return status_of(error, reader, message);
    ocellus_codec_status status = OCELLUS_CODEC_OK;
    for (;;) {
        GifRecordType type;
        if (DGifGetRecordType(gif, &type) == GIF_ERROR) {
            status = status_of(gif->Error, reader, message);
            break;
        }
        if (type == IMAGE_DESC_RECORD_TYPE) {
            if (DGifGetImageDesc(gif) == GIF_ERROR) status = status_of(gif->Error, reader, message);
            break;
        }
        if (type == TERMINATE_RECORD_TYPE) {
            status = ocellus_fail(OCELLUS_CODEC_DAMAGED, message, "it holds no frame");
            break;
        }
        if (type != EXTENSION_RECORD_TYPE) continue;
        int code = 0;
        GifByteType *block = NULL;
        int read = DGifGetExtension(gif, &code, &block);
        while (read == GIF_OK && block != NULL) {
            GraphicsControlBlock control;
            if (code == GRAPHICS_EXT_FUNC_CODE && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK) {
                reader->transparent = control.TransparentColor;
            }
            read = DGifGetExtensionNext(gif, &block);
        }
        if (read == GIF_ERROR) {
            status = status_of(gif->Error, reader, message);
            break;
        }
    }
    if (status == OCELLUS_CODEC_OK) {
        const GifImageDesc *frame = &gif->Image;
        if (frame->Left < 0 || frame->Top < 0 || frame->Width <= 0 || frame->Height <= 0) {
            status = ocellus_fail(OCELLUS_CODEC_DAMAGED, message, "its first frame is empty");
        } else {
            size_t right = (size_t)frame->Left + (size_t)frame->Width;
            size_t bottom = (size_t)frame->Top + (size_t)frame->Height;
            size_t width = gif->SWidth > 0 ? (size_t)gif->SWidth : 0;
            size_t height = gif->SHeight > 0 ? (size_t)gif->SHeight : 0;
            reader->width = right > width ? right : width;
            reader->height = bottom > height ? bottom : height;
        }
    }
    if (status != OCELLUS_CODEC_OK) {
        DGifCloseFile(gif, &error);
        return status;
    }
    *result = gif;
    return OCELLUS_CODEC_OK;
}

static const ColorMapObject *palette_of(const GifFileType *gif) {
    return gif->Image.ColorMap != NULL ? gif->Image.ColorMap : gif->SColorMap;
}

static int is_gray(const ColorMapObject *palette) {
    for (int i = 0; i < palette->ColorCount; i++) {
        const GifColorType *color = &palette->Colors[i];
        if (color->Red != color->Green || color->Red != color->Blue) return 0;
    }
    return 1;
}

/// Passes over blocks of data, each with its length in front, up to the empty one; past the end of the file in a cut one.
static size_t skip_blocks(const gif_reader *reader, size_t place) {
    while (place < reader->count && reader->source[place] != 0) place += 1 + (size_t)reader->source[place];
    return place + 1;
}

/// Whether another frame follows the one whose pixels come next.
static int has_more_frames(const gif_reader *reader) {
    size_t place = skip_blocks(reader, reader->position);
    while (place + 1 < reader->count && reader->source[place] == 0x21) place = skip_blocks(reader, place + 2);
    return place < reader->count && reader->source[place] == 0x2C;
}

ocellus_codec_status ocellus_gif_info(
    const uint8_t *source, size_t count, ocellus_image_info *info, ocellus_codec_message *message) {
    gif_reader reader = {.source = source, .count = count};
    GifFileType *gif = NULL;
    ocellus_codec_status status = open_first_frame(&reader, &gif, message);
    if (status != OCELLUS_CODEC_OK) return status;
    const ColorMapObject *palette = palette_of(gif);
    if (palette == NULL) {
        status = ocellus_fail(OCELLUS_CODEC_DAMAGED, message, "it has no palette");
    } else {
        const GifImageDesc *frame = &gif->Image;
        int covers = frame->Left == 0 && frame->Top == 0 && (size_t)frame->Width == reader.width &&
                     (size_t)frame->Height == reader.height;
        *info = (ocellus_image_info){
            .width = reader.width,
            .height = reader.height,
            .channels = is_gray(palette) ? 1 : 3,
            .orientation = 1,
            .has_alpha = reader.transparent >= 0 || !covers,
            .bits_per_sample = 8,
            .has_more_frames = has_more_frames(&reader),
        };
    }
    int ignored = 0;
    DGifCloseFile(gif, &ignored);
    return status;
}

/// One row of palette indices to its place on the canvas; 0 when an index has no colour.
static int paint(
    const GifPixelType *row, size_t width, const ColorMapObject *palette, int transparent, int channels,
    uint8_t *output) {
    for (size_t x = 0; x < width; x++, output += channels) {
        if (row[x] == transparent) continue;
        if (row[x] >= palette->ColorCount) return 0;
        const GifColorType *color = &palette->Colors[row[x]];
        output[0] = color->Red;
        if (channels == 3) {
            output[1] = color->Green;
            output[2] = color->Blue;
        }
    }
    return 1;
}

ocellus_codec_status ocellus_gif_decode(
    const uint8_t *source, size_t count, uint8_t *pixels, size_t capacity, ocellus_codec_message *message) {
    // First row and distance of the four passes of an interlaced frame; the last of five is a plain frame's.
    static const size_t firsts[] = {0, 4, 2, 1, 0}, steps[] = {8, 8, 4, 2, 1};
    gif_reader reader = {.source = source, .count = count};
    GifFileType *gif = NULL;
    ocellus_codec_status status = open_first_frame(&reader, &gif, message);
    if (status != OCELLUS_CODEC_OK) return status;
    int ignored = 0;
    const ColorMapObject *palette = palette_of(gif);
    int channels = palette != NULL && is_gray(palette) ? 1 : 3;
    size_t left = (size_t)gif->Image.Left, top = (size_t)gif->Image.Top;
    size_t width = (size_t)gif->Image.Width, height = (size_t)gif->Image.Height;
    if (palette == NULL || capacity != reader.width * reader.height * (size_t)channels) {
        DGifCloseFile(gif, &ignored);
        return palette == NULL ? OCELLUS_CODEC_DAMAGED : OCELLUS_CODEC_LIMIT;
    }
    GifPixelType *row = malloc(width);
    if (row == NULL) {
        DGifCloseFile(gif, &ignored);
        return OCELLUS_CODEC_NO_MEMORY;
    }
    memset(pixels, 255, capacity);
    int pass = gif->Image.Interlace ? 0 : 4, last = gif->Image.Interlace ? 3 : 4;
    for (; pass <= last && status == OCELLUS_CODEC_OK; pass++) {
        for (size_t y = firsts[pass]; y < height && status == OCELLUS_CODEC_OK; y += steps[pass]) {
            if (DGifGetLine(gif, row, (int)width) == GIF_ERROR) {
                status = status_of(gif->Error, &reader, message);
            } else if (!paint(
                           row, width, palette, reader.transparent, channels,
                           pixels + ((top + y) * reader.width + left) * (size_t)channels)) {
                status = ocellus_fail(OCELLUS_CODEC_DAMAGED, message, "a pixel's colour is not in the palette");
            }
        }
    }
    free(row);
    DGifCloseFile(gif, &ignored);
    return status;
}
