#include "nats_client.h"

#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct __natsConnection natsConnection;
typedef struct __natsSubscription natsSubscription;
typedef struct __natsOptions natsOptions;
typedef struct __natsMsg natsMsg;
#define NATS_STATUS unsigned
#include "functions.h"

enum { OK = 0, NO_RESPONDERS = 34 };
enum { OLDEST = 0x030400 };

static struct {
#define FIELD(result, name, parameters) result (*name) parameters;
    NATS_FUNCTIONS(FIELD)
#undef FIELD
} nats;

// Newer versions leave it to the loop to close a socket that it polls no more.
static void (*close_socket)(int *);

static pthread_once_t loading = PTHREAD_ONCE_INIT;
static const char *failure;
static char failure_text[512];

static void load(void) {
    // Those that newer systems have come last: what is used exists in all of them.
    static const char *const names[] = {"libnats.so.3.4", "libnats.so.3.8", "libnats.so.3.9", "libnats.so.3", "libnats.so"};
    void *library = NULL;
    for (size_t i = 0; !library && i < sizeof names / sizeof *names; i++)
        library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        failure = "cluster needs the library nats.c, which is in the package libnats3.4: apt-get install libnats3.4";
        return;
    }
    const char *missing = NULL;
#define FIND(result, name, parameters) \
    if (!missing) { \
        void *found = dlsym(library, #name); \
        if (found) memcpy(&nats.name, &found, sizeof found); \
        else missing = #name; \
    }
    NATS_FUNCTIONS(FIND)
#undef FIND
    void *closing = dlsym(library, "natsConnection_ProcessCloseEvent");
    memcpy(&close_socket, &closing, sizeof closing);
    if (missing) {
        snprintf(failure_text, sizeof failure_text, "the library nats.c has no function %s: 3.4 or later is needed", missing);
        failure = failure_text;
    } else if (nats.nats_GetVersionNumber() < OLDEST) {
        snprintf(
            failure_text, sizeof failure_text, "the library nats.c is %s: 3.4 or later is needed", nats.nats_GetVersion());
        failure = failure_text;
    } else if (nats.nats_Open(-1) != OK) {
        failure = "the library nats.c cannot be started";
    }
}

const char *nats_load(void) {
    pthread_once(&loading, load);
    return failure;
}

const char *nats_library_version(void) { return nats_load() ? "" : nats.nats_GetVersion(); }

// A connection whose socket our own thread polls, in place of threads of the library.
struct nats_link {
    natsConnection *connection;
    uint64_t identity;
    nats_arrived arrived;
    nats_changed changed;
    bool secure;
    atomic_int bell;             // -1 when it has closed
    atomic_int socket, retired;  // the one to poll, and one that the library polls no more; -1: there is none
    atomic_bool writes;          // there is something to write
    natsMsg *delivered[64];  // the next two are of the thread that polls
    size_t delivered_count, delivered_size;
    natsMsg *published[64];  // guarded by `writing`
    size_t published_count;
    pthread_mutex_t writing;  // held to write; no callback of the library takes this one, nor the next
    pthread_mutex_t mutex;  // guards what follows
    natsSubscription **subscriptions;
    size_t count;
    bool moved;  // a subscription has another place
};

// This thread publishes, and writes itself afterwards.
static _Thread_local bool publishes;

static void ring(nats_link *link) {
    uint64_t one = 1;
    // It fails if it rings already, or is not heard any more.
    if (!publishes && write(link->bell, &one, sizeof one) < 0) return;
}

// What the library asks of a loop. Called on threads that publish, and that connect again.

static unsigned attach(void **data, void *loop, natsConnection *connection, int socket) {
    (void)connection;
    nats_link *link = *data = loop;
    atomic_store(&link->socket, socket);
    ring(link);
    return OK;
}

static unsigned change_reads(void *data, bool add) {
    nats_link *link = data;
    if (add) return OK;
    atomic_store(&link->retired, atomic_exchange(&link->socket, -1));
    ring(link);
    return OK;
}

static unsigned change_writes(void *data, bool add) {
    nats_link *link = data;
    atomic_store(&link->writes, add);
    if (add) ring(link);
    return OK;
}

static unsigned detach(void *data) {
    (void)data;
    return OK;
}

// The library takes an empty write for the end of the connection (3.4.1).
static void write_rest(nats_link *link) {
    pthread_mutex_lock(&link->writing);
    if (atomic_load(&link->writes)) nats.natsConnection_ProcessWriteEvent(link->connection);
    pthread_mutex_unlock(&link->writing);
}

static const char *header(natsMsg *message, const char *name) {
    const char *value = NULL;
    return nats.natsMsgHeader_Get(message, name, &value) == OK ? value : NULL;
}

// Each message that is destroyed wakes a thread of the library (3.4.1), so many go at a time.
static void destroy(natsMsg **messages, size_t *count) {
    for (size_t i = 0; i < *count; i++) nats.natsMsg_Destroy(messages[i]);
    *count = 0;
}

static void destroy_delivered(nats_link *link) {
    destroy(link->delivered, &link->delivered_count);
    link->delivered_size = 0;
}

static void destroy_published(nats_link *link) {
    pthread_mutex_lock(&link->writing);
    destroy(link->published, &link->published_count);
    pthread_mutex_unlock(&link->writing);
}

static void destroy_later(nats_link *link, natsMsg *message) {
    pthread_mutex_lock(&link->writing);
    if (link->published_count == sizeof link->published / sizeof *link->published)
        destroy(link->published, &link->published_count);
    link->published[link->published_count++] = message;
    pthread_mutex_unlock(&link->writing);
}

static void deliver(nats_link *link, natsMsg *message) {
    nats_arrival arrival = {
        .subject = nats.natsMsg_GetSubject(message),
        .reply = nats.natsMsg_GetReply(message),
        .data = nats.natsMsg_GetData(message),
        .size = (size_t)nats.natsMsg_GetDataLength(message),
        .status = header(message, "Status"),
        .description = header(message, "Description"),
        .sequence = header(message, "Nats-Sequence"),
    };
    link->arrived(link->identity, &arrival);
    link->delivered[link->delivered_count++] = message;
    link->delivered_size += arrival.size;
    if (link->delivered_count == sizeof link->delivered / sizeof *link->delivered || link->delivered_size > 1 << 18)
        destroy_delivered(link);
}

// What the subscriptions from that one on have next: a message, or, with NULL, the subject of the subscription to which the
// server says that nobody hears a request: the library keeps that message to itself (3.4.1). False: they have nothing.
static bool next(nats_link *link, size_t *index, natsMsg **message, char *subject, size_t size) {
    bool found = false;
    pthread_mutex_lock(&link->mutex);
    if (link->moved) *index = 0;
    link->moved = false;
    for (; !found && *index < link->count; *index += !found) {
        natsSubscription *subscription = link->subscriptions[*index];
        unsigned status = nats.natsSubscription_NextMsg(message, subscription, 0);
        found = status == OK || status == NO_RESPONDERS;
        if (status == OK) continue;
        *message = NULL;
        const char *own = nats.natsSubscription_GetSubject(subscription);
        snprintf(subject, size, "%s", own ? own : "");
    }
    pthread_mutex_unlock(&link->mutex);
    return found;
}

static void close_retired(nats_link *link) {
    int socket = atomic_exchange(&link->retired, -1);
    if (socket >= 0 && close_socket) close_socket(&socket);
}

static _Thread_local bool polls;

bool nats_polls_here(void) { return polls; }

void nats_link_poll(nats_link *link, int milliseconds) {
    polls = true;
    close_retired(link);
    struct pollfd waited[] = {
        {.fd = link->bell, .events = POLLIN},
        {.fd = link->socket, .events = (short)(POLLIN | (atomic_load(&link->writes) ? POLLOUT : 0))},
    };
    int count = poll(waited, 2, milliseconds);
    if (!count) {
        destroy_delivered(link);
        destroy_published(link);
    }
    if (count <= 0) return;
    uint64_t rings;
    if (waited[0].revents && read(link->bell, &rings, sizeof rings) < 0) return;
    // The library looks by itself whether the socket is still its own.
    if (waited[1].revents & POLLOUT) write_rest(link);
    if (!(waited[1].revents & ~POLLOUT)) return;
    nats.natsConnection_ProcessReadEvent(link->connection);
    size_t index = 0;
    natsMsg *message = NULL;
    char subject[256];
    nats_arrival nobody = {.subject = subject, .status = "503"};
    while (next(link, &index, &message, subject, sizeof subject)) {
        if (message) deliver(link, message);
        else link->arrived(link->identity, &nobody);
    }
}

static void lost(natsConnection *connection, void *closure) {
    (void)connection;
    nats_link *link = closure;
    link->changed(link->identity, NATS_LINK_LOST);
}

static void back(natsConnection *connection, void *closure) {
    (void)connection;
    nats_link *link = closure;
    link->changed(link->identity, NATS_LINK_BACK);
}

static void closed(natsConnection *connection, void *closure) {
    (void)connection;
    nats_link *link = closure;
    link->changed(link->identity, NATS_LINK_CLOSED);
}

// Errors show in what fails. Without a handler the library prints them.
static void ignored(natsConnection *connection, natsSubscription *subscription, NATS_STATUS status, void *closure) {
    (void)connection, (void)subscription, (void)status, (void)closure;
}

static unsigned set(natsOptions *options, const nats_settings *s, nats_link *link) {
    unsigned status = nats.natsOptions_SetServers(options, (const char **)s->servers, s->server_count);
    if (!status && s->user) status = nats.natsOptions_SetUserInfo(options, s->user, s->password);
    if (!status && s->credentials)
        status = nats.natsOptions_SetUserCredentialsFromFiles(options, s->credentials, NULL);
    if (!status && s->secure) status = nats.natsOptions_SetSecure(options, true);
    if (!status && s->authority) status = nats.natsOptions_LoadCATrustedCertificates(options, s->authority);
    // Only servers that were named have been looked at: whether they let everybody in, and encrypt.
    if (!status) status = nats.natsOptions_SetIgnoreDiscoveredServers(options, true);
    if (!status) status = nats.natsOptions_SetName(options, s->name);
    if (!status) status = nats.natsOptions_SetTimeout(options, 5000);
    if (!status) status = nats.natsOptions_SetMaxReconnect(options, -1);
    if (!status) status = nats.natsOptions_SetReconnectWait(options, 250);
    if (!status) status = nats.natsOptions_SetPingInterval(options, 5000);
    if (!status) status = nats.natsOptions_SetMaxPingsOut(options, 2);
    if (!status) status = nats.natsOptions_SetSendAsap(options, true);
    if (!status) status = nats.natsOptions_SetWriteDeadline(options, 10000);
    if (!status) status = nats.natsOptions_SetEventLoop(options, link, attach, change_reads, change_writes, detach);
    if (!status) status = nats.natsOptions_SetErrorHandler(options, ignored, NULL);
    if (!status) status = nats.natsOptions_SetDisconnectedCB(options, lost, link);
    if (!status) status = nats.natsOptions_SetReconnectedCB(options, back, link);
    if (!status) status = nats.natsOptions_SetClosedCB(options, closed, link);
    return status;
}

nats_link *nats_link_open(const nats_settings *settings, char *error, size_t size) {
    const char *problem = nats_load();
    if (problem) {
        snprintf(error, size, "%s", problem);
        return NULL;
    }
    nats_link *link = calloc(1, sizeof *link);
    natsOptions *options = NULL;
    if (!link || nats.natsOptions_Create(&options) != OK) {
        free(link);
        snprintf(error, size, "not enough memory");
        return NULL;
    }
    link->identity = settings->identity;
    link->arrived = settings->arrived;
    link->changed = settings->changed;
    link->bell = settings->bell;
    link->secure = settings->secure;
    link->socket = link->retired = -1;
    pthread_mutex_init(&link->writing, NULL);
    pthread_mutex_init(&link->mutex, NULL);
    unsigned status = set(options, settings, link);
    if (!status) status = nats.natsConnection_Connect(&link->connection, options);
    if (status) {
        const char *text = nats.nats_GetLastError(NULL);
        snprintf(error, size, "%s", text && *text ? text : nats.natsStatus_GetText(status));
        // A closed callback may still be on its way, so the link stays.
        link->bell = -1;
        nats.natsOptions_Destroy(options);
        return NULL;
    }
    nats.natsOptions_Destroy(options);
    return link;
}

// The link itself stays: callbacks of the library may still be on their way.
void nats_link_close(nats_link *link) {
    destroy_delivered(link);
    destroy_published(link);
    for (size_t i = 0; i < link->count; i++) nats.natsSubscription_Destroy(link->subscriptions[i]);
    nats.natsConnection_Close(link->connection);
    nats.natsConnection_Destroy(link->connection);
    close_retired(link);
    link->bell = -1;
    free(link->subscriptions);
    link->subscriptions = NULL;
    link->count = 0;
}

int64_t nats_link_room(nats_link *link) { return nats.natsConnection_GetMaxPayload(link->connection); }

const char *nats_link_publish(
    nats_link *link, const char *subject, const char *reply, const char *const *headers, const void *data, size_t size,
    bool more)
{
    if (size > INT32_MAX) return "the message is too large";
    natsMsg *message = NULL;
    unsigned status = OK;
    if (headers && headers[0]) status = nats.natsMsg_Create(&message, subject, reply, data, (int)size);
    for (; message && !status && headers[0]; headers += 2)
        status = nats.natsMsgHeader_Set(message, headers[0], headers[1]);
    publishes = more || !link->secure;  // TLS is written where it is read
    if (status) {}
    else if (message) status = nats.natsConnection_PublishMsg(link->connection, message);
    else if (reply) status = nats.natsConnection_PublishRequest(link->connection, subject, reply, data, (int)size);
    else status = nats.natsConnection_Publish(link->connection, subject, data, (int)size);
    if (publishes && !more) write_rest(link);
    publishes = false;
    if (!more && atomic_load(&link->writes)) ring(link);
    if (message && size < 4096) destroy_later(link, message);
    else nats.natsMsg_Destroy(message);
    return status ? nats.natsStatus_GetText(status) : NULL;
}

const char *nats_link_subscribe(nats_link *link, const char *subject) {
    pthread_mutex_lock(&link->mutex);
    natsSubscription **more = realloc(link->subscriptions, (link->count + 1) * sizeof *more);
    if (more) link->subscriptions = more;
    pthread_mutex_unlock(&link->mutex);
    if (!more) return "not enough memory";
    natsSubscription *subscription = NULL;
    unsigned status = nats.natsConnection_SubscribeSync(&subscription, link->connection, subject);
    if (status) return nats.natsStatus_GetText(status);
    pthread_mutex_lock(&link->mutex);
    link->subscriptions[link->count++] = subscription;
    pthread_mutex_unlock(&link->mutex);
    status = nats.natsSubscription_SetPendingLimits(subscription, -1, -1);
    return status ? nats.natsStatus_GetText(status) : NULL;
}

// The place of the subscription; that after the last one if there is none.
static size_t find(nats_link *link, const char *subject) {
    size_t i = 0;
    for (; i < link->count; i++) {
        const char *known = nats.natsSubscription_GetSubject(link->subscriptions[i]);
        if (known && strcmp(known, subject) == 0) break;
    }
    return i;
}

void nats_link_unsubscribe(nats_link *link, const char *subject) {
    natsSubscription *found = NULL;
    pthread_mutex_lock(&link->mutex);
    size_t i = find(link, subject);
    if (i < link->count) {
        found = link->subscriptions[i];
        link->subscriptions[i] = link->subscriptions[--link->count];
        link->moved = true;
    }
    pthread_mutex_unlock(&link->mutex);
    nats.natsSubscription_Destroy(found);
}

void nats_link_drain(nats_link *link, const char *subject) {
    pthread_mutex_lock(&link->mutex);
    size_t i = find(link, subject);
    if (i < link->count) nats.natsSubscription_Drain(link->subscriptions[i]);
    pthread_mutex_unlock(&link->mutex);
}
