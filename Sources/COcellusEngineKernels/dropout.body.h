// SPDX-License-Identifier: Apache-2.0
//
// Philox 4x32-10 (Salmon, Moraes, Dror and Shaw, SC 2011) on 8 counters at once, each word in a lane of 64 bits, and
// what dropout does with its words.

/// The words of elements `first ..< first + 32`; `first` is a multiple of 4. RandomPurpose.dropout is 4.
OCELLUS_INLINE void BLOCK_ISA(random_words)(const dropout *d, long first, uint32_t words[words_at_once]) {
    const uint64_t low = 0xffffffff;
    u8 c0 = (((u8){0, 1, 2, 3, 4, 5, 6, 7}) + (uint64_t)first / 4 + d->first_block) & low;
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

#if B == 1
/// Items are elements.
static void BLOCK_ISA(dropout)(const void *context, long begin, long end) {
    const dropout *d = context;
    const float *x = d->x;
    float *y = d->y, kept = d->kept;
    uint32_t words[words_at_once], threshold = d->threshold;
    for (long first = begin / 4 * 4; first < end; first += words_at_once) {
        BLOCK_ISA(random_words)(d, first, words);
        long last = ocellus_min(first + words_at_once, end);
        for (long i = ocellus_max(first, begin); i < last; i += 1) {
            // Divided in any case: a branch on random words would be mispredicted half the time.
            float divided = x[i] / kept;
            y[i] = words[i - first] >= threshold ? divided : 0;
        }
    }
}
#else
/// Items are planes. The words of a few positions of each channel come first, then the positions, all channels at once.
static void BLOCK_ISA(dropout)(const void *context, long begin, long end) {
    const dropout *d = context;
    long size = d->maps.height * d->maps.width, blocks = (d->maps.channels + B - 1) / B;
    // Unsigned words compare like signed ones with the sign bit flipped.
    const int32_t threshold = (int32_t)(d->threshold ^ 0x80000000);
    uint32_t words[words_at_once], turned[positions_at_once * B] = {0};
    for (long plane = begin; plane < end; plane += 1) {
        long channel = plane / blocks * d->maps.channels + plane % blocks * B;
        long channels = ocellus_min(B, d->maps.channels - plane % blocks * B);
        for (long first = 0; first < size; first += positions_at_once) {
            long count = ocellus_min(positions_at_once, size - first);
            for (long lane = 0; lane < channels; lane += 1) {
                long element = (channel + lane) * size + first;
                BLOCK_ISA(random_words)(d, element / 4 * 4, words);
                for (long i = 0; i < count; i += 1) turned[i * B + lane] = words[element % 4 + i] ^ 0x80000000;
            }
            for (long i = 0; i < count; i += 1) {
                long at = (plane * size + first + i) * B;
                I keep = LOAD_WORDS(turned + i * B) >= threshold;
                F zero = {0};
                STORE(d->y + at, SELECT(keep, LOAD(d->x + at) / d->kept, zero));
            }
        }
    }
}
#endif
