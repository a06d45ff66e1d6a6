// Doors: replacements that compiled modules find under the names of three functions of Lua, and of `exit`. Only a
// program with Lua linked in has them (the Makefile renames Lua's own functions). Without them the runtime does not
// notice when C code resumes a coroutine, catches an error or exits.
#define _GNU_SOURCE
#include "fence.h"

#include <dlfcn.h>
#include <stdlib.h>

// The record of this thread's state, if L is one of its coroutines. Otherwise NULL: modules may have their own states.
static fence_vm *own(lua_State *L) {
  fence_vm *vm = fence_own_vm;
  return vm && fence_of(L) == vm ? vm : NULL;
}

// After a call that C code made: if it caught the error of an ending that began during the call, the error is raised
// again as soon as Lua code runs.
static void look_after(fence_vm *vm, lua_State *L, int status, uint32_t unwindings) {
  if (status == LUA_OK || status == LUA_YIELD || !fence_unwinds(L, unwindings)) return;
  vm->swallowed = 1;
  fence_interrupt(vm);
}

int fence_door_resume(lua_State *L, lua_State *from, int nargs, int *nresults) {
  fence_vm *vm = own(L);
  if (!vm) return plain_resume(L, from, nargs, nresults);
  lua_State *outer = vm->running;
  uint32_t unwindings = vm->unwindings;
  int fixed = vm->fixed;
  vm->fixed = 1;  // the C frame below cannot be suspended
  fence_switch_to(vm, L);
  int status = plain_resume(L, from, nargs, nresults);
  fence_switch_to(vm, outer);
  vm->fixed = fixed;
  look_after(vm, outer, status, unwindings);
  return status;
}

int fence_door_pcallk(
    lua_State *L, int nargs, int nresults, int handler, lua_KContext context, lua_KFunction continuation) {
  fence_vm *vm = own(L);
  uint32_t unwindings = vm ? vm->unwindings : 0;
  int status = plain_pcallk(L, nargs, nresults, handler, context, continuation);
  if (vm) look_after(vm, L, status, unwindings);
  return status;
}

int fence_door_error(lua_State *L) {
  if (own(L) && fence_hears(L)) return fence_unwind(L);
  return (fence_lua_error ? fence_lua_error : lua_error)(L);
}

static void (*plain_exit)(int);

void fence_find_exit(void) {
  if (fence_lua_error && !__atomic_load_n(&plain_exit, __ATOMIC_RELAXED))
    __atomic_store_n(&plain_exit, (void (*)(int))dlsym(RTLD_NEXT, "exit"), __ATOMIC_RELAXED);
}

void fence_door_exit(int status) {
  fence_vm *vm = fence_own_vm;
  if (vm) fence_begin_copy(vm);
  if (vm && vm->running && vm->running != vm->main) status = vm->exits(vm->running, vm, status);
  fence_find_exit();
  if (plain_exit) plain_exit(status);
  abort();
}

static void *library_of(void *function) {
  Dl_info info;
  return dladdr(function, &info) ? info.dli_fbase : NULL;
}

bool fence_has_foreign_frame(lua_State *L) {
  void *fence = library_of((void *)fence_unwind), *lua = library_of((void *)lua_newstate);
  lua_Debug ar;
  if (!lua_checkstack(L, 1)) return false;
  for (int level = 0, more = lua_getstack(L, 0, &ar); more; more = fence_caller(L, &ar, level++)) {
    lua_getinfo(L, "f", &ar);
    void *function = (void *)lua_tocfunction(L, -1);
    lua_pop(L, 1);
    if (!function) continue;
    void *library = library_of(function);
    if (library != fence && library != lua) return true;
  }
  return false;
}
