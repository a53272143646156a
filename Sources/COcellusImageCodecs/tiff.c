// SPDX-License-Identifier: Apache-2.0
#include "codec.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

#if TIFFLIB_VERSION < 20221213
#error "libtiff 4.5 or newer is needed"
#endif

/// The file in memory, and what libtiff reported about it.
typedef struct {
    const uint8_t *source;
    size_t count;
    uint64_t position;
    /// Whether something was read beyond the end.
    int is_cut;
    int has_failed;
    ocellus_codec_message *message;
} tiff_file;

enum { TAG_DNG_VERSION = 50706 };

static tmsize_t read_bytes(thandle_t handle, void *output, tmsize_t length) {
    tiff_file *file = handle;
    uint64_t rest = file->position < file->count ? file->count - file->position : 0;
    uint64_t wanted = length < 0 ? 0 : (uint64_t)length;
    uint64_t taken = wanted < rest ? wanted : rest;
    if (taken < wanted) file->is_cut = 1;
    memcpy(output, file->source + (taken == 0 ? 0 : file->position), (size_t)taken);
    file->position += taken;
    return (tmsize_t)taken;
}

static tmsize_t write_bytes(thandle_t handle, void *input, tmsize_t length) {
    (void)handle, (void)input, (void)length;
    return 0;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence) {
    tiff_file *file = handle;
    if (whence == SEEK_SET) file->position = offset;
    if (whence == SEEK_CUR) file->position += offset;
    if (whence == SEEK_END) file->position = file->count + offset;
    return file->position;
}

static int close_file(thandle_t handle) {
    (void)handle;
    return 0;
}

static toff_t size_of(thandle_t handle) { return ((tiff_file *)handle)->count; }

/// libtiff goes on after many errors and leaves holes. Such a picture must not be learnt from.
static int on_error(TIFF *tiff, void *data, const char *module, const char *format, va_list arguments) {
    (void)tiff, (void)module;
    tiff_file *file = data;
    if (!file->has_failed) vsnprintf(file->message->text, sizeof file->message->text, format, arguments);
    file->has_failed = 1;
    return 1;
}

/// What libjpeg says about damage comes as a warning; other warnings are about odd tags.
static int on_warning(TIFF *tiff, void *data, const char *module, const char *format, va_list arguments) {
    if (module != NULL && strcmp(module, "JPEGLib") == 0) return on_error(tiff, data, module, format, arguments);
    return 1;
}

static TIFF *open_reader(tiff_file *file) {
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (options == NULL) return NULL;
    // Tags and tables; pixels have their own check.
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)1 << 30);
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, file);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, file);
    // "m": no memory mapping. "h" would read the header alone.
    TIFF *tiff = TIFFClientOpenExt(
        "", "rm", file, read_bytes, write_bytes, seek, close_file, size_of, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return tiff;
}

static tiff_file reading(const uint8_t *source, size_t count, ocellus_codec_message *message) {
    message->text[0] = 0;
    return (tiff_file){.source = source, .count = count, .message = message};
}

static ocellus_codec_status failure(const tiff_file *file) {
    return file->is_cut ? OCELLUS_CODEC_TRUNCATED : OCELLUS_CODEC_DAMAGED;
}

static int is_supported_compression(uint16_t compression) {
    switch (compression) {
    case COMPRESSION_NONE:
    case COMPRESSION_CCITTRLE:
    case COMPRESSION_CCITTFAX3:
    case COMPRESSION_CCITTFAX4:
    case COMPRESSION_LZW:
    case COMPRESSION_JPEG:
    case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_DEFLATE:
    case COMPRESSION_PACKBITS: return TIFFIsCODECConfigured(compression);
    default: return 0;
    }
}

static int is_gray(TIFF *tiff) {
    uint16_t photometric = PHOTOMETRIC_RGB;
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
    return photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE;
}

static int has_alpha(TIFF *tiff) {
    uint16_t count = 0, *kinds = NULL;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds);
    return count > 0 && kinds != NULL && (kinds[0] == EXTRASAMPLE_ASSOCALPHA || kinds[0] == EXTRASAMPLE_UNASSALPHA);
}

/// Whether the first page is a finished picture; a camera's raw file has a preview there, or a sensor's mosaic.
static ocellus_codec_status check_kind(TIFF *tiff, ocellus_codec_message *message) {
    uint16_t compression = COMPRESSION_NONE, photometric = 0, format = SAMPLEFORMAT_UINT, bits = 1;
    uint32_t subfile = 0, count = 0;
    void *value = NULL;
    if (TIFFGetField(tiff, TAG_DNG_VERSION, &count, &value) == 1 ||
        (TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &subfile) == 1 && (subfile & FILETYPE_REDUCEDIMAGE) != 0)) {
        return ocellus_fail(OCELLUS_CODEC_UNSUPPORTED, message, "a camera's raw file");
    }
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &compression);
    if (!is_supported_compression(compression)) {
        return ocellus_fail(OCELLUS_CODEC_UNSUPPORTED, message, "a compression that is not read here");
    }
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
    if (format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID) {
        return ocellus_fail(OCELLUS_CODEC_UNSUPPORTED, message, "samples that are no unsigned whole numbers");
    }
    if (bits > 16) return ocellus_fail(OCELLUS_CODEC_UNSUPPORTED, message, "more than 16 bits a sample");
    if (TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric) == 1 && photometric > PHOTOMETRIC_YCBCR) {
        return ocellus_fail(OCELLUS_CODEC_UNSUPPORTED, message, "a colour space that is not read here");
    }
    if (is_gray(tiff) && has_alpha(tiff) && bits != 8) {
        return ocellus_fail(OCELLUS_CODEC_UNSUPPORTED, message, "gray with transparency in other than 8 bits");
    }
    return OCELLUS_CODEC_OK;
}

static ocellus_codec_status describe(TIFF *tiff, ocellus_image_info *info, ocellus_codec_message *message) {
    ocellus_codec_status status = check_kind(tiff, message);
    if (status != OCELLUS_CODEC_OK) return status;
    uint32_t width = 0, height = 0;
    uint16_t orientation = 1, bits = 1;
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
    if (width == 0 || height == 0) return ocellus_fail(OCELLUS_CODEC_DAMAGED, message, "it has no size");
    TIFFGetField(tiff, TIFFTAG_ORIENTATION, &orientation);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
    *info = (ocellus_image_info){
        .width = width,
        .height = height,
        .channels = is_gray(tiff) ? 1 : 3,
        .orientation = orientation >= 1 && orientation <= 8 ? orientation : 1,
        .has_alpha = has_alpha(tiff),
        .bits_per_sample = bits,
    };
    return OCELLUS_CODEC_OK;
}

ocellus_codec_status ocellus_tiff_info(
    const uint8_t *source, size_t count, ocellus_image_info *info, ocellus_codec_message *message) {
    tiff_file file = reading(source, count, message);
    TIFF *tiff = open_reader(&file);
    if (tiff == NULL) return failure(&file);
    ocellus_codec_status status = describe(tiff, info, message);
    if (status == OCELLUS_CODEC_OK && file.has_failed) status = failure(&file);
    TIFFClose(tiff);
    return status;
}

/// Memory that libtiff takes for a strip or tile must have a proportion to the picture.
static int is_proportionate(TIFF *tiff, size_t pixels) {
    uint64_t limit = (uint64_t)pixels * 64 + (1 << 20);
    if (TIFFIsTiled(tiff)) return TIFFTileSize64(tiff) <= limit;
    return TIFFScanlineSize64(tiff) <= limit && TIFFStripSize64(tiff) <= limit;
}

/// libtiff's pixels over white, rows in the order of the file. Colours come multiplied by their alpha, gray only where
/// the file says that it is.
static void lay_over_white(
    const uint32_t *raster, size_t count, int channels, int is_multiplied, uint8_t *output) {
    for (size_t i = 0; i < count; i++) {
        uint32_t pixel = raster[i];
        unsigned alpha = TIFFGetA(pixel), colors[] = {TIFFGetR(pixel), TIFFGetG(pixel), TIFFGetB(pixel)};
        for (int c = 0; c < channels; c++) {
            unsigned part = is_multiplied ? colors[c] : (colors[c] * alpha + 127u) / 255u;
            unsigned value = part + 255u - alpha;
            *output++ = (uint8_t)(value > 255 ? 255 : value);
        }
    }
}

static ocellus_codec_status read_pixels(
    TIFF *tiff, const tiff_file *file, const ocellus_image_info *info, uint8_t *pixels) {
    size_t count = info->width * info->height;
    TIFFRGBAImage image;
    memset(&image, 0, sizeof image);
    char reason[1024] = "";
    if (!TIFFRGBAImageBegin(&image, tiff, 1, reason)) {
        if (file->has_failed) return failure(file);
        reason[sizeof file->message->text - 1] = 0;
        return ocellus_fail(OCELLUS_CODEC_UNSUPPORTED, file->message, reason);
    }
    // The file's own orientation: nothing is turned here.
    image.req_orientation = image.orientation;
    uint32_t *raster = calloc(count, sizeof *raster);
    ocellus_codec_status status = OCELLUS_CODEC_OK;
    if (raster == NULL) {
        status = OCELLUS_CODEC_NO_MEMORY;
    } else if (!TIFFRGBAImageGet(&image, raster, (uint32_t)info->width, (uint32_t)info->height) || file->has_failed) {
        status = failure(file);
    } else {
        int is_multiplied = info->channels == 3 || image.alpha != EXTRASAMPLE_UNASSALPHA;
        lay_over_white(raster, count, info->channels, is_multiplied, pixels);
    }
    free(raster);
    TIFFRGBAImageEnd(&image);
    return status;
}

ocellus_codec_status ocellus_tiff_decode(
    const uint8_t *source, size_t count, uint8_t *pixels, size_t capacity, ocellus_codec_message *message) {
    tiff_file file = reading(source, count, message);
    TIFF *tiff = open_reader(&file);
    if (tiff == NULL) return failure(&file);
    ocellus_image_info info;
    ocellus_codec_status status = describe(tiff, &info, message);
    if (status == OCELLUS_CODEC_OK) {
        if (capacity != info.width * info.height * (size_t)info.channels) {
            status = OCELLUS_CODEC_LIMIT;
        } else if (!is_proportionate(tiff, info.width * info.height)) {
            status = ocellus_fail(OCELLUS_CODEC_LIMIT, message, "its strips or tiles are far larger than the picture");
        } else {
            status = read_pixels(tiff, &file, &info, pixels);
        }
    }
    TIFFClose(tiff);
    return status;
}
