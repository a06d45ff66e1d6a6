// Threads with a Lua state each, as a C program makes them: the floor of thread.spawn.
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peers.h"

static lua_State *new_state(void) {
    lua_State *L = luaL_newstate();
    check(L != NULL, "no memory for a Lua state");
    luaL_openlibs(L);
    return L;
}

static void load_work(lua_State *L) {
    static const char chunk[] = "local i = ... return i";
    check(luaL_loadbuffer(L, chunk, sizeof chunk - 1, "=work") == LUA_OK, "cannot load the chunk");
}

struct job {
    long argument, result;
};

static void *run_job(void *data) {
    struct job *job = data;
    lua_State *L = new_state();
    load_work(L);
    lua_pushinteger(L, job->argument);
    check(lua_pcall(L, 1, 1, 0) == LUA_OK, "the chunk failed");
    job->result = (long)lua_tointeger(L, -1);
    lua_close(L);
    return NULL;
}

static void spawn_and_join(long n) {
    for (long i = 1; i <= n; i++) {
        struct job job = {.argument = i};
        pthread_t thread;
        check(pthread_create(&thread, NULL, run_job, &job) == 0, "pthread_create failed");
        pthread_join(thread, NULL);
        check(job.result == i, "wrong result");
    }
}

void thread_spawn(long n) {
    spawn_and_join(n / 10);
    double start = now_seconds();
    spawn_and_join(n);
    printf("ns_per_op %.17g\n", (now_seconds() - start) / (double)n * 1e9);
}

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    long ready;
    int open;
};

static void *idle(void *data) {
    struct gate *gate = data;
    lua_State *L = new_state();
    load_work(L);
    pthread_mutex_lock(&gate->lock);
    gate->ready++;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->open) pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
    lua_close(L);
    return NULL;
}

static double resident_bytes(void) {
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    check(file != NULL, "cannot read /proc/self/smaps_rollup");
    char line[256];
    long kib = -1;
    while (kib < 0 && fgets(line, sizeof line, file)) sscanf(line, "Rss: %ld", &kib);
    fclose(file);
    check(kib >= 0, "no Rss in /proc/self/smaps_rollup");
    return (double)kib * 1024;
}

static void start_idle(pthread_t *threads, long count, struct gate *gate) {
    for (long i = 0; i < count; i++) {
        check(pthread_create(&threads[i], NULL, idle, gate) == 0, "pthread_create failed");
    }
}

static void await_ready(struct gate *gate, long count) {
    pthread_mutex_lock(&gate->lock);
    while (gate->ready < count) pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

void thread_memory(long n) {
    struct gate gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0};
    pthread_t *threads = allocate((size_t)(n + 1) * sizeof *threads);
    memset(threads, 0, (size_t)(n + 1) * sizeof *threads);
    start_idle(threads, 1, &gate);  // warm-up
    await_ready(&gate, 1);
    double before = resident_bytes();
    start_idle(threads + 1, n, &gate);
    await_ready(&gate, n + 1);
    usleep(200000);
    double after = resident_bytes();

    pthread_mutex_lock(&gate.lock);
    gate.open = 1;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
    for (long i = 0; i <= n; i++) pthread_join(threads[i], NULL);
    free(threads);
    printf("bytes_per_item %.17g\n", (after - before) / (double)n);
}
