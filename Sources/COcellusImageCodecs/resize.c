// SPDX-License-Identifier: Apache-2.0
#include "COcellusImageCodecs.h"

#include <math.h>
#include <stdlib.h>

// Fixed-point weights: 8 bits for the sample, 2 for the sum's headroom, the rest for the fraction.
enum { FRACTION_BITS = 32 - 8 - 2 };

/// For each output position: the first source position, how many, and that many weights.
typedef struct {
    size_t *first;
    size_t *length;
    int32_t *weights;
    size_t stride;
} filter_taps;

static void free_taps(filter_taps *taps) {
    free(taps->first);
    free(taps->length);
    free(taps->weights);
}

static double sinc(double x) {
    const double pi = 3.14159265358979323846;
    return x == 0 ? 1 : sin(pi * x) / (pi * x);
}

/// The filter at a distance of `x` ≥ 0 taps; 0 from its support on.
static double filter_at(ocellus_filter filter, double x) {
    switch (filter) {
        case OCELLUS_FILTER_BICUBIC:
            // Keys 1981, with a = −½.
            if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
            return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
        case OCELLUS_FILTER_LANCZOS: return x < 3 ? sinc(x) * sinc(x / 3) : 0;
        default: return x < 1 ? 1 - x : 0;
    }
}

static double support_of(ocellus_filter filter) {
    return filter == OCELLUS_FILTER_LANCZOS ? 3 : filter == OCELLUS_FILTER_BICUBIC ? 2 : 1;
}

static int make_taps(
    filter_taps *taps, size_t size, double start, double end, size_t output_size, ocellus_filter filter) {
    double scale = (end - start) / (double)output_size;
    double widening = scale < 1 ? 1 : scale, support = support_of(filter) * widening, reciprocal = 1 / widening;
    taps->stride = (size_t)ceil(support) * 2 + 1;
    taps->first = malloc(output_size * sizeof *taps->first);
    taps->length = malloc(output_size * sizeof *taps->length);
    taps->weights = calloc(output_size * taps->stride, sizeof *taps->weights);
    double *exact = malloc(taps->stride * sizeof *exact);
    int complete = taps->first != NULL && taps->length != NULL && taps->weights != NULL && exact != NULL;
    for (size_t position = 0; complete && position < output_size; position++) {
        double center = start + ((double)position + 0.5) * scale;
        double low = center - support + 0.5, high = center + support + 0.5;
        size_t first = low < 0 ? 0 : (size_t)low;
        size_t past = high > (double)size ? size : (size_t)high;
        size_t length = past - first;
        double sum = 0;
        for (size_t i = 0; i < length; i++) {
            double distance = fabs(((double)(first + i) - center + 0.5) * reciprocal);
            exact[i] = filter_at(filter, distance);
            sum += exact[i];
        }
        int32_t *weights = taps->weights + position * taps->stride;
        for (size_t i = 0; i < length; i++) {
            double weight = sum != 0 ? exact[i] / sum : exact[i];
            weights[i] = (int32_t)((weight < 0 ? -0.5 : 0.5) + weight * (1 << FRACTION_BITS));
        }
        taps->first[position] = first;
        taps->length[position] = length;
    }
    free(exact);
    if (!complete) free_taps(taps);
    return complete;
}

static uint8_t rounded(int32_t sum) {
    int32_t value = sum >> FRACTION_BITS;
    return value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
}

/// output[row, x] = Σ weights[x, i] · source[row, first[x] + i], one channel of interleaved rows
static void resize_rows(
    const uint8_t *source, size_t row_stride, int channels, size_t rows, const filter_taps *taps, uint8_t *output,
    size_t output_width) {
    for (size_t row = 0; row < rows; row++, source += row_stride) {
        for (size_t x = 0; x < output_width; x++) {
            const uint8_t *from = source + taps->first[x] * (size_t)channels;
            const int32_t *weights = taps->weights + x * taps->stride;
            int32_t sum = 1 << (FRACTION_BITS - 1);
            for (size_t i = 0; i < taps->length[x]; i++) sum += weights[i] * from[i * (size_t)channels];
            *output++ = rounded(sum);
        }
    }
}

/// output[y, x] = Σ weights[y, i] · source[first[y] − offset + i, x], one plane
static void resize_columns(
    const uint8_t *source, size_t width, size_t offset, const filter_taps *taps, uint8_t *output,
    size_t output_height, int32_t *sums) {
    for (size_t y = 0; y < output_height; y++) {
        const uint8_t *from = source + (taps->first[y] - offset) * width;
        const int32_t *weights = taps->weights + y * taps->stride;
        for (size_t x = 0; x < width; x++) sums[x] = 1 << (FRACTION_BITS - 1);
        for (size_t i = 0; i < taps->length[y]; i++, from += width) {
            int32_t weight = weights[i];
            for (size_t x = 0; x < width; x++) sums[x] += weight * from[x];
        }
        for (size_t x = 0; x < width; x++) *output++ = rounded(sums[x]);
    }
}

ocellus_codec_status ocellus_resize(
    const uint8_t *source, size_t width, size_t height, int channels, double left, double top, double right,
    double bottom, ocellus_filter filter, uint8_t *output, size_t output_width, size_t output_height) {
    filter_taps across, down;
    if (!make_taps(&across, width, left, right, output_width, filter)) return OCELLUS_CODEC_NO_MEMORY;
    if (!make_taps(&down, height, top, bottom, output_height, filter)) {
        free_taps(&across);
        return OCELLUS_CODEC_NO_MEMORY;
    }
    // Only the rows that the second pass reads go through the first.
    size_t first_row = down.first[0];
    size_t rows = down.first[output_height - 1] + down.length[output_height - 1] - first_row;
    uint8_t *narrowed = malloc(rows * output_width);
    int32_t *sums = malloc(output_width * sizeof *sums);
    ocellus_codec_status status = narrowed != NULL && sums != NULL ? OCELLUS_CODEC_OK : OCELLUS_CODEC_NO_MEMORY;
    size_t row_stride = width * (size_t)channels;
    for (int channel = 0; status == OCELLUS_CODEC_OK && channel < channels; channel++) {
        resize_rows(
            source + first_row * row_stride + channel, row_stride, channels, rows, &across, narrowed, output_width);
        resize_columns(narrowed, output_width, first_row, &down, output, output_height, sums);
        output += output_width * output_height;
    }
    free(narrowed);
    free(sums);
    free_taps(&across);
    free_taps(&down);
    return status;
}
