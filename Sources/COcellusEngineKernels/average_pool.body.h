// SPDX-License-Identifier: Apache-2.0
//
// Average pooling of B channels at once. Items of the forward loop are rows of the output, of the gradient's planes.

static void BLOCK_ISA(average_pool)(const void *context, long begin, long end) {
    const average_pool *pool = context;
    ocellus_axis rows = ocellus_rows(pool->maps, pool->window), columns = ocellus_columns(pool->maps, pool->window);
    for (long item = begin; item < end; item += 1) {
        const float *plane = pool->from + item / rows.output * rows.input * columns.input * B;
        long row = item % rows.output;
        ocellus_span p = ocellus_inside(rows, row);
        for (long column = 0; column < columns.output; column += 1) {
            ocellus_span q = ocellus_inside(columns, column);
            const float *window = plane
                                  + ((row * rows.stride - rows.before) * columns.input + column * columns.stride
                                     - columns.before)
                                        * B;
            F sum = {0};
            for (long r = p.begin; r < p.end; r += 1) {
                for (long s = q.begin; s < q.end; s += 1) sum += LOAD(window + (r * columns.input + s) * B);
            }
            float positions = (float)((p.end - p.begin) * (q.end - q.begin));
            STORE(pool->to + (item * columns.output + column) * B, sum / positions);
        }
    }
}

/// The gradient where no windows overlap or lie partly outside: each spreads what it has over its own positions.
static void BLOCK_ISA(average_pool_spread)(
    const average_pool *pool, ocellus_axis rows, ocellus_axis columns, long begin, long end) {
    float positions = (float)(rows.kernel * columns.kernel);
    for (long item = begin * rows.input; item < end * rows.input; item += 1) {
        long plane = item / rows.input, row = item % rows.input, window = row / rows.stride;
        float *to = pool->to + item * columns.input * B;
        long used = 0;
        if (window < rows.output && row % rows.stride < rows.kernel) {
            const float *from = pool->from + (plane * rows.output + window) * columns.output * B;
            for (long s = 0; s < columns.output; s += 1) {
                F value = (F){0} + LOAD(from + s * B) / positions;
                for (long j = 0; j < columns.kernel; j += 1) STORE(to + (s * columns.stride + j) * B, value);
                for (long j = columns.kernel; j < columns.stride && s * columns.stride + j < columns.input; j += 1) {
                    STORE(to + (s * columns.stride + j) * B, (F){0});
                }
            }
            used = ocellus_min(columns.output * columns.stride, columns.input);
        }
        for (long j = used; j < columns.input; j += 1) STORE(to + j * B, (F){0});
    }
}

/// Every input element sums over the windows that hold it, so that each is written once and the order is fixed.
static void BLOCK_ISA(average_pool_gradient)(const void *context, long begin, long end) {
    const average_pool *pool = context;
    ocellus_axis rows = ocellus_rows(pool->maps, pool->window), columns = ocellus_columns(pool->maps, pool->window);
    if (windows_lie_apart(rows) && windows_lie_apart(columns)) {
        BLOCK_ISA(average_pool_spread)(pool, rows, columns, begin, end);
        return;
    }
    ocellus_span covering[columns_at_once];
    for (long first = 0; first < columns.input; first += columns_at_once) {
        long count = ocellus_min(columns_at_once, columns.input - first);
        for (long j = 0; j < count; j += 1) covering[j] = ocellus_covering(columns, first + j);
        for (long item = begin * rows.input; item < end * rows.input; item += 1) {
            long plane = item / rows.input, row = item % rows.input;
            ocellus_span o = ocellus_covering(rows, row);
            for (long j = 0; j < count; j += 1) {
                F sum = {0};
                for (long r = o.begin; r < o.end; r += 1) {
                    ocellus_span p = ocellus_inside(rows, r);
                    for (long s = covering[j].begin; s < covering[j].end; s += 1) {
                        ocellus_span q = ocellus_inside(columns, s);
                        float positions = (float)((p.end - p.begin) * (q.end - q.begin));
                        sum += LOAD(pool->from + ((plane * rows.output + r) * columns.output + s) * B) / positions;
                    }
                }
                STORE(pool->to + (item * columns.input + first + j) * B, sum);
            }
        }
    }
}
