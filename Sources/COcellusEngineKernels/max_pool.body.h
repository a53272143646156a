// SPDX-License-Identifier: Apache-2.0
//
// Max pooling of B channels at once, in elements E. Items of the forward loops are rows of the output, of the gradient's planes.

/// Makes `value` at kernel position `position` the best when it is larger or NaN.
#define TAKE_LARGER(value, position)                                  \
    {                                                                 \
        F candidate = value;                                          \
        I wins = (candidate > best) | (candidate != candidate);       \
        best = SELECT(wins, candidate, best);                         \
        winner = SELECT_WORDS(wins, (I){0} + (int32_t)(position), winner); \
    }

static void BLOCK_ISA(max_pool)(const void *context, long begin, long end) {
    const max_pool *pool = context;
    ocellus_axis rows = ocellus_rows(pool->maps, pool->window), columns = ocellus_columns(pool->maps, pool->window);
    for (long item = begin; item < end; item += 1) {
        const E *plane = (const E *)pool->x + item / rows.output * rows.input * columns.input * B;
        long row = item % rows.output;
        ocellus_span p = ocellus_inside(rows, row);
        for (long column = 0; column < columns.output; column += 1) {
            ocellus_span q = ocellus_inside(columns, column);
            const E *window = plane
                                  + ((row * rows.stride - rows.before) * columns.input + column * columns.stride
                                     - columns.before)
                                        * B;
            F best = LOAD_MAP(window + (p.begin * columns.input + q.begin) * B);
            I winner = (I){0} + (int32_t)(p.begin * columns.kernel + q.begin);
            for (long r = p.begin; r < p.end; r += 1) {
                for (long s = q.begin; s < q.end; s += 1) {
                    TAKE_LARGER(LOAD_MAP(window + (r * columns.input + s) * B), r * columns.kernel + s)
                }
            }
            long at = (item * columns.output + column) * B;
            STORE_MAP((E *)pool->y + at, best);
            if (pool->winner_bytes == 1) STORE_BYTES((uint8_t *)pool->winners + at, winner);
            if (pool->winner_bytes == 4) STORE_WORDS((int32_t *)pool->winners + at, winner);
        }
    }
}

static void BLOCK_ISA(max_pool_quarter)(const void *context, long begin, long end) {
    const max_pool *pool = context;
    long width = pool->maps.width, output_width = pool->window.output_width;
    uint8_t *winners = pool->winner_bytes == 0 ? NULL : pool->winners;
    for (long item = begin; item < end; item += 1) {
        long plane = item / pool->window.output_height, row = item % pool->window.output_height;
        const E *upper = (const E *)pool->x + (plane * pool->maps.height + 2 * row) * width * B;
        const E *lower = upper + width * B;
        E *y = (E *)pool->y + item * output_width * B;
        for (long column = 0; column < output_width; column += 1) {
            F best = LOAD_MAP(upper + 2 * column * B);
            I winner = {0};
            TAKE_LARGER(LOAD_MAP(upper + (2 * column + 1) * B), 1)
            TAKE_LARGER(LOAD_MAP(lower + 2 * column * B), 2)
            TAKE_LARGER(LOAD_MAP(lower + (2 * column + 1) * B), 3)
            STORE_MAP(y + column * B, best);
            if (winners != NULL) STORE_BYTES(winners + (item * output_width + column) * B, winner);
        }
    }
}
#undef TAKE_LARGER

/// `dy`, or 0 where the ReLU before the pool gave nothing.
OCELLUS_INLINE F BLOCK_ISA(arriving)(const max_pool_gradient *pool, long at) {
    F dy = LOAD_MAP((const E *)pool->dy + at);
    if (pool->y == NULL) return dy;
    F y = LOAD_MAP((const E *)pool->y + at);
    return SELECT(y > 0, dy, (F){0});
}

/// Every input element sums over the windows that hold it, so that each is written once and the order is fixed.
static void BLOCK_ISA(max_pool_gradient)(const void *context, long begin, long end) {
    const max_pool_gradient *pool = context;
    ocellus_axis rows = ocellus_rows(pool->maps, pool->window), columns = ocellus_columns(pool->maps, pool->window);
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
                    for (long s = covering[j].begin; s < covering[j].end; s += 1) {
                        long at = ((plane * rows.output + r) * columns.output + s) * B;
                        int32_t here = (int32_t)((row + rows.before - r * rows.stride) * columns.kernel + first + j
                                                 + columns.before - s * columns.stride);
                        I winner = pool->winner_bytes == 1 ? LOAD_BYTES((const uint8_t *)pool->winners + at)
                                                           : LOAD_WORDS((const int32_t *)pool->winners + at);
                        sum += SELECT(winner == here, BLOCK_ISA(arriving)(pool, at), (F){0});
                    }
                }
                STORE_MAP((E *)pool->dx + (item * columns.input + first + j) * B, sum);
            }
        }
    }
}

static void BLOCK_ISA(max_pool_gradient_quarter)(const void *context, long begin, long end) {
    const max_pool_gradient *pool = context;
    long height = pool->maps.height, width = pool->maps.width;
    long output_height = pool->window.output_height, output_width = pool->window.output_width;
    for (long plane = begin; plane < end; plane += 1) {
        for (long row = 0; row < output_height; row += 1) {
            E *upper = (E *)pool->dx + (plane * height + 2 * row) * width * B;
            E *lower = upper + width * B;
            for (long column = 0; column < output_width; column += 1) {
                long at = ((plane * output_height + row) * output_width + column) * B;
                F dy = BLOCK_ISA(arriving)(pool, at);
                I winner = LOAD_BYTES((const uint8_t *)pool->winners + at);
                STORE_MAP(upper + 2 * column * B, SELECT(winner == 0, dy, (F){0}));
                STORE_MAP(upper + (2 * column + 1) * B, SELECT(winner == 1, dy, (F){0}));
                STORE_MAP(lower + 2 * column * B, SELECT(winner == 2, dy, (F){0}));
                STORE_MAP(lower + (2 * column + 1) * B, SELECT(winner == 3, dy, (F){0}));
            }
            size_t rest = (size_t)((width - 2 * output_width) * B) * sizeof(E);
            memset(upper + 2 * output_width * B, 0, rest);
            memset(lower + 2 * output_width * B, 0, rest);
        }
        long covered = 2 * output_height;
        memset(
            (E *)pool->dx + (plane * height + covered) * width * B, 0,
            (size_t)((height - covered) * width * B) * sizeof(E));
    }
}
