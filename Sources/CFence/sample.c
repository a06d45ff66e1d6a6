// Where processor time goes: the stack of the Lua code that runs, as text.
#include "fence.h"

#include <stdio.h>
#include <string.h>

enum { LEVELS = 64, ROOM = 4096 };

typedef struct text {
  char bytes[ROOM];
  size_t count;
} text;

// A frame is a word of the stack: semicolons separate frames, and lines are records.
static void add(text *t, const char *bytes) {
  for (; *bytes && t->count < ROOM - 1; bytes++) {
    unsigned char byte = (unsigned char)*bytes;
    t->bytes[t->count++] = byte < ' ' || byte == 0x7f ? '?' : byte == ';' ? ',' : (char)byte;
  }
}

static bool is_own(const lua_Debug *ar) { return ar->source[0] == '=' && ar->source[1] == '['; }

// The name of the function, and the line where it is.
static void add_frame(text *t, const lua_Debug *ar) {
  char place[LUA_IDSIZE + 32];
  if (t->count > 0) t->bytes[t->count++] = ';';
  if (ar->name && *ar->name != '?') {
    add(t, ar->name);
  } else if (strcmp(ar->what, "main") == 0) {
    add(t, "main chunk");
  } else if (*ar->what == 'C') {
    add(t, "[C]");
  } else {
    snprintf(place, sizeof place, "function:%d", ar->linedefined);
    add(t, place);
  }
  if (ar->currentline < 0) return;
  snprintf(place, sizeof place, is_own(ar) ? " (%s)" : " (%s:%d)", ar->short_src, ar->currentline);
  add(t, place);
}

void fence_take_sample(lua_State *L, fence_vm *vm) {
  int idle = __atomic_exchange_n(&vm->idle_samples, 0, __ATOMIC_RELAXED);
  int count = __atomic_exchange_n(&vm->samples, 0, __ATOMIC_RELAXED);
  if (idle > 0) vm->sampled(vm, "(event loop)", 12, idle);
  if (count == 0) return;
  lua_Debug frames[LEVELS];
  int depth = 0;
  while (depth < LEVELS && lua_getstack(L, depth, &frames[depth])) depth++;
  text t = {.count = 0};
  lua_Debug beyond;
  if (depth == LEVELS && lua_getstack(L, depth, &beyond)) add(&t, "...");
  while (depth-- > 0 && t.count < ROOM - 200) {
    lua_Debug *ar = &frames[depth];
    lua_getinfo(L, "nSl", ar);
    // The functions of C in which a coroutine begins, and protected calls.
    if (*ar->what == 'C' && (depth > 0 || !ar->name)) continue;
    add_frame(&t, ar);
  }
  if (t.count == 0) add(&t, "[C]");
  vm->host++;
  vm->sampled(vm, t.bytes, t.count, count);
  vm->host--;
}

void fence_take_idle_samples(fence_vm *vm) {
  int idle = __atomic_exchange_n(&vm->idle_samples, 0, __ATOMIC_RELAXED);
  if (idle > 0 && vm->sampled) vm->sampled(vm, "(event loop)", 12, idle);
}
