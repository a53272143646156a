// SPDX-License-Identifier: Apache-2.0
//
// A thread and a counting semaphore: what Swift's standard library lacks.
#ifndef OCELLUS_THREAD_H
#define OCELLUS_THREAD_H

/// Starts a detached thread with an 8 MiB stack that runs body(context). Returns 0 or an errno value.
int ocellus_thread_start(void (*body)(void *), void *context);

/// Says to whom the calling thread belongs, NULL at first.
void ocellus_thread_set_owner(const void *owner);
const void *ocellus_thread_owner(void);

typedef struct ocellus_semaphore ocellus_semaphore;

/// A semaphore at 0; never NULL (a failed allocation ends the process).
ocellus_semaphore *ocellus_semaphore_create(void);
void ocellus_semaphore_signal(ocellus_semaphore *semaphore);
void ocellus_semaphore_wait(ocellus_semaphore *semaphore);
/// Nobody may wait on it or signal it any more.
void ocellus_semaphore_destroy(ocellus_semaphore *semaphore);

#endif
