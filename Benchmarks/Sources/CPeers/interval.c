// A 10-ms interval with clock_nanosleep on absolute times: the floor of timer.every.
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "peers.h"

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/// The lateness of each tick, in ascending order. `drift`: the median of the last tenth.
static double *sorted_lateness(long n, double *drift) {
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
    *drift = last[(tail - 1) / 2];
    qsort(late, (size_t)n, sizeof *late, ascending);
    return late;
}

void timer_every(long n) {
    double drift;
    double *late = sorted_lateness(n, &drift);
    printf("drift_s %.17g\n", drift);
    printf("p50_s %.17g\n", late[(n - 1) / 2]);
    printf("p99_s %.17g\n", late[(long)ceil((double)n * 0.99) - 1]);
    free(late);
}

/// The same beside a process that computes.
void timer_busy(long n) {
    pid_t neighbour = fork();
    check(neighbour >= 0, "fork failed");
    if (neighbour == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (volatile long i = 0;; i++) {}
    }
    usleep(100000);
    double drift;
    double *late = sorted_lateness(n, &drift);
    printf("p50_s %.17g\n", late[(n - 1) / 2]);
    free(late);
    kill(neighbour, SIGKILL);
    waitpid(neighbour, NULL, 0);
}
