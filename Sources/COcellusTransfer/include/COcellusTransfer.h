// SPDX-License-Identifier: Apache-2.0
//
// One download by libcurl, whose options take variable arguments, which Swift cannot pass.
#ifndef OCELLUS_TRANSFER_H
#define OCELLUS_TRANSFER_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
    OCELLUS_TRANSFER_OK = 0,
    /// Not sent or not answered: no such host, refused, no route, no TLS.
    OCELLUS_TRANSFER_NO_CONNECTION,
    /// Too slow for too long.
    OCELLUS_TRANSFER_STALLED,
    /// The connection ended before the answer did.
    OCELLUS_TRANSFER_DROPPED,
    /// A status of 400 or more.
    OCELLUS_TRANSFER_REFUSED,
    /// The receiver wanted no more.
    OCELLUS_TRANSFER_STOPPED,
    /// What was answered is not HTTP, or an endless redirection.
    OCELLUS_TRANSFER_NONSENSE,
} ocellus_transfer_status;

/// What an answer says before its body.
typedef struct {
    /// The HTTP status after redirections.
    long status;
    /// Bytes that the body is said to have; -1 when that is not said.
    int64_t length;
    /// Where the body begins in the file, of `Content-Range`; -1 without it.
    int64_t offset;
} ocellus_transfer_answer;

typedef struct {
    /// http or https.
    const char *url;
    /// Bytes to leave out; above 0 a range is asked for.
    int64_t offset;
    /// Seconds until a connection must stand.
    long connect_seconds;
    /// The transfer ends when fewer than `slowest` bytes came in each of so many seconds.
    long stall_seconds;
    long slowest;
    const char *agent;
    /// Called once before the first bytes; 0 goes on.
    int (*begin)(void *context, ocellus_transfer_answer answer);
    /// Called for each piece of the body; 0 goes on.
    int (*receive)(void *context, const void *bytes, size_t count);
    void *context;
} ocellus_transfer_request;

typedef struct {
    ocellus_transfer_status status;
    /// HTTP's, 0 when none came.
    long http;
    /// In libcurl's words.
    char message[256];
} ocellus_transfer_result;

/// Opens libcurl. Must have returned once before the first transfer, on one thread. 0 for success.
int ocellus_transfer_start(void);

/// Why it could not be opened, in words.
const char *ocellus_transfer_problem(void);

/// Downloads; returns when all is there or nothing more will come. An empty body calls `begin` too.
ocellus_transfer_result ocellus_transfer(const ocellus_transfer_request *request);

#endif
