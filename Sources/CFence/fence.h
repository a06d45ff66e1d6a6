// Declarations that the files of the fence share.
#pragma once
#include "CFence.h"

#include <CKernelForFence.h>

/// The size of the part of a state's memory in which its first blocks lie.
#define FENCE_NEST ((size_t)64 << 10)
#define FENCE_NEST_ALIGNMENT 4096  // so that no page of it is used in part at the beginning
/// Makes sure that the arena has a nest. False: there is no memory.
bool fence_make_nest(fence_arena *arena);
void fence_recycle(fence_arena *arena);
/// The record of a state that begins, before it has any memory; and of one that is complete.
void fence_begin_state(fence_vm *vm);
void fence_enter_state(fence_vm *vm, lua_State *L);
void *fence_allocate(void *ud, void *p, size_t old, size_t n);
void *fence_allocate_last(void *ud, void *p, size_t old, size_t n);
/// These replace parts of the standard libraries: coroutines, protected calls and hooks; output; input; the
/// shell.
void fence_open_coroutines(lua_State *L);
void fence_open_output(lua_State *L);
void fence_open_input(lua_State *L);
void fence_open_shell(lua_State *L);
/// For FENCE_CALL: calls the function below the `nargs` values on top, protected, then `vm->leave`.
int fence_call_script(lua_State *L, int nargs);
/// That call has ended; its `count` results, or its error, are on top. Calls `vm->leave`.
int fence_left(lua_State *L, int status, int count);
/// Raises the value on top in a task that is being ended, without calling a message handler of the script.
int fence_unwind(lua_State *L);
/// Whether the running task is being unwound, since a time after `unwindings` was that count.
bool fence_unwinds(lua_State *L, uint32_t unwindings);
/// In a copy that `fork` made: begins its work, unless that has begun.
void fence_begin_copy(fence_vm *vm);
/// Hands on where the processor time since the last look was spent. Called in a hook.
void fence_take_sample(lua_State *L, fence_vm *vm);
/// Looks up the C library's `exit`, if a door has taken its name. Later calls do nothing.
void fence_find_exit(void);
/// [-0, +(0|1), -] For C code of ours that waits, after a signal: whether something is to be ended. Then the error is on top,
/// for `fence_unwind`.
bool fence_hears_interrupt(lua_State *L);
/// [-0, +(0|1), -] For an error that C code raises: whether a signal that ends work may have broken its system call.
/// Then the error of that ending is on top.
bool fence_hears(lua_State *L);
/// [-0, +0, -] Before a state closes: takes the finalizers of scripts out of the metatables that are noted.
void fence_drop_finalizers(lua_State *L);
/// [-0, +0, e] In C code that takes long: raises the error of an interrupt that is wanted.
void fence_let_interrupt(lua_State *L);
/// Moves `ar`, which is at that level, to the frame that called it. Returns 0 at the base of the coroutine.
int fence_caller(lua_State *L, lua_Debug *ar, int level);
/// The state that this thread runs.
extern __thread fence_vm *fence_own_vm;

// Lua's own functions, if doors have taken their names (doors.c); otherwise these are NULL.
extern int fence_lua_resume(lua_State *, lua_State *, int, int *) __attribute__((weak));
extern int fence_lua_pcallk(lua_State *, int, int, int, lua_KContext, lua_KFunction) __attribute__((weak));
extern int fence_lua_error(lua_State *) __attribute__((weak));
static inline int plain_resume(lua_State *L, lua_State *from, int nargs, int *nresults) {
  return (fence_lua_resume ? fence_lua_resume : lua_resume)(L, from, nargs, nresults);
}
static inline int plain_pcallk(lua_State *L, int nargs, int nresults, int handler, lua_KContext context, lua_KFunction k) {
  return (fence_lua_pcallk ? fence_lua_pcallk : lua_pcallk)(L, nargs, nresults, handler, context, k);
}
