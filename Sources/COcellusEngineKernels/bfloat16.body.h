// SPDX-License-Identifier: Apache-2.0
//
// 16 numbers between bfloat16 in memory and float32: the upper half of a float32 is the bfloat16.

OCELLUS_INLINE f16 ISA(from_bfloat16)(const uint16_t *pointer) {
    return (f16)(__builtin_convertvector(*(const h16_memory *)pointer, w16) << 16);
}

/// To the nearest, ties to even; NaN stays NaN. In the lower halves, the upper ones are zero.
OCELLUS_INLINE w16 ISA(bfloat16_bits)(f16 x) {
    w16 bits = (w16)x;
    w16 rounded = bits + 0x7FFF + ((bits >> 16) & 1);
    // Rounding could carry a NaN's fraction into its sign; its upper half, made quiet, is a NaN.
    w16 is_nan = (w16)(x != x);
    return (((bits | 0x400000) & is_nan) | (rounded & ~is_nan)) >> 16;
}

OCELLUS_INLINE void ISA(to_bfloat16)(uint16_t *pointer, f16 x) {
    *(h16_memory *)pointer = __builtin_convertvector(ISA(bfloat16_bits)(x), h16);
}
