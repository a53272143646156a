// SPDX-License-Identifier: Apache-2.0
#include "COcellusInstructionSet.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/// What the process uses, or -1 before the first question.
static atomic_int chosen = -1;
/// What the calling thread uses instead, or -1. Kernels choose their version before they start a team.
static _Thread_local int chosen_by_thread = -1;

static ocellus_isa best_of_machine(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("bmi")
        || !__builtin_cpu_supports("bmi2")) {
        return ocellus_isa_baseline;
    }
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
                   && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")
               ? ocellus_isa_avx512
               : ocellus_isa_avx2;
#else
    return ocellus_isa_baseline;
#endif
}

static const char *name(ocellus_isa isa) {
#if defined(__aarch64__)
    (void)isa;
    return "neon";
#else
    return isa == ocellus_isa_avx512 ? "avx512" : isa == ocellus_isa_avx2 ? "avx2" : "baseline";
#endif
}

ocellus_isa ocellus_isa_in_use(void) {
    int isa = chosen_by_thread;
    if (isa < 0) isa = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (isa >= 0) return (ocellus_isa)isa;
    isa = best_of_machine();
    const char *limit = getenv("OCELLUS_MAX_ISA");
    for (int lower = ocellus_isa_baseline; limit != NULL && lower < isa; lower += 1) {
        if (strcmp(limit, name((ocellus_isa)lower)) == 0) isa = lower;
    }
    atomic_store_explicit(&chosen, isa, memory_order_relaxed);
    return (ocellus_isa)isa;
}

const char *ocellus_kernels_instruction_set(void) { return name(ocellus_isa_in_use()); }

bool ocellus_kernels_use_instruction_set(const char *wanted) {
    for (int isa = best_of_machine(); isa >= ocellus_isa_baseline; isa -= 1) {
        if (strcmp(wanted, name((ocellus_isa)isa)) == 0) {
            chosen_by_thread = isa;
            return true;
        }
    }
    return false;
}

bool ocellus_kernels_have_bfloat16(void) {
#if defined(__x86_64__)
    return ocellus_isa_in_use() == ocellus_isa_avx512 && __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}
