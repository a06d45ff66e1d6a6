// The coroutine library as tasks need it. A host function that waits yields through every coroutine between itself and
// the event loop: `resume` and `wrap` see the mark `vm->suspending`, park the inner coroutine and suspend the outer one
// in the same way; when the task goes on, they continue the inner one from where it stood. To the script the base
// coroutine of a task is what the main thread is in stock Lua. The functions follow Lua 5.4's lcorolib.c.
#define _GNU_SOURCE
#include "fence.h"

#include <errno.h>
#include <string.h>

#define LIKELY(x) __builtin_expect(!!(x), 1)

// MARK: - Tasks

static const char traceback_key = 0;

void fence_push_traceback(lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &traceback_key);
  lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &traceback_key);
}

// An error that comes from a call by FENCE_CALL keeps the traceback that was taken there.
static int handle_error(lua_State *L) {
  fence_vm *vm = fence_of(L);
  if (vm->rethrown) {
    vm->rethrown = 0;
    return 1;
  }
  if (vm->unwinding && lua_istable(L, 1)) {  // the error that ends a task says itself where it was raised
    lua_pushliteral(L, "traceback");
    if (lua_rawget(L, 1) == LUA_TSTRING) {
      lua_settop(L, 1);
      return 1;
    }
    lua_settop(L, 1);
  }
  luaL_traceback(L, L, NULL, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &traceback_key);
  return 1;
}

// As the message handler of stock Lua's command, but for an ending that is no error.
static int handle_main_error(lua_State *L) {
  if (fence_of(L)->unwinding) return 1;
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
  luaL_traceback(L, L, message, 1);
  return 1;
}

static int task_ended(lua_State *L, int status, lua_KContext context) {
  (void)context;
  fence_of(L)->status = status == LUA_YIELD ? LUA_OK : status;
  return lua_gettop(L) - 2;
}

// Stack: message handler, handle, function, arguments.
static int task_body(lua_State *L) {
  int nargs = lua_gettop(L) - 3;
  return task_ended(L, lua_pcallk(L, nargs, LUA_MULTRET, 1, 0, task_ended), 0);
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

static __thread fence_vm *own_vm;
// The hook that the script had set where `ask` stands now.
static __thread struct {
  lua_State *L;
  lua_Hook function;
  int mask, count;
} displaced;

static void ask(lua_State *L, lua_Debug *ar);

IN_SIGNAL static void hook_after(lua_State *L, int instructions) {
  lua_Hook set = lua_gethook(L);
  if (set && set != ask) {
    displaced.L = L;
    displaced.function = set;
    displaced.mask = lua_gethookmask(L);
    displaced.count = lua_gethookcount(L);
  }
  lua_sethook(L, ask, LUA_MASKCOUNT, instructions);
}

static void unhook(lua_State *L) {
  bool had_own = displaced.L == L;
  lua_sethook(L, had_own ? displaced.function : NULL, had_own ? displaced.mask : 0, had_own ? displaced.count : 0);
  if (had_own) displaced.L = NULL;
}

bool fence_in_finalizer(lua_State *L) {
  if (lua_gc(L, LUA_GCISRUNNING, 0) > 0) return false;  // -1 while one runs, 0 when the script has stopped it
  lua_Debug ar;
  for (int level = 0; level < 64 && lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "n", &ar);
    if (ar.name && strcmp(ar.name, "__gc") == 0) return true;
  }
  return false;
}

static void ask(lua_State *L, lua_Debug *ar) {
  (void)ar;
  unhook(L);
  fence_vm *vm = fence_of(L);
  if (fence_in_finalizer(L)) return hook_after(L, 100);
  __atomic_exchange_n(&vm->interrupt, 0, __ATOMIC_ACQUIRE);
  vm->host++;
  int raises = vm->interrupted(L, vm);
  vm->host--;
  if (raises) fence_unwind(L);
}

IN_SIGNAL static void hook(lua_State *L) { hook_after(L, 1); }

void fence_interrupt_coroutine(lua_State *co) {
  fence_want_interrupt(fence_of(co));
  hook(co);
}

IN_SIGNAL static void on_signal(int number, siginfo_t *info, void *context) {
  (void)number, (void)info, (void)context;
  int saved = errno;
  fence_vm *vm = own_vm;
  if (vm && __atomic_load_n(&vm->interrupt, __ATOMIC_RELAXED) && vm->running != vm->main) hook(vm->running);
  errno = saved;
}

void fence_adopt(fence_vm *vm) { own_vm = vm; }

void fence_tell_of_copy(void) {
  if (own_vm && own_vm->copied) own_vm->copied(own_vm);
}

void fence_want_interrupt(fence_vm *vm) { __atomic_store_n(&vm->interrupt, 1, __ATOMIC_RELEASE); }

void fence_interrupt(fence_vm *vm) {
  fence_want_interrupt(vm);
  if (vm->running != vm->main) hook(vm->running);
}

int fence_break_signal(void) { return SIGRTMAX; }

void fence_install_interrupts(void) {
  fence_handle(SIGURG, on_signal, SA_RESTART, NULL);
  fence_handle(fence_break_signal(), on_signal, 0, NULL);
}

// From here on `co` is what a signal hooks. One that came a moment earlier hooked another, so the flag is asked.
static inline void switch_to(fence_vm *vm, lua_State *co) {
  vm->running = co;
  __asm__ __volatile__("" ::: "memory");
  if (__builtin_expect(__atomic_load_n(&vm->interrupt, __ATOMIC_RELAXED), 0) && co != vm->main) hook(co);
}

int fence_resume(fence_vm *vm, lua_State *co, int nargs, int *nresults) {
  int host = vm->host;
  vm->host = 0;
  switch_to(vm, co);
  *fence_space(co) &= ~(uintptr_t)FENCE_PARKED;
  int status = lua_resume(co, vm->main, nargs, nresults);
  if (status == LUA_YIELD) *fence_space(co) |= FENCE_PARKED;
  vm->running = vm->main;
  vm->host = host;
  return status;
}

// Runs what is to be closed in `co`: nothing there can suspend, but all of it can be interrupted.
static int reset(fence_vm *vm, lua_State *co) {
  int fixed = vm->fixed;
  lua_State *outer = vm->running;
  vm->fixed = 1;
  switch_to(vm, co);
  int status = lua_resetthread(co);
  switch_to(vm, outer);
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
// A task that is being ended (cancelled, exited) unwinds through every protected call that was made before the ending
// began; what its handlers for `<close>` call themselves is protected as ever. So each call remembers the count.

static int unwinds(lua_State *L, uint32_t count) {
  fence_vm *vm = fence_of(L);
  return __builtin_expect(vm->unwinding != 0, 0) && (int32_t)(count - vm->unwinding) < 0;
}

static int base_pcall(lua_State *L);
static int base_xpcall(lua_State *L);
static int pass_on(lua_State *L) {
  lua_settop(L, 1);
  return 1;
}

// The frame that called the frame of `ar`. Lua's own way there counts from the top, which is quadratic in a deep stack;
// the link has been the third word of a frame in all of 5.4, and is checked before it is believed.
static int caller(lua_State *L, lua_Debug *ar, int level) {
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

// A message handler of the script runs before the stack unwinds, without a limit in time: the one that would be asked
// is replaced, where it stands in the frame of its `xpcall`.
int fence_unwind(lua_State *L) {
  lua_Debug ar;
  lua_checkstack(L, 2);
  for (int level = 0, more = lua_getstack(L, 0, &ar); more; more = caller(L, &ar, level++)) {
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
  return call_ended(L, lua_pcallk(L, nargs, LUA_MULTRET, handler, handler, call_ended), handler);
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
  return pcall_ended(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, context, pcall_ended), context);
}

static int base_xpcall(lua_State *L) {
  int n = lua_gettop(L);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushboolean(L, 1);
  lua_pushvalue(L, 1);
  lua_rotate(L, 3, 2);
  lua_KContext context = (lua_KContext)fence_of(L)->unwindings << 8 | 2;
  return pcall_ended(L, lua_pcallk(L, n - 2, LUA_MULTRET, 2, context, pcall_ended), context);
}

// MARK: - resume and wrap

static int parked(lua_State *co) { return (*fence_space(co) & FENCE_PARKED) != 0; }

static lua_State *get_coroutine(lua_State *L) {
  lua_State *co = lua_tothread(L, 1);
  luaL_argexpected(L, co, 1, "thread");
  return co;
}

enum { FAILED = -1, SUSPENDED = -2 };

// Continues `co`; its results are moved to L. The number of results, FAILED (the error is on top of L), or SUSPENDED.
static int drive(lua_State *L, lua_State *co, int nargs) {
  fence_vm *vm = fence_of(L);
  int nresults, fixed = vm->fixed;
  lua_State *outer = vm->running;
  vm->fixed = fixed | !lua_isyieldable(L) | (L != outer);
  switch_to(vm, co);
  int status = lua_resume(co, L, nargs, &nresults);
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

// Suspends L as well; what it needs to know when it goes on stands on top of its stack.
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

// Runs what is to be closed in a coroutine that failed; its error, on top of L, may become another. The status.
static int close_failed(lua_State *L, lua_State *co) {
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
  if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {  // says where the error came through
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
  if (parked(co)) return "normal";  // it waits inside, and goes on when the wait is over
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
  uint32_t unwindings = fence_of(L)->unwindings;
  if (reset(fence_of(L), co) == LUA_OK) {
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

// `load` catches what its reader raises, and so must not keep the end of a task to itself.
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
  lua_pushcfunction(L, base_pcall);
  lua_setglobal(L, "pcall");
  lua_pushcfunction(L, base_xpcall);
  lua_setglobal(L, "xpcall");
  lua_getglobal(L, "load");
  lua_pushcclosure(L, base_load, 1);
  lua_setglobal(L, "load");
}
