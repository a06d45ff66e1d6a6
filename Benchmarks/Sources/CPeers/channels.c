// One thread sends, one receives, over a queue with a mutex and condition variables: the floor of channels.
// Scalars and small records travel by value; blocks are copied once in (by the sender) and once out (by the receiver).
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>

#include "peers.h"
#include "queue.h"

struct transfer {
    struct queue queue;
    long count;       // messages
    size_t size;      // bytes of a block
    double start, finish;
    double checksum;  // over what was received
};

typedef void *role(void *);

/// Seconds from the first send to the last receive.
static double transfer_run(struct transfer *t, size_t capacity, size_t item_size, role *produce, role *consume) {
    queue_open(&t->queue, capacity, item_size);
    pthread_t producer, consumer;
    check(pthread_create(&consumer, NULL, consume, t) == 0, "pthread_create failed");
    check(pthread_create(&producer, NULL, produce, t) == 0, "pthread_create failed");
    pthread_join(producer, NULL);
    pthread_join(consumer, NULL);
    queue_destroy(&t->queue);
    return t->finish - t->start;
}

static double sum_to(long n) { return (double)n * (double)(n + 1) / 2; }

// Integers

static void *send_integers(void *data) {
    struct transfer *t = data;
    t->start = now_seconds();
    for (int64_t i = 1; i <= t->count; i++) queue_send(&t->queue, &i, sizeof i);
    queue_close(&t->queue);
    return NULL;
}

static void *receive_integers(void *data) {
    struct transfer *t = data;
    int64_t sum = 0, value;
    while (queue_receive(&t->queue, &value, sizeof value)) sum += value;
    t->finish = now_seconds();
    t->checksum = (double)sum;
    return NULL;
}

static double integers(long n) {
    struct transfer t = {.count = n};
    double elapsed = transfer_run(&t, 1024, sizeof(int64_t), send_integers, receive_integers);
    check(t.checksum == sum_to(n), "wrong sum");
    return (double)n / elapsed;
}

void channel_integers(long n) {
    integers(n / 10);
    printf("ops_per_s %.17g\n", integers(n));
}

// Integers, several threads on each side

enum { EACH_SIDE = 4 };

struct part {
    struct queue *queue;
    long count;
    int64_t sum;
};

static void *send_part(void *data) {
    struct part *part = data;
    for (int64_t i = 1; i <= part->count; i++) queue_send(part->queue, &i, sizeof i);
    return NULL;
}

static void *receive_part(void *data) {
    struct part *part = data;
    int64_t value;
    while (queue_receive(part->queue, &value, sizeof value)) part->sum += value;
    return NULL;
}

static double many(long n) {
    struct queue queue;
    struct part parts[2 * EACH_SIDE];
    pthread_t threads[2 * EACH_SIDE];
    queue_open(&queue, 1024, sizeof(int64_t));
    double start = now_seconds();
    for (int i = 0; i < 2 * EACH_SIDE; i++) {
        parts[i] = (struct part){&queue, n / EACH_SIDE, 0};
        role *role = i < EACH_SIDE ? receive_part : send_part;
        check(pthread_create(&threads[i], NULL, role, &parts[i]) == 0, "pthread_create failed");
    }
    for (int i = EACH_SIDE; i < 2 * EACH_SIDE; i++) pthread_join(threads[i], NULL);
    queue_close(&queue);
    double sum = 0;
    for (int i = 0; i < EACH_SIDE; i++) {
        pthread_join(threads[i], NULL);
        sum += (double)parts[i].sum;
    }
    double elapsed = now_seconds() - start;
    check(sum == EACH_SIDE * sum_to(n / EACH_SIDE), "wrong sum");
    queue_destroy(&queue);
    return (double)n / elapsed;
}

void channel_many(long n) {
    many(n / 10);
    printf("ops_per_s %.17g\n", many(n));
}

// Records

struct record {
    int64_t id;
    double v;
    char name[8];
};

static void *send_records(void *data) {
    struct transfer *t = data;
    t->start = now_seconds();
    for (long i = 1; i <= t->count; i++) {
        struct record record = {.id = i, .v = (double)i * 0.5, .name = "alpha"};
        queue_send(&t->queue, &record, sizeof record);
    }
    queue_close(&t->queue);
    return NULL;
}

static void *receive_records(void *data) {
    struct transfer *t = data;
    struct record record;
    double sum = 0;
    while (queue_receive(&t->queue, &record, sizeof record)) sum += (double)record.id + record.v;
    t->finish = now_seconds();
    t->checksum = sum;
    return NULL;
}

static double records(long n) {
    struct transfer t = {.count = n};
    double elapsed = transfer_run(&t, 1024, sizeof(struct record), send_records, receive_records);
    check(t.checksum == 1.5 * sum_to(n), "wrong sum");
    return (double)n / elapsed;
}

void channel_tables(long n) {
    records(n / 10);
    printf("ops_per_s %.17g\n", records(n));
}

// Blocks: a table of 1000 integers, a string

static void *send_blocks(void *data) {
    struct transfer *t = data;
    unsigned char *source = allocate(t->size);
    memset(source, 'x', t->size);
    t->start = now_seconds();
    for (long i = 0; i < t->count; i++) {
        unsigned char *block = allocate(t->size);
        memcpy(block, source, t->size);
        queue_send(&t->queue, &block, sizeof block);
    }
    queue_close(&t->queue);
    free(source);
    return NULL;
}

static void *receive_blocks(void *data) {
    struct transfer *t = data;
    unsigned char *block;
    double bytes = 0;
    while (queue_receive(&t->queue, &block, sizeof block)) {
        unsigned char *own = allocate(t->size);
        memcpy(own, block, t->size);
        free(block);
        check(((volatile unsigned char *)own)[t->size - 1] == 'x', "wrong byte");
        bytes += (double)t->size;
        free(own);
    }
    t->finish = now_seconds();
    t->checksum = bytes;
    return NULL;
}

static double blocks(long n, size_t size, size_t capacity) {
    struct transfer t = {.count = n, .size = size};
    double elapsed = transfer_run(&t, capacity, sizeof(unsigned char *), send_blocks, receive_blocks);
    check(t.checksum == (double)n * (double)size, "wrong size");
    return (double)n / elapsed;
}

void channel_arrays(long n) {
    blocks(n / 10, 1000 * sizeof(int64_t), 1024);
    printf("ops_per_s %.17g\n", blocks(n, 1000 * sizeof(int64_t), 1024));
}

void channel_1k(long n) {
    blocks(n / 10, 1024, 1024);
    printf("ops_per_s %.17g\n", blocks(n, 1024, 1024));
}

void channel_8m(long n) {
    const size_t size = 8 << 20;
    blocks(n / 10, size, 4);
    printf("bytes_per_s %.17g\n", blocks(n, size, 4) * (double)size);
}

// Ping-pong: an integer there and back

struct match {
    struct queue there, back;
    long count;
    double elapsed;
};

static void *ping(void *data) {
    struct match *m = data;
    double start = now_seconds();
    for (int64_t i = 1; i <= m->count; i++) {
        int64_t answer = 0;
        queue_send(&m->there, &i, sizeof i);
        check(queue_receive(&m->back, &answer, sizeof answer) && answer == i, "wrong answer");
    }
    m->elapsed = now_seconds() - start;
    queue_close(&m->there);
    return NULL;
}

static void *pong(void *data) {
    struct match *m = data;
    int64_t value;
    while (queue_receive(&m->there, &value, sizeof value)) queue_send(&m->back, &value, sizeof value);
    return NULL;
}

static double play(long n) {
    struct match m = {.count = n};
    queue_open(&m.there, 1024, sizeof(int64_t));
    queue_open(&m.back, 1024, sizeof(int64_t));
    pthread_t a, b;
    check(pthread_create(&b, NULL, pong, &m) == 0, "pthread_create failed");
    check(pthread_create(&a, NULL, ping, &m) == 0, "pthread_create failed");
    pthread_join(a, NULL);
    pthread_join(b, NULL);
    queue_destroy(&m.there);
    queue_destroy(&m.back);
    return m.elapsed / (double)n;
}

void ping_pong(long n) {
    play(n / 10);
    printf("ns_per_op %.17g\n", play(n) * 1e9);
}
