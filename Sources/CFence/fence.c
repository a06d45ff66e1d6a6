// The trampoline, protected calls and the opening of a state.
#include "layout.h"

#include <string.h>

#define LIKELY(x) __builtin_expect(!!(x), 1)

#ifdef SYSTEM_HELD_BACK
#include <setjmp.h>

// Debian's Lua jumps by this function, of which the sanitizer does not know: its own stack would grow with every error.
void __longjmp_chk(jmp_buf place, int value) { longjmp(place, value); }
#endif

// MARK: - The trampoline

static int proceed(lua_State *L, int status, lua_KContext context);

// luaL_argerror, with the function's own name where Lua knows none.
static int argument_error(lua_State *L, const fence_function *f, int argument, const char *message) {
  lua_Debug ar;
  lua_getstack(L, 0, &ar);
  lua_getinfo(L, "n", &ar);
  if (strcmp(ar.namewhat, "method") == 0 && --argument == 0)
    return luaL_error(L, "calling '%s' on bad self (%s)", ar.name, message);
  return luaL_error(L, "bad argument #%d to '%s' (%s)", argument, ar.name ? ar.name : f->name, message);
}

// Asks for a byte more than the limit allows: Lua collects, then raises its own error if that was not enough.
static void collect_overdraft(lua_State *L) {
  lua_newuserdatauv(L, 1, 0);
  lua_pop(L, 1);
}

// Asks for what nobody has: Lua collects, then raises its own error.
static int out_of_memory(lua_State *L) {
  lua_newuserdatauv(L, (size_t)1 << 62, 0);
  return 0;
}

// Somewhere in Swift the state got what was set aside for that. When as much can be set aside again, once the garbage has
// been collected, nothing is amiss.
static void collect_starved(lua_State *L, fence_vm *vm, int outcome) {
  lua_gc(L, LUA_GCCOLLECT, 0);
  if (system_reserve_fill()) vm->starved = false;
  else if (outcome >= 0) out_of_memory(L);
}

// Whether there is memory for a function that needs so many times what its string arguments hold.
static bool has_room(lua_State *L, size_t factor) {
  size_t size = 0;
  for (int i = lua_gettop(L); i > 0; i--)
    if (lua_type(L, i) == LUA_TSTRING) size += lua_rawlen(L, i);
  return size < SYSTEM_LARGE / 16 ? system_may_call() : system_has_room(size * factor);
}

// Before a function of Swift begins, so that nothing of what it does is lost. A state that has already had what was kept
// for others comes to rest first.
static __attribute__((noinline)) void need_room(lua_State *L, fence_vm *vm, size_t factor) {
  bool starved = vm->starved;
  vm->starved = false;
  if (factor == 0 || (!starved && has_room(L, factor))) return;
  lua_gc(L, LUA_GCCOLLECT, 0);
  if (!has_room(L, factor) || (starved && !system_has_room(0))) out_of_memory(L);
}

static int finish(lua_State *L, fence_vm *vm, const fence_function *f, int outcome) {
  switch (outcome) {
    case FENCE_SUSPEND:
      vm->suspending = 1;
      return lua_yieldk(L, 0, (lua_KContext)f, proceed);
    case FENCE_ERROR:
      luaL_where(L, 1);
      lua_insert(L, -2);
      lua_concat(L, 2);
      return lua_error(L);
    case FENCE_ARGUMENT:
      return argument_error(L, f, vm->argument, lua_tostring(L, -1));
    case FENCE_MEMORY:
      return out_of_memory(L);
    case FENCE_CALL:
      return fence_call_script(L, vm->argument);
    case FENCE_UNWIND:
      return fence_unwind(L);
    default:
      return lua_error(L);
  }
}

static inline int land(lua_State *L, fence_vm *vm, const fence_function *f, int outcome) {
  if (__builtin_expect(vm->starved && !system_bounded, 0)) collect_starved(L, vm, outcome);
  if (LIKELY(outcome >= 0)) {
    if (__builtin_expect(vm->limit && vm->used > vm->limit, 0)) collect_overdraft(L);
    return outcome;
  }
  return finish(L, vm, f, outcome);
}

static int trampoline(lua_State *L) {
  const fence_function *f = lua_touserdata(L, lua_upvalueindex(1));
  fence_vm *vm = fence_of(L);
  if (__builtin_expect(system_bounded, 0)) need_room(L, vm, f->factor);
  vm->host++;
  int outcome = vm->enter(L, vm, f);
  vm->host--;
  return land(L, vm, f, outcome);
}

static int proceed(lua_State *L, int status, lua_KContext context) {
  (void)status;
  const fence_function *f = (const fence_function *)context;
  fence_vm *vm = fence_of(L);
  vm->host++;
  int outcome = vm->proceed(L, vm, f);
  vm->host--;
  return land(L, vm, f, outcome);
}

int fence_left(lua_State *L, int status, int count) {
  fence_vm *vm = fence_of(L);
  vm->host++;
  int outcome = vm->leave(L, vm, status, count);
  vm->host--;
  return land(L, vm, NULL, outcome);
}

void fence_push_function(lua_State *L, const fence_function *function) {
  lua_pushlightuserdata(L, (void *)function);
  lua_pushcclosure(L, trampoline, 1);
}

void fence_generational(lua_State *L) { lua_gc(L, LUA_GCGEN, 0, 0); }

// MARK: - Host objects

static int collect_object(lua_State *L) {
  fence_object *o = fence_object_at(L, 1);
  if (o && o->object) {
    void *object = o->object;
    o->object = NULL;
    fence_vm *vm = fence_of(L);
    vm->host++;
    vm->drop(vm, object);
    vm->host--;
  }
  return 0;
}

// To a small state many are told at once, which costs it a whole cycle; a large one is told often, so that no single step
// takes long.
#define SMALL_STATE ((size_t)4 << 20)
#define LARGE_STATE_STEP ((size_t)64 << 10)

void fence_tell_collector(lua_State *L, fence_vm *vm) {
  vm->outside_due = vm->used < SMALL_STATE ? SMALL_STATE : LARGE_STATE_STEP;
  if (vm->outside < vm->outside_due) return;
  size_t kib = vm->outside >> 10;
  vm->outside = 0;
  // -1 while it runs, 0 when the script has stopped it.
  if (lua_gc(L, LUA_GCISRUNNING, 0) > 0) lua_gc(L, LUA_GCSTEP, kib < INT32_MAX ? (int)kib : INT32_MAX);
}

void fence_push_object(lua_State *L, void *object, const void *type) {
  fence_object *o = lua_newuserdatauv(L, sizeof *o, 1);
  *o = (fence_object){FENCE_COOKIE, object, type};
  lua_insert(L, -2);
  lua_setmetatable(L, -2);
}

void fence_push_collector(lua_State *L) { lua_pushcfunction(L, collect_object); }

static int index_member(lua_State *L) {
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(2)) == LUA_TNIL) return 1;
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
  return 1;
}

void fence_push_index(lua_State *L) { lua_pushcclosure(L, index_member, 2); }

static int concat_shown(lua_State *L) {
  for (int i = 1; i <= 2; i++) {
    if (lua_getmetatable(L, i) && lua_rawequal(L, -1, lua_upvalueindex(1))) {
      luaL_tolstring(L, i, NULL);
      lua_replace(L, i);
    } else if (!lua_isstring(L, i) && luaL_getmetafield(L, i, "__concat") == LUA_TNIL) {
      return luaL_error(L, "attempt to concatenate a %s value", luaL_typename(L, i));
    }
    lua_settop(L, 2);
  }
  lua_concat(L, 2);
  return 1;
}

void fence_push_concat(lua_State *L) { lua_pushcclosure(L, concat_shown, 1); }

// MARK: - Protected calls

int fence_call(fence_vm *vm, lua_State *L, int nargs, int nresults) {
  int host = vm->host;
  lua_State *running = vm->running;
  int fixed = vm->fixed;
  vm->host = 0;
  vm->running = L;
  vm->fixed = 1;  // the Swift frame below cannot be suspended
  int status = plain_pcallk(L, nargs, nresults, 0, 0, NULL);
  vm->fixed = fixed;
  vm->running = running;
  vm->host = host;
  return status;
}

static int to_string(lua_State *L) {
  luaL_tolstring(L, 1, NULL);
  return 1;
}

int fence_tostring(fence_vm *vm, lua_State *L, int index) {
  index = lua_absindex(L, index);
  lua_pushcfunction(L, to_string);
  lua_pushvalue(L, index);
  int status = fence_call(vm, L, 1, 1);
  if (status != LUA_OK && lua_type(L, -1) != LUA_TSTRING) {
    lua_pop(L, 1);
    lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, index));
  }
  return status;
}

typedef struct bytes {
  const char *start;
  size_t count;
} bytes;

static int push_bytes(lua_State *L) {
  bytes *b = lua_touserdata(L, 1);
  lua_pushlstring(L, b->start, b->count);
  return 1;
}

bool fence_push_bytes(fence_vm *vm, lua_State *L, const char *start, size_t count) {
  if (LIKELY(count < (1 << 16))) {
    lua_pushlstring(L, start, count);
    return true;
  }
  bytes b = {start, count};
  lua_pushcfunction(L, push_bytes);
  lua_pushlightuserdata(L, &b);
  if (fence_call(vm, L, 1, 1) == LUA_OK) return true;
  lua_pop(L, 1);
  return false;
}

bool fence_push_adopting(fence_vm *vm, lua_State *L, char *start, size_t count, bool *adopted) {
  *adopted = false;
  if (!fence_knows_layout()) return fence_push_bytes(vm, L, start, count);
  vm->adopted = start - SYSTEM_HEADROOM;
  vm->adopted_size = SYSTEM_HEADROOM + count + 1;
  // Lua copies the bytes to where they are.
  bool pushed = fence_push_bytes(vm, L, start, count);
  *adopted = !vm->adopted;
  vm->adopted = NULL;
  return pushed;
}

// MARK: - Opening and closing

// As lauxlib's: "@on" and "@off" switch warnings, the others go to standard error.
static void warn(void *ud, const char *message, int continues) {
  fence_vm *vm = ud;
  if (!vm->warning_continues && !continues && *message == '@') {
    if (strcmp(message, "@off") == 0) vm->warnings = 0;
    if (strcmp(message, "@on") == 0) vm->warnings = 1;
    return;
  }
  if (vm->warnings) {
    if (!vm->warning_continues) system_complain("Lua warning: ");
    system_complain(message);
    if (!continues) system_complain("\n");
  }
  vm->warning_continues = continues;
}

static int panic(lua_State *L) {
  const char *message = lua_tostring(L, -1);
  fprintf(stderr, "luaconc: unprotected error in a call to Lua (%s)\n", message ? message : "not a string");
  return 0;
}

// Stands before the first searcher of `require`, and so sees every module that is about to be loaded.
static const char loads;

static int count_load(lua_State *L) {
  fence_vm *vm = fence_of(L);
  vm->loads++;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &loads) == LUA_TNIL) {
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &loads);
    lua_replace(L, -2);
  }
  lua_pushvalue(L, 1);
  if (!lua_isnil(L, 1) && lua_rawget(L, -2) == LUA_TNIL) {
    lua_pushvalue(L, 1);
    lua_pushinteger(L, vm->loads);
    lua_rawset(L, -4);
  }
  lua_pop(L, 2);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

void fence_push_loads(lua_State *L) { lua_rawgetp(L, LUA_REGISTRYINDEX, &loads); }

static int open_libraries(lua_State *L) {
  if (fence_of(L)->ignores_environment) {
    lua_pushboolean(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
  }
  luaL_openlibs(L);
  lua_getglobal(L, LUA_LOADLIBNAME);
  lua_getfield(L, -1, "searchers");
  lua_rawgeti(L, -1, 1);
  lua_pushcclosure(L, count_load, 1);
  lua_rawseti(L, -2, 1);
  lua_pop(L, 2);
  fence_open_coroutines(L);
  fence_open_output(L);
  fence_open_shell(L);
  return 0;
}

lua_State *fence_open(fence_vm *vm) {
  vm->host = 0;
  vm->starved = false;
  system_reserve_fill();
  lua_State *L = lua_newstate(fence_allocate, vm);
  if (!L) return NULL;
  *fence_space(L) = (uintptr_t)vm;
  vm->main = vm->running = L;
  lua_atpanic(L, panic);
  lua_setwarnf(L, warn, vm);
  lua_gc(L, LUA_GCSTOP, 0);
  lua_pushcfunction(L, open_libraries);
  if (lua_pcall(L, 0, 0, 0) != LUA_OK) {
    lua_close(L);
    return NULL;
  }
  vm->host = 1;
  return L;
}

void fence_begin_collecting(lua_State *L) {
  lua_gc(L, LUA_GCRESTART, 0);
  // What opening the state has made lives as long as it: the first cycle is due when there is twice as much.
  lua_gc(L, LUA_GCSTEP, -lua_gc(L, LUA_GCCOUNT, 0));
}

// What a state of this size had goes back to the system at once; smaller ones leave it for the next.
#define HUGE_STATE ((size_t)64 << 20)

void fence_close(fence_vm *vm) {
  bool is_huge = vm->used >= HUGE_STATE;
  vm->host = 0;
  vm->fixed = 1;
  vm->running = vm->main;
  lua_close(vm->main);
  fence_recycle(&vm->arena);
  vm->main = vm->running = NULL;
  vm->fixed = vm->interrupt = vm->broken = vm->swallowed = vm->suspending = vm->unwinding = vm->warnings = vm->warning_continues = 0;
  vm->used = vm->limit = vm->outside = vm->outside_due = 0;
  if (is_huge) system_heap_trim();
}
