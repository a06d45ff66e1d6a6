// One state's memory: blocks of up to 512 bytes from pages, larger ones from malloc, those of a MiB and more from the
// store of large blocks.
//
// A state keeps some medium blocks that were freed, of up to 2 KiB, for the next ones: malloc has a short way only for
// blocks of up to 1032 bytes, and a string of a KiB is a little larger.
//
// The first blocks of a state lie close together in its nest, whatever their size; most states need no more. Only where
// the state is a copy (image.c) are there larger ones among them. The others lie in pages, each for blocks of one size, and a page that is empty again serves any size. A page is found by
// a block's address, since chunks of pages are aligned. A state keeps about as many empty chunks as it has in use,
// since its memory goes up and down with its collector; the others go back to the store in CKernel.
#include "fence.h"

#include <stdlib.h>
#include <string.h>

#define SMALL(n) ((n) <= FENCE_CLASSES * 16)
#define CLASS(n) (((n) + 15) / 16)
#define PAGE ((size_t)8 << 10)
#define PAGES (SYSTEM_CHUNK / PAGE)
#define BATCH ((size_t)2 << 10)  // how much of a page is divided into blocks at a time
#define ALL_EMPTY UINT32_MAX
#define MEDIUM(n) ((n) <= FENCE_MEDIUM_CLASSES * 16)
#define SPARE_BYTES ((size_t)128 << 10)  // so much of freed medium blocks is kept
#define FEW_FREED 64                     // a state that has freed no more medium blocks keeps none
#define IDLE_CHUNKS 4  // empty chunks that are kept in any case

typedef struct fence_page {
  void *free;  // blocks that were given back; none while the page is open
  struct fence_page *next, *previous;  // in the class's line, while there are some
  uint16_t used;  // how many blocks are not in `free`
  uint16_t cut, capacity;
  uint8_t class;
  bool is_open;  // its free blocks are in the arena's own list
} page;

typedef struct fence_chunk {
  struct fence_chunk *next, *previous;
  uint32_t empty;  // a bit for each page
  page pages[PAGES];
} chunk;

_Static_assert(PAGES == 32, "a bit for each page");

// MARK: - Chunks

static void link_chunk(fence_chunks *list, chunk *c) {
  c->next = NULL;
  c->previous = list->last;
  if (list->last) list->last->next = c;
  else list->first = c;
  list->last = c;
  list->count++;
}

static void unlink_chunk(fence_chunks *list, chunk *c) {
  if (c->previous) c->previous->next = c->next;
  else list->first = c->next;
  if (c->next) c->next->previous = c->previous;
  else list->last = c->previous;
  list->count--;
}

static void move_chunk(fence_chunks *from, fence_chunks *to, chunk *c) {
  unlink_chunk(from, c);
  link_chunk(to, c);
}

static chunk *add_chunk(fence_arena *a) {
  chunk *c = system_chunk_take();
  if (!c) return NULL;
  c->empty = ALL_EMPTY;
  link_chunk(&a->idle, c);
  return c;
}

static void drop_chunks(fence_chunks *list) {
  for (chunk *c = list->first, *next; c; c = next) {
    next = c->next;
    system_chunk_give(c);
  }
  *list = (fence_chunks){0};
}

// MARK: - Pages

static page *take_page(fence_arena *a, size_t class) {
  chunk *c = a->partial.first;
  if (!c && (c = a->idle.first ? a->idle.first : add_chunk(a))) move_chunk(&a->idle, &a->partial, c);
  if (!c) return NULL;
  int i = __builtin_ctz(c->empty);
  c->empty &= c->empty - 1;
  if (!c->empty) move_chunk(&a->partial, &a->full, c);
  size_t room = i ? PAGE : PAGE - sizeof(chunk);
  c->pages[i] = (page){.capacity = (uint16_t)(room / (class * 16)), .class = (uint8_t)class};
  return c->pages + i;
}

static chunk *chunk_of(const void *p) { return (chunk *)((uintptr_t)p & ~(SYSTEM_CHUNK - 1)); }

static void give_page(fence_arena *a, page *g) {
  chunk *c = chunk_of(g);
  if (!c->empty) move_chunk(&a->full, &a->partial, c);
  c->empty |= 1u << (g - c->pages);
  if (c->empty != ALL_EMPTY) return;
  unlink_chunk(&a->partial, c);
  if (a->idle.count < a->full.count + a->partial.count + IDLE_CHUNKS) link_chunk(&a->idle, c);
  else system_chunk_give(c);
}

static void link_page(fence_line *line, page *g) {
  g->next = NULL;
  g->previous = line->last;
  if (line->last) line->last->next = g;
  else line->first = g;
  line->last = g;
}

static void unlink_page(fence_line *line, page *g) {
  if (g->previous) g->previous->next = g->next;
  else line->first = g->next;
  if (g->next) g->next->previous = g->previous;
  else line->last = g->previous;
}

// Divides the next part of the open page, which has blocks that were never in use, and fills the list with them.
static void cut(fence_arena *a, page *g) {
  chunk *c = chunk_of(g);
  size_t size = g->class * 16, i = (size_t)(g - c->pages), count = BATCH / size;
  char *start = (i ? (char *)c + i * PAGE : (char *)(c + 1)) + g->cut * size;
  if (count > (size_t)(g->capacity - g->cut)) count = g->capacity - g->cut;
  char *last = start + (count - 1) * size;
  for (char *p = start; p < last; p += size) *(void **)p = p + size;
  *(void **)last = NULL;
  a->free[g->class] = start;
  g->used = g->cut += count;
}

// Fills the list of a class, which is empty.
static bool refill(fence_arena *a, size_t class) {
  if (!a->pages && !(a->pages = calloc(1, sizeof *a->pages))) return false;
  page *g = a->pages->open[class];
  fence_line *line = a->pages->lines + class;
  if (g && g->cut < g->capacity) return cut(a, g), true;
  if (g) g->is_open = false;
  if ((g = line->first)) unlink_page(line, g);
  else g = take_page(a, class);
  a->pages->open[class] = g;
  if (!g) return false;
  g->is_open = true;
  if (!g->free) return cut(a, g), true;
  a->free[class] = g->free;
  g->free = NULL;
  g->used = g->cut;
  return true;
}

// MARK: - The nest

static bool is_in_nest(const fence_arena *a, const void *p) { return (uintptr_t)p - (uintptr_t)a->nest < FENCE_NEST; }

static void make_nest(fence_arena *a) {
  a->nest = a->bump = aligned_alloc(FENCE_NEST_ALIGNMENT, FENCE_NEST);
  a->end = a->nest ? a->nest + FENCE_NEST : NULL;
}

static void *take_from_gap(fence_arena *a, fence_gap **at, size_t size) {
  fence_gap *g = *at;
  size_t rest = g->size -= size;
  if (SMALL(rest)) *at = g->next;
  if (SMALL(rest) && rest) {
    *(void **)(void *)g = a->free[CLASS(rest)];
    a->free[CLASS(rest)] = g;
  }
  return (char *)g + rest;
}

static void *take_from_nest(fence_arena *a, size_t size) {
  for (fence_gap **at = &a->gaps; *at; at = &(*at)->next)
    if ((*at)->size >= size) return take_from_gap(a, at, size);
  if ((size_t)(a->end - a->bump) < size) return NULL;
  a->bump += size;
  return a->bump - size;
}

// A large block becomes a gap, from which blocks of any size are taken.
static void give_to_nest(fence_arena *a, void *p, size_t size) {
  fence_gap *g = p;
  g->next = a->gaps;
  g->size = CLASS(size) * 16;
  a->gaps = g;
}

static void *take_for_image(fence_arena *a, size_t n) {
  void *p = take_from_nest(a, CLASS(n) * 16);
  if (!p) a->escaped = true;
  return p;
}

// MARK: - Medium blocks

// What malloc is asked for: medium blocks of one class are of one size.
static size_t whole(size_t n) { return MEDIUM(n) ? CLASS(n) * 16 : n; }

static void *take_spare(fence_arena *a, size_t n) {
  void *p = a->spares && MEDIUM(n) ? a->spares->free[CLASS(n)] : NULL;
  if (!p) return NULL;
  a->spares->free[CLASS(n)] = *(void **)p;
  a->spares->bytes -= CLASS(n) * 16;
  return p;
}

// False: the block is not kept.
static bool give_spare(fence_arena *a, void *p, size_t n) {
  if (!MEDIUM(n) || a->is_image || system_bounded) return false;
  if (!a->spares && (++a->freed <= FEW_FREED || !(a->spares = calloc(1, sizeof *a->spares)))) return false;
  if (a->spares->bytes + CLASS(n) * 16 > SPARE_BYTES) return false;
  *(void **)p = a->spares->free[CLASS(n)];
  a->spares->free[CLASS(n)] = p;
  a->spares->bytes += CLASS(n) * 16;
  return true;
}

static void drop_spares(fence_arena *a) {
  if (!a->spares) return;
  for (size_t i = 0; i <= FENCE_MEDIUM_CLASSES; i++)
    for (void *p = a->spares->free[i], *next; p; p = next) {
      next = *(void **)p;
      free(p);
    }
  free(a->spares);
  a->spares = NULL;
}

// MARK: - Blocks

static __attribute__((noinline)) void *take_slowly(fence_arena *a, size_t class) {
  if (!a->nest) make_nest(a);
  void *q = take_from_nest(a, class * 16);
  if (q) return q;
  a->escaped = true;
  if (!refill(a, class)) return NULL;
  void *p = a->free[class];
  a->free[class] = *(void **)p;
  return p;
}

static inline void *take_small(fence_arena *a, size_t n) {
  size_t class = CLASS(n);
  void *p = a->free[class];
  if (!p) return take_slowly(a, class);
  a->free[class] = *(void **)p;
  return p;
}

static void *take(fence_arena *a, size_t n) {
  if (SMALL(n)) return take_small(a, n);
  if (n >= SYSTEM_LARGE) return system_large_take(n);
  void *p = a->is_image ? take_for_image(a, n) : take_spare(a, n);
  return p ? p : system_malloc(whole(n));
}

static __attribute__((noinline)) void give_last(fence_arena *a, page *g) {
  unlink_page(&a->pages->lines[g->class], g);
  give_page(a, g);
}

static inline void give_small(fence_arena *a, void *p, size_t n) {
  page *g = chunk_of(p)->pages + ((uintptr_t)p & (SYSTEM_CHUNK - 1)) / PAGE;
  if (is_in_nest(a, p) || g->is_open) {
    *(void **)p = a->free[CLASS(n)];
    a->free[CLASS(n)] = p;
    return;
  }
  if (!g->free) link_page(&a->pages->lines[g->class], g);
  *(void **)p = g->free;
  g->free = p;
  if (--g->used == 0) give_last(a, g);
}

static void give(fence_arena *a, void *p, size_t n) {
  if (SMALL(n)) give_small(a, p, n);
  else if (is_in_nest(a, p)) give_to_nest(a, p, n);
  else if (n >= SYSTEM_LARGE) system_large_give(p);
  else if (!give_spare(a, p, n)) free(p);
}

static void *resize(fence_arena *a, void *p, size_t old, size_t n) {
  if (SMALL(old) && SMALL(n) && CLASS(old) == CLASS(n)) return p;
  bool stays = !is_in_nest(a, p) && !a->is_image;
  if (stays && !SMALL(old) && !SMALL(n) && old < SYSTEM_LARGE && n < SYSTEM_LARGE)
    return system_realloc(p, old, whole(n));
  if (old >= SYSTEM_LARGE && n >= SYSTEM_LARGE) return system_large_grow(p, n);
  void *q = take(a, n);
  if (!q) return NULL;
  memcpy(q, p, old < n ? old : n);
  give(a, p, old);
  return q;
}

// The system has refused memory. Gives back to it what is unused, and tries again. While a Swift frame is on the stack,
// where a refusal would jump over that frame, it spends the reserve as well, and the trampoline raises the error later.
static __attribute__((noinline)) void *try_again(fence_vm *vm, void *p, size_t old, size_t n) {
  fence_arena *a = &vm->arena;
  drop_chunks(&a->idle);
  drop_spares(a);
  system_chunks_trim();
  system_large_trim();
  void *q = p ? resize(a, p, old, n) : take(a, n);
  if (q || !vm->host || n >= SYSTEM_LARGE) return q;
  vm->starved = true;
  system_reserve_spend();
  system_insist(true);
  q = p ? resize(a, p, old, n) : take(a, n);
  system_insist(false);
  return q ? q : (system_end_without_memory(), NULL);
}

static inline bool is_over_limit(const fence_vm *vm, size_t more) {
  return vm->limit && vm->used + more > vm->limit && vm->host == 0;
}

static __attribute__((noinline)) void *allocate_slowly(fence_vm *vm, void *p, size_t old, size_t n) {
  bool is_string = !p && old == LUA_TSTRING;  // for a new block `old` is the type of the object
  if (!p) old = 0;
  if (n > old && is_over_limit(vm, n - old)) return NULL;
  if (is_string && vm->adopted && n == vm->adopted_size) {
    void *adopted = vm->adopted;
    vm->adopted = NULL;
    vm->used += n;
    return adopted;
  }
  void *q = p ? resize(&vm->arena, p, old, n) : take(&vm->arena, n);
  if (!q && !(q = try_again(vm, p, old, n))) return NULL;
  vm->used += n - old;
  return q;
}

static __attribute__((noinline)) void *release(fence_vm *vm, void *p, size_t old) {
  vm->used -= old;
  give(&vm->arena, p, old);
  return NULL;
}

// The state's allocator (lua_Alloc). While Lua runs, a request over the limit is refused. While a Swift frame is on the
// stack it is granted, because a refusal would jump over that frame: the trampoline raises the error later.
void *fence_allocate(void *ud, void *p, size_t old, size_t n) {
  fence_vm *vm = ud;
  if (n == 0) {
    if (!p) return NULL;
    if (!SMALL(old)) return release(vm, p, old);
    vm->used -= old;
    give_small(&vm->arena, p, old);
    return NULL;
  }
  void *q;
  if (p || !SMALL(n) || !(q = vm->arena.free[CLASS(n)]) || is_over_limit(vm, n)) return allocate_slowly(vm, p, old, n);
  vm->arena.free[CLASS(n)] = *(void **)q;
  vm->used += n;
  return q;
}

// The allocator of a state that is being closed. Its nest and its pages are given back as a whole afterwards, so single
// blocks of them are not: in a process that was forked each would be a page that has to be copied.
void *fence_allocate_last(void *ud, void *p, size_t old, size_t n) {
  fence_vm *vm = ud;
  if (n || !p) return fence_allocate(ud, p, old, n);
  if (!SMALL(old) && !is_in_nest(&vm->arena, p)) return release(vm, p, old);
  vm->used -= old;
  return NULL;
}

bool fence_make_nest(fence_arena *a) {
  if (!a->nest) make_nest(a);
  return a->nest;
}

// After a state was closed: gives back all chunks, and keeps the nest for the next state.
void fence_recycle(fence_arena *a) {
  drop_chunks(&a->full);
  drop_chunks(&a->partial);
  drop_chunks(&a->idle);
  drop_spares(a);
  free(a->pages);
  char *nest = a->nest;
  *a = (fence_arena){.nest = nest, .bump = nest, .end = nest ? nest + FENCE_NEST : NULL};
}

void fence_release(fence_vm *vm) {
  fence_recycle(&vm->arena);
  free(vm->arena.nest);
  vm->arena = (fence_arena){0};
}
