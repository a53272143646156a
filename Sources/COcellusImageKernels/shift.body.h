// SPDX-License-Identifier: Apache-2.0

/// One row of the output and the row of the source that it shows.
typedef struct {
    const uint8_t *from;
    uint8_t *to;
    long length, right;
    int is_mirrored;
    ocellus_border border;
} ISA(shifted_row);

/// Output columns begin ..< end, which lie outside the source.
OCELLUS_INLINE void ISA(shift_outside)(const ISA(shifted_row) *row, long begin, long end) {
    for (long j = begin; j < end; j += 1) {
        long column = ocellus_bordered(j + row->right, row->length, row->border);
        row->to[j] = column < 0 ? 0 : row->from[row->is_mirrored ? row->length - 1 - column : column];
    }
}

/// Output columns begin ..< end, which lie inside.
OCELLUS_INLINE void ISA(shift_inside)(const ISA(shifted_row) *row, long begin, long end) {
    if (!row->is_mirrored) {
        memcpy(row->to + begin, row->from + begin + row->right, (size_t)(end - begin));
        return;
    }
    const uint8_t *last = row->from + row->length - 1 - row->right;
    for (long j = begin; j < end; j += 1) row->to[j] = last[-j];
}

static void ISA(shift)(
    const uint8_t *source, ocellus_planes_size size, long down, long right, int is_mirrored, int is_upside_down,
    ocellus_border border, uint8_t *output, long height, long width) {
    long begin = ocellus_clamp(-right, 0, width), end = ocellus_clamp(size.width - right, begin, width);
    for (long channel = 0; channel < size.channels; channel += 1, source += size.height * size.width) {
        for (long i = 0; i < height; i += 1, output += width) {
            long y = ocellus_bordered(i + down, size.height, border);
            if (y < 0) {
                memset(output, 0, (size_t)width);
                continue;
            }
            ISA(shifted_row) row = {
                .from = source + (is_upside_down ? size.height - 1 - y : y) * size.width, .to = output,
                .length = size.width, .right = right, .is_mirrored = is_mirrored, .border = border};
            ISA(shift_outside)(&row, 0, begin);
            ISA(shift_inside)(&row, begin, end);
            ISA(shift_outside)(&row, end, width);
        }
    }
}
