// Threads with a Lua state each, as a C program makes them: the floor of thread.spawn.
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <pthread.h>
#include <signal.h>
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

static void burst(long n) {
    pthread_t *threads = allocate((size_t)n * sizeof *threads);
    struct job *jobs = allocate((size_t)n * sizeof *jobs);
    for (long i = 0; i < n; i++) {
        jobs[i] = (struct job){.argument = i};
        check(pthread_create(&threads[i], NULL, run_job, &jobs[i]) == 0, "pthread_create failed");
    }
    for (long i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
        check(jobs[i].result == i, "wrong result");
    }
    free(threads);
    free(jobs);
}

void thread_burst(long n) {
    const int rounds = 10;
    burst(n);
    double start = now_seconds();
    for (int i = 0; i < rounds; i++) burst(n);
    printf("ns_per_op %.17g\n", (now_seconds() - start) / (double)(rounds * n) * 1e9);
}

static __thread lua_State *running;

static void stop(lua_State *L, lua_Debug *ar) {
    (void)ar;
    lua_sethook(L, NULL, 0, 0);
    luaL_error(L, "cancelled");
}

static void on_signal(int number) {
    (void)number;
    if (running) lua_sethook(running, stop, LUA_MASKCOUNT, 1);
}

struct loop {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int state;  // 0 starting, 1 running, 2 ended
};

static void change(struct loop *loop, int state) {
    pthread_mutex_lock(&loop->lock);
    loop->state = state;
    pthread_cond_signal(&loop->changed);
    pthread_mutex_unlock(&loop->lock);
}

static void wait_for(struct loop *loop, int state) {
    pthread_mutex_lock(&loop->lock);
    while (loop->state != state) pthread_cond_wait(&loop->changed, &loop->lock);
    pthread_mutex_unlock(&loop->lock);
}

static void *run_loop(void *data) {
    struct loop *loop = data;
    lua_State *L = new_state();
    check(luaL_loadstring(L, "while true do end") == LUA_OK, "cannot load the chunk");
    running = L;
    change(loop, 1);
    check(lua_pcall(L, 0, 0, 0) != LUA_OK, "the loop ended");
    running = NULL;
    change(loop, 2);
    lua_close(L);
    return NULL;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// From the signal until somebody who waits on a condition variable knows.
void thread_cancel(long n) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGURG, &action, NULL);
    double *times = malloc((size_t)n * sizeof *times);
    check(times != NULL, "no memory");
    for (long i = -n / 10; i < n; i++) {
        struct loop loop = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
        pthread_t thread;
        check(pthread_create(&thread, NULL, run_loop, &loop) == 0, "pthread_create failed");
        wait_for(&loop, 1);
        usleep(1000);
        double start = now_seconds();
        pthread_kill(thread, SIGURG);
        wait_for(&loop, 2);
        if (i >= 0) times[i] = now_seconds() - start;
        pthread_join(thread, NULL);
    }
    qsort(times, (size_t)n, sizeof *times, by_size);
    printf("ns_per_op %.17g\n", times[n / 2] * 1e9);
    free(times);
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
