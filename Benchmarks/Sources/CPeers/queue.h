// A bounded queue of items of one size, with a mutex and two condition variables: the plain way to pass messages
// between threads in C. Items are copied in and out. Inline, so that each user gets its item size as a constant.
#pragma once
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "peers.h"

struct queue {
    pthread_mutex_t lock;
    pthread_cond_t not_empty, not_full;
    size_t capacity, head, count;  // the items in use are head, head + 1, ... head + count - 1, modulo capacity
    int receivers, senders;        // that wait: nobody is signalled in vain
    bool closed;
    unsigned char *items;
};

static inline void queue_open(struct queue *q, size_t capacity, size_t item_size) {
    memset(q, 0, sizeof *q);
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->not_empty, NULL);
    pthread_cond_init(&q->not_full, NULL);
    q->capacity = capacity;
    q->items = allocate(capacity * item_size);
}

static inline void queue_destroy(struct queue *q) {
    free(q->items);
    pthread_cond_destroy(&q->not_full);
    pthread_cond_destroy(&q->not_empty);
    pthread_mutex_destroy(&q->lock);
}

static inline __attribute__((always_inline)) void queue_send(struct queue *q, const void *item, size_t item_size) {
    pthread_mutex_lock(&q->lock);
    while (q->count == q->capacity) {
        q->senders++;
        pthread_cond_wait(&q->not_full, &q->lock);
        q->senders--;
    }
    size_t at = q->head + q->count;
    if (at >= q->capacity) at -= q->capacity;
    memcpy(q->items + at * item_size, item, item_size);
    q->count++;
    bool wake = q->receivers > 0;
    pthread_mutex_unlock(&q->lock);
    if (wake) pthread_cond_signal(&q->not_empty);
}

/// False once the queue is closed and empty.
static inline __attribute__((always_inline)) bool queue_receive(struct queue *q, void *item, size_t item_size) {
    pthread_mutex_lock(&q->lock);
    while (q->count == 0) {
        if (q->closed) {
            pthread_mutex_unlock(&q->lock);
            return false;
        }
        q->receivers++;
        pthread_cond_wait(&q->not_empty, &q->lock);
        q->receivers--;
    }
    memcpy(item, q->items + q->head * item_size, item_size);
    if (++q->head == q->capacity) q->head = 0;
    q->count--;
    bool wake = q->senders > 0;
    pthread_mutex_unlock(&q->lock);
    if (wake) pthread_cond_signal(&q->not_full);
    return true;
}

static inline void queue_close(struct queue *q) {
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_mutex_unlock(&q->lock);
    pthread_cond_broadcast(&q->not_empty);
}
