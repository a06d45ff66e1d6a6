// The fence between Swift and Lua: everything that may raise, yield or be called by Lua itself is C, so that no
// longjmp ever crosses a Swift frame. A Swift host function returns an outcome; the trampoline acts on it after the
// Swift frame is gone.
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
  FENCE_SUSPEND = -4,   // the task waits: yield to the event loop; when it goes on, call `proceed`
  FENCE_MEMORY = -5,    // raise "not enough memory"
  FENCE_CALL = -6,      // call the function below the vm->argument values on top, protected, then call `leave`
  FENCE_UNWIND = -7,    // the error value is on top, and the task is being ended: no message handler is called
  FENCE_FORWARD = -8,   // call the function below the vm->argument values on top; its results are the results
};

// Bits in the result of `fence_vm.interrupted`.
enum { FENCE_RAISES = 1, FENCE_ASKS_AGAIN = 2 };

typedef struct fence_vm fence_vm;
struct fence_function;
typedef int32_t (*fence_entry)(lua_State *L, fence_vm *vm, const struct fence_function *function);

/// The trampoline's record of a host function. Lives as long as the state.
typedef struct fence_function {
  const char *name;
  const void *body;     // unretained Swift HostFunction
  size_t factor;        // how many times the bytes of its arguments it needs; 0: it is called even without memory
  lua_CFunction plain;  // calls this host function and no other; NULL: a closure does
  fence_entry enter;    // calls the Swift function
} fence_function;

/// Any thread: gives the record a C function of its own, for ever, if there is one left.
void fence_take_slot(fence_function *function);

/// A userdata that holds a retained Swift object. `cookie` tells it from every other userdata.
typedef struct fence_object {
  uint64_t cookie;
  void *object;      // retained
  const void *type;  // unretained Swift type description; NULL: the object is a task that has no handle yet
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

/// A free part of the nest that is larger than any class.
typedef struct fence_gap {
  struct fence_gap *next;
  size_t size;
} fence_gap;

/// The pages of an arena, by the class of their blocks.
typedef struct fence_pages {
  struct fence_page *open[FENCE_CLASSES + 1];  // the page from which free blocks come, unless from the nest
  fence_line lines[FENCE_CLASSES + 1];         // the other pages with free blocks
} fence_pages;

#define FENCE_MEDIUM_CLASSES 128  // up to 2048 bytes

/// Free blocks of medium size, by class.
typedef struct fence_spares {
  void *free[FENCE_MEDIUM_CLASSES + 1];
  size_t bytes;
} fence_spares;

typedef struct fence_arena {
  void *free[FENCE_CLASSES + 1];  // blocks to be handed out, by class
  fence_pages *pages;             // NULL until the nest is full
  fence_spares *spares;           // NULL until many medium blocks were freed
  unsigned freed;                 // how many medium blocks were freed before that
  char *nest, *bump, *end;
  fence_gap *gaps;
  bool is_image;  // larger blocks are taken from the nest, too
  bool escaped;   // a block did not find room in the nest
  fence_chunks full, partial, idle;  // chunks without empty pages, with some, with only empty ones
} fence_arena;

/// One state's record, reachable from every coroutine through its extra space. Owned by the state's thread.
struct fence_vm {
  fence_arena arena;
  size_t used, limit;          // bytes; a limit of 0 is none
  size_t outside, outside_due; // bytes taken elsewhere that the collector was not told of yet; from how many on it is
  bool starved;                // the system refused memory while a Swift frame was on the stack
  void *adopted;               // the block for the next new string of that size
  size_t adopted_size;
  int32_t host;                // > 0: a Swift frame is on the stack, so no request for memory may fail
  int32_t argument;            // for FENCE_ARGUMENT, FENCE_CALL and FENCE_FORWARD
  lua_State *main;
  lua_State *volatile running;  // the coroutine that runs now
  lua_State *closing;          // the coroutine whose variables are closed from outside
  int32_t resets;              // how many coroutines are being closed, one within the other
  const char *base;            // where the thread's stack was when it resumed the running task
  int32_t fixed;               // some coroutine in the chain of resumes cannot yield
  int32_t budget;              // operations that the running task may still do without giving others a turn
  ptrdiff_t sent, received;    // messages of channels, so far
  int32_t interrupt;           // atomic: `interrupted` has to be called; set before the signal is sent
  int32_t broken;              // a signal may have broken a system call of C code since Lua code ran last
  // A value that is to be closed has just been given to the script. An interrupt leaves it the time to mark the value,
  // or to hand it through `assert` first: two instructions.
  int32_t unmarked;
  int32_t deferred;            // for how many looks an interrupt has waited for the end of our own code
  int32_t swallowed;           // C code has caught the error that ends the running task
  int32_t suspending;          // the yield under way is for the event loop, not for the script
  int32_t status;              // how the last finished task ended
  bool attached;               // the result of that task is attached to the userdata that stands for it
  uint32_t unwindings;         // how many times a task of this state began to be ended
  uint32_t unwinding;          // the number of the running task's unwinding; protected calls made before it do not
                               // catch the error. 0: it is not being ended
  int32_t rethrown;            // the error under way has been caught and raised again: its traceback is kept
  int32_t warnings, warning_continues;
  bool ignores_environment;    // LUA_PATH and the other variables of Lua are ignored
  uint32_t loads;              // how often `require` has begun to load a module
  fence_entry proceed;         // gets the results of a host function after a wait
  // The function called by FENCE_CALL has ended: its `count` results, or its error, are on top.
  int32_t (*leave)(lua_State *L, fence_vm *vm, int32_t status, int32_t count);
  int32_t (*interrupted)(lua_State *L, fence_vm *vm);  // FENCE_RAISES: the error value on top; FENCE_ASKS_AGAIN
  // C code calls `exit`: the status to exit with, if it returns.
  int32_t (*exits)(lua_State *L, fence_vm *vm, int32_t status);
  // Takes what a script writes to a standard stream; false: it is written. NULL: nobody does.
  bool (*divert)(fence_vm *vm, const char *bytes, size_t count);
  // Releases the Swift object of a fence_object; `is_plain`: that has no type.
  void (*drop)(fence_vm *vm, void *object, bool is_plain);
  // A profile is taken. The processor time that has passed since the last look, in intervals: while Lua code ran (the
  // signal handler counts it, and hooks the coroutine), and outside of it. `sampled` gets the stack in text.
  void (*sampled)(struct fence_vm *vm, const char *stack, size_t size, int count);
  volatile int samples, idle_samples;
  int32_t scoped;              // how many calls in coroutines of scripts have to hear of it if these are closed
  void (*closed)(struct fence_vm *vm, lua_State *co);  // the script has closed that coroutine
  void (*copied)(struct fence_vm *vm);  // the process is a copy by fork, and this thread is its only one
  void *owner;                 // unretained Swift LuaState
  void *worker;                // unretained Swift Worker
};

/// Opens a state with the standard libraries. Its collector is stopped. NULL if there is no memory.
lua_State *fence_open(fence_vm *vm);

/// A fresh state as bytes, from which others are made: faster than to open each. Immutable; for any thread.
typedef struct fence_image fence_image;
/// The state that is opened next with that record is for an image. The record has had no state before. False: there is
/// no memory.
bool fence_begin_image(fence_vm *vm);
/// Ends the state that `fence_begin_image` was for, or its opening if that has failed. NULL: no image can be made of it,
/// or there is no memory.
fence_image *fence_end_image(fence_vm *vm);
/// Instead of `fence_open`, and of all that was done with the state of the image. NULL if there is no memory.
lua_State *fence_open_copy(fence_vm *vm, const fence_image *image);
void fence_free_image(fence_image *image);
/// The state is complete: starts its collector.
void fence_begin_collecting(lua_State *L);
/// Closes the state: runs finalizers and gives back its memory. The record may be opened again.
void fence_close(fence_vm *vm);
/// Returns the memory that a closed record keeps for its next state.
void fence_release(fence_vm *vm);

// Bits in a coroutine's extra space, beside the record's address: suspended with its task; base of a task; the script
// may have it.
enum { FENCE_PARKED = 1, FENCE_BASE = 2, FENCE_EXPOSED = 4, FENCE_BITS = 7 };
static inline uintptr_t *fence_space(lua_State *L) { return (uintptr_t *)lua_getextraspace(L); }
static inline fence_vm *fence_of(lua_State *L) { return (fence_vm *)(*fence_space(L) & ~(uintptr_t)FENCE_BITS); }

void fence_tell_collector(lua_State *L, fence_vm *vm);
/// [-0, +0, m] A value of the state has taken so many bytes outside of it. The collector runs as if they were the
/// state's.
static inline void fence_charge(lua_State *L, fence_vm *vm, size_t bytes) {
  vm->outside += bytes;
  if (__builtin_expect(vm->outside >= vm->outside_due, 0)) fence_tell_collector(L, vm);
}

// MARK: - Swift to Lua

/// Turns on the generational collector, as stock Lua's command does.
void fence_generational(lua_State *L);
/// [-0, +1, m] Pushes a host function.
void fence_push_function(lua_State *L, const fence_function *function);
/// [-0, +0, -] The record of the host function at that index; NULL if it is something else. Needs room for one value.
const fence_function *fence_function_at(lua_State *L, int index);
/// [-0, +0, m] How many parameters the Lua function at that index has; -1: any number.
int fence_parameter_count(lua_State *L, int index);
/// [-0, +1, m] Pushes a userdata that owns `object`, with the metatable on top of the stack (which it replaces).
void fence_push_object(lua_State *L, void *object, const void *type);
/// [-(count + 1), +1, m] The same for a task that has no coroutine yet, and no type. It keeps the function and the
/// arguments, which are the `count` values below the metatable.
void fence_push_pending(lua_State *L, void *task, int count);
#define FENCE_COOKIE 0x6c7561636f6e6321u
/// [-0, +1, -] Pushes the `__gc` of such userdata.
void fence_push_collector(lua_State *L);
/// The record of a userdata made by `fence_push_object`, or NULL.
static inline fence_object *fence_object_at(lua_State *L, int index) {
  fence_object *o = (fence_object *)lua_touserdata(L, index);
  return o && lua_rawlen(L, index) == sizeof *o && o->cookie == FENCE_COOKIE ? o : NULL;
}
/// A userdata of the same size whose object is made only when that is needed. It has no finalizer until then.
typedef struct fence_lazy_object {
  uint32_t cookie, place;
  int64_t identity;
  const void *type;  // unretained Swift type description
} fence_lazy_object;
#define FENCE_LAZY_COOKIE 0x6c756179u
/// [-0, +1, m] Pushes such userdata, with the metatable on top of the stack, whose first item is a table in which the
/// userdata is noted by its place.
void fence_push_lazy_object(lua_State *L, uint32_t place, int64_t identity, const void *type);
/// The record of a userdata made by that, or NULL.
static inline fence_lazy_object *fence_lazy_object_at(lua_State *L, int index) {
  fence_lazy_object *o = (fence_lazy_object *)lua_touserdata(L, index);
  return o && lua_rawlen(L, index) == sizeof *o && o->cookie == FENCE_LAZY_COOKIE ? o : NULL;
}
/// [-0, +0, m] From now on it owns `object`.
void fence_make_object(lua_State *L, int index, void *object);
/// [-0, +1, m] Pushes a C closure for `__index`: first the methods, then the getters, both on top of the stack
/// (methods below), which it replaces. A getter is a host function called with the object.
void fence_push_index(lua_State *L);
/// [-1, +1, m] Pushes a C function for `__concat`, which takes the text that `tostring` gives for values with the
/// metatable on top of the stack. The function replaces the metatable there.
void fence_push_concat(lua_State *L);

/// [-0, +0, m] From now on finalizers of scripts are not called when the state closes.
void fence_guard_finalizers(lua_State *L);
/// [-0, +0, m] Where C or Swift sets a metatable of a script, which is on top: notes it if that holds.
void fence_note_finalizer(lua_State *L);
/// [-0, +0, m] Gives the state a `find`, `match`, `gmatch` and `gsub` that can be interrupted.
void fence_guard_patterns(lua_State *L);
/// [-0, +1, -] Pushes a table with a number for each module that `require` has begun to load, in that order; nil if
/// none.
void fence_push_loads(lua_State *L);
/// [-0, +0, m] 1 or 2 for a file handle that is open on stdout or stderr, 0 for another one, -1 for any other value.
int fence_standard_stream(lua_State *L, int index);
/// [-0, +0, m] The descriptor of the file at that index, after writing out its buffer; -1 for a closed file, -2 for any
/// other value.
int fence_file_descriptor(lua_State *L, int index);

/// [-(nargs + 1), +(nresults | 1), -] lua_pcall for Swift: nothing in it counts as below a Swift frame. Returns the
/// status.
int fence_call(fence_vm *vm, lua_State *L, int nargs, int nresults);
/// [-0, +1, -] The text of any value as `tostring` gives it, or of the error on the way to it. Returns the status.
int fence_tostring(fence_vm *vm, lua_State *L, int index);
/// [-0, +1, -] Pushes a string whose bytes are in a block of `system_large_take`, SYSTEM_HEADROOM bytes behind its
/// beginning, with room for one more. If `*adopted` comes out true, the block has become the string's memory. False,
/// with nothing pushed: there is no memory.
bool fence_push_adopting(fence_vm *vm, lua_State *L, char *bytes, size_t count, bool *adopted);
/// [-0, +1, -] Pushes a string of any length. False, with nothing pushed: there is no memory.
bool fence_push_bytes(fence_vm *vm, lua_State *L, const char *bytes, size_t count);

// MARK: - The running C function's values, read where they are
//
// For functions that are called so often that Lua's own functions for arguments would take most of their time. These
// read Lua's memory, whose layout is checked first (layout.h).

typedef union fence_bits {
  lua_Integer integer;
  lua_Number number;
  const struct fence_string *string;
  const void *object;
} fence_bits;

typedef struct fence_value {
  fence_bits bits;
  uint8_t type;
} fence_value;

enum {
  FENCE_VALUE_FALSE = 0x01,
  FENCE_VALUE_TRUE = 0x11,
  FENCE_VALUE_INTEGER = 0x03,
  FENCE_VALUE_FLOAT = 0x13,
  FENCE_VALUE_SHORT_STRING = 0x44,
  FENCE_VALUE_LONG_STRING = 0x54,
  FENCE_VALUE_LUA_FUNCTION = 0x46,
  FENCE_VALUE_USERDATA = 0x47,
};

typedef struct fence_frame {  // the record of an active call
  const fence_value *function;
  void *top;
  struct fence_frame *previous, *next;
  const void *instruction;  // in a Lua function: the one after the call
  uint64_t others[2];
  int32_t another;
  int16_t wanted;  // how many results the caller takes; less than 0: all
  uint16_t status;
} fence_frame;

typedef struct fence_thread {  // how a lua_State begins
  void *next_object;
  uint8_t type, marked, status, allows_hooks;
  uint16_t frames;
  fence_value *top;
  void *global;
  fence_frame *frame;
} fence_thread;

typedef struct fence_userdata {
  void *next_object;
  uint8_t type, marked;
  uint16_t attachments;
  size_t size;
  void *metatable;
} fence_userdata;

extern int fence_layout;
enum { FENCE_LAYOUT_UNKNOWN, FENCE_LAYOUT_OTHER, FENCE_LAYOUT_KNOWN };
/// Whether the liblua of this process has the layout that is known. Any thread.
bool fence_find_layout(void);
static inline bool fence_knows_layout(void) {
  int known = __atomic_load_n(&fence_layout, __ATOMIC_RELAXED);
  return __builtin_expect(known == FENCE_LAYOUT_KNOWN, 1) || (known == FENCE_LAYOUT_UNKNOWN && fence_find_layout());
}

/// The first argument of the running C function, if it has exactly `count` of them and the layout is known; otherwise
/// NULL. Valid until the next call into Lua.
static inline fence_value *fence_arguments(lua_State *L, int count) {
  if (!fence_knows_layout()) return NULL;
  const fence_thread *thread = (const fence_thread *)(const void *)L;
  fence_value *first = (fence_value *)thread->frame->function + 1;
  return thread->top - first == count ? first : NULL;
}

/// The value at that index, counted from 1, if there is one and the layout is known; otherwise NULL. Valid as above.
static inline const fence_value *fence_argument(lua_State *L, int index) {
  if (index <= 0 || !fence_knows_layout()) return NULL;
  const fence_thread *thread = (const fence_thread *)(const void *)L;
  const fence_value *value = thread->frame->function + index;
  return value < thread->top ? value : NULL;
}

/// As lua_gettop.
static inline int fence_count(lua_State *L) {
  if (!fence_knows_layout()) return lua_gettop(L);
  const fence_thread *thread = (const fence_thread *)(const void *)L;
  return (int)(thread->top - (thread->frame->function + 1));
}

/// The record of an argument made by `fence_push_object`, or NULL.
static inline fence_object *fence_object_in(const fence_value *value) {
  if (value->type != FENCE_VALUE_USERDATA) return NULL;
  const fence_userdata *u = (const fence_userdata *)value->bits.object;
  if (u->size != sizeof(fence_object)) return NULL;
  size_t offset = u->attachments ? sizeof *u + sizeof(void *) + u->attachments * sizeof(fence_value) : sizeof *u;
  fence_object *o = (fence_object *)((char *)u + offset);
  return o->cookie == FENCE_COOKIE ? o : NULL;
}

/// Whether the results of the running C function will be dropped. False also where the layout is not known.
static inline bool fence_drops_results(lua_State *L) {
  return fence_knows_layout() && ((const fence_thread *)(const void *)L)->frame->wanted == 0;
}
/// The same of the function that has called it.
static inline bool fence_caller_drops_results(lua_State *L) {
  if (!fence_knows_layout()) return false;
  const fence_frame *caller = ((const fence_thread *)(const void *)L)->frame->previous;
  return caller && caller->wanted == 0;
}

/// [-0, +1, -] Pushes a boolean or a number. Of the places that Lua keeps for every C function one must be left.
static inline void fence_push_plain(lua_State *L, uint8_t type, lua_Integer bits) {
  fence_thread *thread = (fence_thread *)(void *)L;
  thread->top->bits.integer = bits;
  thread->top->type = type;
  thread->top++;
}

/// [-0, +1, -] As lua_pushinteger and lua_pushnumber.
static inline void fence_push_integer(lua_State *L, lua_Integer value) {
  if (fence_knows_layout()) fence_push_plain(L, FENCE_VALUE_INTEGER, value);
  else lua_pushinteger(L, value);
}
static inline void fence_push_number(lua_State *L, lua_Number value) {
  if (!fence_knows_layout()) return lua_pushnumber(L, value);
  fence_thread *thread = (fence_thread *)(void *)L;
  thread->top->bits.number = value;
  thread->top->type = FENCE_VALUE_FLOAT;
  thread->top++;
}

// MARK: - Reading and writing the memory of tables

/// Tags of values in a message, those that C uses: all are in `Tag` in Swift.
enum {
  FENCE_TAG_FALSE = 1,
  FENCE_TAG_TRUE = 2,
  FENCE_TAG_INTEGER = 3,
  FENCE_TAG_FLOAT = 4,
  FENCE_TAG_SHORT = 5,
  FENCE_TAG_TABLE = 7,
  FENCE_TAG_END = 15,
};
/// Writes the table at that address if it holds only numbers, booleans and strings of up to 255 bytes, and has no
/// metatable. Returns the count of bytes; 0 if it is not that simple, does not fit into `room`, or the layout is not
/// known.
size_t fence_encode_flat(const void *table, char *bytes, size_t room);
/// [-0, +(0|1), m] Reads what `fence_encode_flat` wrote; false, with nothing pushed, for anything else.
bool fence_decode_flat(lua_State *L, const char *bytes, size_t count);

/// [-0, +0, -] The size of the array part of the table at `index`, whose items come first in a traversal. 0 if the
/// layout is not known.
size_t fence_array_size(lua_State *L, int index);
/// [-0, +0, -] Copies the integers in the array part from `first` on, up to `last` or another value. Returns how many.
size_t fence_read_integers(lua_State *L, int index, size_t first, size_t last, void *bytes);
/// [-0, +0, -] Fills the array part of a new table with integers from `first` on, up to its size. Returns how many.
size_t fence_fill_integers(lua_State *L, int index, size_t first, size_t count, const void *bytes);
/// [-0, +0, -] The first of the `count` items of the list at `index` that is nil; 0 if there is none. Raw access.
size_t fence_first_hole(lua_State *L, int index, size_t count);
/// [-0, +1, m] Pushes a new list of the `count` items from `first` on. Raw access.
void fence_push_slice(lua_State *L, int index, size_t first, size_t count);
/// [-0, +0, m] Copies the `count` items of the list `from` to the list `to`, from `first` on. Raw access; positive
/// indices. The list has room for them.
void fence_place_items(lua_State *L, int from, size_t count, int to, size_t first);
/// [-0, +0, -] Loads the list's item `n` into the cache, which will be needed soon.
void fence_prefetch_item(lua_State *L, int index, lua_Integer n);
/// [-0, +1, m] Pushes a copy of the table at `index`. Raw access.
void fence_copy_fields(lua_State *L, int index);

/// [-0, +0, -] Puts the Lua function that called the running C function into the first item of the table at `index`,
/// and returns the instruction where it stands. NULL: a C function has called, or the layout is not known.
const void *fence_mark_caller(lua_State *L, int index);
/// Whether that function calls again from there. `table` is the table's address; it may be weak.
bool fence_is_marked(lua_State *L, const void *table, const void *instruction);

// MARK: - Tasks

/// [-0, +1, m] A new coroutine that is the base of a task.
lua_State *fence_new_task(lua_State *L);
/// The number of values on a base coroutine below the function and its arguments: body, message handler, handle.
#define FENCE_PREPARED 3
/// [-0, +3, -] Pushes them, with nil for the task's handle. `is_main`: errors get the form in which stock Lua's command
/// prints them, with the traceback.
void fence_prepare(lua_State *co, bool is_main);
/// [-1, +count, -] The handle on top, made by `fence_push_pending`, becomes that of a base coroutine that was just
/// prepared, and hands over what it has kept.
void fence_begin_pending(lua_State *co, int count);
/// [-1, +0, -] Keeps the task's handle with a base coroutine that was just prepared.
void fence_set_handle(lua_State *co);
/// [-0, +1, -] Pushes the handle of a base coroutine that has not ended onto `L`; nil if it has none.
void fence_push_handle(lua_State *co, lua_State *L);
/// Starts or continues a base coroutine. LUA_YIELD: suspended. LUA_OK: ended with `*nresults` values on top, the error
/// value among them when `vm->status` is not LUA_OK.
int fence_resume(fence_vm *vm, lua_State *co, int nargs, int *nresults);
/// From here on `co` is the running coroutine, which a signal hooks.
void fence_switch_to(fence_vm *vm, lua_State *co);
/// Closes the pending to-be-closed variables and empties the coroutine. Returns the status.
int fence_reset(fence_vm *vm, lua_State *co);
/// Whether a host function called by L may suspend its task.
static inline bool fence_can_suspend(const fence_vm *vm, lua_State *L) {
  return L == vm->running && !vm->fixed && lua_isyieldable(L);
}
/// [-0, +1, m] As `luaL_traceback`, but faster.
void fence_traceback(lua_State *L, lua_State *of, const char *message, int level);
/// [-0, +1, -] Pushes the traceback of the error that ended the last task, and forgets it; nil if there is none.
void fence_push_traceback(lua_State *L);

// MARK: - Interrupts of running Lua code
//
// Somebody sets a flag and sends the state's thread a signal. The handler sets a hook on the running coroutine, and
// allows hooks if a hook or a finalizer of the script runs there; the hook calls `interrupted`. The functions that set
// the scripts' own hooks know of it. Without an interrupt there is no hook, so it costs nothing. `lua_sethook` from
// another thread would be a race; the manual allows it in a signal handler on the thread itself.

/// From now on the calling thread runs this state (NULL: none).
void fence_adopt(fence_vm *vm);
/// Any thread: `interrupted` has to be called. A signal to the state's thread must follow.
void fence_want_interrupt(fence_vm *vm);
/// Any thread: whether `interrupted` was not called since.
bool fence_wants_interrupt(fence_vm *vm);
/// On the state's thread, while no Lua code runs: drops the request, since the thread has looked by itself.
void fence_forget_interrupt(fence_vm *vm);
/// On the state's thread: `interrupted` is called before the next instruction of Lua code.
void fence_interrupt(fence_vm *vm);
/// On the state's thread: the same, as soon as that coroutine runs.
void fence_interrupt_coroutine(lua_State *co);
/// Whether a finalizer runs, in this coroutine or in one that resumed it: an error raised now would become a warning.
bool fence_in_finalizer(lua_State *L);
/// Whether a function of a compiled module is among the coroutine's active calls.
bool fence_has_foreign_frame(lua_State *L);
/// The frame of the C function that runs; valid until that returns.
const void *fence_frame_of(lua_State *L);
/// Whether a script's handler of a `<close>` variable is among the coroutine's active calls, within that frame (NULL: anywhere).
bool fence_is_closing(lua_State *L, const void *frame);
/// Whether the coroutine runs, has resumed one that runs, or is suspended with its task. False if it has yielded to the
/// script.
static inline bool fence_is_active(lua_State *co) {
  return lua_status(co) != LUA_YIELD || (*fence_space(co) & FENCE_PARKED);
}
/// Installs the handlers of the signals for interrupts, one of which also breaks system calls, for the end of a whole
/// state. Also has `copied` called in a copy that `fork` makes.
void fence_install_interrupts(void);
/// From now on the signals of `system_start_sampling` are for the states whose `sampled` is set.
void fence_install_samples(void);
/// [-0, +0, -] Hands on the time that the thread has spent outside of Lua code.
void fence_take_idle_samples(fence_vm *vm);
