#define _GNU_SOURCE  // environ
#include "peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "CPeers.h"

static const struct {
    const char *name;
    void (*run)(long n);
} peers[] = {
    {"thread-spawn", thread_spawn},
    {"thread-cancel", thread_cancel},
    {"thread-memory", thread_memory},
    {"channel-integers", channel_integers},
    {"channel-tables", channel_tables},
    {"channel-arrays", channel_arrays},
    {"channel-1k", channel_1k},
    {"channel-8m", channel_8m},
    {"ping-pong", ping_pong},
    {"process-run", process_run},
    {"map-cpu", map_cpu},
    {"map-tiny", map_tiny},
    {"shared-incr", shared_incr},
    {"sync-lock", sync_lock},
    {"channel-many", channel_many},
    {"thread-burst", thread_burst},
    {"timer-every", timer_every},
    {"timer-busy", timer_busy},
    {"host-function", host_function},
    {"host-method", host_method},
    {"host-read", host_read},
    {"host-push", host_push},
    {"host-call", host_call},
    {"host-runtime", host_runtime},
};

int peer_run(const char *name, long n) {
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
        if (strcmp(peers[i].name, name) == 0) {
            peers[i].run(n);
            return fflush(stdout) == 0 ? 0 : 1;
        }
    }
    fprintf(stderr, "bench: no peer in C is named %s\n", name);
    return 2;
}

char *const *peer_environment(void) { return environ; }

double now_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void fail(const char *message) {
    fprintf(stderr, "bench peer: %s\n", message);
    exit(1);
}

void check(int ok, const char *message) {
    if (!ok) fail(message);
}

void *allocate(size_t size) {
    void *p = malloc(size);
    check(p != NULL, "out of memory");
    return p;
}
