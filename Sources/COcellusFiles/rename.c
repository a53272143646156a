// SPDX-License-Identifier: Apache-2.0

#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif

#include "COcellusFiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/syscall.h>
// The headers of some C libraries lack the name, the kernel has known the number since 3.15.
#define OCELLUS_RENAME_NOREPLACE 1u
#endif

/// A second name, then no first one. link() never replaces either; a crash in between leaves both names of one file.
static int link_and_unlink(int from_directory, const char *from, int to_directory, const char *to)
{
    if (linkat(from_directory, from, to_directory, to, 0) != 0) return -1;
    return unlinkat(from_directory, from, 0);
}

int ocellus_rename_to_new(int from_directory, const char *from, int to_directory, const char *to)
{
    int status;
#if defined(__linux__) && defined(SYS_renameat2)
    status = (int)syscall(SYS_renameat2, from_directory, from, to_directory, to, OCELLUS_RENAME_NOREPLACE);
#elif defined(__APPLE__)
    status = renameatx_np(from_directory, from, to_directory, to, RENAME_EXCL);
#else
    status = -1;
    errno = ENOSYS;
#endif
    if (status == 0) return 0;
    // Network file systems and old kernels may not know the flag.
    if (errno == EINVAL || errno == ENOSYS || errno == ENOTSUP)
        return link_and_unlink(from_directory, from, to_directory, to);
    return -1;
}
