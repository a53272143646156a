// SPDX-License-Identifier: Apache-2.0
#include "COcellusThread.h"

#include <pthread.h>
#include <stdlib.h>

typedef struct {
    void (*body)(void *);
    void *context;
} start_arguments;

static void *run(void *argument) {
    start_arguments arguments = *(start_arguments *)argument;
    free(argument);
    arguments.body(arguments.context);
    return NULL;
}

int ocellus_thread_start(void (*body)(void *), void *context) {
    start_arguments *arguments = malloc(sizeof *arguments);
    if (arguments == NULL) abort();
    *arguments = (start_arguments){body, context};
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 8 << 20);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    int status = pthread_create(&thread, &attributes, run, arguments);
    pthread_attr_destroy(&attributes);
    if (status != 0) free(arguments);
    return status;
}

static _Thread_local const void *thread_owner;

void ocellus_thread_set_owner(const void *owner) { thread_owner = owner; }

const void *ocellus_thread_owner(void) { return thread_owner; }

struct ocellus_semaphore {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    long count;
};

ocellus_semaphore *ocellus_semaphore_create(void) {
    ocellus_semaphore *semaphore = malloc(sizeof *semaphore);
    if (semaphore == NULL) abort();
    pthread_mutex_init(&semaphore->mutex, NULL);
    pthread_cond_init(&semaphore->condition, NULL);
    semaphore->count = 0;
    return semaphore;
}

void ocellus_semaphore_signal(ocellus_semaphore *semaphore) {
    pthread_mutex_lock(&semaphore->mutex);
    semaphore->count += 1;
    pthread_cond_signal(&semaphore->condition);
    pthread_mutex_unlock(&semaphore->mutex);
}

void ocellus_semaphore_wait(ocellus_semaphore *semaphore) {
    pthread_mutex_lock(&semaphore->mutex);
    while (semaphore->count == 0) pthread_cond_wait(&semaphore->condition, &semaphore->mutex);
    semaphore->count -= 1;
    pthread_mutex_unlock(&semaphore->mutex);
}

void ocellus_semaphore_destroy(ocellus_semaphore *semaphore) {
    pthread_cond_destroy(&semaphore->condition);
    pthread_mutex_destroy(&semaphore->mutex);
    free(semaphore);
}
