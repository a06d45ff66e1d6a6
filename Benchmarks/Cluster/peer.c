// What the engine itself can do, by its own C library: peer URL echo|worker|trip COUNT. Each prints one figure.
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <nats/nats.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void must(natsStatus status, const char *what) {
    if (status == NATS_OK) return;
    fprintf(stderr, "peer: %s: %s\n", what, natsStatus_GetText(status));
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec * 1e-9;
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static natsConnection *connect_to(const char *url) {
    natsConnection *connection = NULL;
    natsOptions *options = NULL;
    must(natsOptions_Create(&options), "options");
    must(natsOptions_SetURL(options, url), "address");
    must(natsOptions_SetSendAsap(options, true), "options");
    must(natsConnection_Connect(&connection, options), "connecting");
    natsOptions_Destroy(options);
    return connection;
}

static void make_stream(jsCtx *js, const char *name, const char *subject, bool is_queue) {
    jsStreamConfig config;
    jsStreamConfig_Init(&config);
    config.Name = name;
    config.Subjects = &subject;
    config.SubjectsLen = 1;
    config.Storage = js_FileStorage;
    if (is_queue) config.Retention = js_WorkQueuePolicy;
    else config.MaxMsgsPerSubject = 1;
    must(js_AddStream(NULL, js, &config, NULL, NULL), "making a stream");
}

static void store(jsCtx *js, const char *subject, const char *data) {
    jsPubAck *answer = NULL;
    must(js_Publish(&answer, js, subject, data, (int)strlen(data), NULL, NULL), "publishing");
    jsPubAck_Destroy(answer);
}

// Takes jobs one by one: calls the function of the one Lua state, stores the result, acknowledges the job.
static void work(const char *url, int count) {
    natsConnection *connection = connect_to(url);
    jsCtx *js = NULL;
    must(natsConnection_JetStream(&js, connection, NULL), "JetStream");
    natsSubscription *jobs = NULL;
    must(js_PullSubscribe(&jobs, js, "peer.jobs", "workers", NULL, NULL, NULL), "subscribing");
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    if (luaL_dostring(L, "function add(a, b) return a + b end")) exit(1);
    for (int done = 0; done < count;) {
        natsMsgList list;
        if (natsSubscription_Fetch(&list, jobs, 1, 10000, NULL) != NATS_OK) exit(1);
        for (int i = 0; i < list.Count; i++, done++) {
            char data[64], subject[96];
            snprintf(data, sizeof data, "%.*s", natsMsg_GetDataLength(list.Msgs[i]), natsMsg_GetData(list.Msgs[i]));
            lua_getglobal(L, "add");
            lua_pushinteger(L, atoi(data));
            lua_pushinteger(L, 2);
            lua_call(L, 2, 1);
            snprintf(subject, sizeof subject, "peerends.%s", data);
            snprintf(data, sizeof data, "%lld", (long long)lua_tointeger(L, -1));
            lua_settop(L, 0);
            store(js, subject, data);
            must(natsMsg_AckSync(list.Msgs[i], NULL, NULL), "acknowledging");
        }
        natsMsgList_Destroy(&list);
    }
}

static void answer(natsConnection *connection, natsSubscription *subscription, natsMsg *message, void *closure) {
    (void)subscription, (void)closure;
    natsConnection_PublishString(connection, natsMsg_GetReply(message), "x");
    natsMsg_Destroy(message);
}

static pid_t start(void) {
    pid_t child = fork();
    if (child == 0) prctl(PR_SET_PDEATHSIG, SIGKILL);
    return child;
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    const char *url = argv[1], *kind = argv[2];
    int count = atoi(argv[3]);
    double *times = calloc((size_t)count, sizeof *times);
    bool is_echo = !strcmp(kind, "echo"), is_trip = !strcmp(kind, "trip");
    int ready[2];
    if (!times || pipe(ready)) return 1;
    if (is_echo && start() == 0) {
        natsConnection *connection = connect_to(url);
        natsSubscription *subscription = NULL;
        must(natsConnection_Subscribe(&subscription, connection, "peer.echo", answer, NULL), "subscribing");
        must(natsConnection_Flush(connection), "subscribing");
        if (write(ready[1], "", 1) != 1) return 1;
        for (;;) pause();
    }
    // In a process of its own, so that none is copied that has threads of the library.
    pid_t maker = is_echo ? 0 : start();
    if (!is_echo && maker == 0) {
        natsConnection *connection = connect_to(url);
        jsCtx *js = NULL;
        must(natsConnection_JetStream(&js, connection, NULL), "JetStream");
        make_stream(js, "PEER", "peer.jobs", true);
        make_stream(js, "PEERENDS", "peerends.>", false);
        _exit(0);
    }
    int status;
    if (maker && (waitpid(maker, &status, 0) != maker || status)) return 1;
    if (is_trip && start() == 0) {
        if (write(ready[1], "", 1) != 1) return 1;
        work(url, count);
        for (;;) pause();
    }
    if (is_echo || is_trip) {
        char byte;
        if (read(ready[0], &byte, 1) != 1) return 1;
    }
    natsConnection *connection = connect_to(url);
    if (is_echo) {
        for (int i = 0; i < count; i++) {
            natsMsg *message = NULL;
            double begin = now();
            must(natsConnection_RequestString(&message, connection, "peer.echo", "x", 5000), "asking");
            times[i] = now() - begin;
            natsMsg_Destroy(message);
        }
    } else {
        jsCtx *js = NULL;
        natsSubscription *ends = NULL;
        must(natsConnection_JetStream(&js, connection, NULL), "JetStream");
        must(natsConnection_SubscribeSync(&ends, connection, "peerends.>"), "subscribing");
        char number[16];
        if (is_trip) {
            for (int i = 0; i < count; i++) {
                natsMsg *message = NULL;
                snprintf(number, sizeof number, "%d", i);
                double begin = now();
                store(js, "peer.jobs", number);
                must(natsSubscription_NextMsg(&message, ends, 10000), "waiting for an end");
                times[i] = now() - begin;
                natsMsg_Destroy(message);
            }
        } else {
            natsSubscription_Destroy(ends);
            for (int i = 0; i < count; i++) {
                snprintf(number, sizeof number, "%d", i);
                store(js, "peer.jobs", number);
            }
            double begin = now();
            work(url, count);
            printf("%.0f\n", count / (now() - begin));
            return 0;
        }
    }
    qsort(times, (size_t)count, sizeof *times, compare);
    printf("%.0f\n", times[count / 2] * 1e6);
    return 0;
}
