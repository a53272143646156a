// SPDX-License-Identifier: Apache-2.0
#include "COcellusImageCodecs.h"
#include "COcellusImageKernels.h"

#include <math.h>
#include <stdlib.h>

/// ocellus_taps with memory of their own.
typedef struct {
    long *first;
    long *length;
    int32_t *weights;
    size_t stride;
} filter_taps;

static ocellus_taps taps_of(const filter_taps *taps, size_t count) {
    return (ocellus_taps){(long)count, (long)taps->stride, taps->first, taps->length, taps->weights};
}

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
            weights[i] = (int32_t)((weight < 0 ? -0.5 : 0.5) + weight * (1 << OCELLUS_TAP_BITS));
        }
        taps->first[position] = (long)first;
        taps->length[position] = (long)length;
    }
    free(exact);
    if (!complete) free_taps(taps);
    return complete;
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
    long first_row = down.first[0];
    long rows = down.first[output_height - 1] + down.length[output_height - 1] - first_row;
    for (size_t y = 0; y < output_height; y++) down.first[y] -= first_row;
    size_t plane = (size_t)rows * output_width;
    uint8_t *narrowed = malloc(plane * (size_t)channels);
    uint8_t *scratch = malloc((size_t)ocellus_narrow_scratch((long)width, channels));
    ocellus_codec_status status = narrowed != NULL && scratch != NULL ? OCELLUS_CODEC_OK : OCELLUS_CODEC_NO_MEMORY;
    if (status == OCELLUS_CODEC_OK) {
        size_t stride = width * (size_t)channels;
        ocellus_taps taps = taps_of(&across, output_width);
        ocellus_narrow(
            source + (size_t)first_row * stride, (long)stride, channels, rows, &taps, scratch, narrowed);
        taps = taps_of(&down, output_height);
        for (int channel = 0; channel < channels; channel++) {
            ocellus_shorten(
                narrowed + (size_t)channel * plane, (long)output_width, &taps,
                output + (size_t)channel * output_width * output_height);
        }
    }
    free(narrowed);
    free(scratch);
    free_taps(&across);
    free_taps(&down);
    return status;
}
