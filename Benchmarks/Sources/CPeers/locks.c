// A number that two threads count with, and a free lock: what the processor and the C library make of them.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "peers.h"

static atomic_long hits;
static pthread_barrier_t meeting;

struct counting {
    long calls;
    double start, finish;
};

static void *count(void *data) {
    struct counting *counting = data;
    pthread_barrier_wait(&meeting);
    counting->start = now_seconds();
    for (long i = 0; i < counting->calls; i++) atomic_fetch_add(&hits, 1);
    counting->finish = now_seconds();
    return NULL;
}

static double count_twice(long calls) {
    struct counting sides[2] = {{.calls = calls / 2}, {.calls = calls / 2}};
    pthread_t threads[2];
    atomic_store(&hits, 0);
    pthread_barrier_init(&meeting, NULL, 2);
    for (int i = 0; i < 2; i++)
        check(pthread_create(&threads[i], NULL, count, &sides[i]) == 0, "pthread_create failed");
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&meeting);
    check(atomic_load(&hits) == calls / 2 * 2, "wrong sum");
    double start = sides[0].start < sides[1].start ? sides[0].start : sides[1].start;
    double finish = sides[0].finish > sides[1].finish ? sides[0].finish : sides[1].finish;
    return finish - start;
}

void shared_incr(long n) {
    count_twice(n / 10);
    printf("ops_per_s %.17g\n", (double)n / count_twice(n));
}

static void *nothing(void *data) { return data; }

void sync_lock(long n) {
    // The C library's mutex is cheaper in a program that has never had a second thread.
    pthread_t other;
    check(pthread_create(&other, NULL, nothing, NULL) == 0, "pthread_create failed");
    pthread_join(other, NULL);
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    double start = now_seconds();
    for (long i = 0; i < n; i++) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    }
    printf("ns_per_op %.17g\n", (now_seconds() - start) / (double)n * 1e9);
}
