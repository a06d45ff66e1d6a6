// Blocks of a MiB and more, for the memory of all states and for the messages between them. Each is a mapping of its
// own. A few free ones are kept, because a fresh one costs a page fault for every 4 KiB. The one that came back last
// is used first, because it may still be in a cache; one that was not wanted for long goes back to the system.
#define _GNU_SOURCE
#include "system.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define KEPT 16
#define KEPT_BYTES ((size_t)64 << 20)
#define IDLE 64  // a block goes back to the system after so many others have come back
#define PAGE ((size_t)4 << 10)
#define HUGE_PAGE ((size_t)2 << 20)

typedef struct block {
  size_t capacity, given;  // `given`: the value of `gives` when it came back
} block;

// The store, used by whoever holds `in_use`. Nobody waits for long: a thread that does not get it does without the
// store.
static block *kept[KEPT];
static size_t count, bytes, gives;
static bool in_use;

// The size of the mapping for a block with room for `size`; 0 if it overflows.
static size_t mapped(size_t size) {
  if (size > SIZE_MAX - sizeof(block) - PAGE) return 0;
  return (sizeof(block) + size + PAGE - 1) & ~(PAGE - 1);
}

static void unmap(block *b) {
  if (b) munmap(b, sizeof *b + b->capacity);
}

static bool enter(void) { return system_enter_store(&in_use); }
static void leave(void) { system_leave_store(&in_use); }

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

static void *map(size_t size) {
  return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

// Where the kernel has pages of 2 MiB, a block of several takes a few page faults instead of thousands, which cost more
// than to copy a string into it. Such pages are aligned, so the block is.
static void *map_aligned(size_t size) {
  char *p = size < SIZE_MAX - HUGE_PAGE ? map(size + HUGE_PAGE) : MAP_FAILED;
  if (p == MAP_FAILED) return MAP_FAILED;
  size_t before = -(uintptr_t)p & (HUGE_PAGE - 1);
  if (before) munmap(p, before);
  munmap(p + before + size, HUGE_PAGE - before);
  madvise(p + before, size, MADV_HUGEPAGE);
  return p + before;
}

void *system_large_take(size_t size) {
  block *b = reuse(size);
  if (b) return b + 1;
  size_t whole = mapped(size);
  if (!whole || (system_bounded && !system_may_grow(whole))) return NULL;
  b = whole < 2 * HUGE_PAGE ? MAP_FAILED : map_aligned(whole);
  if (b == MAP_FAILED) b = map(whole);
  if (b == MAP_FAILED) return NULL;
  b->capacity = whole - sizeof *b;
  return b + 1;
}

size_t system_large_capacity(const void *p) { return ((const block *)p - 1)->capacity; }

void *system_large_grow(void *p, size_t size) {
  block *b = (block *)p - 1;
  if (size <= b->capacity) return p;
  size_t whole = mapped(size);
  if (!whole || (system_bounded && !system_may_grow(whole))) return NULL;
  b = mremap(b, sizeof *b + b->capacity, whole, MREMAP_MAYMOVE);
  if (b == MAP_FAILED) return NULL;
  b->capacity = whole - sizeof *b;
  return b + 1;
}

void system_large_give(void *p) {
  block *b = (block *)p - 1, *left[KEPT];
  if (b->capacity > KEPT_BYTES || !enter()) return unmap(b);
  size_t leaving = 0;
  b->given = ++gives;
  while (count && (count == KEPT || bytes + b->capacity > KEPT_BYTES || gives - kept[0]->given > IDLE))
    left[leaving++] = remove_at(0);
  kept[count++] = b;
  bytes += b->capacity;
  leave();
  system_note_freed();
  while (leaving) unmap(left[--leaving]);
}

void system_large_trim(void) {
  while (enter()) {
    block *b = count ? remove_at(0) : NULL;
    leave();
    if (!b) return;
    unmap(b);
  }
}
