// The fence between Swift and Lua: everything that may raise, yield or be called by Lua itself is C, so that no
// longjmp ever crosses a Swift frame. A Swift host function returns an outcome; the trampoline acts on it after the
// Swift frame is gone. This file holds mechanism only; what waits for what is decided in Swift.
#pragma once
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// MARK: - Outcomes of a host function (0 or more: that many results on top of the stack)

enum {
  FENCE_RAISE = -1,     // the error value is on top
  FENCE_ERROR = -2,     // a message is on top: raised with the caller's position in front
  FENCE_ARGUMENT = -3,  // a message is on top: "bad argument #vm->argument to 'name' (message)"
  FENCE_SUSPEND = -4,   // what the task waits for is registered: yield to the event loop, then call `proceed`
  FENCE_MEMORY = -5,    // raise "not enough memory"
  FENCE_CALL = -6,      // call the function below the vm->argument values on top, protected, then ask `leave`
  FENCE_UNWIND = -7,    // the error value is on top, and the task is being ended: no message handler is asked
};

// What came of `fence_vm.interrupted`, in bits.
enum { FENCE_RAISES = 1, FENCE_ASKS_AGAIN = 2 };

typedef struct fence_vm fence_vm;

/// A host function as the trampoline sees it: upvalue 1 of its closure, a light userdata. Lives as long as the state.
typedef struct fence_function {
  const char *name;
  const void *body;  // unretained Swift HostFunction
  size_t factor;     // how many times the bytes of its arguments it needs; 0: it gets along without memory
} fence_function;

typedef int32_t (*fence_entry)(lua_State *L, fence_vm *vm, const fence_function *function);

/// A userdata that holds a retained Swift object. `cookie` tells it from every other userdata.
typedef struct fence_object {
  uint64_t cookie;
  void *object;      // retained
  const void *type;  // unretained Swift type description
} fence_object;

// MARK: - Memory: an arena for each state

#define FENCE_CLASSES 32  // 16, 32 … 512 bytes

typedef struct fence_line {
  struct fence_page *first, *last;
} fence_line;

typedef struct fence_chunks {
  struct fence_chunk *first, *last;
  size_t count;
} fence_chunks;

typedef struct fence_arena {
  void *free[FENCE_CLASSES + 1];               // blocks to be handed out, by class
  struct fence_page *open[FENCE_CLASSES + 1];  // the page that they are of, unless of the nest
  fence_line lines[FENCE_CLASSES + 1];         // other pages with free blocks
  char *nest, *bump, *end;
  fence_chunks full, partial, idle;  // by how many of their pages are empty: none, some, all
} fence_arena;

/// One state's record, reachable from every coroutine through its extra space. Owned by the state's thread.
struct fence_vm {
  fence_arena arena;
  size_t used, limit;          // bytes; a limit of 0 is none
  size_t outside, outside_due; // bytes taken elsewhere that the collector has not heard of yet; when it will
  bool starved;                // the system refused memory while a Swift frame was on the stack
  void *adopted;               // what the next new string of that size lies in already
  size_t adopted_size;
  int32_t host;                // > 0: a Swift frame is on the stack, so no request for memory may fail
  int32_t argument;            // for FENCE_ARGUMENT and FENCE_CALL
  lua_State *main;
  lua_State *volatile running;  // the coroutine that runs now
  int32_t fixed;               // some coroutine in the chain of resumes cannot yield
  int32_t budget;              // operations that the running task may still do at once while others wait
  int32_t interrupt;           // atomic: somebody wants `interrupted` to be asked; set before the signal is sent
  int32_t broken;              // a system call of C code may have been broken off since Lua code ran last
  int32_t swallowed;           // C code has caught the error that ends the running task
  int32_t suspending;          // the yield under way is for the event loop, not for the script
  int32_t status;              // how the last finished task ended
  uint32_t unwindings;         // how many times a task of this state began to be ended
  uint32_t unwinding;          // the running task is being ended, since that count; no protected call that was made
                               // before catches the error, those that handlers make do. 0: it is not
  int32_t rethrown;            // the error under way has been caught and raised again: its traceback is kept
  int32_t warnings, warning_continues;
  bool ignores_environment;    // LUA_PATH and its like do not count
  uint32_t loads;              // how often `require` went to load a module
  fence_entry enter, proceed;  // a host function's first call; its second, when what it waited for has come
  // What was called by FENCE_CALL has ended: its `count` results, or its error, are on top.
  int32_t (*leave)(lua_State *L, fence_vm *vm, int32_t status, int32_t count);
  int32_t (*interrupted)(lua_State *L, fence_vm *vm);  // FENCE_RAISES: the error value on top; FENCE_ASKS_AGAIN
  // C code calls `exit`: the status to exit with, if it returns.
  int32_t (*exits)(lua_State *L, fence_vm *vm, int32_t status);
  void (*drop)(fence_vm *vm, void *object);  // releases the Swift object of a fence_object
  void (*copied)(struct fence_vm *vm);  // the process is a copy by fork, and this thread is its only one
  void *owner;                 // unretained Swift LuaState
  void *worker;                // unretained Swift Worker
};

/// Opens a state with the standard libraries. NULL when there is no memory. Its collector rests.
lua_State *fence_open(fence_vm *vm);
/// The state is complete: its collector begins when there is something to collect.
void fence_begin_collecting(lua_State *L);
/// Closes the state: finalizers run, memory goes back, the record may be opened again.
void fence_close(fence_vm *vm);
/// Returns the memory that a closed record keeps for its next state.
void fence_release(fence_vm *vm);

// Bits beside the record's address in a coroutine's extra space.
enum { FENCE_PARKED = 1, FENCE_BASE = 2, FENCE_EXPOSED = 4, FENCE_BITS = 7 };
static inline uintptr_t *fence_space(lua_State *L) { return (uintptr_t *)lua_getextraspace(L); }
static inline fence_vm *fence_of(lua_State *L) { return (fence_vm *)(*fence_space(L) & ~(uintptr_t)FENCE_BITS); }

void fence_tell_collector(lua_State *L, fence_vm *vm);
/// [-0, +0, m] Something that the state holds has taken so many bytes outside of it: the collector runs as often as if
/// they were the state's own.
static inline void fence_charge(lua_State *L, fence_vm *vm, size_t bytes) {
  vm->outside += bytes;
  if (__builtin_expect(vm->outside >= vm->outside_due, 0)) fence_tell_collector(L, vm);
}

// MARK: - Swift to Lua

/// Collects in generations, as stock Lua's command does.
void fence_generational(lua_State *L);
/// [-0, +1, m] Pushes a host function.
void fence_push_function(lua_State *L, const fence_function *function);
/// [-0, +1, m] Pushes a userdata that owns `object`, with the metatable on top of the stack (which it replaces).
void fence_push_object(lua_State *L, void *object, const void *type);
#define FENCE_COOKIE 0x6c7561636f6e6321u
/// [-0, +1, -] Pushes the `__gc` of such userdata.
void fence_push_collector(lua_State *L);
/// The record of a userdata made by `fence_push_object`, or NULL.
static inline fence_object *fence_object_at(lua_State *L, int index) {
  fence_object *o = (fence_object *)lua_touserdata(L, index);
  return o && lua_rawlen(L, index) == sizeof *o && o->cookie == FENCE_COOKIE ? o : NULL;
}
/// [-0, +1, m] Pushes a C closure for `__index`: first the methods, then the getters, both on top of the stack
/// (methods below), which it replaces. A getter is a host function called with the object.
void fence_push_index(lua_State *L);
/// [-1, +1, m] Pushes a C function for the `__concat` of the metatable on top of the stack, which it replaces: its values
/// count as what `tostring` gives for them.
void fence_push_concat(lua_State *L);

/// [-0, +1, -] A table with the number of each module that `require` has begun to load, in that order; nil for none.
void fence_push_loads(lua_State *L);
/// [-0, +0, m] The descriptor of the file at that index, all that was written to it on its way; -1 for a file that is
/// closed, -2 for what is no file.
int fence_file_descriptor(lua_State *L, int index);

/// [-(nargs + 1), +(nresults | 1), -] lua_pcall with the host's counter put aside: the status.
int fence_call(fence_vm *vm, lua_State *L, int nargs, int nresults);
/// [-0, +1, -] The text of any value as `tostring` gives it, or of the error on the way to it. Returns the status.
int fence_tostring(fence_vm *vm, lua_State *L, int index);
/// [-0, +1, -] A string whose bytes stand in a block of `system_large_take` already, SYSTEM_HEADROOM bytes behind its
/// beginning, with room for one more: it becomes the string's memory, without a copy, if `*adopted` says so. False, with
/// nothing pushed, when there is no memory.
bool fence_push_adopting(fence_vm *vm, lua_State *L, char *bytes, size_t count, bool *adopted);
/// [-0, +1, -] A string of any length; false, with nothing pushed, when there is no memory.
bool fence_push_bytes(fence_vm *vm, lua_State *L, const char *bytes, size_t count);

// MARK: - Tables as they lie in memory

/// How values stand in a message, as far as C knows of it: `Tag` in Swift has all.
enum {
  FENCE_TAG_FALSE = 1,
  FENCE_TAG_TRUE = 2,
  FENCE_TAG_INTEGER = 3,
  FENCE_TAG_FLOAT = 4,
  FENCE_TAG_SHORT = 5,
  FENCE_TAG_TABLE = 7,
  FENCE_TAG_END = 15,
};
/// Writes the table at that address if it holds only numbers, booleans and short strings and has no metatable: the
/// count of bytes; 0 when it is not that simple, or does not fit into `room`, or this Lua's memory is not understood.
size_t fence_encode_flat(const void *table, char *bytes, size_t room);
/// [-0, +(0|1), m] Reads what `fence_encode_flat` wrote; false, with nothing pushed, for anything else.
bool fence_decode_flat(lua_State *L, const char *bytes, size_t count);

/// [-0, +0, -] How many places the array part of the table at `index` has: what stands there comes first in a
/// traversal. 0 when this Lua's memory is not understood.
size_t fence_array_size(lua_State *L, int index);
/// [-0, +0, -] Writes what stands in the array part from `first` up to `last`, as far as it is integers: how many.
size_t fence_read_integers(lua_State *L, int index, size_t first, size_t last, void *bytes);
/// [-0, +0, -] Fills the array part of a new table with integers from `first` on, as far as it goes: how many.
size_t fence_fill_integers(lua_State *L, int index, size_t first, size_t count, const void *bytes);
/// [-0, +0, -] The memory of the list's item `n` will be needed soon.
void fence_prefetch_item(lua_State *L, int index, lua_Integer n);
/// [-0, +1, m] A new table with the fields of the one at `index`, which has no array part. While the collector stands.
void fence_copy_fields(lua_State *L, int index);

// MARK: - Tasks

/// [-0, +1, m] A new coroutine that is the base of a task.
lua_State *fence_new_task(lua_State *L);
/// Values on a base coroutine below the function and its arguments.
#define FENCE_PREPARED 3
/// [-0, +3, -] Pushes them, with nil for the task's handle. A main task's errors become what stock Lua's command prints,
/// traceback included, where they are raised.
void fence_prepare(lua_State *co, bool is_main);
/// [-1, +0, -] Keeps the task's handle with a base coroutine that was just prepared.
void fence_set_handle(lua_State *co);
/// [-0, +1, -] Pushes the handle of a base coroutine that has not ended onto `L`; nil if it has none.
void fence_push_handle(lua_State *co, lua_State *L);
/// Starts or continues a base coroutine. LUA_YIELD: suspended. LUA_OK: ended with `*nresults` values on top, the error
/// value among them when `vm->status` is not LUA_OK.
int fence_resume(fence_vm *vm, lua_State *co, int nargs, int *nresults);
/// Runs the to-be-closed variables that are pending and empties the coroutine.
int fence_reset(fence_vm *vm, lua_State *co);
/// Whether a host function called by L may suspend its task.
static inline bool fence_can_suspend(const fence_vm *vm, lua_State *L) {
  return L == vm->running && !vm->fixed && lua_isyieldable(L);
}
/// [-0, +1, -] Pushes, and forgets, the traceback of the error that ended the last task; nil when there is none.
void fence_push_traceback(lua_State *L);

// MARK: - Interrupts: how running Lua code is reached from outside
//
// The flag is set, then the state's thread gets a signal whose handler sets a hook on the coroutine that runs at that
// moment, and lets hooks in where a hook or a finalizer of the script keeps them out; the hook asks Swift. The scripts'
// own hooks are set by functions that know of it. While nothing is wanted there is no hook, and nothing to pay. `lua_sethook` from another
// thread would be a race; from a handler on the thread itself it is what the manual allows.

/// The calling thread runs this state (NULL: none) from now on.
void fence_adopt(fence_vm *vm);
/// Any thread: `interrupted` is to be asked; a signal to the state's thread must follow.
void fence_want_interrupt(fence_vm *vm);
/// Any thread: whether nobody has asked `interrupted` since.
bool fence_wants_interrupt(fence_vm *vm);
/// For the thread itself, where no Lua code runs: it has looked by itself.
void fence_forget_interrupt(fence_vm *vm);
/// For the thread itself: `interrupted` is asked before the next instruction of Lua code.
void fence_interrupt(fence_vm *vm);
/// For the thread itself: the same, as soon as that coroutine runs.
void fence_interrupt_coroutine(lua_State *co);
/// Whether a finalizer runs, in this coroutine or below it: an error raised now would become a warning.
bool fence_in_finalizer(lua_State *L);
/// Whether a function of a compiled module is among those that are being called in the coroutine.
bool fence_has_foreign_frame(lua_State *L);
/// Whether the coroutine is among those that run at this moment or wait for the event loop, in a chain of resumes: not
/// one that has yielded to the script.
static inline bool fence_is_active(lua_State *co) {
  return lua_status(co) != LUA_YIELD || (*fence_space(co) & FENCE_PARKED);
}
/// Installs the handler, once for the process: of SIGURG, and of the signal that breaks system calls besides, for when all
/// that the thread does is to be ended. And has the state of a thread that forks told of its copy (`copied`).
void fence_install_interrupts(void);
