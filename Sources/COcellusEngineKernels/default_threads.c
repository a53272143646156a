// SPDX-License-Identifier: Apache-2.0
#include "COcellusEngineKernels.h"

#if defined(__linux__)
// From libgomp; its header needs a compiler with OpenMP switched on.
extern int omp_get_max_threads(void);

int ocellus_default_threads(void) {
    // Asked once, before ocellus_set_threads() changes the answer for its thread.
    static int threads = 0;
    int known = __atomic_load_n(&threads, __ATOMIC_RELAXED);
    if (known > 0) return known;
    known = omp_get_max_threads();
    __atomic_store_n(&threads, known, __ATOMIC_RELAXED);
    return known;
}
#else
#include <unistd.h>

int ocellus_default_threads(void) {
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors > 0 ? (int)processors : 1;
}
#endif
