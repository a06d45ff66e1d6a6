// What Swift needs of nats.c. The library is loaded when it is first used.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct nats_link nats_link;

// A message that has arrived. All of it is valid during the call only.
typedef struct {
    const char *subject;
    const char *reply;  // NULL: none
    const void *data;
    size_t size;
    const char *status;  // the headers of that name; NULL: there is none
    const char *description;
    const char *sequence;
} nats_arrival;

typedef enum { NATS_LINK_LOST, NATS_LINK_BACK, NATS_LINK_CLOSED } nats_link_event;

// Both are called with the identity that the link was opened with: the first by `nats_link_poll`, the second on threads of the
// library.
typedef void (*nats_arrived)(uint64_t identity, const nats_arrival *arrival);
typedef void (*nats_changed)(uint64_t identity, nats_link_event event);

typedef struct {
    const char *const *servers;
    int server_count;
    const char *user, *password;   // NULL: none
    const char *credentials, *authority;  // paths of files; NULL: none
    const char *name;
    bool secure;
    int bell;  // of `nats_bell`; it lives as long as the link
    uint64_t identity;
    nats_arrived arrived;
    nats_changed changed;
} nats_settings;

// Loads the library. NULL, or why it cannot be used.
const char *nats_load(void);
const char *nats_library_version(void);

// Connects, and blocks meanwhile. NULL: it failed; the reason is in `error`.
nats_link *nats_link_open(const nats_settings *settings, char *error, size_t size);
// Waits for the socket or the bell, at most so long: reads and writes what can be, and calls for each message that has
// arrived. That nobody hears a request arrives with status 503, and with the subject of the subscription to which the answer
// would have come. One thread calls it.
void nats_link_poll(nats_link *link, int milliseconds);
// Whether this thread has called `nats_link_poll`.
bool nats_polls_here(void);
// No call for a message comes after that. On the thread that polls.
void nats_link_close(nats_link *link);
int64_t nats_link_room(nats_link *link);

// Does not block: what the socket does not take is written later. `more`: it may wait for the next message. `headers`: names and values in turn, until NULL. The results are NULL, or why it failed.
const char *nats_link_publish(
    nats_link *link, const char *subject, const char *reply, const char *const *headers, const void *data, size_t size,
    bool more);
// Subscriptions last as long as the link, or until `nats_link_unsubscribe`. Only one is made at a time.
const char *nats_link_subscribe(nats_link *link, const char *subject);
void nats_link_unsubscribe(nats_link *link, const char *subject);
// The same, but messages that are on their way still arrive.
void nats_link_drain(nats_link *link, const char *subject);

// A descriptor of an eventfd that does not block; -1: there is none.
int nats_bell(void);
void nats_name_thread(const char *name);

// Reads the line of text with which a server greets, at most `size` - 1 bytes. False: the reason is in `line`.
// `is_local`: the server's address is of this machine alone.
bool nats_greeting(const char *host, const char *port, int milliseconds, char *line, size_t size, bool *is_local);
