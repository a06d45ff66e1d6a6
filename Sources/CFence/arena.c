// One state's memory: blocks of up to 512 bytes from size classes over chunks, larger ones from malloc, those of a MiB
// and more from the store of large blocks.
#include "fence.h"

#include <stdlib.h>
#include <string.h>

#define SMALL(n) ((n) <= FENCE_CLASSES * 16)
#define FIRST_CHUNK ((size_t)16 << 10)
#define KEPT_CHUNK ((size_t)32 << 10)
#define LAST_CHUNK ((size_t)256 << 10)

typedef struct chunk {
  struct chunk *next;
  size_t size;
} chunk;

static bool refill(fence_arena *a, size_t need) {
  size_t size = a->next ? a->next : FIRST_CHUNK;
  if (size < need + sizeof(chunk)) size = need + sizeof(chunk);
  chunk *c = malloc(size);
  if (!c) return false;
  c->next = a->chunks;
  c->size = size;
  a->chunks = c;
  a->bump = (char *)(c + 1);
  a->end = (char *)c + size;
  a->next = size < LAST_CHUNK ? size * 2 : LAST_CHUNK;
  return true;
}

static void *take(fence_arena *a, size_t n) {
  if (SMALL(n)) {
    size_t k = (n + 15) / 16;
    void *p = a->free[k];
    if (p) {
      a->free[k] = *(void **)p;
      return p;
    }
    if ((size_t)(a->end - a->bump) < k * 16 && !refill(a, k * 16)) return NULL;
    p = a->bump;
    a->bump += k * 16;
    return p;
  }
  return n < FENCE_LARGE ? malloc(n) : fence_large_take(n);
}

static void give(fence_arena *a, void *p, size_t n) {
  if (SMALL(n)) {
    size_t k = (n + 15) / 16;
    *(void **)p = a->free[k];
    a->free[k] = p;
  } else if (n < FENCE_LARGE) {
    free(p);
  } else {
    fence_large_give(p);
  }
}

static void *resize(fence_arena *a, void *p, size_t old, size_t n) {
  if (SMALL(old) && SMALL(n) && (old + 15) / 16 == (n + 15) / 16) return p;
  if (!SMALL(old) && !SMALL(n) && old < FENCE_LARGE && n < FENCE_LARGE) return realloc(p, n);
  if (old >= FENCE_LARGE && n >= FENCE_LARGE) return fence_large_grow(p, n);
  void *q = take(a, n);
  if (!q) return n <= old ? p : NULL;  // Lua relies on shrinking never to fail
  memcpy(q, p, old < n ? old : n);
  give(a, p, old);
  return q;
}

// While Lua runs a request over the limit is refused. While a Swift frame is on the stack it is let through, because a
// refusal would jump over that frame: the trampoline raises the error on the way back.
void *fence_allocate(void *ud, void *p, size_t old, size_t n) {
  fence_vm *vm = ud;
  bool is_string = !p && old == LUA_TSTRING;  // Lua says what it wants a new block for
  if (!p) old = 0;
  if (n == 0) {
    if (p) give(&vm->arena, p, old);
    vm->used -= old;
    return NULL;
  }
  if (n > old && vm->limit && vm->used + (n - old) > vm->limit && vm->host == 0) return NULL;
  if (is_string && vm->adopted && n == vm->adopted_size) {
    void *adopted = vm->adopted;
    vm->adopted = NULL;
    vm->used += n;
    return adopted;
  }
  void *q = p ? resize(&vm->arena, p, old, n) : take(&vm->arena, n);
  if (q) {
    vm->used += n - old;
  } else if (vm->host && n < FENCE_LARGE) {
    fputs("luaconc: the system has no memory left\n", stderr);
    abort();
  }
  return q;
}

// Every block has been given back: starts afresh with one chunk, for the next state.
void fence_recycle(fence_arena *a) {
  chunk *kept = NULL;
  for (chunk *c = a->chunks; c;) {
    chunk *next = c->next;
    if (!kept && c->size <= KEPT_CHUNK) {
      kept = c;
      c->next = NULL;
    } else {
      free(c);
    }
    c = next;
  }
  memset(a, 0, sizeof *a);
  if (!kept) return;
  a->chunks = kept;
  a->bump = (char *)(kept + 1);
  a->end = (char *)kept + kept->size;
  a->next = kept->size;
}

void fence_release(fence_vm *vm) {
  fence_arena *a = &vm->arena;
  for (chunk *c = a->chunks; c;) {
    chunk *next = c->next;
    free(c);
    c = next;
  }
  memset(a, 0, sizeof *a);
}
