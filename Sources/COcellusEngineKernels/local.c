// SPDX-License-Identifier: Apache-2.0
//
// Locally connected layers. All of it moves data and adds little, so one version serves every instruction set.
#include "kernel.h"

/// From `from` to `to`, one of which is maps and the other has the position in front.
typedef struct {
    ocellus_maps maps;
    ocellus_window window;
    const float *from;
    float *to;
    /// `[O][P]`, or NULL
    const float *bias;
    bool relu;
    /// Offsets into one sample, `inputs` for each of `positions`
    const int32_t *table;
    long positions, inputs;
} local;

/// Offset of channel `c` of sample `n` at position 0.
OCELLUS_INLINE long channel_offset(ocellus_maps maps, long n, long c) {
    long blocks = (maps.channels + maps.block - 1) / maps.block;
    return (n * blocks + c / maps.block) * maps.height * maps.width * maps.block + c % maps.block;
}

/// Items are (position, sample).
static void columns(const void *context, long begin, long end) {
    const local *l = context;
    ocellus_maps maps = l->maps;
    ocellus_axis rows = ocellus_rows(maps, l->window), columns = ocellus_columns(maps, l->window);
    long field = rows.kernel * columns.kernel;
    for (long item = begin; item < end; item += 1) {
        long position = item / maps.batch, n = item % maps.batch;
        long row = position / columns.output, column = position % columns.output;
        long top = row * rows.stride - rows.before, left = column * columns.stride - columns.before;
        ocellus_span p = ocellus_inside(rows, row), q = ocellus_inside(columns, column);
        float *to = l->to + item * maps.channels * field;
        if ((p.end - p.begin) * (q.end - q.begin) < field) {
            memset(to, 0, (size_t)(maps.channels * field) * sizeof(float));
        }
        for (long c = 0; c < maps.channels; c += 1) {
            const float *map = l->from + channel_offset(maps, n, c);
            for (long r = p.begin; r < p.end; r += 1) {
                for (long s = q.begin; s < q.end; s += 1) {
                    to[c * field + r * columns.kernel + s]
                        = map[((top + r) * maps.width + left + s) * maps.block];
                }
            }
        }
    }
}

/// Items are rows of dx: (sample, block of channels, row).
static void columns_gradient(const void *context, long begin, long end) {
    const local *l = context;
    ocellus_maps maps = l->maps;
    ocellus_axis rows = ocellus_rows(maps, l->window), columns = ocellus_columns(maps, l->window);
    long field = rows.kernel * columns.kernel;
    long blocks = (maps.channels + maps.block - 1) / maps.block;
    for (long item = begin; item < end; item += 1) {
        long plane = item / maps.height, row = item % maps.height;
        long n = plane / blocks, first = plane % blocks * maps.block;
        ocellus_span o = ocellus_covering(rows, row);
        for (long column = 0; column < maps.width; column += 1) {
            ocellus_span across = ocellus_covering(columns, column);
            for (long lane = 0; lane < maps.block; lane += 1) {
                long c = first + lane;
                float sum = 0;
                for (long i = o.begin; i < o.end && c < maps.channels; i += 1) {
                    long r = row + rows.before - i * rows.stride;
                    for (long j = across.begin; j < across.end; j += 1) {
                        long s = column + columns.before - j * columns.stride;
                        long copy = (i * columns.output + j) * maps.batch + n;
                        sum += l->from[(copy * maps.channels + c) * field + r * columns.kernel + s];
                    }
                }
                l->to[(item * maps.width + column) * maps.block + lane] = sum;
            }
        }
    }
}

/// Items are (position, sample).
static void gather(const void *context, long begin, long end) {
    const local *l = context;
    long sample = ocellus_maps_count(l->maps) / l->maps.batch;
    for (long item = begin; item < end; item += 1) {
        const int32_t *table = l->table + item / l->maps.batch * l->inputs;
        const float *from = l->from + item % l->maps.batch * sample;
        float *to = l->to + item * l->inputs;
        for (long k = 0; k < l->inputs; k += 1) to[k] = from[table[k]];
    }
}

/// Items are samples.
static void gather_gradient(const void *context, long begin, long end) {
    const local *l = context;
    long sample = ocellus_maps_count(l->maps) / l->maps.batch;
    for (long n = begin; n < end; n += 1) {
        float *to = l->to + n * sample;
        memset(to, 0, (size_t)sample * sizeof(float));
        for (long p = 0; p < l->positions; p += 1) {
            const int32_t *table = l->table + p * l->inputs;
            const float *from = l->from + (p * l->maps.batch + n) * l->inputs;
            for (long k = 0; k < l->inputs; k += 1) to[table[k]] += from[k];
        }
    }
}

/// Items are planes of the output.
static void output(const void *context, long begin, long end) {
    const local *l = context;
    ocellus_maps maps = l->maps;
    long positions = maps.height * maps.width, blocks = (maps.channels + maps.block - 1) / maps.block;
    for (long plane = begin; plane < end; plane += 1) {
        long n = plane / blocks, first = plane % blocks * maps.block;
        for (long p = 0; p < positions; p += 1) {
            const float *product = l->from + (p * maps.batch + n) * maps.channels;
            float *y = l->to + (plane * positions + p) * maps.block;
            for (long lane = 0; lane < maps.block; lane += 1) {
                long o = first + lane;
                float value = o < maps.channels ? product[o] : 0;
                if (l->bias != NULL && o < maps.channels) value += l->bias[o * positions + p];
                y[lane] = l->relu && value <= 0 ? 0 : value;
            }
        }
    }
}

/// Items are (position, sample).
static void output_gradient(const void *context, long begin, long end) {
    const local *l = context;
    ocellus_maps maps = l->maps;
    for (long item = begin; item < end; item += 1) {
        long position = item / maps.batch, n = item % maps.batch;
        float *to = l->to + item * maps.channels;
        for (long o = 0; o < maps.channels; o += 1) {
            to[o] = l->from[channel_offset(maps, n, o) + position * maps.block];
        }
    }
}

/// Items are output channels.
static void bias_gradient(const void *context, long begin, long end) {
    const local *l = context;
    ocellus_maps maps = l->maps;
    long positions = maps.height * maps.width;
    for (long o = begin; o < end; o += 1) {
        float *db = l->to + o * positions;
        memset(db, 0, (size_t)positions * sizeof(float));
        for (long n = 0; n < maps.batch; n += 1) {
            const float *dy = l->from + channel_offset(maps, n, o);
            for (long p = 0; p < positions; p += 1) db[p] += dy[p * maps.block];
        }
    }
}

int ocellus_local_columns(const void *arguments, const ocellus_run *run) {
    const ocellus_local_columns_arguments *a = arguments;
    local local = {.maps = a->maps, .window = a->window, .from = a->from, .to = a->to};
    ocellus_window window = a->window;
    long inputs = a->maps.channels * window.kernel_height * window.kernel_width;
    ocellus_parallel_range(
        run->threads, window.output_height * window.output_width * a->maps.batch, ocellus_grain(inputs), columns, &local);
    return 0;
}

int ocellus_local_columns_gradient(const void *arguments, const ocellus_run *run) {
    const ocellus_local_columns_arguments *a = arguments;
    local local = {.maps = a->maps, .window = a->window, .from = a->from, .to = a->to};
    ocellus_parallel_range(
        run->threads, ocellus_planes(a->maps) * a->maps.height, ocellus_grain(a->maps.width * a->maps.block),
        columns_gradient, &local);
    return 0;
}

static local of_table(const ocellus_local_gather_arguments *a) {
    return (local){
        .maps = a->maps, .table = a->table, .positions = a->positions, .inputs = a->inputs, .from = a->from, .to = a->to};
}

int ocellus_local_gather(const void *arguments, const ocellus_run *run) {
    local local = of_table(arguments);
    ocellus_parallel_range(
        run->threads, local.positions * local.maps.batch, ocellus_grain(local.inputs), gather, &local);
    return 0;
}

int ocellus_local_gather_gradient(const void *arguments, const ocellus_run *run) {
    local local = of_table(arguments);
    ocellus_parallel_range(
        run->threads, local.maps.batch, ocellus_grain(local.positions * local.inputs), gather_gradient, &local);
    return 0;
}

int ocellus_local_output(const void *arguments, const ocellus_run *run) {
    const ocellus_local_output_arguments *a = arguments;
    ocellus_maps maps = a->maps;
    local local = {.maps = maps, .from = a->products, .to = a->y, .bias = a->bias, .relu = a->relu};
    ocellus_parallel_range(
        run->threads, ocellus_planes(maps), ocellus_grain(maps.height * maps.width * maps.block), output, &local);
    return 0;
}

int ocellus_local_output_gradient(const void *arguments, const ocellus_run *run) {
    const ocellus_local_output_gradient_arguments *a = arguments;
    ocellus_maps maps = a->maps;
    local local = {.maps = maps, .from = a->dy, .to = a->to};
    ocellus_parallel_range(
        run->threads, maps.height * maps.width * maps.batch, ocellus_grain(maps.channels), output_gradient, &local);
    return 0;
}

int ocellus_local_bias_gradient(const void *arguments, const ocellus_run *run) {
    const ocellus_local_output_gradient_arguments *a = arguments;
    ocellus_maps maps = a->maps;
    local local = {.maps = maps, .from = a->dy, .to = a->to};
    ocellus_parallel_range(
        run->threads, maps.channels, ocellus_grain(maps.batch * maps.height * maps.width), bias_gradient, &local);
    return 0;
}
