// Blocks of a MiB and more, for the memory of all states and for the messages between them. A few that are free are kept,
// because a fresh one costs a page fault for every 4 KiB; the one given back last comes first, because it may still be
// in a cache.
#include "fence.h"

#include <stdlib.h>
#include <string.h>

#define KEPT 16
#define KEPT_BYTES ((size_t)64 << 20)

typedef struct block {
  size_t capacity, pad;
} block;

// Touched by whoever holds `in_use`. Nobody waits for long: who does not get it does without the store.
static block *kept[KEPT];
static size_t count, bytes;
static bool in_use;

static bool enter(void) {
  for (int i = 0; i < 100; i++) {
    if (!__atomic_exchange_n(&in_use, true, __ATOMIC_ACQUIRE)) return true;
    fence_pause();
  }
  return false;
}

static void leave(void) { __atomic_store_n(&in_use, false, __ATOMIC_RELEASE); }

static block *remove_at(size_t i) {
  block *b = kept[i];
  bytes -= b->capacity;
  memmove(kept + i, kept + i + 1, (--count - i) * sizeof *kept);
  return b;
}

static block *reuse(size_t size) {
  block *found = NULL;
  if (!enter()) return NULL;
  for (size_t i = count; !found && i-- > 0;)
    if (kept[i]->capacity >= size && kept[i]->capacity - size <= size / 4) found = remove_at(i);
  leave();
  return found;
}

void *fence_large_take(size_t size) {
  if (size > SIZE_MAX - sizeof(block)) return NULL;
  block *b = reuse(size);
  if (b) return b + 1;
  b = fence_malloc(sizeof(block) + size);
  if (!b) return NULL;
  b->capacity = size;
  return b + 1;
}

size_t fence_large_capacity(const void *p) { return ((const block *)p - 1)->capacity; }

void *fence_large_grow(void *p, size_t size) {
  block *b = (block *)p - 1;
  if (size <= b->capacity) return p;
  if (size > SIZE_MAX - sizeof(block)) return NULL;
  b = fence_realloc(b, 0, sizeof(block) + size);
  if (!b) return NULL;
  b->capacity = size;
  return b + 1;
}

void fence_large_give(void *p) {
  block *b = (block *)p - 1, *oldest = b;
  if (b->capacity <= KEPT_BYTES && enter()) {
    // What does not fit pushes out what has lain here for longest.
    for (oldest = NULL; count == KEPT || bytes + b->capacity > KEPT_BYTES;) {
      if (oldest) free(oldest);
      oldest = remove_at(0);
    }
    kept[count++] = b;
    bytes += b->capacity;
    leave();
  }
  free(oldest);
}

void fence_large_trim(void) {
  while (enter()) {
    block *b = count ? remove_at(0) : NULL;
    leave();
    if (!b) return;
    free(b);
  }
}
