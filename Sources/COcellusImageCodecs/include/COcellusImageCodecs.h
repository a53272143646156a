// SPDX-License-Identifier: Apache-2.0
//
// Doors to zlib, libjpeg-turbo, libpng, libwebp, giflib and libtiff, a reader of BMP, and the loops over pixels that must be fast in every build.
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
    /// What came out is not what the checksum behind it is of.
    OCELLUS_CODEC_WRONG_CHECKSUM,
} ocellus_codec_status;

/// Decompresses gzip data (all members). At most `limit` bytes are kept: when there are more, the status is
/// OCELLUS_CODEC_LIMIT and `*output` holds the first `limit`. Memory grows with what really comes out, not with what a
/// header promises. `*output` is freed with ocellus_codec_free unless NULL; it is set for OK and LIMIT only.
ocellus_codec_status ocellus_gunzip(
    const uint8_t *source, size_t count, size_t limit, uint8_t **output, size_t *output_count);

/// As ocellus_gunzip for one DEFLATE stream without a header, as zip archives hold them.
ocellus_codec_status ocellus_inflate(
    const uint8_t *source, size_t count, size_t limit, uint8_t **output, size_t *output_count);

/// The checksum of gzip and zip archives.
uint32_t ocellus_crc32(const uint8_t *bytes, size_t count);

void ocellus_codec_free(void *memory);

/// A file that is read from its start, decompressed on the way if it is gzip.
typedef struct ocellus_stream ocellus_stream;

/// `*stream` is closed with ocellus_stream_close; it is set for OK only. UNSUPPORTED means that the file cannot be opened.
ocellus_codec_status ocellus_stream_open(const char *path, ocellus_stream **stream);

/// Reads `count` bytes, fewer only at the end or before an error.
ocellus_codec_status ocellus_stream_read(ocellus_stream *stream, uint8_t *output, size_t count, size_t *read);

/// Whether the file is gzip.
int ocellus_stream_is_compressed(ocellus_stream *stream);

/// Passes over bytes, also beyond the end: the next read then says so. 0 for an error.
int ocellus_stream_skip(ocellus_stream *stream, size_t count);

void ocellus_stream_close(ocellus_stream *stream);

// Images. ------------------------------------------------------------------------------------------------------------

/// What an image file says about itself before it is decoded.
typedef struct {
    /// As stored, before the orientation is applied.
    size_t width, height;
    /// 1 gray, 3 red, green, blue: what decoding gives, interleaved, 8 bits each.
    int channels;
    /// EXIF orientation, 1 (upright) to 8.
    int orientation;
    int has_alpha;
    int bits_per_sample;
    /// Whether pages or frames follow the one that is decoded; previews and masks do not count.
    int has_more_frames;
    /// Samples of each pixel that are neither colour nor opacity, and are not decoded.
    int bands_left_out;
    /// Bytes that the decoder keeps beside the pixels, by the header; 0 where it is not known.
    size_t working_bytes;
} ocellus_image_info;

/// A sentence from the codec; empty when there is none.
typedef struct {
    char text[200];
} ocellus_codec_message;

/// Reads a file's header and looks for its orientation; no pixel is decoded. One function of this form for each format.
typedef ocellus_codec_status ocellus_info_function(
    const uint8_t *source, size_t count, ocellus_image_info *info, ocellus_codec_message *message);

/// Decodes into `pixels`, [height, width, channels] as the info function told, not turned. `capacity` is its size; when
/// it is another than the file needs, the status is OCELLUS_CODEC_LIMIT and nothing is written.
typedef ocellus_codec_status ocellus_decode_function(
    const uint8_t *source, size_t count, uint8_t *pixels, size_t capacity, ocellus_codec_message *message);

/// Baseline, progressive, arithmetic; gray, YCbCr, RGB; CMYK and YCCK by the plain formula, as no colour profile is read.
/// Four inks are stored inverted, as Adobe's programs write them and others read them, whether or not Adobe's marker says
/// so.
ocellus_info_function ocellus_jpeg_info;
ocellus_decode_function ocellus_jpeg_decode;

/// A rectangle of a JPEG, in pixels as stored, inside the image and not empty.
typedef struct {
    size_t left, top, width, height;
    /// 1, 2, 4 or 8: how many pixels become one along each axis, by decoding fewer frequencies.
    int denominator;
} ocellus_jpeg_part;

/// Width and height of what ocellus_jpeg_decode_part gives: every reduced pixel that the rectangle touches.
void ocellus_jpeg_part_size(
    const ocellus_image_info *info, const ocellus_jpeg_part *part, size_t *width, size_t *height);

/// Decodes a rectangle alone: with a denominator of 1 the bytes that ocellus_jpeg_decode gives there. What lies below it
/// is not looked at, so damage there goes unseen.
ocellus_codec_status ocellus_jpeg_decode_part(
    const uint8_t *source, size_t count, const ocellus_jpeg_part *part, uint8_t *pixels, size_t capacity,
    ocellus_codec_message *message);

/// Every colour type and bit depth, interlaced or not; 16 bits are scaled to 8, transparency is laid over white.
ocellus_info_function ocellus_png_info;
ocellus_decode_function ocellus_png_decode;

/// Lossy and lossless, always three channels; of an animation the first frame. Transparency, and what the frame leaves
/// free of the canvas, is white.
ocellus_info_function ocellus_webp_info;
ocellus_decode_function ocellus_webp_decode;

/// The first frame on its canvas; nothing behind it is read. Transparency, and what the frame leaves free of the canvas,
/// is white.
ocellus_info_function ocellus_gif_info;
ocellus_decode_function ocellus_gif_decode;

/// Every version of Windows' and OS/2's header; 1, 2, 4, 8, 16, 24 and 32 bits, bit fields, both run-length codings.
/// Alpha counts only where the header gives it a mask and at least one pixel is not wholly transparent: many programs
/// leave zeros there.
ocellus_info_function ocellus_bmp_info;
ocellus_decode_function ocellus_bmp_decode;

/// The first page: 1 to 16 bits of whole numbers, gray, palette, RGB, YCbCr, CMYK, strips or tiles, uncompressed or by
/// PackBits, LZW, Deflate, JPEG or fax coding. 16-bit colour is scaled, of 16-bit gray the upper byte is taken. Only an
/// extra sample that the file calls alpha is opacity; others are left out, and gray with several of them is unsupported,
/// as no one of them is the picture. Files of cameras (DNG and its like) hold no finished picture and are unsupported.
ocellus_info_function ocellus_tiff_info;
ocellus_decode_function ocellus_tiff_decode;

/// Encodes [height, width, channels] with 1 or 3 channels. `*output` is freed with ocellus_codec_free.
ocellus_codec_status ocellus_png_encode(
    const uint8_t *pixels, size_t width, size_t height, int channels, uint8_t **output, size_t *output_count);
ocellus_codec_status ocellus_jpeg_encode(
    const uint8_t *pixels, size_t width, size_t height, int channels, int quality, uint8_t **output,
    size_t *output_count);

/// The orientation in a TIFF structure, the content of EXIF, 1 to 8; 0 when there is none or it is damaged.
int ocellus_exif_orientation(const uint8_t *tiff, size_t count);

/// The orientation in an XMP packet, 1 to 8; 0 when there is none. As in Pillow it counts where EXIF has none.
int ocellus_xmp_orientation(const uint8_t *packet, size_t count);

/// Turns an image upright: `output` gets [height, width] exchanged for orientations 5 to 8.
void ocellus_orient(
    const uint8_t *pixels, size_t width, size_t height, int channels, int orientation, uint8_t *output);

/// How pixels are weighted when an image is resized: Pillow's filters of those names.
typedef enum {
    /// A triangle of one pixel on each side.
    OCELLUS_FILTER_BILINEAR,
    /// Keys' cubic with a = −½, two pixels on each side.
    OCELLUS_FILTER_BICUBIC,
    /// Three pixels on each side.
    OCELLUS_FILTER_LANCZOS,
} ocellus_filter;

/// Resamples a rectangle of `source`, [height, width, channels] interleaved, to `output`, planar
/// [channels, output_height, output_width], with a filter that widens by the scale when it shrinks, as Pillow does it: two
/// passes, fixed-point weights, 8-bit rounding between them. The rectangle has real-valued bounds inside the image;
/// weights are taken from the whole image, also just outside of it.
ocellus_codec_status ocellus_resize(
    const uint8_t *source, size_t width, size_t height, int channels, double left, double top, double right,
    double bottom, ocellus_filter filter, uint8_t *output, size_t output_width, size_t output_height);

// Bytes. -------------------------------------------------------------------------------------------------------------

/// Luma of `count` interleaved pixels: (19595 red + 38470 green + 7471 blue + 32768) / 65536.
void ocellus_gray(const uint8_t *pixels, size_t count, uint8_t *output);

/// output[i] = table[source[i]]
void ocellus_map_bytes(const uint8_t *source, size_t count, const float *table, float *output);

/// bins[v] += how often v occurs in source
void ocellus_count_bytes(const uint8_t *source, size_t count, uint64_t *bins);

#endif
