// SPDX-License-Identifier: Apache-2.0
#include "epilogue.h"

/// Positions of the output that an item sums at most: their inputs of one tap lie in a cache together.
enum { streamed_places = 256 };

/// Positions that an item should sum, so that whole groups of rows stay in the first-level cache beside the weights.
enum { streamed_wanted_places = 64 };

typedef struct {
    ocellus_maps x, y;
    ocellus_window window;
    /// Rows of the output, of all samples one after the other, that an item sums.
    long rows;
    /// Floats between what the taps of a group read.
    long gathered_step;
    const float *from, *w, *bias, *added;
    ocellus_epilogue epilogue;
    float *to, *gathered;
} streamed_convolution;

/// The first position ≥ 0 and the one behind the last below `output` whose window begins `before` above or left of the map
/// and that read inside `0 ..< input` with kernel position `tap`.
OCELLUS_INLINE ocellus_span streamed_span(ocellus_axis axis, long tap) {
    long first = axis.before - tap;
    long begin = first <= 0 ? 0 : (first + axis.stride - 1) / axis.stride;
    long last = axis.input - 1 - tap + axis.before;
    long end = last < 0 ? 0 : last / axis.stride + 1;
    return (ocellus_span){ocellus_min(begin, axis.output), ocellus_max(begin, ocellus_min(end, axis.output))};
}

OCELLUS_INLINE bool streamed_holds(ocellus_span span, long position) {
    return position >= span.begin && position < span.end;
}

#define OCELLUS_BLOCK_BODY "streamed.body.h"
#include "for_each_block.h"

#define PICK(name, block) ((block) == 16 ? OCELLUS_PICK(name##_16) : OCELLUS_PICK(name##_8))

/// Rows of a group: all groups have nearly as many.
static long rows_of(ocellus_maps y) {
    long all = y.batch * y.height, most = ocellus_max(1, streamed_wanted_places / y.width);
    long groups = (all + most - 1) / most;
    return (all + groups - 1) / groups;
}

static long groups_of(ocellus_maps y) { return (y.batch * y.height + rows_of(y) - 1) / rows_of(y); }

static long padded(long channels, long block) { return (channels + block - 1) / block * block; }

long ocellus_streamed_scratch(ocellus_maps x, ocellus_maps y, ocellus_window window) {
    return groups_of(y) * window.kernel_height * window.kernel_width * rows_of(y) * y.width * padded(x.channels, x.block);
}

int ocellus_streamed_forward(const void *arguments, const ocellus_run *run) {
    const ocellus_streamed_forward_arguments *a = arguments;
    ocellus_maps x_maps = a->x_maps, y_maps = a->y_maps;
    ocellus_window window = a->window;
    long inputs = padded(x_maps.channels, x_maps.block), taps = window.kernel_height * window.kernel_width;
    long rows = rows_of(y_maps), places = rows * y_maps.width;
    streamed_convolution job = {
        .x = x_maps, .y = y_maps, .window = window, .rows = rows, .gathered_step = places * inputs, .from = a->x,
        .w = a->w, .bias = a->bias, .added = a->added, .epilogue = ocellus_epilogue_of(a->activation, ocellus_element_float32),
        .to = a->y, .gathered = run->scratch};
    ocellus_parallel_range(
        run->threads, groups_of(y_maps) * inputs / x_maps.block, ocellus_grain(taps * places * x_maps.block),
        PICK(streamed_gather, x_maps.block), &job);
    ocellus_parallel_range(
        run->threads, groups_of(y_maps) * y_maps.channels / y_maps.block,
        ocellus_grain(taps * inputs * places * y_maps.block / 16), PICK(streamed_sums, x_maps.block), &job);
    return 0;
}
