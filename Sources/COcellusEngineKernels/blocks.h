// SPDX-License-Identifier: Apache-2.0
//
// Includes OCELLUS_BLOCK_BODY for the blocks 1, 8 and 16; see for_each_block.h.

#define LOAD(pointer) (*(const F_MEMORY *)(pointer))
#define STORE(pointer, value) (*(F_MEMORY *)(pointer) = (value))
// Elements of maps.
#define LOAD_MAP LOAD
#define STORE_MAP STORE
#define STORE_WORDS(pointer, value) (*(I_MEMORY *)(pointer) = (value))

#define E float

#define B 1
#define F float
#define I int32_t
#define F_MEMORY float
#define I_MEMORY int32_t
#define BLOCK_ISA(name) ISA(name##_1)
#define SELECT(mask, a, b) ((mask) ? (a) : (b))
#define SELECT_WORDS(mask, a, b) ((mask) ? (a) : (b))
#define LOAD_BYTES(pointer) ((int32_t) * (const uint8_t *)(pointer))
#define LOAD_WORDS(pointer) (*(const int32_t *)(pointer))
#define STORE_BYTES(pointer, value) (*(uint8_t *)(pointer) = (uint8_t)(value))
#include OCELLUS_BLOCK_BODY
#undef SELECT
#undef SELECT_WORDS
#undef LOAD_BYTES
#undef LOAD_WORDS
#undef STORE_BYTES
#undef BLOCK_ISA
#undef I_MEMORY
#undef F_MEMORY
#undef I
#undef F
#undef B

#define SELECT(mask, a, b) ((F)(((I)(a) & (mask)) | ((I)(b) & ~(mask))))
#define SELECT_WORDS(mask, a, b) (((a) & (mask)) | ((b) & ~(mask)))
#define LOAD_BYTES(pointer) __builtin_convertvector(*(const B_MEMORY *)(pointer), I)
#define LOAD_WORDS(pointer) (*(const I_MEMORY *)(pointer))
#define STORE_BYTES(pointer, value) (*(B_MEMORY *)(pointer) = __builtin_convertvector(value, BYTES))

#define B 8
#define F f8
#define I i8
#define BYTES b8
#define F_MEMORY f8_memory
#define I_MEMORY i8_memory
#define B_MEMORY b8_memory
#define BLOCK_ISA(name) ISA(name##_8)
#include OCELLUS_BLOCK_BODY
#undef BLOCK_ISA
#undef B_MEMORY
#undef I_MEMORY
#undef F_MEMORY
#undef BYTES
#undef I
#undef F
#undef B

#define B 16
#define F f16
#define I i16
#define BYTES b16
#define F_MEMORY f16_memory
#define I_MEMORY i16_memory
#define B_MEMORY b16_memory
#define BLOCK_ISA(name) ISA(name##_16)
#include OCELLUS_BLOCK_BODY
#undef BLOCK_ISA
#undef B_MEMORY
#undef I_MEMORY
#undef F_MEMORY
#undef BYTES
#undef I
#undef F
#undef B

#undef SELECT
#undef SELECT_WORDS
#undef LOAD_BYTES
#undef LOAD_WORDS
#undef STORE_BYTES
#undef LOAD
#undef STORE
#undef STORE_WORDS
#undef LOAD_MAP
#undef STORE_MAP
#undef E
