// Finds out whether the liblua of this process has the layout of layout.h: fills a small state of its own with known
// values, and looks at their memory. The state's allocator notes the blocks, so that only memory of known size is read.
#include "layout.h"

#include <stdlib.h>
#include <string.h>

#define NOTED 8

typedef struct notes {
  void *blocks[NOTED];
  size_t sizes[NOTED], count;
} notes;

static void *allocate(void *ud, void *p, size_t old, size_t n) {
  (void)old;
  if (n == 0) {
    free(p);
    return NULL;
  }
  notes *seen = ud;
  void *q = realloc(p, n);
  if (!p) {
    seen->blocks[seen->count % NOTED] = q;
    seen->sizes[seen->count++ % NOTED] = n;
  }
  return q;
}

// Whether that block was among the last ones that Lua asked for, with that size.
static bool is_block(const notes *seen, const void *p, size_t size) {
  for (size_t i = 0; i < NOTED; i++)
    if (p && seen->blocks[i] == p && seen->sizes[i] == size) return true;
  return false;
}

static bool knows_string(lua_State *L, const notes *seen, const char *text, uint8_t type) {
  size_t length = strlen(text);
  lua_pushstring(L, text);
  const fence_string *s = lua_topointer(L, -1);
  if (!is_block(seen, s, offsetof(fence_string, bytes) + length + 1) || s->bytes != lua_tostring(L, -1)) return false;
  size_t said = type == FENCE_VALUE_SHORT_STRING ? s->short_length : s->long_length;
  return said == length && (s->type | 0x40) == type;
}

static bool is_value(const fence_value *v, uint8_t type, lua_Integer bits) {
  return v->type == type && (bits == 0 || v->bits.integer == bits);
}

static bool knows_array(lua_State *L, const notes *seen) {
  static const lua_Number number = 2.5;
  lua_Integer bits;
  memcpy(&bits, &number, sizeof bits);
  lua_createtable(L, 8, 0);
  const fence_table *t = table_at(L, -1);
  if (!is_block(seen, t, sizeof *t) || !is_block(seen, t->array, 8 * sizeof(fence_value))) return false;
  if (array_size(t) != 8 || t->metatable) return false;
  lua_pushinteger(L, 0x0102030405060708), lua_rawseti(L, -2, 1);
  lua_pushnumber(L, number), lua_rawseti(L, -2, 2);
  lua_pushboolean(L, 1), lua_rawseti(L, -2, 3);
  lua_pushboolean(L, 0), lua_rawseti(L, -2, 4);
  lua_pushvalue(L, -2), lua_rawseti(L, -2, 5);
  if (lua_rawlen(L, -1) != 5 || array_size(t) != 8) return false;  // now `limit` is a hint at the length
  const fence_value *a = t->array;
  return is_value(a, FENCE_VALUE_INTEGER, 0x0102030405060708) && is_value(a + 1, FENCE_VALUE_FLOAT, bits) &&
         is_value(a + 2, FENCE_VALUE_TRUE, 0) && is_value(a + 3, FENCE_VALUE_FALSE, 0) && a[4].type == FENCE_VALUE_LONG_STRING &&
         a[4].bits.object == lua_topointer(L, -2) && value_is_nil(a[5].type) && value_is_nil(a[7].type);
}

// A table of two nodes with the short string as one key; the table below as its metatable.
static bool knows_nodes(lua_State *L, const notes *seen, int key) {
  lua_createtable(L, 0, 2);
  const fence_table *t = table_at(L, -1);
  if (!is_block(seen, t, sizeof *t) || node_count(t) != 2) return false;
  if (!is_block(seen, t->nodes, 2 * sizeof(fence_node)) || array_size(t) != 0) return false;
  lua_pushvalue(L, key), lua_pushinteger(L, 0x1122334455667788), lua_rawset(L, -3);
  lua_pushvalue(L, -2), lua_setmetatable(L, -2);
  if (t->metatable != table_at(L, -2)) return false;
  const fence_node *n = t->nodes[0].key_type == FENCE_VALUE_SHORT_STRING ? t->nodes : t->nodes + 1;
  const fence_node *empty = n == t->nodes ? t->nodes + 1 : t->nodes;
  return n->key_type == FENCE_VALUE_SHORT_STRING && n->key.object == lua_topointer(L, key) &&
         n->value_type == FENCE_VALUE_INTEGER && n->value.integer == 0x1122334455667788 && value_is_nil(empty->value_type);
}

// Whether the call of the running function, its arguments and how many results are wanted are where they should be.
static bool knows_running(lua_State *L, int wanted) {
  lua_Debug ar;
  if (!lua_getstack(L, 0, &ar)) return false;
  const fence_thread *thread = (const void *)L;
  const fence_frame *frame = (const void *)ar.i_ci;
  return thread->frame == frame && thread->top == frame->function + 1 + lua_gettop(L) && frame->wanted == wanted;
}

static bool knows_userdata(lua_State *L, int attachments) {
  void *block = lua_newuserdatauv(L, sizeof(fence_object), attachments);
  *(fence_object *)block = (fence_object){FENCE_COOKIE, L, NULL};
  const fence_thread *thread = (const void *)L;
  const fence_value *value = thread->top - 1;
  return fence_object_in(value) == block && lua_rawlen(L, -1) == sizeof(fence_object);
}

// Notes where its caller is.
static int note_frame(lua_State *L) {
  fence_frame *notes = lua_touserdata(L, lua_upvalueindex(1));
  lua_Debug ar;
  if (!lua_getstack(L, 1, &ar)) return 0;
  static const int wanted[] = {0, 0, 0, 1, 2, LUA_MULTRET};
  lua_Integer call = lua_tointeger(L, 1);
  if (!knows_running(L, wanted[call])) return 0;
  memcpy(notes + call, (const void *)ar.i_ci, sizeof *notes);
  lua_getinfo(L, "f", &ar);
  if (notes[call].function->type != FENCE_VALUE_LUA_FUNCTION || notes[call].function->bits.object != lua_topointer(L, -1))
    notes[call].instruction = NULL;
  return 0;
}

static bool knows_frames(lua_State *L) {
  static const char *const calls =
      "local f = ... f(0) for i = 1, 2 do f(i) end local a = f(3) a, a = f(4) return 1, f(5)";
  fence_frame notes[6] = {0};
  if (luaL_loadstring(L, calls) != LUA_OK) return false;
  lua_pushlightuserdata(L, notes);
  lua_pushcclosure(L, note_frame, 1);
  lua_call(L, 1, 0);
  for (int call = 0; call < 6; call++)
    if (!notes[call].instruction) return false;
  return notes[0].instruction < notes[1].instruction && notes[1].instruction == notes[2].instruction;
}

static int look(lua_State *L) {
  const notes *seen = lua_touserdata(L, 1);
  static const char *const key = "a key of this probe", *const text = "a string that is too long to be kept only once";
  lua_pushboolean(L, knows_string(L, seen, key, FENCE_VALUE_SHORT_STRING) &&
                         knows_string(L, seen, text, FENCE_VALUE_LONG_STRING) && knows_array(L, seen) &&
                         knows_nodes(L, seen, 2) && knows_frames(L) && knows_userdata(L, 0) && knows_userdata(L, 1) &&
                         knows_userdata(L, 3));
  return 1;
}

// MARK: - The byte that keeps hooks out

enum { HOOK_RUNS = 1, HOOK_IS_LET_IN = 2, FINALIZER_RUNS = 4 };

static const char *const loop = "for i = 1, 3 do end";

static uint8_t *hooks_byte(lua_State *L) { return &((fence_thread *)(void *)L)->allows_hooks; }
static int *findings(lua_State *L) { return *(int **)lua_getextraspace(L); }

// The first call removes the hook, and runs Lua code twice with it set again. In the first run Lua must not call it; in
// the second, after the byte was set, it must (HOOK_IS_LET_IN).
static void probe_hook(lua_State *L, lua_Debug *ar) {
  (void)ar;
  int *found = findings(L);
  lua_sethook(L, NULL, 0, 0);
  if (*found & HOOK_RUNS) {
    *found |= HOOK_IS_LET_IN;
    return;
  }
  *found |= *hooks_byte(L) == 0 ? HOOK_RUNS : 0;
  if (!*found) return;
  luaL_loadstring(L, loop);
  lua_sethook(L, probe_hook, LUA_MASKCOUNT, 1);
  lua_call(L, 0, 0);  // must not call the hook
  if (*found & HOOK_IS_LET_IN) *found = 0;
  luaL_loadstring(L, loop);
  lua_sethook(L, probe_hook, LUA_MASKCOUNT, 1);
  *hooks_byte(L) = 1;
  lua_call(L, 0, 0);
}

static int probe_finalizer(lua_State *L) {
  if (*hooks_byte(L) == 0) *findings(L) |= FINALIZER_RUNS;
  return 0;
}

static int look_for_hooks(lua_State *L) {
  if (*hooks_byte(L) != 1) return 0;
  luaL_loadstring(L, loop);
  lua_sethook(L, probe_hook, LUA_MASKCOUNT, 1);
  lua_call(L, 0, 0);
  if (*hooks_byte(L) != 1) *findings(L) = 0;
  lua_newuserdatauv(L, 1, 0);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, probe_finalizer);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  lua_settop(L, 0);
  lua_gc(L, LUA_GCCOLLECT);
  if (*hooks_byte(L) != 1) *findings(L) = 0;
  return 0;
}

// MARK: - Looking once

enum { UNKNOWN = FENCE_LAYOUT_UNKNOWN, NO = FENCE_LAYOUT_OTHER, YES = FENCE_LAYOUT_KNOWN };

// Defined where the build has looked at the Lua that is linked in (the Makefile does). To look again would take a tenth of
// the time of a start.
extern const char fence_layout_was_found __attribute__((weak));

static int probe(void) {
  if (&fence_layout_was_found) return YES;
  notes seen = {0};
  lua_State *L = lua_newstate(allocate, &seen);
  if (!L) return UNKNOWN;
  lua_pushcfunction(L, look);
  lua_pushlightuserdata(L, &seen);
  int status = lua_pcall(L, 1, 1, 0);
  int answer = status == LUA_ERRMEM ? UNKNOWN : status == LUA_OK && lua_toboolean(L, -1) ? YES : NO;
  lua_close(L);
  return answer;
}

static int probe_hooks(void) {
  if (&fence_layout_was_found) return YES;
  notes seen = {0};
  lua_State *L = lua_newstate(allocate, &seen);
  if (!L) return UNKNOWN;
  int found = 0;
  *(int **)lua_getextraspace(L) = &found;
  lua_pushcfunction(L, look_for_hooks);
  int status = lua_pcall(L, 0, 0, 0);
  lua_close(L);
  if (status == LUA_ERRMEM) return UNKNOWN;
  return status == LUA_OK && found == (HOOK_RUNS | HOOK_IS_LET_IN | FINALIZER_RUNS) ? YES : NO;
}

// Finds it out once. An answer that could not be found for lack of memory is looked for again at the next call.
static bool found_out(int *answer, int (*find)(void)) {
  int known = __atomic_load_n(answer, __ATOMIC_RELAXED);
  if (known == UNKNOWN) {
    known = find();
    __atomic_store_n(answer, known, __ATOMIC_RELAXED);
  }
  return known == YES;
}

int fence_layout;
static int knows_hooks;

bool fence_find_layout(void) { return found_out(&fence_layout, probe); }
bool fence_knows_hooks(void) { return found_out(&knows_hooks, probe_hooks); }
IN_SIGNAL bool fence_has_found_hooks(void) { return __atomic_load_n(&knows_hooks, __ATOMIC_RELAXED) == YES; }

// MARK: - The caller of the running function

static const fence_frame *caller(lua_State *L) {
  lua_Debug ar;
  if (!lua_getstack(L, 1, &ar)) return NULL;
  const fence_frame *frame = (const void *)ar.i_ci;
  return frame->function->type == FENCE_VALUE_LUA_FUNCTION ? frame : NULL;
}

const void *fence_mark_caller(lua_State *L, int index) {
  const fence_frame *frame;
  lua_Debug ar;
  index = lua_absindex(L, index);
  if (!fence_knows_layout() || !(frame = caller(L)) || !lua_getstack(L, 1, &ar)) return NULL;
  lua_getinfo(L, "f", &ar);
  lua_rawseti(L, index, 1);
  return frame->instruction;
}

bool fence_is_marked(lua_State *L, const void *table, const void *instruction) {
  const fence_frame *frame = caller(L);
  const fence_value *marked = ((const fence_table *)table)->array;
  return frame && frame->instruction == instruction && marked->type == FENCE_VALUE_LUA_FUNCTION &&
         marked->bits.object == frame->function->bits.object;
}
