// A fresh state as bytes. To open a state takes 300,000 instructions; to copy 40 KiB and add the distance to each
// pointer takes a fraction of that.
//
// The state of the image is opened like any other, but with all its memory in one nest. A word of that memory whose
// value is an address in the nest is a pointer. No other word can have such a value: the nest is at an address whose
// third byte no header of an object has there, and text is not of that form. What is left of a former block's pointer,
// behind the one byte that is a value's type, may have it; so nests are aligned, and no type changes. A word with the
// address of the state's record becomes the address of the new record. All other pointers lead to what states share:
// functions in C, records of host functions, the standard streams.
//
// What Lua finds by the address of an object would not be found in a copy, and what belongs to one state must not be in
// two. So `is_plain` looks through a first copy; if it finds any such thing there is no image, and states are opened.
#include "fence.h"

#include <string.h>

struct fence_image {
  const char *start;  // where the state was
  char *bytes;
  size_t size, used;  // bytes in the nest; bytes that the state uses
  uint16_t *inner, *records;  // the words that are pointers into the nest, and to the record
  size_t inner_count, record_count;
  const fence_vm *vm;
  lua_State *main;
  fence_arena arena;
};

// The third byte of an address in the nest. In a string's header that byte says which reserved word it is, or 0 or 1;
// in a table's it is beside a size, which would have to be as large as the upper half of the address.
#define LEAST_THIRD_BYTE 0x20
static bool is_distinct(const void *p) {
  return (uintptr_t)p >> 40 && ((uintptr_t)p >> 16 & 0xff) >= LEAST_THIRD_BYTE;
}

// Chunks lie side by side, so that of as many one has such an address.
#define TRIES (LEAST_THIRD_BYTE / 4 + 1)

static char *take_distinct(void) {
  char *chunk = NULL, *others[TRIES];
  int count = 0;
  while (count < TRIES && (chunk = system_chunk_take()) && !is_distinct(chunk)) {
    others[count++] = chunk;
    chunk = NULL;
  }
  while (count) system_chunk_give(others[--count]);
  return chunk;
}

bool fence_begin_image(fence_vm *vm) {
  char *chunk = take_distinct();
  if (!chunk) return false;
  memset(chunk, 0, FENCE_NEST);
  vm->arena = (fence_arena){.nest = chunk, .bump = chunk, .end = chunk + FENCE_NEST - 16, .is_image = true};
  return true;
}

// MARK: - Looking through a copy

enum { SEEN = 1 };  // the index of a table with all objects that were met

static bool is_plain(lua_State *L);

// [-1, +0] Whether the field on top, with its key below, can be copied.
static bool is_plain_field(lua_State *L, int table) {
  switch (lua_type(L, -2)) {
    case LUA_TSTRING:
    case LUA_TNUMBER:
    case LUA_TBOOLEAN:
    case LUA_TLIGHTUSERDATA: break;
    default: return lua_pop(L, 1), false;
  }
  lua_pushvalue(L, -2);
  lua_rawget(L, table);
  bool is_found = lua_rawequal(L, -1, -2);
  lua_pop(L, 1);
  return is_plain(L) && is_found;
}

static bool is_plain_table(lua_State *L) {
  int table = lua_gettop(L);
  bool plain = true;
  lua_pushnil(L);
  while (plain && lua_next(L, table)) plain = is_plain_field(L, table);
  return plain;
}

static bool has_plain_values(lua_State *L, const char *(*get)(lua_State *, int, int)) {
  bool plain = true;
  for (int i = 1; plain && get(L, -1, i); i++) plain = is_plain(L);
  return plain;
}

static const char *user_value(lua_State *L, int index, int n) {
  if (lua_getiuservalue(L, index, n) != LUA_TNONE) return "";
  lua_pop(L, 1);
  return NULL;
}

static bool is_plain_object(lua_State *L) {
  switch (lua_type(L, -1)) {
    case LUA_TTABLE: return is_plain_table(L);
    case LUA_TFUNCTION: return has_plain_values(L, lua_getupvalue);
    case LUA_TUSERDATA: return !fence_object_at(L, -1) && has_plain_values(L, user_value);
    case LUA_TTHREAD: return lua_tothread(L, -1) == fence_of(L)->main;
    default: return true;
  }
}

// [-1, +0] Whether the value on top can be copied, with all that it leads to.
static bool is_plain(lua_State *L) {
  int top = lua_gettop(L) - 1;
  luaL_checkstack(L, 20, NULL);
  bool plain = true, is_object = lua_type(L, -1) >= LUA_TTABLE;
  bool is_new = is_object && lua_rawgetp(L, SEEN, lua_topointer(L, -1)) == LUA_TNIL;
  lua_settop(L, top + 1);
  if (is_new) {
    lua_pushboolean(L, 1);
    lua_rawsetp(L, SEEN, lua_topointer(L, -2));
    plain = !lua_getmetatable(L, -1) || is_plain(L);
    plain = plain && is_plain_object(L);
  } else if (!is_object && lua_getmetatable(L, -1)) {
    plain = is_plain(L);
  }
  lua_settop(L, top);
  return plain;
}

static int look_through(lua_State *L) {
  lua_newtable(L);
  lua_pushvalue(L, LUA_REGISTRYINDEX);
  lua_pushboolean(L, is_plain(L));
  return 1;
}

// A copy that is found to have an object of Swift does not own it.
static void drop_nothing(fence_vm *vm, void *object, bool is_unshared) {
  (void)vm, (void)object, (void)is_unshared;
}

static bool can_be_copied(const fence_image *image) {
  fence_vm *vm = calloc(1, sizeof *vm);
  if (!vm) return false;
  vm->drop = drop_nothing;
  lua_State *L = fence_open_copy(vm, image);
  bool plain = false;
  if (L) {
    vm->host = 0;
    lua_pushcfunction(L, look_through);
    plain = lua_pcall(L, 0, 1, 0) == LUA_OK && lua_toboolean(L, -1);
    fence_close(vm);
  }
  fence_release(vm);
  free(vm);
  return plain;
}

// MARK: - Making an image

static bool is_inside(const fence_image *image, uintptr_t word) {
  return word - (uintptr_t)image->start <= image->size;
}

static bool is_record(const fence_image *image, uintptr_t word) {
  return (word & ~(uintptr_t)FENCE_BITS) == (uintptr_t)image->vm;
}

// Notes the words that `is_meant` says, and returns how many there are. `places` may be NULL.
static size_t find(const fence_image *image, bool (*is_meant)(const fence_image *, uintptr_t), uint16_t *places) {
  const uintptr_t *words = (const uintptr_t *)(const void *)image->start;
  size_t count = 0;
  for (size_t i = 0; i < image->size / sizeof *words; i++)
    if (is_meant(image, words[i])) {
      if (places) places[count] = (uint16_t)i;
      count++;
    }
  return count;
}

static uint16_t *list(const fence_image *image, bool (*is_meant)(const fence_image *, uintptr_t), size_t *count) {
  uint16_t *places = malloc((*count = find(image, is_meant, NULL)) * sizeof *places + 1);
  if (places) find(image, is_meant, places);
  return places;
}

static fence_image *make(fence_vm *vm) {
  const fence_arena *a = &vm->arena;
  fence_image *image = calloc(1, sizeof *image);
  if (!image) return NULL;
  image->start = a->nest;
  image->size = (size_t)(a->bump - a->nest);
  image->used = vm->used;
  image->vm = vm;
  image->main = vm->main;
  image->arena = *a;
  image->inner = list(image, is_inside, &image->inner_count);
  image->records = list(image, is_record, &image->record_count);
  image->bytes = malloc(image->size);
  if (image->bytes) memcpy(image->bytes, a->nest, image->size);
  if (image->inner && image->records && image->bytes && can_be_copied(image)) return image;
  fence_free_image(image);
  return NULL;
}

fence_image *fence_end_image(fence_vm *vm) {
  if (vm->main) lua_gc(vm->main, LUA_GCCOLLECT, 0);
  fence_image *image = vm->main && !vm->arena.escaped ? make(vm) : NULL;
  void *chunk = vm->arena.nest;
  // Of a state that has become an image nothing is outside of the chunk.
  if (!image && vm->main) fence_close(vm);
  fence_recycle(&vm->arena);
  vm->main = vm->running = NULL;
  vm->arena = (fence_arena){0};
  vm->used = 0;
  system_chunk_give(chunk);
  return image;
}

void fence_free_image(fence_image *image) {
  free(image->inner);
  free(image->records);
  free(image->bytes);
  free(image);
}

// MARK: - Making a state of it

static void move(char *nest, const uint16_t *places, size_t count, uintptr_t distance) {
  uintptr_t *words = (uintptr_t *)(void *)nest;
  for (size_t i = 0; i < count; i++) words[places[i]] += distance;
}

static void *moved(const void *p, uintptr_t distance) { return p ? (void *)((uintptr_t)p + distance) : NULL; }

lua_State *fence_open_copy(fence_vm *vm, const fence_image *image) {
  fence_arena *a = &vm->arena;
  fence_begin_state(vm);
  if (!fence_make_nest(a)) return NULL;
  uintptr_t distance = (uintptr_t)a->nest - (uintptr_t)image->start;
  memcpy(a->nest, image->bytes, image->size);
  move(a->nest, image->inner, image->inner_count, distance);
  move(a->nest, image->records, image->record_count, (uintptr_t)vm - (uintptr_t)image->vm);
  for (int i = 0; i <= FENCE_CLASSES; i++) a->free[i] = moved(image->arena.free[i], distance);
  a->gaps = moved(image->arena.gaps, distance);
  a->bump = a->nest + image->size;
  vm->used = image->used;
  fence_enter_state(vm, moved(image->main, distance));
  vm->host = 1;
  return vm->main;
}
