// SPDX-License-Identifier: Apache-2.0
//
// Includes OCELLUS_BODY once per instruction set. The body names its functions ISA(name).
#if defined(__x86_64__)
#define ISA(name) name##_avx512
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,bmi,bmi2"))), apply_to = function)
#include OCELLUS_BODY
#pragma clang attribute pop
#undef ISA

#define ISA(name) name##_avx2
#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2"))), apply_to = function)
#include OCELLUS_BODY
#pragma clang attribute pop
#undef ISA
#endif

// What every machine of the architecture has: SSE2 on x86-64, NEON on aarch64.
#define ISA(name) name##_baseline
#include OCELLUS_BODY
#undef ISA
