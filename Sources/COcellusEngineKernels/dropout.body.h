// SPDX-License-Identifier: Apache-2.0
//
// Philox 4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011) on 8 counters at once, each word in a lane of 64 bits.

/// The words of elements `first ..< first + 32`; `first` is a multiple of 4. RandomPurpose.dropout is 4.
OCELLUS_INLINE void ISA(random_words)(const dropout *d, long first, uint32_t words[words_at_once]) {
    const uint64_t low = 0xffffffff;
    u8 c0 = (((u8){0, 1, 2, 3, 4, 5, 6, 7}) + (uint64_t)first / 4) & low;
    u8 c1 = (u8){0} + d->step, c2 = (u8){0} + d->stream, c3 = (u8){0} + 4;
    uint32_t k0 = d->key[0], k1 = d->key[1];
    for (int round = 0; round < 10; round += 1) {
        u8 p0 = c0 * 0xd2511f53, p1 = c2 * 0xcd9e8d57;
        c0 = (p1 >> 32) ^ c1 ^ k0;
        c2 = (p0 >> 32) ^ c3 ^ k1;
        c1 = p1 & low;
        c3 = p0 & low;
        k0 += 0x9e3779b9;
        k1 += 0xbb67ae85;
    }
    for (int lane = 0; lane < 8; lane += 1) {
        words[4 * lane] = (uint32_t)c0[lane];
        words[4 * lane + 1] = (uint32_t)c1[lane];
        words[4 * lane + 2] = (uint32_t)c2[lane];
        words[4 * lane + 3] = (uint32_t)c3[lane];
    }
}

/// Elements `begin ..< end` of the logical order, which lie `stride` floats apart from `x` and `y` on.
OCELLUS_INLINE void ISA(drop)(const dropout *d, long begin, long end, const float *x, float *y, long stride) {
    uint32_t words[words_at_once];
    for (long first = begin / 4 * 4; first < end; first += words_at_once) {
        ISA(random_words)(d, first, words);
        long last = ocellus_min(first + words_at_once, end);
        for (long i = ocellus_max(first, begin); i < last; i += 1) {
            long at = (i - begin) * stride;
            y[at] = words[i - first] >= d->threshold ? x[at] / d->kept : 0;
        }
    }
}

static void ISA(dropout_elements)(const void *context, long begin, long end) {
    const dropout *d = context;
    ISA(drop)(d, begin, end, d->x + begin, d->y + begin, 1);
}

static void ISA(dropout_rows)(const void *context, long begin, long end) {
    const dropout *d = context;
    for (long row = begin; row < end; row += 1) {
        long offset = row_offset(d, row);
        ISA(drop)(d, row * d->row, (row + 1) * d->row, d->x + offset, d->y + offset, d->stride);
    }
}
