// What the files of the fence share.
#pragma once
#include "CFence.h"

#include <CSystemForFence.h>

void fence_recycle(fence_arena *arena);
void *fence_allocate(void *ud, void *p, size_t old, size_t n);
/// Replaces the parts of the standard libraries that tasks and threads need to be otherwise.
void fence_open_coroutines(lua_State *L);
void fence_open_output(lua_State *L);
void fence_open_shell(lua_State *L);
/// Calls the function below the `nargs` values on top; whatever comes of it is `leave`'s affair.
int fence_call_script(lua_State *L, int nargs);
/// What was called so has ended; its `count` results, or its error, are on top.
int fence_left(lua_State *L, int status, int count);
/// Raises the value on top in a task that is being ended: the script's own message handlers do not hear of it.
int fence_unwind(lua_State *L);
/// Whether the error under way ends a task, or a part of one, since `unwindings` was that count.
bool fence_unwinds(lua_State *L, uint32_t unwindings);
/// From here on `co` is what a signal hooks.
void fence_switch_to(fence_vm *vm, lua_State *co);
/// [-0, +(0|1), -] Whether what C code raises is the end that broke its system call: then the error for it is on top.
bool fence_hears(lua_State *L);
/// The frame that called the one of `ar`, which is at that level.
int fence_caller(lua_State *L, lua_Debug *ar, int level);
/// The state that this thread runs.
extern __thread fence_vm *fence_own_vm;

// Lua's own functions where doors stand before them (doors.c); elsewhere nothing has these names.
extern int fence_lua_resume(lua_State *, lua_State *, int, int *) __attribute__((weak));
extern int fence_lua_pcallk(lua_State *, int, int, int, lua_KContext, lua_KFunction) __attribute__((weak));
extern int fence_lua_error(lua_State *) __attribute__((weak));
static inline int plain_resume(lua_State *L, lua_State *from, int nargs, int *nresults) {
  return (fence_lua_resume ? fence_lua_resume : lua_resume)(L, from, nargs, nresults);
}
static inline int plain_pcallk(lua_State *L, int nargs, int nresults, int handler, lua_KContext context, lua_KFunction k) {
  return (fence_lua_pcallk ? fence_lua_pcallk : lua_pcallk)(L, nargs, nresults, handler, context, k);
}
