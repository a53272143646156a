// SPDX-License-Identifier: Apache-2.0

#ifndef COCELLUS_FILES_H
#define COCELLUS_FILES_H

#include <stddef.h>

/// Renames a file within or between two open directories and never replaces what has the new name: 0, or -1 with `errno`
/// (EEXIST when something has it).
int ocellus_rename_to_new(int from_directory, const char *from, int to_directory, const char *to);

/// Starts a program whose standard input and output are one connection, with its messages to nowhere.
///
/// arguments: the program, found as a shell finds it, its arguments, and a null. Returns 0 or an errno.
int ocellus_start_child(char *const *arguments, int *connection, int *child);

/// Bytes that were taken, or -1 when the program reads no more; no signal comes of that.
long ocellus_send_to_child(int connection, const void *bytes, size_t count);

/// Bytes that came, 0 at the end, or -1.
long ocellus_receive_from_child(int connection, void *bytes, size_t count);

/// Closes the connection and waits until the program has ended.
void ocellus_end_child(int connection, int child);

/// Gives buffers of at least that many bytes back to the system when they are freed, where the C library can be told so.
/// glibc would keep up to 32 MiB of each size that was freed once, and pictures of many sizes leave holes between them.
void ocellus_return_large_buffers(size_t bytes);

#endif
