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

/// What a person calls a compression; its number where it has no common name.
static ocellus_codec_status refuse_compression(uint16_t compression, ocellus_codec_message *message) {
    static const struct {
        uint16_t number;
        const char *name;
    } names[] = {
        {COMPRESSION_OJPEG, "old-style JPEG"}, {32766, "NeXT"}, {32809, "ThunderScan"}, {32908, "PixarFilm"},
        {32909, "PixarLog"}, {33003, "JPEG 2000"}, {33004, "JPEG 2000"}, {33005, "JPEG 2000"}, {34661, "JBIG"},
        {34676, "SGILog"}, {34677, "SGILog"}, {34712, "JPEG 2000"}, {34713, "a camera's own"}, {34887, "LERC"},
        {34892, "lossy JPEG of raw files"}, {34925, "LZMA"}, {50000, "Zstandard"}, {50001, "WebP"}, {50002, "JPEG XL"},
        {52546, "JPEG XL"}, {65000, "a camera's own"},
    };
    const size_t count = sizeof names / sizeof names[0];
    size_t place = 0;
    while (place < count && names[place].number != compression) place++;
    char text[100];
    if (place < count) {
        snprintf(text, sizeof text, "its compression, %s, is not read here: save it with LZW or Deflate", names[place].name);
    } else {
        snprintf(
            text, sizeof text, "its compression, number %u, is not read here: save it with LZW or Deflate",
            (unsigned)compression);
    }
    return ocellus_fail(OCELLUS_CODEC_UNSUPPORTED, message, text);
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

/// Samples of a pixel that are neither colour nor opacity: near infrared, masks, the bands of a satellite.
static int bands_left_out(TIFF *tiff) {
    uint16_t samples = 1, photometric = PHOTOMETRIC_RGB;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &samples);
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric);
    int seen = has_alpha(tiff);
    switch (photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_PALETTE: seen += 1; break;
    case PHOTOMETRIC_SEPARATED: seen += 4; break;
    default: seen += 3; break;
    }
    return samples > seen ? samples - seen : 0;
}

static int is_reduced(TIFF *tiff) {
    uint32_t kind = 0;
    return TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &kind) == 1 && (kind & FILETYPE_REDUCEDIMAGE) != 0;
}

/// Whether the first page is a finished picture; a camera's raw file has a preview there, or a sensor's mosaic.
static ocellus_codec_status check_page(TIFF *tiff, ocellus_codec_message *message) {
    uint32_t count = 0;
    uint16_t directories = 0;
    void *value = NULL;
    int is_preview = is_reduced(tiff);
    // Raw files keep the sensor's picture in a directory below the preview's.
    int is_raw = TIFFGetField(tiff, TAG_DNG_VERSION, &count, &value) == 1 ||
                 (is_preview && TIFFGetField(tiff, TIFFTAG_SUBIFD, &directories, &value) == 1);
    if (is_raw) return ocellus_fail(OCELLUS_CODEC_UNSUPPORTED, message, "a camera's raw file");
    if (is_preview) {
        return ocellus_fail(
            OCELLUS_CODEC_UNSUPPORTED, message,
            TIFFLastDirectory(tiff)
                ? "a preview alone, by its own account: the picture that it belongs to is missing"
                : "its first page is a preview of a later one, and only first pages are read: save the picture alone");
    }
    return OCELLUS_CODEC_OK;
}

/// Whether samples and colours are of a kind that becomes 8 bits of gray or red, green and blue.
static ocellus_codec_status check_samples(TIFF *tiff, ocellus_codec_message *message) {
    uint16_t photometric = 0, format = SAMPLEFORMAT_UINT, bits = 1;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
    if (format == SAMPLEFORMAT_IEEEFP) {
        return ocellus_fail(
            OCELLUS_CODEC_UNSUPPORTED, message,
            "samples that are floating-point numbers, of which nothing says what is black and what white: scale them to "
            "8 or 16 bits, all pictures alike");
    }
    if (format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID) {
        return ocellus_fail(
            OCELLUS_CODEC_UNSUPPORTED, message,
            "samples that are no unsigned whole numbers: convert them to 8 or 16 bits, all pictures alike");
    }
    if (bits > 16) {
        return ocellus_fail(
            OCELLUS_CODEC_UNSUPPORTED, message, "more than 16 bits a sample: scale them to 8 or 16, all pictures alike");
    }
    if (TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &photometric) == 1 && photometric > PHOTOMETRIC_YCBCR) {
        const char *reason = photometric == PHOTOMETRIC_CFA || photometric == 34892
                                 ? "a camera's raw file"
                                 : "a colour space that is not read here: convert it to RGB";
        return ocellus_fail(OCELLUS_CODEC_UNSUPPORTED, message, reason);
    }
    if (is_gray(tiff) && has_alpha(tiff) && bits != 8) {
        return ocellus_fail(OCELLUS_CODEC_UNSUPPORTED, message, "gray with transparency in other than 8 bits");
    }
    int left_out = bands_left_out(tiff);
    if (is_gray(tiff) && left_out > 1) {
        char text[sizeof message->text];
        snprintf(
            text, sizeof text, "%d bands, none of them named as a colour: write the one or three that are wanted to a file",
            left_out + 1);
        return ocellus_fail(OCELLUS_CODEC_UNSUPPORTED, message, text);
    }
    return OCELLUS_CODEC_OK;
}

static ocellus_codec_status check_kind(TIFF *tiff, ocellus_codec_message *message) {
    uint16_t compression = COMPRESSION_NONE;
    ocellus_codec_status status = check_page(tiff, message);
    if (status != OCELLUS_CODEC_OK) return status;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &compression);
    if (!is_supported_compression(compression)) return refuse_compression(compression, message);
    return check_samples(tiff, message);
}

/// TIFF's own orientation, else that of an XMP packet.
static int orientation_of(TIFF *tiff) {
    uint16_t own = 0;
    if (TIFFGetField(tiff, TIFFTAG_ORIENTATION, &own) == 1 && own >= 1 && own <= 8) return own;
    uint32_t count = 0;
    void *packet = NULL;
    int has_packet = TIFFGetField(tiff, TIFFTAG_XMLPACKET, &count, &packet) == 1 && packet != NULL;
    return ocellus_upright(0, has_packet ? ocellus_xmp_orientation(packet, count) : 0);
}

static ocellus_codec_status describe(TIFF *tiff, ocellus_image_info *info, ocellus_codec_message *message) {
    ocellus_codec_status status = check_kind(tiff, message);
    if (status != OCELLUS_CODEC_OK) return status;
    uint32_t width = 0, height = 0;
    uint16_t bits = 1;
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
    if (width == 0 || height == 0) return ocellus_fail(OCELLUS_CODEC_DAMAGED, message, "it has no size");
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &bits);
    *info = (ocellus_image_info){
        .width = width,
        .height = height,
        .channels = is_gray(tiff) ? 1 : 3,
        .orientation = orientation_of(tiff),
        .has_alpha = has_alpha(tiff),
        .bits_per_sample = bits,
        .bands_left_out = bands_left_out(tiff),
    };
    return OCELLUS_CODEC_OK;
}

// A longer chain of previews than any program writes.
enum { MAXIMUM_PREVIEWS = 64 };

/// Whether another page than previews and masks follows the first. What is wrong with later pages is not reported: they
/// are not read.
static int has_more_pages(TIFF *tiff, tiff_file *file) {
    const tiff_file before = *file;
    const ocellus_codec_message message = *file->message;
    int has_more = 0;
    for (int i = 0; i < MAXIMUM_PREVIEWS && !has_more && TIFFReadDirectory(tiff); i++) {
        uint32_t kind = 0;
        TIFFGetField(tiff, TIFFTAG_SUBFILETYPE, &kind);
        has_more = (kind & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)) == 0;
    }
    *file->message = message;
    *file = before;
    return has_more;
}

ocellus_codec_status ocellus_tiff_info(
    const uint8_t *source, size_t count, ocellus_image_info *info, ocellus_codec_message *message) {
    tiff_file file = reading(source, count, message);
    TIFF *tiff = open_reader(&file);
    if (tiff == NULL) return failure(&file);
    ocellus_codec_status status = describe(tiff, info, message);
    if (status == OCELLUS_CODEC_OK && file.has_failed) status = failure(&file);
    if (status == OCELLUS_CODEC_OK) info->has_more_frames = has_more_pages(tiff, &file);
    TIFFClose(tiff);
    return status;
}

/// Memory that libtiff takes for a strip or tile must have a proportion to the picture.
static int is_proportionate(TIFF *tiff, size_t pixels) {
    uint64_t limit = (uint64_t)pixels * 64 + (1 << 20);
    if (TIFFIsTiled(tiff)) return TIFFTileSize64(tiff) <= limit;
    return TIFFScanlineSize64(tiff) <= limit && TIFFStripSize64(tiff) <= limit;
}

/// Memory of its own for the coded bytes of uncompressed tiles, exactly as large as one; NULL where libtiff's does. Some
/// versions of libtiff compare the size of their buffer, which they round up, with that of a tile, and refuse small ones.
static void *make_tile_buffer(TIFF *tiff) {
    uint16_t compression = COMPRESSION_NONE;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &compression);
    if (compression != COMPRESSION_NONE || !TIFFIsTiled(tiff)) return NULL;
    tmsize_t size = TIFFTileSize(tiff);
    for (uint32_t tile = 0; tile < TIFFNumberOfTiles(tiff); tile++) {
        if (TIFFGetStrileByteCount(tiff, tile) > (uint64_t)size) return NULL;
    }
    void *buffer = size > 0 ? malloc((size_t)size) : NULL;
    if (buffer != NULL) TIFFReadBufferSetup(tiff, buffer, size);
    return buffer;
}

/// libtiff's pixels over white, rows in the order of the file. Colours come multiplied by their alpha, gray only where
/// the file says that it is. Without opacity in the file, what libtiff gives as such is another band.
static void lay_over_white(
    const uint32_t *raster, size_t count, int channels, int has_opacity, int is_multiplied, uint8_t *output) {
    for (size_t i = 0; i < count; i++) {
        uint32_t pixel = raster[i];
        unsigned alpha = has_opacity ? TIFFGetA(pixel) : 255u, colors[] = {TIFFGetR(pixel), TIFFGetG(pixel), TIFFGetB(pixel)};
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
        lay_over_white(raster, count, info->channels, info->has_alpha, is_multiplied, pixels);
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
    void *tile_buffer = NULL;
    ocellus_codec_status status = describe(tiff, &info, message);
    if (status == OCELLUS_CODEC_OK) {
        if (capacity != info.width * info.height * (size_t)info.channels) {
            status = OCELLUS_CODEC_LIMIT;
        } else if (!is_proportionate(tiff, info.width * info.height)) {
            status = ocellus_fail(OCELLUS_CODEC_LIMIT, message, "its strips or tiles are far larger than the picture");
        } else {
            tile_buffer = make_tile_buffer(tiff);
            status = read_pixels(tiff, &file, &info, pixels);
        }
    }
    TIFFClose(tiff);
    free(tile_buffer);
    return status;
}
