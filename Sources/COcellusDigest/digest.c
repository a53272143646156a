// SPDX-License-Identifier: Apache-2.0
#include "COcellusDigest.h"

#include <stdlib.h>

#ifdef __APPLE__

#include <CommonCrypto/CommonDigest.h>

struct ocellus_sha256 {
    CC_SHA256_CTX context;
};

ocellus_sha256 *ocellus_sha256_create(void) {
    ocellus_sha256 *hash = malloc(sizeof *hash);
    if (hash == NULL) abort();
    CC_SHA256_Init(&hash->context);
    return hash;
}

ocellus_sha256 *ocellus_sha256_copy(const ocellus_sha256 *hash) {
    ocellus_sha256 *copy = malloc(sizeof *copy);
    if (copy == NULL) abort();
    *copy = *hash;
    return copy;
}

void ocellus_sha256_add(ocellus_sha256 *hash, const void *bytes, long count) {
    const char *rest = bytes;
    // The library counts in 32 bits.
    for (const long most = 1L << 30; count > 0; count -= most, rest += most)
        CC_SHA256_Update(&hash->context, rest, (CC_LONG)(count < most ? count : most));
}

void ocellus_sha256_digest(const ocellus_sha256 *hash, unsigned char digest[OCELLUS_SHA256_BYTES]) {
    CC_SHA256_CTX context = hash->context;
    CC_SHA256_Final(digest, &context);
}

void ocellus_sha256_destroy(ocellus_sha256 *hash) { free(hash); }

#else

#include <openssl/evp.h>

struct ocellus_sha256 {
    EVP_MD_CTX *context;
};

/// Nothing but memory that is lacking makes the library fail here.
static void require(int success) {
    if (!success) abort();
}

static ocellus_sha256 *allocate(void) {
    ocellus_sha256 *hash = malloc(sizeof *hash);
    if (hash == NULL) abort();
    hash->context = EVP_MD_CTX_new();
    require(hash->context != NULL);
    return hash;
}

ocellus_sha256 *ocellus_sha256_create(void) {
    ocellus_sha256 *hash = allocate();
    require(EVP_DigestInit_ex(hash->context, EVP_sha256(), NULL));
    return hash;
}

ocellus_sha256 *ocellus_sha256_copy(const ocellus_sha256 *hash) {
    ocellus_sha256 *copy = allocate();
    require(EVP_MD_CTX_copy_ex(copy->context, hash->context));
    return copy;
}

void ocellus_sha256_add(ocellus_sha256 *hash, const void *bytes, long count) {
    if (count > 0) require(EVP_DigestUpdate(hash->context, bytes, (size_t)count));
}

void ocellus_sha256_digest(const ocellus_sha256 *hash, unsigned char digest[OCELLUS_SHA256_BYTES]) {
    ocellus_sha256 *copy = ocellus_sha256_copy(hash);
    require(EVP_DigestFinal_ex(copy->context, digest, NULL));
    ocellus_sha256_destroy(copy);
}

void ocellus_sha256_destroy(ocellus_sha256 *hash) {
    EVP_MD_CTX_free(hash->context);
    free(hash);
}

#endif
