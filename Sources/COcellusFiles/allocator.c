// SPDX-License-Identifier: Apache-2.0
#include "COcellusFiles.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

void ocellus_return_large_buffers(size_t bytes) {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, (int)bytes);
    mallopt(M_TRIM_THRESHOLD, (int)bytes);
#else
    (void)bytes;
#endif
}
