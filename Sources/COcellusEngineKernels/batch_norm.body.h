// SPDX-License-Identifier: Apache-2.0
//
// Passes of a batch norm over ranges of planes and of channels.
#include "batch_norm_plane.body.h"

/// Mean and variance of each channel from those of its planes, which all have the same size.
static void ISA(join_moments)(const void *context, long begin, long end) {
    const batch_norm *norm = context;
    ocellus_maps maps = norm->maps;
    long batch = maps.batch, step = ocellus_planes(maps) / batch * maps.block;
    double size = (double)(maps.height * maps.width);
    for (long first = begin; first < end; first += 64) {
        long count = ocellus_min(64, end - first);
        double means[64] = {0}, squares[64] = {0};
        for (long n = 0; n < batch; n++) {
            for (long c = 0; c < count; c++) means[c] += norm->first[n * step + first + c];
        }
        for (long c = 0; c < count; c++) means[c] /= (double)batch;
        for (long n = 0; n < batch; n++) {
            for (long c = 0; c < count; c++) {
                double distance = norm->first[n * step + first + c] - means[c];
                squares[c] += norm->second[n * step + first + c] + size * distance * distance;
            }
        }
        for (long c = 0; c < count; c++) {
            norm->by_channel[first + c] = (float)means[c];
            norm->by_channel_too[first + c] = (float)(squares[c] / (size * (double)batch));
        }
    }
}

/// Gradients of scale and shift, and from them the factors of dx: `dx = factor·dy + slope·(x − mean) + offset`.
static void ISA(join_gradients)(const void *context, long begin, long end) {
    const batch_norm *norm = context;
    ocellus_maps maps = norm->maps;
    long batch = maps.batch, step = ocellus_planes(maps) / batch * maps.block;
    double count = (double)batch * (double)(maps.height * maps.width);
    for (long first = begin; first < end; first += 64) {
        long channels = ocellus_min(64, end - first);
        double sums[64] = {0}, products[64] = {0};
        for (long n = 0; n < batch; n++) {
            for (long c = 0; c < channels; c++) {
                sums[c] += norm->first[n * step + first + c];
                products[c] += norm->second[n * step + first + c];
            }
        }
        for (long c = 0; c < channels; c++) {
            long channel = first + c;
            double deviation
                = __builtin_sqrt((double)norm->rule.variance[channel] + (double)norm->rule.epsilon);
            double factor = (double)norm->rule.scale[channel] / deviation;
            norm->by_channel[channel] = (float)(products[c] / deviation);
            norm->by_channel_too[channel] = (float)sums[c];
            norm->slope[channel] = (float)(-factor * products[c] / (deviation * deviation * count));
            norm->offset[channel] = (float)(-factor * sums[c] / count);
        }
    }
}

/// A range of planes, with what is the same for all of them known to the compiler.
#define PLANES(type, is_narrow)                                                                     \
    static void ISA(moments_##type)(const void *context, long begin, long end) {                    \
        for (long plane = begin; plane < end; plane++) ISA(moments_of_plane)(context, plane, is_narrow); \
    }                                                                                               \
    static void ISA(normalize_##type)(const void *context, long begin, long end) {                  \
        const batch_norm *norm = context;                                                           \
        for (long plane = begin; plane < end; plane++) {                                            \
            if (norm->epilogue.function != NULL) {                                                  \
                ISA(normalize_and_finish_plane)(norm, plane, is_narrow);                            \
            } else if (norm->added != NULL && norm->relu) {                                         \
                ISA(normalize_plane)(norm, plane, is_narrow, true, true);                           \
            } else if (norm->added != NULL) {                                                       \
                ISA(normalize_plane)(norm, plane, is_narrow, true, false);                          \
            } else if (norm->relu) {                                                                \
                ISA(normalize_plane)(norm, plane, is_narrow, false, true);                          \
            } else {                                                                                \
                ISA(normalize_plane)(norm, plane, is_narrow, false, false);                         \
            }                                                                                       \
        }                                                                                           \
    }                                                                                               \
    static void ISA(gradient_sums_##type)(const void *context, long begin, long end) {              \
        const batch_norm *norm = context;                                                           \
        for (long plane = begin; plane < end; plane++) {                                            \
            if (norm->epilogue.function != NULL) {                                                  \
                ISA(gradient_sums_through_function)(norm, plane, is_narrow);                        \
            } else if (norm->relu) {                                                                \
                ISA(gradient_sums_of_plane)(norm, plane, is_narrow, true);                          \
            } else {                                                                                \
                ISA(gradient_sums_of_plane)(norm, plane, is_narrow, false);                         \
            }                                                                                       \
        }                                                                                           \
    }                                                                                               \
    static void ISA(gradient_##type)(const void *context, long begin, long end) {                   \
        const batch_norm *norm = context;                                                           \
        for (long plane = begin; plane < end; plane++) {                                            \
            if (norm->epilogue.function != NULL) {                                                  \
                ISA(gradient_through_function)(norm, plane, is_narrow);                             \
            } else if (norm->relu) {                                                                \
                ISA(gradient_of_plane)(norm, plane, is_narrow, true);                               \
            } else {                                                                                \
                ISA(gradient_of_plane)(norm, plane, is_narrow, false);                              \
            }                                                                                       \
        }                                                                                           \
    }

PLANES(float32, false)
PLANES(bfloat16, true)

#undef PLANES
#undef WHOLE_OR_NOT
#undef SELECT
