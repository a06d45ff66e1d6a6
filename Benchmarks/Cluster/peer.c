// What the engine itself can do, by its own C library: peer URL echo|worker|trip|quick-worker|quick-trip COUNT. Each
// prints one figure. A worker waits for each answer before it goes on; a quick one handles messages as they come.
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <nats/nats.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
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

static void make_queue(jsCtx *js) {
    const char *subject = "peer.jobs";
    jsStreamConfig config;
    jsStreamConfig_Init(&config);
    config.Name = "PEER";
    config.Subjects = &subject;
    config.SubjectsLen = 1;
    config.Storage = js_FileStorage;
    config.Retention = js_WorkQueuePolicy;
    must(js_AddStream(NULL, js, &config, NULL, NULL), "making a stream");
}

static void queue(jsCtx *js, int number) {
    char data[16];
    jsPubAck *answer = NULL;
    int size = snprintf(data, sizeof data, "%d", number);
    must(js_Publish(&answer, js, "peer.jobs", data, size, NULL, NULL), "publishing");
    jsPubAck_Destroy(answer);
}

static lua_State *open_state(void) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    if (luaL_dostring(L, "function add(a, b) return a + b end")) exit(1);
    return L;
}

// Calls the function of the one Lua state; writes the result.
static void run(lua_State *L, natsMsg *job, char *result, size_t size) {
    snprintf(result, size, "%.*s", natsMsg_GetDataLength(job), natsMsg_GetData(job));
    lua_getglobal(L, "add");
    lua_pushinteger(L, atoi(result));
    lua_pushinteger(L, 2);
    lua_call(L, 2, 1);
    snprintf(result, size, "%lld", (long long)lua_tointeger(L, -1));
    lua_settop(L, 0);
}

// Takes jobs one by one: does it, tells the result and waits for the receipt, acknowledges the job.
static void work(natsConnection *connection, natsSubscription *jobs) {
    lua_State *L = open_state();
    for (;;) {
        natsMsgList list;
        natsStatus status = natsSubscription_Fetch(&list, jobs, 1, 10000, NULL);
        if (status == NATS_TIMEOUT) continue;
        must(status, "fetching");
        for (int i = 0; i < list.Count; i++) {
            char result[64];
            natsMsg *receipt = NULL;
            run(L, list.Msgs[i], result, sizeof result);
            must(natsConnection_RequestString(&receipt, connection, "peer.ends", result, 5000), "telling an end");
            natsMsg_Destroy(receipt);
            must(natsMsg_AckSync(list.Msgs[i], NULL, NULL), "acknowledging");
        }
        natsMsgList_Destroy(&list);
    }
}

// The subject of a receipt ends with that by which the job is acknowledged, without its first character.
static void acknowledge(natsConnection *connection, natsSubscription *subscription, natsMsg *receipt, void *closure) {
    (void)subscription, (void)closure;
    char subject[256];
    snprintf(subject, sizeof subject, "$%s", natsMsg_GetSubject(receipt) + strlen("peer.receipt."));
    must(natsConnection_PublishRequestString(connection, subject, "peer.confirmed", "+ACK"), "acknowledging");
    natsMsg_Destroy(receipt);
}

static void ask_for_job(natsConnection *connection) {
    must(
        natsConnection_PublishRequestString(
            connection, "$JS.API.CONSUMER.MSG.NEXT.PEER.workers", "peer.inbox", "{\"batch\":1}"),
        "asking for a job");
}

// The same messages, but what comes next does not wait for the one before: the next job is asked for at once, and a job
// is acknowledged when its receipt comes, whose subject says which one that is.
static void work_quickly(natsConnection *connection) {
    natsSubscription *inbox = NULL, *receipts = NULL;
    lua_State *L = open_state();
    must(natsConnection_SubscribeSync(&inbox, connection, "peer.inbox"), "subscribing");
    must(natsConnection_Subscribe(&receipts, connection, "peer.receipt.>", acknowledge, NULL), "subscribing");
    ask_for_job(connection);
    for (;;) {
        natsMsg *message = NULL;
        natsStatus status = natsSubscription_NextMsg(&message, inbox, 10000);
        if (status == NATS_TIMEOUT) continue;
        must(status, "waiting for a job");
        if (strcmp(natsMsg_GetSubject(message), "peer.jobs") == 0) {
            char result[64], subject[256];
            run(L, message, result, sizeof result);
            snprintf(subject, sizeof subject, "peer.receipt.%s", natsMsg_GetReply(message) + 1);
            must(natsConnection_PublishRequestString(connection, "peer.ends", subject, result), "telling an end");
            ask_for_job(connection);
        }
        natsMsg_Destroy(message);
    }
}

static void answer(natsConnection *connection, natsSubscription *subscription, natsMsg *message, void *closure) {
    (void)subscription, (void)closure;
    natsConnection_PublishString(connection, natsMsg_GetReply(message), "x");
    natsMsg_Destroy(message);
}

static void echo(natsConnection *connection) {
    natsSubscription *subscription = NULL;
    must(natsConnection_Subscribe(&subscription, connection, "peer.echo", answer, NULL), "subscribing");
    must(natsConnection_Flush(connection), "subscribing");
    for (;;) pause();
}

// Waits for an end, and sends the receipt.
static void receive(natsConnection *connection, natsSubscription *ends) {
    natsMsg *message = NULL;
    must(natsSubscription_NextMsg(&message, ends, 10000), "waiting for an end");
    natsConnection_PublishString(connection, natsMsg_GetReply(message), "");
    natsMsg_Destroy(message);
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    const char *url = argv[1], *kind = argv[2];
    int count = atoi(argv[3]);
    double *times = calloc((size_t)count, sizeof *times);
    bool is_echo = !strcmp(kind, "echo"), is_quick = !strncmp(kind, "quick-", 6);
    if (is_quick) kind += 6;
    int start[2];
    if (!times || pipe(start)) return 1;
    // The other side is a process of its own, made before there are threads of the library. It begins when it is told to.
    if (fork() == 0) {
        char byte;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (read(start[0], &byte, 1) != 1) return 1;
        natsConnection *connection = connect_to(url);
        if (is_echo) echo(connection);
        jsCtx *js = NULL;
        natsSubscription *jobs = NULL;
        must(natsConnection_JetStream(&js, connection, NULL), "JetStream");
        must(js_PullSubscribe(&jobs, js, "peer.jobs", "workers", NULL, NULL, NULL), "subscribing");
        if (is_quick) work_quickly(connection);
        work(connection, jobs);
    }
    natsConnection *connection = connect_to(url);
    if (is_echo) {
        if (write(start[1], "", 1) != 1) return 1;
        for (int i = -1; i < count;) {
            natsMsg *message = NULL;
            double begin = now();
            natsStatus status = natsConnection_RequestString(&message, connection, "peer.echo", "x", 5000);
            if (i < 0 && status == NATS_NO_RESPONDERS) continue;  // it is not there yet
            must(status, "asking");
            if (i >= 0) times[i] = now() - begin;
            natsMsg_Destroy(message);
            i++;
        }
    } else {
        jsCtx *js = NULL;
        natsSubscription *ends = NULL;
        must(natsConnection_JetStream(&js, connection, NULL), "JetStream");
        make_queue(js);
        must(natsConnection_SubscribeSync(&ends, connection, "peer.ends"), "subscribing");
        must(natsConnection_Flush(connection), "subscribing");
        queue(js, 0);
        if (!strcmp(kind, "worker")) {
            // From the first end to the last.
            for (int i = 1; i <= count; i++) queue(js, i);
            if (write(start[1], "", 1) != 1) return 1;
            receive(connection, ends);
            double begin = now();
            for (int i = 0; i < count; i++) receive(connection, ends);
            printf("%.0f\n", count / (now() - begin));
            return 0;
        }
        if (write(start[1], "", 1) != 1) return 1;
        receive(connection, ends);
        for (int i = 0; i < count; i++) {
            double begin = now();
            queue(js, i);
            receive(connection, ends);
            times[i] = now() - begin;
        }
    }
    qsort(times, (size_t)count, sizeof *times, compare);
    printf("%.0f\n", times[count / 2] * 1e6);
    return 0;
}
