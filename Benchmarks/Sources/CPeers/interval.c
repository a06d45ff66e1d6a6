// A 10-ms interval with clock_nanosleep on absolute times: the floor of timer.every.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "peers.h"

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void timer_every(long n) {
    const long interval = 10000000;  // nanoseconds
    double *late = allocate((size_t)n * sizeof *late);
    struct timespec start, due, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    due = start;
    for (long i = 0; i < n; i++) {
        due.tv_nsec += interval;
        if (due.tv_nsec >= 1000000000) {
            due.tv_nsec -= 1000000000;
            due.tv_sec++;
        }
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) != 0) {}
        clock_gettime(CLOCK_MONOTONIC, &now);
        late[i] = (double)(now.tv_sec - due.tv_sec) + (double)(now.tv_nsec - due.tv_nsec) * 1e-9;
    }
    long tail = n / 10;
    double *last = late + n - tail;
    qsort(last, (size_t)tail, sizeof *last, ascending);
    double drift = last[(tail - 1) / 2];
    qsort(late, (size_t)n, sizeof *late, ascending);
    printf("drift_s %.17g\n", drift);
    printf("p99_s %.17g\n", late[(long)ceil((double)n * 0.99) - 1]);
    free(late);
}
