#define _GNU_SOURCE
#include "nats_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int nats_bell(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void nats_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// Whether the descriptor is ready in time.
static bool is_ready(int descriptor, short events, int64_t deadline) {
    for (;;) {
        int64_t rest = deadline - now();
        struct pollfd poll_for = {.fd = descriptor, .events = events};
        int count = poll(&poll_for, 1, rest > 0 ? (int)rest : 0);
        if (count > 0) return true;
        if (count == 0 || errno != EINTR) {
            if (count == 0) errno = ETIMEDOUT;
            return false;
        }
    }
}

static bool is_loopback(const struct sockaddr *address) {
    if (address->sa_family == AF_INET) {
        uint32_t number = ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr);
        return number >> 24 == 127;
    }
    return address->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)address)->sin6_addr);
}

static bool read_line(int descriptor, int64_t deadline, char *line, size_t size) {
    size_t count = 0;
    while (count < size - 1 && is_ready(descriptor, POLLIN, deadline)) {
        ssize_t got = recv(descriptor, line + count, 1, 0);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (got == 0) errno = ECONNRESET;
        if (got <= 0) return false;
        if (line[count] == '\n') {
            line[count] = 0;
            return true;
        }
        count++;
    }
    if (count == size - 1) errno = EMSGSIZE;
    return false;
}

static bool greet(const struct addrinfo *address, int64_t deadline, char *line, size_t size) {
    int descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return false;
    int error = 0;
    socklen_t length = sizeof error;
    bool is_connected = connect(descriptor, address->ai_addr, address->ai_addrlen) == 0
        || (errno == EINPROGRESS && is_ready(descriptor, POLLOUT, deadline)
            && getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && !error);
    if (error) errno = error;
    bool is_read = is_connected && read_line(descriptor, deadline, line, size);
    error = errno;
    close(descriptor);
    errno = error;
    return is_read;
}

bool nats_greeting(const char *host, const char *port, int milliseconds, char *line, size_t size, bool *is_local) {
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    int failure = getaddrinfo(host, port, &wanted, &found);
    if (failure) {
        snprintf(line, size, "%s", failure == EAI_SYSTEM ? strerror(errno) : gai_strerror(failure));
        return false;
    }
    int64_t deadline = now() + milliseconds;
    bool is_read = false;
    // A name that stands for several addresses is local only if all of them are.
    *is_local = true;
    for (struct addrinfo *next = found; next; next = next->ai_next) *is_local &= is_loopback(next->ai_addr);
    for (struct addrinfo *next = found; next && !is_read; next = next->ai_next)
        is_read = greet(next, deadline, line, size);
    if (!is_read) {
        char text[128];
        snprintf(line, size, "%s", strerror_r(errno, text, sizeof text));
    }
    freeaddrinfo(found);
    return is_read;
}
