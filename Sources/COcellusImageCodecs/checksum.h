// SPDX-License-Identifier: Apache-2.0
//
// What zlib's readers share; not part of the door.
#ifndef OCELLUS_CHECKSUM_H
#define OCELLUS_CHECKSUM_H

#include <string.h>

/// Whether zlib's message on damaged data says that a checksum or a length behind them is wrong. It has no number for that.
static inline int ocellus_is_checksum_message(const char *message) {
    return message != NULL
        && (strstr(message, "incorrect data check") != NULL || strstr(message, "incorrect length check") != NULL);
}

#endif
