// Maps: a thread for each processor takes item after item.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "peers.h"

typedef struct {
    const long *items;
    long *results;
    long count;
    long (*work)(long);
    atomic_long next;
} job;

static void *run(void *argument) {
    job *j = argument;
    for (;;) {
        long i = atomic_fetch_add(&j->next, 1);
        if (i >= j->count) return NULL;
        j->results[i] = j->work(j->items[i]);
    }
}

static void map(job *j) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    pthread_t *threads = allocate((size_t)count * sizeof *threads);
    for (long i = 0; i < count; i++) check(pthread_create(&threads[i], NULL, run, j) == 0, "no thread");
    for (long i = 0; i < count; i++) pthread_join(threads[i], NULL);
    free(threads);
}

static long compute(long x) {
    for (int i = 0; i < 4000000; i++) x = (x * 1103515245 + 12345) & 0x7fffffff;
    return x;
}

static long add(long x) { return x + 1; }

// Sets the best times of both ways; returns the best ratio.
static double compare(long n, long (*volatile work)(long), double *alone, double *mapped) {
    long *items = allocate((size_t)n * sizeof *items), *expected = allocate((size_t)n * sizeof *items);
    job j = {.items = items, .results = allocate((size_t)n * sizeof *items), .count = n, .work = work};
    for (long i = 0; i < n; i++) items[i] = i + 1;
    double best = 0;
    *alone = *mapped = 1e9;
    for (int pass = 0; pass < 5; pass++) {
        double start = now_seconds();
        for (long i = 0; i < n; i++) expected[i] = work(items[i]);
        double middle = now_seconds();
        atomic_store(&j.next, 0);
        map(&j);
        double end = now_seconds();
        for (long i = 0; i < n; i++) check(j.results[i] == expected[i], "wrong result");
        if ((middle - start) / (end - middle) > best) best = (middle - start) / (end - middle);
        if (middle - start < *alone) *alone = middle - start;
        if (end - middle < *mapped) *mapped = end - middle;
    }
    free(items);
    free(expected);
    free(j.results);
    return best;
}

void map_cpu(long n) {
    double alone, mapped;
    printf("speed_up %f\n", compare(n, compute, &alone, &mapped));
}

void map_tiny(long n) {
    double alone, mapped;
    compare(n, add, &alone, &mapped);
    printf("ns_per_op %f\n", (mapped - alone) / (double)n * 1e9);
}
