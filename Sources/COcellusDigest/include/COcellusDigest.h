// SPDX-License-Identifier: Apache-2.0
//
// SHA-256 by the system's library: OpenSSL's libcrypto, on Apple's systems CommonCrypto.
#ifndef OCELLUS_DIGEST_H
#define OCELLUS_DIGEST_H

#define OCELLUS_SHA256_BYTES 32

typedef struct ocellus_sha256 ocellus_sha256;

/// Of nothing so far; never NULL (a failed allocation ends the process).
ocellus_sha256 *ocellus_sha256_create(void);
/// Of what `hash` has seen so far; never NULL.
ocellus_sha256 *ocellus_sha256_copy(const ocellus_sha256 *hash);
void ocellus_sha256_add(ocellus_sha256 *hash, const void *bytes, long count);
/// The digest of what was added; more may be added afterwards.
void ocellus_sha256_digest(const ocellus_sha256 *hash, unsigned char digest[OCELLUS_SHA256_BYTES]);
void ocellus_sha256_destroy(ocellus_sha256 *hash);

#endif
