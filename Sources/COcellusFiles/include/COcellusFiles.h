// SPDX-License-Identifier: Apache-2.0

#ifndef COCELLUS_FILES_H
#define COCELLUS_FILES_H

/// Renames a file within or between two open directories and never replaces what has the new name: 0, or -1 with `errno`
/// (EEXIST when something has it).
int ocellus_rename_to_new(int from_directory, const char *from, int to_directory, const char *to);

#endif
