// SPDX-License-Identifier: Apache-2.0
//
// Measures the roofs of the roofline plot: multiply-adds of floats in registers, and bytes read from and written to
// memory, on the given number of threads. Prints JSON. The best of several tries counts: this is what can be done at most.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#if defined(__AVX512BF16__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
enum { width = 16, sums = 24 };
#elif defined(__AVX2__)
enum { width = 8, sums = 12 };
#else
enum { width = 4, sums = 12 };
#endif
typedef float vector __attribute__((vector_size(width * 4)));

enum { floats = 24 << 20, rounds = 2000000, tries = 5, most_threads = 1024 };

typedef struct {
    pthread_barrier_t *barrier;
    float *memory;
    float result;
} worker;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static void multiply_add(worker *w) {
    vector sum[sums], factor, addend;
    for (int i = 0; i < width; i++) factor[i] = 0.999f + w->result * 1e-9f, addend[i] = 1e-3f;
    for (int s = 0; s < sums; s++) sum[s] = addend;
    for (long r = 0; r < rounds; r++) {
#pragma GCC unroll 32
        for (int s = 0; s < sums; s++) sum[s] = sum[s] * factor + addend;
    }
    for (int s = 0; s < sums; s++) w->result += sum[s][0];
}

static void bf16_multiply_add(worker *w) {
#if defined(__AVX512BF16__)
    __m512 sum[sums];
    __m512bh a = (__m512bh)_mm512_set1_epi16(0x3f80), b = (__m512bh)_mm512_set1_epi16(0x3c00);
    for (int s = 0; s < sums; s++) sum[s] = _mm512_set1_ps(w->result);
    for (long r = 0; r < rounds; r++) {
#pragma GCC unroll 32
        for (int s = 0; s < sums; s++) sum[s] = _mm512_dpbf16_ps(sum[s], a, b);
    }
    for (int s = 0; s < sums; s++) w->result += sum[s][0];
#else
    (void)w;
#endif
}

static void read_memory(worker *w) {
    vector sum[4] = {{0}};
    const vector *p = (const vector *)w->memory;
    for (long i = 0; i < floats / width; i += 4) {
        for (int s = 0; s < 4; s++) sum[s] += p[i + s];
    }
    for (int s = 0; s < 4; s++) w->result += sum[s][0];
}

static void change_memory(worker *w) {
    vector *p = (vector *)w->memory;
    for (long i = 0; i < floats / width; i++) p[i] = p[i] * 0.999f;
}

static void (*const tests[])(worker *) = {multiply_add, bf16_multiply_add, read_memory, change_memory};
enum { test_count = sizeof tests / sizeof *tests };
static double best[test_count];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static double slowest;

static void *work(void *argument) {
    worker *w = argument;
    for (int test = 0; test < test_count; test++) {
        for (int try = 0; try < tries; try++) {
            if (pthread_barrier_wait(w->barrier) == PTHREAD_BARRIER_SERIAL_THREAD) slowest = 0;
            pthread_barrier_wait(w->barrier);
            double start = now();
            tests[test](w);
            double time = now() - start;
            pthread_mutex_lock(&lock);
            if (time > slowest) slowest = time;
            pthread_mutex_unlock(&lock);
            if (pthread_barrier_wait(w->barrier) == PTHREAD_BARRIER_SERIAL_THREAD && (try == 0 || slowest < best[test])) {
                best[test] = slowest;
            }
        }
    }
    return NULL;
}

int main(int count, char **arguments) {
    int threads = count > 1 ? atoi(arguments[1]) : 1;
    if (threads < 1 || threads > most_threads) return 64;
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, (unsigned)threads);
    static pthread_t ids[most_threads];
    static worker workers[most_threads];
    for (int t = 0; t < threads; t++) {
        void *memory;
        if (posix_memalign(&memory, 4096, floats * sizeof(float)) != 0) return 71;
        memset(memory, 0, floats * sizeof(float));
        workers[t] = (worker){&barrier, memory, 0};
        if (pthread_create(&ids[t], NULL, work, &workers[t]) != 0) return 71;
    }
    float sink = 0;
    for (int t = 0; t < threads; t++) pthread_join(ids[t], NULL), sink += workers[t].result;
    double operations = (double)threads * rounds * sums * width * 2 * 1e-9, bytes = (double)threads * floats * 4 * 1e-9;
    printf("{\"threads\": %d, \"f32_gflops\": %.1f, ", threads, operations / best[0]);
#if defined(__AVX512BF16__)
    printf("\"bf16_gflops\": %.1f, ", 2 * operations / best[1]);
#endif
    printf("\"read_gbytes\": %.1f, \"change_gbytes\": %.1f, \"sink\": %d}\n", bytes / best[2], 2 * bytes / best[3], sink == 1);
    return 0;
}
