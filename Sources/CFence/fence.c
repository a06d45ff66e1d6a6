// The trampoline, and protected calls.
#include "layout.h"

#include <string.h>

#define LIKELY(x) __builtin_expect(!!(x), 1)

#ifdef SYSTEM_HELD_BACK
#include <setjmp.h>

// Debian's Lua jumps by this function, which the sanitizer does not know: its own stack would grow with every error.
void __longjmp_chk(jmp_buf place, int value) { longjmp(place, value); }
#endif

// MARK: - The trampoline

static int proceed(lua_State *L, int status, lua_KContext context);

// As luaL_argerror, but with the host function's name if Lua finds none, and the whole message, which is on top.
static int argument_error(lua_State *L, const fence_function *f, int argument) {
  lua_Debug ar;
  lua_getstack(L, 0, &ar);
  lua_getinfo(L, "n", &ar);
  luaL_where(L, 1);
  if (strcmp(ar.namewhat, "method") == 0 && --argument == 0)
    lua_pushfstring(L, "calling '%s' on bad self (", ar.name);
  else
    lua_pushfstring(L, "bad argument #%d to '%s' (", argument, ar.name ? ar.name : f->name);
  lua_pushvalue(L, -3);
  lua_pushliteral(L, ")");
  lua_concat(L, 4);
  return lua_error(L);
}

// The state is over its limit. Asks for one more byte: Lua collects garbage, then raises its error if that was not
// enough.
static void collect_overdraft(lua_State *L) {
  lua_newuserdatauv(L, 1, 0);
  lua_pop(L, 1);
}

// Asks for more memory than there can be: Lua collects garbage, then raises its error.
static int out_of_memory(lua_State *L) {
  lua_newuserdatauv(L, (size_t)1 << 62, 0);
  return 0;
}

// While Swift ran, the state used the reserve. Collects garbage. If the reserve can be filled again, all is well;
// otherwise raises the error.
static void collect_starved(lua_State *L, fence_vm *vm, int outcome) {
  lua_gc(L, LUA_GCCOLLECT, 0);
  if (system_reserve_fill()) vm->starved = false;
  else if (outcome >= 0) out_of_memory(L);
}

// Whether there is memory for a function that needs `factor` times the bytes of its string arguments.
static bool has_room(lua_State *L, size_t factor) {
  size_t size = 0;
  for (int i = lua_gettop(L); i > 0; i--)
    if (lua_type(L, i) == LUA_TSTRING) size += lua_rawlen(L, i);
  return size < SYSTEM_LARGE / 16 ? system_may_call() : system_has_room(size * factor);
}

// Raises an error if there is no memory for a host function; called before it begins, so that it has done nothing yet.
// A state that has used the reserve must find room again first.
static __attribute__((noinline)) void need_room(lua_State *L, fence_vm *vm, size_t factor) {
  bool starved = vm->starved;
  vm->starved = false;
  if (factor == 0 || (!starved && has_room(L, factor))) return;
  lua_gc(L, LUA_GCCOLLECT, 0);
  if (!has_room(L, factor) || (starved && !system_has_room(0))) out_of_memory(L);
}

static int forwarded(lua_State *L, int status, lua_KContext below) {
  (void)status;
  return lua_gettop(L) - (int)below;
}

static int forward(lua_State *L, int nargs) {
  int below = lua_gettop(L) - nargs - 1;
  lua_callk(L, nargs, LUA_MULTRET, below, forwarded);
  return forwarded(L, LUA_OK, below);
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
      return argument_error(L, f, vm->argument);
    case FENCE_MEMORY:
      return out_of_memory(L);
    case FENCE_CALL:
      return fence_call_script(L, vm->argument);
    case FENCE_FORWARD:
      return forward(L, vm->argument);
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

static __attribute__((noinline)) int enter(lua_State *L, const fence_function *f) {
  fence_vm *vm = fence_of(L);
  if (__builtin_expect(system_bounded, 0)) need_room(L, vm, f->factor);
  vm->host++;
  int outcome = f->enter(L, vm, f);
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

// A host function is a C function of its own, without upvalues, as long as there are any left: it takes no memory in a
// state, where a closure takes 48 bytes. The ones that come later are closures.
#define SLOTS 256
static const fence_function *slots[SLOTS];

#define ROW(X, n)                                                                                                     \
  X(n##0) X(n##1) X(n##2) X(n##3) X(n##4) X(n##5) X(n##6) X(n##7) X(n##8) X(n##9) X(n##a) X(n##b) X(n##c) X(n##d) \
  X(n##e) X(n##f)
#define ALL(X)                                                                                                    \
  ROW(X, 0x0) ROW(X, 0x1) ROW(X, 0x2) ROW(X, 0x3) ROW(X, 0x4) ROW(X, 0x5) ROW(X, 0x6) ROW(X, 0x7) ROW(X, 0x8)     \
  ROW(X, 0x9) ROW(X, 0xa) ROW(X, 0xb) ROW(X, 0xc) ROW(X, 0xd) ROW(X, 0xe) ROW(X, 0xf)
#define CALL(n) \
  static int call_##n(lua_State *L) { return enter(L, slots[n]); }
#define NAME(n) call_##n,
ALL(CALL)
static const lua_CFunction calls[] = {ALL(NAME)};
_Static_assert(sizeof calls / sizeof *calls == SLOTS, "one for each slot");

void fence_take_slot(fence_function *function) {
  static unsigned taken;
  unsigned slot = __atomic_load_n(&taken, __ATOMIC_RELAXED);
  while (slot < SLOTS && !__atomic_compare_exchange_n(&taken, &slot, slot + 1, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
  function->plain = slot < SLOTS ? calls[slot] : NULL;
  if (function->plain) slots[slot] = function;
}

static int call_closure(lua_State *L) { return enter(L, lua_touserdata(L, lua_upvalueindex(1))); }

void fence_push_function(lua_State *L, const fence_function *function) {
  if (function->plain) return lua_pushcfunction(L, function->plain);
  lua_pushlightuserdata(L, (void *)function);
  lua_pushcclosure(L, call_closure, 1);
}

const fence_function *fence_function_at(lua_State *L, int index) {
  lua_CFunction function = lua_tocfunction(L, index);
  if (function == call_closure && lua_getupvalue(L, index, 1)) {
    const fence_function *record = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return record;
  }
  for (int i = 0; function && i < SLOTS; i++)
    if (calls[i] == function) return slots[i];
  return NULL;
}

int fence_parameter_count(lua_State *L, int index) {
  lua_Debug info;
  lua_pushvalue(L, index);
  return lua_getinfo(L, ">u", &info) && !info.isvararg ? info.nparams : -1;
}

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
  // `allocate_slowly` hands out the adopted block, so Lua copies the bytes to the place where they are.
  bool pushed = fence_push_bytes(vm, L, start, count);
  *adopted = !vm->adopted;
  vm->adopted = NULL;
  return pushed;
}
