#include "nats_client.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct __natsConnection natsConnection;
typedef struct __natsSubscription natsSubscription;
typedef struct __natsOptions natsOptions;
typedef struct __natsMsg natsMsg;
#define NATS_STATUS unsigned
#include "functions.h"

enum { OK = 0 };
enum { OLDEST = 0x030400 };

static struct {
#define FIELD(result, name, parameters) result (*name) parameters;
    NATS_FUNCTIONS(FIELD)
#undef FIELD
} nats;

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

struct nats_link {
    natsConnection *connection;
    uint64_t identity;
    nats_arrived arrived;
    nats_changed changed;
    natsSubscription **subscriptions;
    size_t count;
};

static const char *header(natsMsg *message, const char *name) {
    const char *value = NULL;
    return nats.natsMsgHeader_Get(message, name, &value) == OK ? value : NULL;
}

static void arrived(natsConnection *connection, natsSubscription *subscription, natsMsg *message, void *closure) {
    (void)connection, (void)subscription;
    nats_link *link = closure;
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
    nats.natsMsg_Destroy(message);
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
    // One thread for all subscriptions: messages come in the order in which the server has sent them.
    if (!status) status = nats.natsOptions_UseGlobalMessageDelivery(options, true);
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
    unsigned status = set(options, settings, link);
    if (!status) status = nats.natsConnection_Connect(&link->connection, options);
    if (status) {
        const char *text = nats.nats_GetLastError(NULL);
        snprintf(error, size, "%s", text && *text ? text : nats.natsStatus_GetText(status));
        // A closed callback may still be on its way, so the link stays.
        nats.natsOptions_Destroy(options);
        return NULL;
    }
    nats.natsOptions_Destroy(options);
    return link;
}

// The link itself stays: callbacks of the library may still be on their way.
void nats_link_close(nats_link *link, int64_t milliseconds) {
    nats.natsConnection_FlushTimeout(link->connection, milliseconds);
    for (size_t i = 0; i < link->count; i++) nats.natsSubscription_Destroy(link->subscriptions[i]);
    nats.natsConnection_Close(link->connection);
    nats.natsConnection_Destroy(link->connection);
    free(link->subscriptions);
    link->subscriptions = NULL;
    link->count = 0;
}

int64_t nats_link_room(nats_link *link) { return nats.natsConnection_GetMaxPayload(link->connection); }

const char *nats_link_publish(
    nats_link *link, const char *subject, const char *reply, const char *const *headers, const void *data, size_t size)
{
    if (size > INT32_MAX) return "the message is too large";
    natsMsg *message = NULL;
    unsigned status = nats.natsMsg_Create(&message, subject, reply, data, (int)size);
    for (; !status && headers && headers[0]; headers += 2)
        status = nats.natsMsgHeader_Set(message, headers[0], headers[1]);
    if (!status) status = nats.natsConnection_PublishMsg(link->connection, message);
    nats.natsMsg_Destroy(message);
    return status ? nats.natsStatus_GetText(status) : NULL;
}

const char *nats_link_subscribe(nats_link *link, const char *subject) {
    natsSubscription **more = realloc(link->subscriptions, (link->count + 1) * sizeof *more);
    if (!more) return "not enough memory";
    link->subscriptions = more;
    natsSubscription *subscription = NULL;
    unsigned status = nats.natsConnection_Subscribe(&subscription, link->connection, subject, arrived, link);
    if (!status) {
        more[link->count++] = subscription;
        status = nats.natsSubscription_SetPendingLimits(subscription, -1, -1);
    }
    return status ? nats.natsStatus_GetText(status) : NULL;
}

void nats_link_unsubscribe(nats_link *link, const char *subject) {
    for (size_t i = 0; i < link->count; i++) {
        const char *known = nats.natsSubscription_GetSubject(link->subscriptions[i]);
        if (!known || strcmp(known, subject) != 0) continue;
        nats.natsSubscription_Destroy(link->subscriptions[i]);
        link->subscriptions[i] = link->subscriptions[--link->count];
        return;
    }
}
