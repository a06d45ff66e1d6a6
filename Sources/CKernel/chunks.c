// Aligned chunks of memory for all states, and the reserve: address space that is given back to the system when it has
// no memory left.
#define _GNU_SOURCE
#include "system.h"

#include <sys/mman.h>

#define KEPT 16
#define RESERVE ((size_t)2 << 20)

// The store. Changed by whoever holds `in_use`; the count is read by anybody. Nobody waits for long: a thread that
// does not get `in_use` does without the store.
static void *kept[KEPT];
static int count;
static bool in_use;

static void *reserve;

static bool enter(void) { return system_enter_store(&in_use); }
static void leave(void) { system_leave_store(&in_use); }

static int stored(void) { return __atomic_load_n(&count, __ATOMIC_RELAXED); }

static void *take_stored(void) {
  int last = stored() - 1;
  if (last < 0) return NULL;
  __atomic_store_n(&count, last, __ATOMIC_RELAXED);
  return kept[last];
}

static bool store(void *c) {
  int next = stored();
  if (next == KEPT) return false;
  kept[next] = c;
  __atomic_store_n(&count, next + 1, __ATOMIC_RELAXED);
  return true;
}

static void *map(size_t size) {
  void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? NULL : p;
}

static bool is_aligned(const void *p) { return ((uintptr_t)p & (SYSTEM_CHUNK - 1)) == 0; }

// The system puts mappings side by side, so the one next to an aligned one is mostly aligned, too.
static void *map_aligned(void) {
  char *p = map(SYSTEM_CHUNK);
  if (!p || is_aligned(p)) return p;
  munmap(p, SYSTEM_CHUNK);
  p = map(2 * SYSTEM_CHUNK);
  if (!p) return NULL;
  char *start = (char *)(((uintptr_t)p + SYSTEM_CHUNK - 1) & ~(SYSTEM_CHUNK - 1));
  if (start > p) munmap(p, (size_t)(start - p));
  munmap(start + SYSTEM_CHUNK, SYSTEM_CHUNK - (size_t)(start - p));
  return start;
}

void *system_chunk_take(void) {
  void *c = NULL;
  if (stored() && enter()) {
    c = take_stored();
    leave();
  }
  if (!c && system_bounded && !system_may_grow(SYSTEM_CHUNK)) return NULL;
  return c ? c : map_aligned();
}

void system_chunk_give(void *c) {
  if (stored() < KEPT && enter()) {
    if (store(c)) c = NULL;
    leave();
  }
  if (c) munmap(c, SYSTEM_CHUNK);
}

void system_chunks_trim(void) {
  while (stored() && enter()) {
    void *c = take_stored();
    leave();
    if (c) munmap(c, SYSTEM_CHUNK);
  }
}

bool system_reserve_fill(void) {
  if (__atomic_load_n(&reserve, __ATOMIC_RELAXED)) return true;
  void *fresh = map(RESERVE), *none = NULL;
  if (fresh && !__atomic_compare_exchange_n(&reserve, &none, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
    munmap(fresh, RESERVE);
  return fresh != NULL;
}

void system_reserve_spend(void) {
  void *p = __atomic_exchange_n(&reserve, NULL, __ATOMIC_ACQ_REL);
  if (p) munmap(p, RESERVE);
}
