// What the files of the fence share.
#pragma once
#include "CFence.h"

#include <signal.h>
#include <stdlib.h>

#if defined(__x86_64__) && defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FENCE_HELD_BACK 1  // see `fence_handle`
#endif
#endif

// What handlers of signals call.
#ifdef FENCE_HELD_BACK
#define IN_SIGNAL __attribute__((disable_sanitizer_instrumentation))
#else
#define IN_SIGNAL
#endif

/// Handles the signal from now on; what it did before is left in `before` unless that is NULL.
bool fence_handle(int number, void (*handler)(int, siginfo_t *, void *), int flags, struct sigaction *before);

/// Whether `fence_accept_inheritance` was called: no host has a say in what this process does.
bool fence_owns_process(void);
/// Whether this process ends when nobody reads what it writes: unless a handler of a script or of a module hears of that.
bool fence_ends_with_reader(void);

void fence_recycle(fence_arena *arena);
/// A chunk of memory, aligned to its size. NULL when there is none.
#define FENCE_CHUNK ((uintptr_t)256 << 10)
void *fence_chunk_take(void);
void fence_chunk_give(void *chunk);
/// What is kept for later goes back to the system.
void fence_chunks_trim(void);
void fence_large_trim(void);
/// Address space that is set aside for the whole process: false when there is none. Spending it gives it back to the system.
bool fence_reserve_fill(void);
void fence_reserve_spend(void);
/// Whether so much more may be asked of the system; the calling thread may have it anyway while it insists. Where
/// nothing is bounded this is not to be called.
bool fence_may_grow(size_t size);
void fence_insist(bool on);
/// Whether a function of Swift may be called, which may want a little memory.
bool fence_may_call(void);
/// Says on standard error why, and ends the process with status 1.
_Noreturn void fence_end_without_memory(void);
static inline void *fence_malloc(size_t size) {
  if (__builtin_expect(fence_bounded, 0) && !fence_may_grow(size)) return NULL;
  return malloc(size);
}
static inline void *fence_realloc(void *p, size_t old, size_t size) {
  if (__builtin_expect(fence_bounded, 0) && size > old && !fence_may_grow(size)) return NULL;
  return realloc(p, size);
}
void *fence_allocate(void *ud, void *p, size_t old, size_t n);
/// Replaces the parts of the standard libraries that tasks and threads need to be otherwise.
void fence_open_coroutines(lua_State *L);
void fence_open_output(lua_State *L);
/// In a copy of this process: the signals do what they did before; nobody would hear of them.
void fence_forget_signals(void);
/// In a copy of this process: the state of this thread is told.
void fence_tell_of_copy(void);
/// Writes the text to standard error.
void fence_complain(const char *text);
void fence_open_shell(lua_State *L);
/// Around the start of each child, until it has its program: see shell.c.
void fence_begin_start(void);
void fence_end_start(void);
/// Whether a thread waits for a command of os.execute.
bool fence_waits_for_shell(void);
/// The descriptors become 0, 1, 2 and so on; all others are closed. Nothing but system calls.
bool fence_take_descriptors(const int *descriptors, int count);

// The sanitizers' own versions of these functions keep books about the process that they are called in.
// Nor is anything of theirs to be called, not even for atomic accesses: they may hold locks when this process dies.
#define UNWATCHED __attribute__((disable_sanitizer_instrumentation))
// glibc's own name: the sanitizers replace `clone`, in a way that is made for a copy of the memory.
int __clone(int (*body)(void *), void *stack, int flags, void *argument, ...);

/// On the thread that starts programs, with all signals blocked: a place for the number of a group. While it is there the
/// guard kills that group when this process dies. NULL, with errno, when there is no guard to be had, or no memory.
int *fence_cover_group(void);
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
