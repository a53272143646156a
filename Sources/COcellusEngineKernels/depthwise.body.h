// SPDX-License-Identifier: Apache-2.0
//
// A depthwise 3×3 convolution with what the batch norms before and behind it do to a plane of 16 channels of a sample while it is
// in a cache. Normalised inputs and the gradients of outputs are never more than a plane.
#include "batch_norm_plane.body.h"

#define UNROLL _Pragma("clang loop unroll(full)")
#define LOAD(pointer) (*(const f16_memory *)(pointer))
#define STORE(pointer, value) (*(f16_memory *)(pointer) = (value))

/// Writes relu(norm(x)) of a plane into its frame. Only what the frame holds.
OCELLUS_INLINE void ISA(depthwise_inputs)(const batch_norm *norm, long plane, depthwise_frame frame, float *to) {
    long height = norm->maps.height, width = norm->maps.width;
    const float *from = (const float *)norm->x + plane * height * width * 16;
    f16 mean = ISA(lanes)(norm, norm->mean, plane), factor = ISA(lanes)(norm, norm->factor, plane);
    f16 shift = ISA(lanes)(norm, norm->shift, plane);
    long rows = ocellus_min(height, frame.rows - frame.top), columns = ocellus_min(width, frame.columns - frame.left);
    for (long row = 0; row < rows; row++) {
        float *line = to + ((row + frame.top) * frame.columns + frame.left) * 16;
        for (long i = 0; i < columns; i++) {
            f16 x = ISA(normalized)(LOAD(from + (row * width + i) * 16) - mean, factor, shift);
            STORE(line + i * 16, SELECT(x <= 0, (f16){0}, x));
        }
    }
}

/// Writes the gradient through relu(norm(x)) of a plane into its frame.
OCELLUS_INLINE void ISA(depthwise_gradients)(const batch_norm *norm, long plane, depthwise_frame frame, float *to) {
    long height = norm->maps.height, width = norm->maps.width, start = plane * height * width * 16;
    const float *x = (const float *)norm->x + start, *dy = (const float *)norm->dy + start;
    f16 mean = ISA(lanes)(norm, norm->mean, plane), factor = ISA(lanes)(norm, norm->factor, plane);
    f16 shift = ISA(lanes)(norm, norm->shift, plane), slope = ISA(lanes)(norm, norm->slope, plane);
    f16 offset = ISA(lanes)(norm, norm->offset, plane);
    for (long row = 0; row < height; row++) {
        float *line = to + ((row + frame.top) * frame.columns + frame.left) * 16;
        for (long i = 0; i < width; i++) {
            f16 centred = LOAD(x + (row * width + i) * 16) - mean;
            f16 d = ISA(masked)(LOAD(dy + (row * width + i) * 16), centred, factor, shift, true);
            STORE(line + i * 16, d * factor + centred * slope + offset);
        }
    }
}

/// `count` outputs of a row from the three rows of a frame that begin at `from`.
OCELLUS_INLINE void ISA(depthwise_outputs)(
    long count, const float *from, long line, long stride, const f16 *taps, float *to) {
    f16 sum[8];
    UNROLL
    for (long i = 0; i < count; i++) sum[i] = (f16){0};
    UNROLL
    for (long k = 0; k < 9; k++) {
        UNROLL
        for (long i = 0; i < count; i++) {
            sum[i] = ISA_MULTIPLY_ADD(LOAD(from + k / 3 * line + (i * stride + k % 3) * 16), taps[k], sum[i]);
        }
    }
    UNROLL
    for (long i = 0; i < count; i++) STORE(to + i * 16, sum[i]);
}

OCELLUS_INLINE void ISA(depthwise_row)(
    long width, const float *from, long line, long stride, const f16 *taps, float *to) {
    long i = 0;
    for (; i + 8 <= width; i += 8) ISA(depthwise_outputs)(8, from + i * stride * 16, line, stride, taps, to + i * 16);
    for (; i + 4 <= width; i += 4) ISA(depthwise_outputs)(4, from + i * stride * 16, line, stride, taps, to + i * 16);
    for (; i < width; i++) ISA(depthwise_outputs)(1, from + i * stride * 16, line, stride, taps, to + i * 16);
}

/// Outputs of a plane from its frame.
OCELLUS_INLINE void ISA(depthwise_plane)(
    long height, long width, const float *frame, long line, ocellus_window window, const f16 *taps, float *to) {
    for (long row = 0; row < height; row++) {
        const float *from = frame + row * window.stride_height * line;
        if (window.stride_width == 1) {
            ISA(depthwise_row)(width, from, line, 1, taps, to + row * width * 16);
        } else {
            ISA(depthwise_row)(width, from, line, 2, taps, to + row * width * 16);
        }
    }
}

/// The gradient of a row of inputs of a convolution of stride 2 along columns: from one row of dy, or two, and the taps of the
/// kernel's row that leads from each.
OCELLUS_INLINE void ISA(depthwise_row_gradient)(
    long width, long left, long rows, const float *const *from, const f16 (*taps)[3], float *to) {
    for (long i = 0; 2 * i - left < width; i++) {
        f16 even = {0}, odd = {0};
        UNROLL
        for (long r = 0; r < rows; r++) {
            f16 last = LOAD(from[r] + i * 16), next = LOAD(from[r] + (i + 1) * 16);
            even = ISA_MULTIPLY_ADD(last, taps[r][2], ISA_MULTIPLY_ADD(next, taps[r][0], even));
            odd = ISA_MULTIPLY_ADD(next, taps[r][1], odd);
        }
        long column = 2 * i - left;
        if (column >= 0) STORE(to + column * 16, even);
        if (column + 1 >= 0 && column + 1 < width) STORE(to + (column + 1) * 16, odd);
    }
}

/// The gradient of a plane of inputs of a convolution of stride 2.
OCELLUS_INLINE void ISA(depthwise_plane_gradient)(
    ocellus_maps x, const float *frame, long line, ocellus_window window, const f16 *taps, float *to) {
    for (long row = 0; row < x.height; row++) {
        // The outputs whose windows hold the row: one where it is the middle of a window, else two.
        const float *next = frame + ((row + window.top) / 2 + 1) * line, *from[2] = {next, next - line};
        float *line_to = to + row * x.width * 16;
        if ((row + window.top) % 2 == 1) {
            const f16 middle[1][3] = {{taps[3], taps[4], taps[5]}};
            ISA(depthwise_row_gradient)(x.width, window.left, 1, from, middle, line_to);
        } else {
            const f16 outer[2][3] = {{taps[0], taps[1], taps[2]}, {taps[6], taps[7], taps[8]}};
            ISA(depthwise_row_gradient)(x.width, window.left, 2, from, outer, line_to);
        }
    }
}

/// Adds a plane to the gradients of the taps: a row's sum first, then the plane's.
OCELLUS_INLINE void ISA(depthwise_tap_gradients)(
    ocellus_maps y, const float *inputs, long line, const float *dy, long dy_line, long stride, double sums[9][16]) {
    f16 plane[9] = {{0}};
    for (long row = 0; row < y.height; row++) {
        f16 sum[9] = {{0}};
        const float *from = inputs + row * stride * line, *d = dy + row * dy_line;
        for (long i = 0; i < y.width; i++) {
            f16 gradient = LOAD(d + i * 16);
            UNROLL
            for (long k = 0; k < 9; k++) {
                sum[k] = ISA_MULTIPLY_ADD(gradient, LOAD(from + k / 3 * line + (i * stride + k % 3) * 16), sum[k]);
            }
        }
        UNROLL
        for (long k = 0; k < 9; k++) plane[k] += sum[k];
    }
    for (long k = 0; k < 9; k++) {
        for (long c = 0; c < 16; c++) sums[k][c] += (double)plane[k][c];
    }
}

static void ISA(depthwise_forward)(void *context, int thread, int team) {
    const depthwise_pass *pass = context;
    ocellus_maps x = pass->sizes.x, y = pass->sizes.y;
    depthwise_frame frame = input_frame(pass->sizes);
    float *inputs = pass->frames + thread * pass->per_thread;
    memset(inputs, 0, (size_t)pass->x_floats * sizeof *inputs);
    long planes = ocellus_planes(x), blocks = planes / x.batch, size = y.height * y.width * 16;
    for (long plane = planes * thread / team; plane < planes * (thread + 1) / team; plane++) {
        f16 taps[9];
        for (long k = 0; k < 9; k++) taps[k] = LOAD(pass->taps + (plane % blocks * 9 + k) * 16);
        ISA(depthwise_inputs)(&pass->before, plane, frame, inputs);
        ISA(depthwise_plane)(
            y.height, y.width, inputs, frame.columns * 16, pass->sizes.window, taps, pass->y + plane * size);
        ISA(moments_of_plane)(&pass->after, plane, false);
    }
}

static void ISA(depthwise_gradient)(void *context, int thread, int team) {
    depthwise_pass *pass = context;
    if (thread == 0) pass->team = team;
    const batch_norm *before = &pass->before;
    ocellus_maps x = pass->sizes.x, y = pass->sizes.y;
    ocellus_window window = pass->sizes.window;
    depthwise_frame x_frame = input_frame(pass->sizes), dy_frame = gradient_frame(pass->sizes);
    float *inputs = pass->frames + thread * pass->per_thread, *dy = inputs + pass->x_floats;
    double(*sums)[9][16] = (double(*)[9][16])(dy + pass->dy_floats);
    memset(inputs, 0, (size_t)pass->per_thread * sizeof *inputs);
    long line = x_frame.columns * 16, dy_line = dy_frame.columns * 16;
    const float *first_dy = dy + dy_frame.top * dy_line + dy_frame.left * 16;
    long planes = ocellus_planes(x), blocks = planes / x.batch, size = x.height * x.width * 16;
    for (long plane = planes * thread / team; plane < planes * (thread + 1) / team; plane++) {
        long block = plane % blocks;
        f16 taps[9], turned[9];
        for (long k = 0; k < 9; k++) taps[k] = turned[8 - k] = LOAD(pass->taps + (block * 9 + k) * 16);
        float *dx = (float *)before->result + plane * size;
        ISA(depthwise_gradients)(&pass->after, plane, dy_frame, dy);
        ISA(depthwise_inputs)(before, plane, x_frame, inputs);
        if (window.stride_width == 1) {
            ISA(depthwise_tap_gradients)(y, inputs, line, first_dy, dy_line, 1, sums[block]);
            // Output o lies at o + 2, so that the window of the turned kernel begins at i + before.
            const float *from = dy + (window.top * dy_frame.columns + window.left) * 16;
            ISA(depthwise_plane)(x.height, x.width, from, dy_line, window, turned, dx);
        } else {
            ISA(depthwise_tap_gradients)(y, inputs, line, first_dy, dy_line, 2, sums[block]);
            ISA(depthwise_plane_gradient)(x, dy, dy_line, window, taps, dx);
        }
        ISA(gradient_sums_of_plane)(before, plane, false, true);
    }
}

#undef STORE
#undef LOAD
#undef UNROLL
#undef WHOLE_OR_NOT
#undef SELECT
