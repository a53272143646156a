// SPDX-License-Identifier: Apache-2.0
#include "epilogue.h"

/// Positions whose results are made before they are brought to the layout of maps; a multiple of the positions that the
/// versions sum at once and of the 16 of a vector of plain maps.
#define CHWN_PLACES 48

/// A convolution, or the one of dy with filters upside down that gives dx.
typedef struct {
    ocellus_maps from_maps, to_maps;
    /// Positions of a map with what surrounds it, those of one of its rows, and where its first one lies.
    long plane, columns, inset;
    /// Products of a sum, those of one channel and those of one row of it; where each lies in the maps CHWN, in floats.
    long taps, field, row;
    const int32_t *tap_offsets;
    /// Rows of zeros above the maps.
    long top;
    const float *from;
    /// `[taps][O]` of the outputs that are summed at once, one after the other.
    const float *w;
    /// `[O]`, or NULL
    const float *bias;
    ocellus_epilogue epilogue;
    float *to, *scratch;
    /// In floats.
    long scratch_per_thread;
} chwn_convolution;

typedef struct {
    ocellus_maps x_maps, y_maps;
    /// As above.
    long plane, columns, inset, taps;
    const int32_t *tap_offsets;
    const float *x, *dy;
    /// Rows of dy that lie in a cache together.
    long rows_at_once;
    float *dw, *db, *scratch;
    long scratch_per_thread;
    /// Threads that took part.
    int team;
} chwn_weight_gradient;

/// Outputs that are summed at once, of so many that are left: 1, 2, 3, 4 or 6.
OCELLUS_INLINE long chwn_outputs_at_once(long left) {
    if (left % 4 == 0) return 4;
    return left >= 6 ? 6 : left == 5 ? 3 : left;
}

/// The taps of a channel that lie inside the map for any of the positions `first ... last`.
OCELLUS_INLINE ocellus_span chwn_taps(const chwn_convolution *job, long first, long last) {
    long begin = job->top - last / job->to_maps.width, end = job->top + job->from_maps.height - first / job->to_maps.width;
    return (ocellus_span){ocellus_max(0, begin * job->row), ocellus_min(job->field, end * job->row)};
}

#define OCELLUS_BODY "chwn.body.h"
#include "for_each_instruction_set.h"
#undef OCELLUS_BODY

// MARK: Sizes

/// Maps CHWN of what a direction reads at several places.
typedef struct {
    long channels, plane, columns, top, inset, taps;
} chwn_layout;

/// - top, left, height, width: of the padding and of the maps.
/// - output_height, output_width: of what is computed from them.
static chwn_layout layout_of(
    ocellus_chwn sizes, long channels, long top, long left, long output_height, long output_width) {
    long rows = output_height + sizes.kernel_height - 1;
    // Rows of an odd number of cache lines fall into different sets.
    long columns = (output_width + sizes.kernel_width - 1) | 1;
    return (chwn_layout){
        .channels = channels, .plane = rows * columns, .columns = columns, .top = top, .inset = top * columns + left,
        .taps = channels * sizes.kernel_height * sizes.kernel_width};
}

static chwn_layout forward_layout(ocellus_chwn s) {
    return layout_of(s, s.x.channels, s.top, s.left, s.y.height, s.y.width);
}

static chwn_layout backward_layout(ocellus_chwn s) {
    return layout_of(
        s, s.y.channels, s.kernel_height - 1 - s.top, s.kernel_width - 1 - s.left, s.x.height, s.x.width);
}

static long whole_lines(long floats) { return (floats + 15) / 16 * 16; }

static int team_of(ocellus_chwn sizes, int threads) {
    return (int)ocellus_min(threads, (sizes.x.batch + 15) / 16);
}

/// What all threads read: the places of the products and the filters.
static long shared_floats(chwn_layout layout, long outputs) {
    return whole_lines(layout.taps) + whole_lines(layout.taps * outputs);
}

static long convolution_floats(chwn_layout layout, long outputs) {
    return (layout.channels * layout.plane + outputs * CHWN_PLACES) * 16;
}

/// Rows of dy whose maps take some 64 KiB: they stay in the second-level cache, and sums are seldom loaded and stored.
static long gradient_rows(ocellus_chwn s) {
    long rows = 1024 / (s.y.channels * s.y.width);
    return ocellus_max(1, ocellus_min(rows, s.y.height));
}

static long gradient_floats(ocellus_chwn s, chwn_layout layout) {
    return (s.y.channels * (layout.taps + 1 + gradient_rows(s) * s.y.width) + layout.channels * layout.plane) * 16;
}

long ocellus_chwn_scratch(ocellus_chwn sizes, int threads) {
    chwn_layout forward = forward_layout(sizes), backward = backward_layout(sizes);
    long team = team_of(sizes, threads);
    long most = shared_floats(forward, sizes.y.channels) + team * convolution_floats(forward, sizes.y.channels);
    most = ocellus_max(
        most, shared_floats(backward, sizes.x.channels) + team * convolution_floats(backward, sizes.x.channels));
    return ocellus_max(most, whole_lines(forward.taps) + team * gradient_floats(sizes, forward));
}

// MARK: Directions

/// Writes where each product's map position lies and returns what follows.
static float *find_taps(ocellus_chwn sizes, chwn_layout layout, float *scratch) {
    int32_t *offsets = (int32_t *)scratch;
    for (long c = 0; c < layout.channels; c += 1) {
        for (long r = 0; r < sizes.kernel_height; r += 1) {
            for (long s = 0; s < sizes.kernel_width; s += 1) {
                *offsets++ = (int32_t)((c * layout.plane + r * layout.columns + s) * 16);
            }
        }
    }
    return scratch + whole_lines(layout.taps);
}

/// `w` is `[O][C][positions]`, read with outputs and inputs exchanged and positions from the end where it is turned.
static void pack_filters(ocellus_chwn sizes, chwn_layout layout, bool is_turned, const float *w, float *to) {
    long positions = sizes.kernel_height * sizes.kernel_width;
    long outputs = is_turned ? sizes.x.channels : sizes.y.channels;
    for (long first = 0; first < outputs;) {
        long at_once = chwn_outputs_at_once(outputs - first);
        for (long tap = 0; tap < layout.taps; tap += 1) {
            long c = tap / positions, p = tap % positions;
            for (long o = first; o < first + at_once; o += 1) {
                *to++ = is_turned ? w[(c * outputs + o) * positions + positions - 1 - p] : w[o * layout.taps + tap];
            }
        }
        first += at_once;
    }
}

static void convolve(
    ocellus_chwn sizes, chwn_layout layout, bool is_turned, const float *w, chwn_convolution job,
    const ocellus_run *run) {
    float *scratch = run->scratch, *filters = find_taps(sizes, layout, scratch);
    pack_filters(sizes, layout, is_turned, w, filters);
    job.plane = layout.plane;
    job.columns = layout.columns;
    job.inset = layout.inset;
    job.taps = layout.taps;
    job.field = sizes.kernel_height * sizes.kernel_width;
    job.row = sizes.kernel_width;
    job.top = layout.top;
    job.tap_offsets = (const int32_t *)scratch;
    job.w = filters;
    job.scratch = scratch + shared_floats(layout, job.to_maps.channels);
    job.scratch_per_thread = convolution_floats(layout, job.to_maps.channels);
    ocellus_parallel(team_of(sizes, run->threads), OCELLUS_PICK(chwn_convolution), &job);
}

int ocellus_chwn_forward(const void *arguments, const ocellus_run *run) {
    const ocellus_chwn_forward_arguments *a = arguments;
    convolve(
        a->sizes, forward_layout(a->sizes), false, a->w,
        (chwn_convolution){
            .from_maps = a->sizes.x, .to_maps = a->sizes.y, .from = a->x, .bias = a->bias,
            .epilogue = ocellus_epilogue_of(a->activation, ocellus_element_float32), .to = a->y},
        run);
    return 0;
}

int ocellus_chwn_input_gradient(const void *arguments, const ocellus_run *run) {
    const ocellus_chwn_input_gradient_arguments *a = arguments;
    convolve(
        a->sizes, backward_layout(a->sizes), true, a->w,
        (chwn_convolution){
            .from_maps = a->sizes.y, .to_maps = a->sizes.x, .from = a->dy,
            .epilogue = ocellus_epilogue_of((ocellus_activation){0}, ocellus_element_float32), .to = a->dx},
        run);
    return 0;
}

/// Items are outputs: the sums of all threads and samples.
static void gather_gradients(const void *context, long begin, long end) {
    const chwn_weight_gradient *job = context;
    long outputs = job->y_maps.channels;
    for (long o = begin; o < end; o += 1) {
        for (long tap = 0; tap <= job->taps; tap += 1) {
            bool is_bias = tap == job->taps;
            if (is_bias && job->db == NULL) continue;
            long at = is_bias ? outputs * job->taps + o : o * job->taps + tap;
            float sums[16] = {0};
            for (int thread = 0; thread < job->team; thread += 1) {
                const float *part = job->scratch + thread * job->scratch_per_thread + at * 16;
                for (int n = 0; n < 16; n += 1) sums[n] += part[n];
            }
            for (int half = 8; half > 0; half /= 2) {
                for (int n = 0; n < half; n += 1) sums[n] += sums[n + half];
            }
            *(is_bias ? job->db + o : job->dw + o * job->taps + tap) = sums[0];
        }
    }
}

int ocellus_chwn_weight_gradient(const void *arguments, const ocellus_run *run) {
    const ocellus_chwn_weight_gradient_arguments *a = arguments;
    ocellus_chwn sizes = a->sizes;
    chwn_layout layout = forward_layout(sizes);
    float *own = find_taps(sizes, layout, run->scratch);
    chwn_weight_gradient job = {
        .x_maps = sizes.x, .y_maps = sizes.y, .plane = layout.plane, .columns = layout.columns, .inset = layout.inset,
        .taps = layout.taps, .tap_offsets = (const int32_t *)run->scratch, .x = a->x, .dy = a->dy,
        .rows_at_once = gradient_rows(sizes), .dw = a->dw, .db = a->db, .scratch = own,
        .scratch_per_thread = gradient_floats(sizes, layout)};
    ocellus_parallel(team_of(sizes, run->threads), OCELLUS_PICK(chwn_weight_gradient), &job);
    ocellus_parallel_range(
        run->threads, sizes.y.channels, ocellus_grain(16 * layout.taps * job.team), gather_gradients, &job);
    return 0;
}
