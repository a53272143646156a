// SPDX-License-Identifier: Apache-2.0
//
// Includes OCELLUS_BLOCK_BODY for blocks of 16 in bfloat16; see for_each_bfloat16_block.h.
#include "bfloat16.body.h"

/// What works on no maps is not needed again.
#define MAPS_ONLY
#define E uint16_t
#define B 16
#define F f16
#define I i16
#define BLOCK_ISA(name) ISA(name##_bfloat16)
#define LOAD(pointer) (*(const f16_memory *)(pointer))
#define STORE(pointer, value) (*(f16_memory *)(pointer) = (value))
#define LOAD_MAP(pointer) ISA(from_bfloat16)(pointer)
#define STORE_MAP(pointer, value) ISA(to_bfloat16)(pointer, value)
#define STORE_WORDS(pointer, value) (*(i16_memory *)(pointer) = (value))
#define SELECT(mask, a, b) ((F)(((I)(a) & (mask)) | ((I)(b) & ~(mask))))
#define SELECT_WORDS(mask, a, b) (((a) & (mask)) | ((b) & ~(mask)))
#define LOAD_BYTES(pointer) __builtin_convertvector(*(const b16_memory *)(pointer), I)
#define LOAD_WORDS(pointer) (*(const i16_memory *)(pointer))
#define STORE_BYTES(pointer, value) (*(b16_memory *)(pointer) = __builtin_convertvector(value, b16))
#include OCELLUS_BLOCK_BODY
#undef STORE_BYTES
#undef LOAD_WORDS
#undef LOAD_BYTES
#undef SELECT_WORDS
#undef SELECT
#undef STORE_WORDS
#undef STORE_MAP
#undef LOAD_MAP
#undef STORE
#undef LOAD
#undef BLOCK_ISA
#undef I
#undef F
#undef B
#undef E
#undef MAPS_ONLY
