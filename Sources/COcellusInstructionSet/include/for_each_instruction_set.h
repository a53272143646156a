// SPDX-License-Identifier: Apache-2.0
//
// Includes OCELLUS_BODY once per instruction set. The body names its functions ISA(name) and may ask for
//   ISA_FLOATS              floats in a vector register
//   ISA_REGISTERS           vector registers
//   ISA_MULTIPLY_ADD(a,b,c) a·b + c of vectors, rounded once where the instruction set can
#if defined(__x86_64__)
#define ISA(name) name##_avx512
#define ISA_FLOATS 16
#define ISA_REGISTERS 32
#define ISA_MULTIPLY_ADD(a, b, c) __builtin_elementwise_fma(a, b, c)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi,bmi2"))), apply_to = function)
#include OCELLUS_BODY
#pragma clang attribute pop
#undef ISA_REGISTERS
#undef ISA_FLOATS
#undef ISA

#define ISA(name) name##_avx2
#define ISA_FLOATS 8
#define ISA_REGISTERS 16
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2"))), apply_to = function)
#include OCELLUS_BODY
#pragma clang attribute pop
#undef ISA_MULTIPLY_ADD
#undef ISA_REGISTERS
#undef ISA_FLOATS
#undef ISA
#endif

// What every machine of the architecture has: SSE2 on x86-64, NEON on aarch64.
#define ISA(name) name##_baseline
#define ISA_FLOATS 4
#if defined(__aarch64__)
#define ISA_REGISTERS 32
#define ISA_MULTIPLY_ADD(a, b, c) __builtin_elementwise_fma(a, b, c)
#else
#define ISA_REGISTERS 16
#define ISA_MULTIPLY_ADD(a, b, c) ((a) * (b) + (c))
#endif
#include OCELLUS_BODY
#undef ISA_MULTIPLY_ADD
#undef ISA_REGISTERS
#undef ISA_FLOATS
#undef ISA
