// The coroutine library as tasks need it, hooks, and protected calls. A host function that waits yields through every
// coroutine between itself and the event loop: `resume` and `wrap` see the mark `vm->suspending`, park the inner
// coroutine and suspend the outer one in the same way; when the task goes on, they continue the inner one. To the
// script the base coroutine of a task is what the main thread is in stock Lua. The functions follow Lua 5.4's
// lcorolib.c.
#define _GNU_SOURCE
#include "layout.h"

#include <string.h>

#define LIKELY(x) __builtin_expect(!!(x), 1)

// MARK: - Tasks

static const char traceback_key = 0;

void fence_push_traceback(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &traceback_key);
  lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &traceback_key);
}

// The message handler of a task: keeps the traceback. An error that is raised again keeps the one that was taken first.
static int handle_error(lua_State *L) {
  fence_vm *vm = fence_of(L);
  if (fence_hears(L)) return 1;
  if (vm->rethrown) {
    vm->rethrown = 0;
    return 1;
  }
  if (vm->unwinding && lua_istable(L, 1)) {  // the error that ends a task has its traceback as a field
    lua_pushliteral(L, "traceback");
    if (lua_rawget(L, 1) == LUA_TSTRING) {
      lua_settop(L, 1);
      return 1;
    }
    lua_settop(L, 1);
  }
  fence_traceback(L, L, NULL, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &traceback_key);
  return 1;
}

// The message handler of the main chunk, as that of stock Lua's command, except for the error that ends a task.
static int handle_main_error(lua_State *L) {
  if (fence_hears(L) || fence_of(L)->unwinding) return 1;
  const char *message = lua_tostring(L, 1);
  if (!message) {
    if (luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING) return 1;
    message = lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
  }
  fence_vm *vm = fence_of(L);
  if (vm->rethrown) {
    vm->rethrown = 0;
    lua_pushfstring(L, "%s\n", message);
    fence_push_traceback(L);
    lua_concat(L, 2);
    return 1;
  }
  fence_traceback(L, L, message, 1);
  return 1;
}

// A single result of a task that has no handle yet is attached to its userdata, from where a join takes it.
static bool attach_result(lua_State *L) {
  const fence_value *values = fence_arguments(L, 3);
  const fence_object *object = values ? fence_object_in(values + 1) : NULL;
  if (!object || object->type) return false;
  lua_pushvalue(L, 3);
  lua_setiuservalue(L, 2, 1);
  return true;
}

static int task_ended(lua_State *L, int status, lua_KContext context) {
  (void)context;
  fence_vm *vm = fence_of(L);
  vm->status = status == LUA_YIELD ? LUA_OK : status;
  vm->attached = vm->status == LUA_OK && attach_result(L);
  return lua_gettop(L) - 2;
}

// Stack: message handler, handle, function, arguments.
static int task_body(lua_State *L) {
  int nargs = lua_gettop(L) - 3;
  return task_ended(L, plain_pcallk(L, nargs, LUA_MULTRET, 1, 0, task_ended), 0);
}

lua_State *fence_new_task(lua_State *L) {
  lua_State *co = lua_newthread(L);
  *fence_space(co) |= FENCE_BASE;
  return co;
}

void fence_prepare(lua_State *co, bool is_main) {
  lua_pushcfunction(co, task_body);
  lua_pushcfunction(co, is_main ? handle_main_error : handle_error);
  lua_pushnil(co);
}

void fence_begin_pending(lua_State *co, int count) {
  fence_set_handle(co);
  for (int i = 1; i <= count; i++) {
    lua_getiuservalue(co, 3, i);
    lua_pushnil(co);
    lua_setiuservalue(co, 3, i);
  }
}

void fence_set_handle(lua_State *co) { lua_replace(co, 3); }

void fence_push_handle(lua_State *co, lua_State *L) {
  lua_Debug ar;
  lua_checkstack(co, 1);
  int last = 0, beyond = 1;
  if (!lua_getstack(co, last, &ar)) {  // it has not started
    lua_pushvalue(co, 3);
  } else {
    while (lua_getstack(co, beyond, &ar)) last = beyond, beyond *= 2;
    while (last + 1 < beyond) {
      int middle = last + (beyond - last) / 2;
      if (lua_getstack(co, middle, &ar)) last = middle;
      else beyond = middle;
    }
    lua_getstack(co, last, &ar);
    if (!lua_getlocal(co, &ar, 2)) lua_pushnil(co);
  }
  if (co != L) lua_xmove(co, L, 1);
}

// MARK: - Interrupts

__thread fence_vm *fence_own_vm;
// The hook of some C code that `ask` has displaced. A script's own hook is in the table of hooks.
static __thread struct {
  lua_State *L;
  lua_Hook function;
  int mask, count;
} displaced;
// Hooks are being changed: the signal handler leaves them alone, and whoever changes them looks at the flag afterwards.
static __thread volatile int holds_hooks;
// The coroutine in which hooks were allowed, for `ask`, while a hook or a finalizer ran.
static __thread lua_State *volatile let_in;

static void ask(lua_State *L, lua_Debug *ar);
static void script_hook(lua_State *L, lua_Debug *ar);

IN_SIGNAL static void hook_after(lua_State *L, int instructions) {
  lua_Hook set = lua_gethook(L);
  if (set && set != ask && set != script_hook) {
    displaced.L = L;
    displaced.function = set;
    displaced.mask = lua_gethookmask(L);
    displaced.count = lua_gethookcount(L);
  }
  lua_sethook(L, ask, LUA_MASKCOUNT, instructions);
  fence_thread *thread = (fence_thread *)(void *)L;
  if (fence_has_found_hooks() && !thread->allows_hooks) {
    let_in = L;
    thread->allows_hooks = 1;
  }
}

// The script's hooks: a table from coroutines to records, which hold the function as their user value.
static const char hooks_key = 0;
typedef struct own_hook {
  int mask, count;
} own_hook;

// [-0, +1, -] Pushes the record of the coroutine's hook, or nil.
static own_hook *push_own_hook(lua_State *L, lua_State *of) {
  if (!lua_checkstack(L, 3) || !lua_checkstack(of, 1)) return NULL;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &hooks_key);
  lua_pushthread(of);
  if (of != L) lua_xmove(of, L, 1);
  lua_rawget(L, -2);
  lua_remove(L, -2);
  return lua_touserdata(L, -1);
}

static void unhook(lua_State *L) {
  if (displaced.L == L) {
    lua_sethook(L, displaced.function, displaced.mask, displaced.count);
    displaced.L = NULL;
    return;
  }
  int top = lua_gettop(L);
  own_hook *own = push_own_hook(L, L);
  lua_sethook(L, own ? script_hook : NULL, own ? own->mask : 0, own ? own->count : 0);
  lua_settop(L, top);
}

// Whether a hook or a finalizer runs in this coroutine.
static bool is_inside(lua_State *L, bool counts_hooks) {
  lua_Debug ar;
  for (int level = 0, more = lua_getstack(L, 0, &ar); more; more = fence_caller(L, &ar, level++)) {
    lua_getinfo(L, "n", &ar);
    if (counts_hooks && strcmp(ar.namewhat, "hook") == 0) return true;
    if (ar.name && strcmp(ar.name, "__gc") == 0) return true;
  }
  return false;
}

bool fence_in_finalizer(lua_State *L) {
  // -1 while a finalizer runs. In older versions that is 0, as it is when the script has stopped the collector.
  int running = lua_gc(L, LUA_GCISRUNNING);
  return running < 0 || (running == 0 && is_inside(L, false));
}

// Whether the function of that frame is a script's handler of a `<close>` variable. Those of the host end their waits
// themselves.
static bool is_handler(lua_State *L, lua_Debug *ar) {
  enum { IS_C = 1 << 1, IS_TAIL_CALL = 1 << 5, ERROR = 7 << 10 };
  fence_frame *frame = fence_knows_layout() ? (fence_frame *)(void *)ar->i_ci : NULL;
  // A tail call hides by what the function was called; here it is still the end of the block.
  uint16_t status = frame ? frame->status : 0;
  if (frame) frame->status &= (uint16_t)~IS_TAIL_CALL;
  lua_getinfo(L, "nS", ar);
  if (frame) frame->status = status;
  if (*ar->what == 'C') return false;
  if (ar->name && strcmp(ar->namewhat, "metamethod") == 0 && strcmp(ar->name, "close") == 0) return true;
  // A protected call that closes what an error has left notes the error meanwhile.
  return frame && frame->previous->status & IS_C && frame->previous->status & ERROR;
}

const void *fence_frame_of(lua_State *L) {
  lua_Debug ar;
  return lua_getstack(L, 0, &ar) ? ar.i_ci : NULL;
}

bool fence_is_closing(lua_State *L, const void *frame) {
  lua_Debug ar;
  ar.what = "C";
  for (int level = 0, more = lua_getstack(L, 0, &ar); more; more = fence_caller(L, &ar, level++)) {
    if (ar.i_ci == frame) return false;
    if (is_handler(L, &ar)) return true;
  }
  return fence_of(L)->closing == L && *ar.what != 'C';
}

void fence_begin_copy(fence_vm *vm) {
  if (__builtin_expect(!system_begin_copy(), 1)) return;
  vm->host++;
  vm->copied(vm);
  vm->host--;
}

static int call_interrupted(lua_State *L, fence_vm *vm) {
  fence_begin_copy(vm);
  vm->broken = 0;
  __atomic_exchange_n(&vm->interrupt, 0, __ATOMIC_ACQUIRE);
  vm->host++;
  int answer = vm->interrupted(L, vm);
  vm->host--;
  if (answer & FENCE_ASKS_AGAIN) {
    hook_after(L, answer & FENCE_RAISES ? 1 : 1000);
    fence_want_interrupt(vm);
  }
  return answer;
}

// Whether the function is one of our own chunks, such as `[pool]`. They hear of endings where they wait, so that what
// they have just been given is noted. A script can name its chunks so, too: for some milliseconds, nothing interrupts it.
static bool is_own(lua_State *L, lua_Debug *ar, fence_vm *vm) {
  lua_getinfo(L, "S", ar);
  if (ar->source[0] == '=' && ar->source[1] == '[' && vm->deferred < 1 << 16) return ++vm->deferred;
  vm->deferred = 0;
  return false;
}

static void ask(lua_State *L, lua_Debug *ar) {
  fence_vm *vm = fence_of(L);
  fence_begin_copy(vm);
  if (vm->sampled) {
    fence_take_sample(L, vm);
    if (!fence_wants_interrupt(vm)) {
      unhook(L);
      return;
    }
  }
  if (is_own(L, ar, vm)) {
    hook_after(L, 16);
    return;
  }
  // One instruction at a time: a signal that comes meanwhile sets the hook anew.
  if (vm->unmarked) {
    if (vm->unmarked++ < 3) {
      hook_after(L, 1);
      return;
    }
    vm->unmarked = 0;
  }
  unhook(L);
  if (call_interrupted(L, vm) & FENCE_RAISES) fence_unwind(L);
}

// C code raises an error. If a signal may have broken its system call, the error of the ending takes its place.
bool fence_hears(lua_State *L) {
  fence_vm *vm = fence_of(L);
  return __builtin_expect(vm->broken, 0) && (call_interrupted(L, vm) & FENCE_RAISES);
}

bool fence_hears_interrupt(lua_State *L) {
  fence_vm *vm = fence_of(L);
  if (!fence_wants_interrupt(vm)) return false;
  if (lua_gethook(L) == ask) unhook(L);
  return call_interrupted(L, vm) & FENCE_RAISES;
}

void fence_let_interrupt(lua_State *L) {
  if (fence_hears_interrupt(L)) fence_unwind(L);
}

IN_SIGNAL static void hook(lua_State *L) {
  if (!holds_hooks) hook_after(L, 1);
}

void fence_interrupt_coroutine(lua_State *co) {
  fence_want_interrupt(fence_of(co));
  hook(co);
}

// In the signal handler.
IN_SIGNAL static void reach(bool breaks) {
  fence_vm *vm = fence_own_vm;
  if (!vm || !__atomic_load_n(&vm->interrupt, __ATOMIC_RELAXED) || vm->running == vm->main) return;
  if (breaks) vm->broken = 1;
  hook(vm->running);
}

// In the signal handler: the stack is looked at between two instructions of Lua code, where that can be done. An interrupt
// that is wanted has its hook already, which may have to wait.
IN_SIGNAL static void sample(int count) {
  fence_vm *vm = fence_own_vm;
  if (!vm || !vm->sampled) return;
  if (vm->running == vm->main || !vm->running) {
    vm->idle_samples += count;
    return;
  }
  vm->samples += count;
  // A script's own hook takes the sample itself, and misses no event.
  if (lua_gethook(vm->running) == script_hook || __atomic_load_n(&vm->interrupt, __ATOMIC_RELAXED)) return;
  hook(vm->running);
}

void fence_install_samples(void) { system_take_samples(sample); }

void fence_adopt(fence_vm *vm) { fence_own_vm = vm; }

// The script's next instruction in the copy begins it (`fence_begin_copy`), or its return to the event loop.
static bool tell_of_copy(void) {
  fence_vm *vm = fence_own_vm;
  if (!vm || !vm->copied) return false;
  if (vm->running == vm->main) {
    fence_begin_copy(vm);
  } else {
    fence_interrupt(vm);
  }
  return true;
}

void fence_want_interrupt(fence_vm *vm) {
  fence_knows_hooks();
  __atomic_store_n(&vm->interrupt, 1, __ATOMIC_RELEASE);
}

bool fence_wants_interrupt(fence_vm *vm) { return __atomic_load_n(&vm->interrupt, __ATOMIC_RELAXED); }

void fence_forget_interrupt(fence_vm *vm) {
  vm->broken = 0;
  __atomic_store_n(&vm->interrupt, 0, __ATOMIC_RELAXED);
}

void fence_interrupt(fence_vm *vm) {
  fence_want_interrupt(vm);
  if (vm->running != vm->main) hook(vm->running);
}

void fence_install_interrupts(void) {
  system_install_interrupts(reach);
  system_tell_of_copy(tell_of_copy);
}

// From here on a signal hooks `co`. One that came a moment earlier has hooked another coroutine, so this looks at the
// flag.
static inline void switch_to(fence_vm *vm, lua_State *co) {
  vm->running = co;
  __asm__ __volatile__("" ::: "memory");
  if (__builtin_expect(__atomic_load_n(&vm->interrupt, __ATOMIC_RELAXED), 0) && co != vm->main) hook(co);
}

void fence_switch_to(fence_vm *vm, lua_State *co) { switch_to(vm, co); }

int fence_resume(fence_vm *vm, lua_State *co, int nargs, int *nresults) {
  int host = vm->host;
  vm->host = 0;
  vm->base = __builtin_frame_address(0);
  switch_to(vm, co);
  *fence_space(co) &= ~(uintptr_t)FENCE_PARKED;
  int status = plain_resume(co, vm->main, nargs, nresults);
  if (__builtin_expect(__atomic_load_n(&vm->interrupt, __ATOMIC_RELAXED), 0)) fence_begin_copy(vm);
  if (status == LUA_YIELD) *fence_space(co) |= FENCE_PARKED;
  vm->running = vm->main;
  vm->host = host;
  return status;
}

// Lua 5.4.4 counts the C calls of a coroutine that is closed from zero, so such closings within each other are bounded
// here: by their number, and by what they have taken of the stack. What is left has room for as many C calls as Lua allows.
enum { MOST_RESETS = 100, STACK_OF_RESETS = 384 << 10, LARGEST_STACK = 64 << 20 };

static void check_resets(lua_State *L, const fence_vm *vm) {
  ptrdiff_t used = vm->base - (const char *)__builtin_frame_address(0);
  bool is_deep = used > STACK_OF_RESETS && used < LARGEST_STACK;  // else it is another thread's
  if (vm->resets >= MOST_RESETS || is_deep) luaL_error(L, "C stack overflow");
}

// Closes the variables of `co`. Their handlers cannot suspend the task, but they can be interrupted.
static int reset(fence_vm *vm, lua_State *co) {
  int fixed = vm->fixed;
  lua_State *outer = vm->running, *closing = vm->closing;
  vm->fixed = 1;
  vm->closing = co;
  switch_to(vm, co);
  vm->resets++;
  int status = lua_resetthread(co);
  vm->resets--;
  switch_to(vm, outer);
  vm->closing = closing;
  vm->fixed = fixed;
  return status;
}

int fence_reset(fence_vm *vm, lua_State *co) {
  int host = vm->host;
  vm->host = 0;
  int status = reset(vm, co);
  vm->host = host;
  return status;
}

// MARK: - Protected calls
//
// A task that is being ended (cancelled, exited) unwinds through every protected call that was made before the
// unwinding began. Calls that `<close>` handlers make afterwards catch errors as usual. So each call remembers the
// count of unwindings at its beginning.

static int unwinds(lua_State *L, uint32_t count) {
  fence_vm *vm = fence_of(L);
  return __builtin_expect(vm->unwinding != 0, 0) && (int32_t)(count - vm->unwinding) < 0;
}

bool fence_unwinds(lua_State *L, uint32_t unwindings) { return unwinds(L, unwindings); }

static int base_pcall(lua_State *L);
static int base_xpcall(lua_State *L);
static int pass_on(lua_State *L) {
  lua_settop(L, 1);
  return 1;
}

// Moves `ar` to the frame that called its own. lua_getstack counts from the top, which is quadratic in a deep stack.
// The link to the caller has been the third word of a frame in all of 5.4; the first call checks that.
int fence_caller(lua_State *L, lua_Debug *ar, int level) {
  static int is_linked = -1;
  int linked = __atomic_load_n(&is_linked, __ATOMIC_RELAXED);
  if (linked < 0) {
    lua_Debug next;
    if (!lua_getstack(L, level + 1, &next)) return 0;
    linked = ((void **)ar->i_ci)[2] == (void *)next.i_ci;
    __atomic_store_n(&is_linked, linked, __ATOMIC_RELAXED);
  }
  if (!linked) return lua_getstack(L, level + 1, ar);
  ar->i_ci = ((void **)ar->i_ci)[2];
  return ar->i_ci != NULL && ((void **)ar->i_ci)[2] != NULL;  // not the base of the coroutine
}

// A script's message handler would run before the stack unwinds, and could loop for ever. So the handler of the
// innermost `xpcall` is replaced, in the frame of that call, before the error is raised.
int fence_unwind(lua_State *L) {
  lua_Debug ar;
  lua_checkstack(L, 2);
  for (int level = 0, more = lua_getstack(L, 0, &ar); more; more = fence_caller(L, &ar, level++)) {
    lua_getinfo(L, "f", &ar);
    lua_CFunction function = lua_tocfunction(L, -1);
    lua_pop(L, 1);
    if (function == base_pcall) break;
    if (function != base_xpcall) continue;
    lua_pushcfunction(L, pass_on);
    if (!lua_setlocal(L, &ar, 2)) lua_pop(L, 1);
    break;
  }
  return lua_error(L);
}

static int call_ended(lua_State *L, int status, lua_KContext handler) {
  return fence_left(L, status == LUA_YIELD ? LUA_OK : status, lua_gettop(L) - (int)handler);
}

int fence_call_script(lua_State *L, int nargs) {
  int handler = lua_gettop(L) - nargs;
  lua_pushcfunction(L, handle_error);
  lua_insert(L, handler);
  return call_ended(L, plain_pcallk(L, nargs, LUA_MULTRET, handler, handler, call_ended), handler);
}

static int pcall_ended(lua_State *L, int status, lua_KContext context) {
  if (__builtin_expect(status != LUA_OK && status != LUA_YIELD, 0)) {
    if (unwinds(L, (uint32_t)(context >> 8))) return fence_unwind(L);
    fence_of(L)->rethrown = 0;
    lua_pushboolean(L, 0);
    lua_pushvalue(L, -2);
    return 2;
  }
  return lua_gettop(L) - (int)(context & 0xff);
}

static int base_pcall(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, 1);
  lua_insert(L, 1);
  lua_KContext context = (lua_KContext)fence_of(L)->unwindings << 8;
  return pcall_ended(L, plain_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, context, pcall_ended), context);
}

static int base_xpcall(lua_State *L) {
  int n = lua_gettop(L);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushboolean(L, 1);
  lua_pushvalue(L, 1);
  lua_rotate(L, 3, 2);
  lua_KContext context = (lua_KContext)fence_of(L)->unwindings << 8 | 2;
  return pcall_ended(L, plain_pcallk(L, n - 2, LUA_MULTRET, 2, context, pcall_ended), context);
}

// MARK: - resume and wrap

static int parked(lua_State *co) { return (*fence_space(co) & FENCE_PARKED) != 0; }

static lua_State *get_coroutine(lua_State *L) {
  lua_State *co = lua_tothread(L, 1);
  luaL_argexpected(L, co, 1, "thread");
  return co;
}

enum { FAILED = -1, SUSPENDED = -2 };

// Continues `co` and moves its results to L. Returns their number, FAILED (the error is on top of L), or SUSPENDED.
static int drive(lua_State *L, lua_State *co, int nargs) {
  fence_vm *vm = fence_of(L);
  int nresults, fixed = vm->fixed;
  lua_State *outer = vm->running;
  vm->fixed = fixed | !lua_isyieldable(L) | (L != outer);
  switch_to(vm, co);
  int status = plain_resume(co, L, nargs, &nresults);
  switch_to(vm, outer);
  vm->fixed = fixed;
  if (LIKELY(status == LUA_OK || status == LUA_YIELD)) {
    if (__builtin_expect(vm->suspending, 0)) {
      *fence_space(co) |= FENCE_PARKED;
      return SUSPENDED;
    }
    if (LIKELY(lua_checkstack(L, nresults + 1))) {
      lua_xmove(co, L, nresults);
      return nresults;
    }
    lua_pop(co, nresults);
    lua_pushliteral(L, "too many results to resume");
    return FAILED;
  }
  lua_xmove(co, L, 1);
  return FAILED;
}

static int begin(lua_State *L, lua_State *co, int nargs) {
  if (__builtin_expect(parked(co), 0)) {
    lua_pushliteral(L, "cannot resume non-suspended coroutine");
    return FAILED;
  }
  if (__builtin_expect(!lua_checkstack(co, nargs), 0)) {
    lua_pushliteral(L, "too many arguments to resume");
    return FAILED;
  }
  lua_xmove(L, co, nargs);
  return drive(L, co, nargs);
}

static int resume_again(lua_State *L, int status, lua_KContext context);
static int wrap_again(lua_State *L, int status, lua_KContext context);

// Suspends L as well. The count of unwindings stays on top of its stack, for `restore`.
static int suspend(lua_State *L, lua_State *co, uint32_t unwindings, lua_KFunction again) {
  lua_pushinteger(L, unwindings);
  return lua_yieldk(L, 0, (lua_KContext)co, again);
}

static uint32_t restore(lua_State *L, lua_State *co) {
  *fence_space(co) &= ~(uintptr_t)FENCE_PARKED;
  uint32_t unwindings = (uint32_t)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return unwindings;
}

// Closes the variables of a coroutine that failed; its error, on top of L, may become another. Returns the status.
static int close_failed(lua_State *L, lua_State *co) {
  check_resets(L, fence_of(L));
  lua_xmove(L, co, 1);
  int status = reset(fence_of(L), co);
  lua_xmove(co, L, 1);
  return status;
}

static int resumed(lua_State *L, lua_State *co, int n, uint32_t unwindings) {
  if (__builtin_expect(n == SUSPENDED, 0)) return suspend(L, co, unwindings, resume_again);
  if (__builtin_expect(n == FAILED, 0) && unwinds(L, unwindings)) {
    close_failed(L, co);
    return fence_unwind(L);
  }
  if (n == FAILED) fence_of(L)->rethrown = 0;
  lua_pushboolean(L, n != FAILED);
  if (n == FAILED) n = 1;
  lua_insert(L, -(n + 1));
  return n + 1;
}

static int resume_again(lua_State *L, int status, lua_KContext context) {
  (void)status;
  lua_State *co = (lua_State *)context;
  uint32_t unwindings = restore(L, co);
  return resumed(L, co, drive(L, co, 0), unwindings);
}

static int co_resume(lua_State *L) {
  lua_State *co = get_coroutine(L);
  uint32_t unwindings = fence_of(L)->unwindings;
  return resumed(L, co, begin(L, co, lua_gettop(L) - 1), unwindings);
}

static int wrapped(lua_State *L, lua_State *co, int n) {
  if (LIKELY(n >= 0)) return n;
  if (n == SUSPENDED) return suspend(L, co, 0, wrap_again);
  int status = lua_status(co);
  if (status != LUA_OK && status != LUA_YIELD) status = close_failed(L, co);  // the error was raised by co
  if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {  // adds the place of the call, as stock Lua does
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return fence_of(L)->unwinding ? fence_unwind(L) : lua_error(L);
}

static int wrap_again(lua_State *L, int status, lua_KContext context) {
  (void)status;
  lua_State *co = (lua_State *)context;
  restore(L, co);
  return wrapped(L, co, drive(L, co, 0));
}

static int wrap_call(lua_State *L) {
  lua_State *co = lua_tothread(L, lua_upvalueindex(1));
  return wrapped(L, co, begin(L, co, lua_gettop(L)));
}

static int co_wrap(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_State *co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  lua_pushcclosure(L, wrap_call, 1);
  return 1;
}

// MARK: - debug.sethook and debug.gethook
//
// As stock Lua's, but setting a hook does not lose `ask`, and asking for the hook does not show it.

static void script_hook(lua_State *L, lua_Debug *ar) {
  static const char *const events[] = {"call", "return", "line", "count", "tail call"};
  if (__builtin_expect(let_in == L, 0)) {
    if (is_inside(L, true)) return;  // stock Lua calls no hook here
    let_in = NULL;
  }
  fence_vm *vm = fence_of(L);
  if (__builtin_expect(vm->samples, 0)) fence_take_sample(L, vm);
  if (!push_own_hook(L, L)) return;  // a coroutine inherits its creator's hook, but not the function
  lua_getiuservalue(L, -1, 1);
  lua_pushstring(L, events[ar->event]);
  if (ar->currentline >= 0) lua_pushinteger(L, ar->currentline);
  else lua_pushnil(L);
  lua_call(L, 2, 0);
}

static lua_State *hooked_thread(lua_State *L, int *argument) {
  *argument = lua_isthread(L, 1) ? 2 : 1;
  return lua_isthread(L, 1) ? lua_tothread(L, 1) : L;
}

static int debug_sethook(lua_State *L) {
  int argument;
  lua_State *of = hooked_thread(L, &argument);
  own_hook own = {0, 0};
  if (!lua_isnoneornil(L, argument)) {
    const char *events = luaL_checkstring(L, argument + 1);
    luaL_checktype(L, argument, LUA_TFUNCTION);
    own.count = (int)luaL_optinteger(L, argument + 2, 0);
    if (strchr(events, 'c')) own.mask |= LUA_MASKCALL;
    if (strchr(events, 'r')) own.mask |= LUA_MASKRET;
    if (strchr(events, 'l')) own.mask |= LUA_MASKLINE;
    if (own.count > 0) own.mask |= LUA_MASKCOUNT;
  }
  if (of != L && !lua_checkstack(of, 1)) return luaL_error(L, "stack overflow");
  lua_settop(L, argument);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &hooks_key);
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, "_HOOKKEY");  // under the name that stock Lua uses
  lua_pushthread(of);
  if (of != L) lua_xmove(of, L, 1);
  if (own.mask) {
    *(own_hook *)lua_newuserdatauv(L, sizeof own, 1) = own;
    lua_pushvalue(L, argument);
    lua_setiuservalue(L, -2, 1);
  } else {
    lua_pushnil(L);
  }
  lua_rawset(L, -3);
  holds_hooks = 1;
  bool is_asked = lua_gethook(of) == ask;
  if (displaced.L == of) displaced.L = NULL;
  lua_sethook(of, own.mask ? script_hook : NULL, own.mask, own.count);
  holds_hooks = 0;
  fence_vm *vm = fence_of(L);
  if (is_asked) hook(of);
  if (fence_wants_interrupt(vm)) hook(vm->running);
  return 0;
}

static int debug_gethook(lua_State *L) {
  int argument;
  lua_State *of = hooked_thread(L, &argument);
  own_hook *own = push_own_hook(L, of);
  holds_hooks = 1;
  lua_Hook set = lua_gethook(of);
  own_hook now = {lua_gethookmask(of), lua_gethookcount(of)};
  if (set == ask && displaced.L == of) {
    set = displaced.function;
    now = (own_hook){displaced.mask, displaced.count};
  } else if (set == ask) {
    set = own ? script_hook : NULL;
    if (own) now = *own;
  }
  holds_hooks = 0;
  fence_vm *vm = fence_of(L);
  if (fence_wants_interrupt(vm)) hook(vm->running);
  if (!set) {
    luaL_pushfail(L);
    return 1;
  }
  if (set != script_hook) lua_pushliteral(L, "external hook");
  else if (own) lua_getiuservalue(L, -1, 1);
  else lua_pushnil(L);
  char events[4], *end = events;
  if (now.mask & LUA_MASKCALL) *end++ = 'c';
  if (now.mask & LUA_MASKRET) *end++ = 'r';
  if (now.mask & LUA_MASKLINE) *end++ = 'l';
  lua_pushlstring(L, events, (size_t)(end - events));
  lua_pushinteger(L, now.count);
  return 3;
}

// MARK: - The rest of the library

static int co_yield(lua_State *L) {
  if (__builtin_expect(*fence_space(L) & FENCE_BASE, 0)) {
    lua_pushliteral(L, "attempt to yield from outside a coroutine");
    return lua_error(L);
  }
  return lua_yield(L, lua_gettop(L));
}

static const char *status_of(lua_State *L, lua_State *co) {
  if (L == co) return "running";
  if (parked(co)) return "normal";  // it is suspended with its task, in a wait
  switch (lua_status(co)) {
    case LUA_YIELD:
      return "suspended";
    case LUA_OK: {
      lua_Debug ar;
      if (lua_getstack(co, 0, &ar)) return "normal";
      return lua_gettop(co) == 0 ? "dead" : "suspended";
    }
    default:
      return "dead";
  }
}

static int co_status(lua_State *L) {
  lua_pushstring(L, status_of(L, get_coroutine(L)));
  return 1;
}

static int co_isyieldable(lua_State *L) {
  lua_State *co = lua_isthread(L, 1) ? lua_tothread(L, 1) : L;
  lua_pushboolean(L, !(*fence_space(co) & FENCE_BASE) && lua_isyieldable(co));
  return 1;
}

static int co_running(lua_State *L) {
  lua_pushthread(L);
  *fence_space(L) |= FENCE_EXPOSED;
  lua_pushboolean(L, (*fence_space(L) & FENCE_BASE) != 0);
  return 2;
}

static int co_close(lua_State *L) {
  lua_State *co = get_coroutine(L);
  const char *status = status_of(L, co);
  if (strcmp(status, "suspended") != 0 && strcmp(status, "dead") != 0)
    return luaL_error(L, "cannot close a %s coroutine", status);
  fence_vm *vm = fence_of(L);
  uint32_t unwindings = vm->unwindings;
  check_resets(L, vm);
  int closed = reset(vm, co);
  if (vm->scoped) vm->closed(vm, co);
  if (closed == LUA_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  if (unwinds(L, unwindings)) {
    lua_xmove(co, L, 1);
    return fence_unwind(L);
  }
  lua_pushboolean(L, 0);
  lua_xmove(co, L, 1);
  return 2;
}

// `load` catches errors of its reader function. It must not swallow the error that ends a task.
static int base_load(lua_State *L) {
  uint32_t unwindings = fence_of(L)->unwindings;
  int results = lua_tocfunction(L, lua_upvalueindex(1))(L);
  return unwinds(L, unwindings) ? fence_unwind(L) : results;
}

void fence_open_coroutines(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"close", co_close},   {"isyieldable", co_isyieldable}, {"resume", co_resume}, {"running", co_running},
      {"status", co_status}, {"wrap", co_wrap},               {"yield", co_yield},   {NULL, NULL}};
  lua_getglobal(L, LUA_COLIBNAME);
  luaL_setfuncs(L, functions, 0);
  lua_pop(L, 1);
  static const luaL_Reg hooks[] = {{"gethook", debug_gethook}, {"sethook", debug_sethook}, {NULL, NULL}};
  lua_getglobal(L, LUA_DBLIBNAME);
  luaL_setfuncs(L, hooks, 0);
  lua_pop(L, 1);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_pushvalue(L, -1);
  lua_setmetatable(L, -2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &hooks_key);
  lua_pushcfunction(L, base_pcall);
  lua_setglobal(L, "pcall");
  lua_pushcfunction(L, base_xpcall);
  lua_setglobal(L, "xpcall");
  lua_getglobal(L, "load");
  lua_pushcclosure(L, base_load, 1);
  lua_setglobal(L, "load");
}
