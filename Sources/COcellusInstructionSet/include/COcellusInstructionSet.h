// SPDX-License-Identifier: Apache-2.0
//
// Which version of a kernel runs. A kernel's inner loops stand in a file `NAME.body.h`, which
// for_each_instruction_set.h includes once per instruction set; OCELLUS_PICK takes the version in use.
#ifndef OCELLUS_INSTRUCTION_SET_H
#define OCELLUS_INSTRUCTION_SET_H

#include <stdbool.h>

/// The instruction set in use: `avx512` (F, BW, DQ, VL), `avx2`, `neon` or `baseline`.
///
/// Chosen once: the best one of the machine, unless the environment variable OCELLUS_MAX_ISA names a lower one (`avx2`,
/// `baseline`); other values change nothing.
const char *ocellus_kernels_instruction_set(void);

/// Uses another instruction set for calls from this thread from now on, for tests.
///
/// Returns false, and changes nothing, when the machine has no instruction set of that name.
bool ocellus_kernels_use_instruction_set(const char *name);

/// Whether `avx512` is in use and the machine adds products of bfloat16 in pairs (AVX512-BF16).
bool ocellus_kernels_have_bfloat16(void);

typedef enum { ocellus_isa_baseline, ocellus_isa_avx2, ocellus_isa_avx512 } ocellus_isa;

ocellus_isa ocellus_isa_in_use(void);

/// The version of the function `name` for the instruction set in use.
#if defined(__x86_64__)
#define OCELLUS_PICK(name)                                          \
    (ocellus_isa_in_use() == ocellus_isa_avx512 ? name##_avx512     \
     : ocellus_isa_in_use() == ocellus_isa_avx2 ? name##_avx2       \
                                                : name##_baseline)
#else
#define OCELLUS_PICK(name) name##_baseline
#endif

#endif
