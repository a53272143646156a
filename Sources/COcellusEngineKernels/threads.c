// SPDX-License-Identifier: Apache-2.0
#include "kernel.h"

#if defined(__linux__)
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

// GNU OpenMP's own entry point for `#pragma omp parallel`. The pragma needs a compiler flag that packages may not set.
extern void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
extern int omp_get_thread_num(void);
extern int omp_get_num_threads(void);
extern void omp_set_num_threads(int threads);
#endif

typedef struct {
    void (*body)(void *context, int thread, int team);
    void *context;
} region;

#if defined(__linux__)
static void enter(void *data) {
    const region *region = data;
    region->body(region->context, omp_get_thread_num(), omp_get_num_threads());
}
#endif

void ocellus_set_threads(int threads) {
#if defined(__linux__)
    omp_set_num_threads(threads);
#else
    (void)threads;
#endif
}

#if defined(__linux__)
static void do_nothing(void *data) { (void)data; }

/// A team stays as long as the thread that it was made for.
static void *crowd(void *made) {
    GOMP_parallel(do_nothing, NULL, (unsigned)sysconf(_SC_NPROCESSORS_ONLN) + 1, 0);
    sem_post(made);
    for (;;) pause();
}
#endif

void ocellus_sleep_soon(void) {
#if defined(__linux__)
    // Waited on by a thread that may outlive the call.
    static sem_t made;
    pthread_t thread;
    if (sem_init(&made, 0, 0) != 0 || pthread_create(&thread, NULL, crowd, &made) != 0) return;
    pthread_detach(thread);
    while (sem_wait(&made) != 0) {}
#endif
}

void ocellus_parallel(int threads, void (*body)(void *context, int thread, int team), void *context) {
#if defined(__linux__)
    if (threads > 1) {
        region region = {body, context};
        GOMP_parallel(enter, &region, (unsigned)threads, 0);
        return;
    }
#endif
    (void)threads;
    body(context, 0, 1);
}

typedef struct {
    ocellus_range range;
    const void *context;
    long items, grain;
} division;

static void run_part(void *context, int thread, int team) {
    const division *division = context;
    long grains = (division->items + division->grain - 1) / division->grain;
    long chunk = (grains + team - 1) / team * division->grain;
    long begin = thread * chunk;
    long end = ocellus_min(begin + chunk, division->items);
    if (begin < end) division->range(division->context, begin, end);
}

void ocellus_parallel_range(int threads, long items, long grain, ocellus_range range, const void *context) {
    division division = {range, context, items, grain};
    long useful = (items + grain - 1) / grain;
    ocellus_parallel((int)ocellus_min(threads, useful), run_part, &division);
}
