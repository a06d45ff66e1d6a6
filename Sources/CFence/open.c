// Opening and closing a state, and setting its collector.
#include "fence.h"

#include <string.h>

// As lauxlib's warning function: "@on" and "@off" switch warnings, other messages go to standard error.
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

// Takes the place of the first searcher of `require`, which it calls, and so counts every module that is about to be
// loaded.
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
  fence_open_input(L);
  fence_open_shell(L);
  return 0;
}

void fence_begin_state(fence_vm *vm) {
  vm->host = 0;
  vm->starved = false;
  system_reserve_fill();
}

void fence_enter_state(fence_vm *vm, lua_State *L) {
  *fence_space(L) = (uintptr_t)vm;
  vm->main = vm->running = L;
}

lua_State *fence_open(fence_vm *vm) {
  fence_begin_state(vm);
  fence_find_exit();  // not at the end, where a forked process would have to do so
  lua_State *L = lua_newstate(fence_allocate, vm);
  if (!L) return NULL;
  fence_enter_state(vm, L);
  lua_atpanic(L, panic);
  lua_setwarnf(L, warn, vm);
  lua_gc(L, LUA_GCSTOP, 0);
  lua_pushcfunction(L, open_libraries);
  if (lua_pcall(L, 0, 0, 0) != LUA_OK) {
    lua_close(L);
    vm->main = vm->running = NULL;
    return NULL;
  }
  vm->host = 1;
  return L;
}

// A state of this size leaves so much to the heap that it has to be noted.
#define LARGE_STATE ((size_t)1 << 20)

void fence_close(fence_vm *vm) {
  bool is_large = vm->used >= LARGE_STATE;
  vm->host = 0;
  vm->fixed = 1;
  vm->running = vm->main;
  vm->limit = 0;
  fence_drop_finalizers(vm->main);
  lua_setallocf(vm->main, fence_allocate_last, vm);
  lua_close(vm->main);
  fence_recycle(&vm->arena);
  vm->main = vm->running = NULL;
  vm->fixed = vm->resets = vm->interrupt = vm->broken = vm->swallowed = vm->suspending = vm->unwinding = vm->warnings = vm->warning_continues = 0;
  vm->used = vm->limit = vm->outside = vm->outside_due = 0;
  if (is_large) system_note_freed();
}

// MARK: - The collector

void fence_begin_collecting(lua_State *L) {
  lua_gc(L, LUA_GCRESTART, 0);
  // What opening the state has made lives as long as it: the first cycle is due when there is twice as much.
  lua_gc(L, LUA_GCSTEP, -lua_gc(L, LUA_GCCOUNT, 0));
}

void fence_generational(lua_State *L) { lua_gc(L, LUA_GCGEN, 0, 0); }

// A small state's collector is told of many bytes at once, which costs it a whole cycle. A large one's is told often,
// so that no single step takes long.
#define SMALL_STATE ((size_t)4 << 20)
#define LARGE_STATE_STEP ((size_t)64 << 10)

void fence_tell_collector(lua_State *L, fence_vm *vm) {
  vm->outside_due = vm->used < SMALL_STATE ? SMALL_STATE : LARGE_STATE_STEP;
  if (vm->outside < vm->outside_due) return;
  size_t kib = vm->outside >> 10;
  vm->outside = 0;
  // -1 while the collector is in a step, 0 if the script has stopped it.
  if (lua_gc(L, LUA_GCISRUNNING, 0) > 0) lua_gc(L, LUA_GCSTEP, kib < INT32_MAX ? (int)kib : INT32_MAX);
}
