// SPDX-License-Identifier: Apache-2.0
//
// Blur pooling of B channels at once. Items of the forward loop are rows of the output, of the gradient's planes.

static void BLOCK_ISA(blur_pool)(const void *context, long begin, long end) {
    const blur_pool *pool = context;
    ocellus_axis rows = ocellus_rows(pool->maps, pool->window), columns = ocellus_columns(pool->maps, pool->window);
    for (long item = begin; item < end; item += 1) {
        const float *plane = pool->from + item / rows.output * rows.input * columns.input * B;
        long top = item % rows.output * rows.stride - rows.before;
        for (long column = 0; column < columns.output; column += 1) {
            long left = column * columns.stride - columns.before;
            F sum = {0};
            for (long p = 0; p < rows.kernel; p += 1) {
                const float *row = plane + reflected(top + p, rows.input) * columns.input * B;
                F across = {0};
                for (long q = 0; q < columns.kernel; q += 1) {
                    across += pool->taps[q] * LOAD(row + reflected(left + q, columns.input) * B);
                }
                sum += pool->taps[p] * across;
            }
            STORE(pool->to + (item * columns.output + column) * B, sum);
        }
    }
}

static void BLOCK_ISA(blur_pool_gradient)(const void *context, long begin, long end) {
    const blur_pool *pool = context;
    ocellus_axis rows = ocellus_rows(pool->maps, pool->window), columns = ocellus_columns(pool->maps, pool->window);
    blur_sources across[columns_at_once];
    for (long first = 0; first < columns.input; first += columns_at_once) {
        long count = ocellus_min(columns_at_once, columns.input - first);
        for (long j = 0; j < count; j += 1) across[j] = sources_of(pool, columns, first + j);
        for (long item = begin * rows.input; item < end * rows.input; item += 1) {
            const float *plane = pool->from + item / rows.input * rows.output * columns.output * B;
            blur_sources down = sources_of(pool, rows, item % rows.input);
            for (long j = 0; j < count; j += 1) {
                F sum = {0};
                for (int r = 0; r < down.count; r += 1) {
                    const float *row = plane + down.output[r] * columns.output * B;
                    F part = {0};
                    for (int s = 0; s < across[j].count; s += 1) {
                        part += across[j].tap[s] * LOAD(row + across[j].output[s] * B);
                    }
                    sum += down.tap[r] * part;
                }
                STORE(pool->to + (item * columns.input + first + j) * B, sum);
            }
        }
    }
}
