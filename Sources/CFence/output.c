// print and write in one piece: the stream stays locked from the first byte of a call to its last, so that no two
// threads' output interleaves. Nothing that may raise runs while it is locked. After Lua 5.4's lbaselib.c and liolib.c.
#define _GNU_SOURCE
#include "fence.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio_ext.h>

// The C library drops what it was about to write when a signal breaks its system call. So the signal that breaks calls
// has to wait while a stream writes; while it only collects, nothing has to be done.
typedef struct hold {
  bool is_held;
  sigset_t before;
} hold;

static void hold_breaks(hold *h) {
  if (h->is_held) return;
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, fence_break_signal());
  h->is_held = pthread_sigmask(SIG_BLOCK, &set, &h->before) == 0;
}

static void let_break(hold *h) {
  if (h->is_held) pthread_sigmask(SIG_SETMASK, &h->before, NULL);
}

static bool may_write(FILE *f, size_t length) {
  return __flbf(f) || __fpending(f) + length >= __fbufsize(f);
}

static int base_print(lua_State *L) {
  int n = lua_gettop(L);
  for (int i = 1; i <= n; i++) {
    if (lua_type(L, i) == LUA_TSTRING) continue;
    luaL_tolstring(L, i, NULL);
    lua_replace(L, i);
  }
  hold h = {0};
  hold_breaks(&h);
  flockfile(stdout);
  for (int i = 1; i <= n; i++) {
    size_t length;
    const char *s = lua_tolstring(L, i, &length);
    if (i > 1) fwrite("\t", 1, 1, stdout);
    fwrite(s, 1, length, stdout);
  }
  fwrite("\n", 1, 1, stdout);
  fflush(stdout);
  funlockfile(stdout);
  let_break(&h);
  return 0;
}

// The file is on top; the values stand from `first` to below it. Leaves what liolib's g_write leaves; like that, it writes
// what comes before a value that cannot be written.
static int write_all(lua_State *L, FILE *f, int first) {
  int count = lua_gettop(L) - 1, last = first - 1, status = 1;
  while (last < count && lua_isstring(L, last + 1)) last++;
  hold h = {0};
  flockfile(f);
  for (int i = first; i <= last; i++) {
    if (lua_type(L, i) == LUA_TNUMBER) {
      if (may_write(f, 64)) hold_breaks(&h);
      int n = lua_isinteger(L, i) ? fprintf(f, LUA_INTEGER_FMT, (LUAI_UACINT)lua_tointeger(L, i))
                                  : fprintf(f, LUA_NUMBER_FMT, (LUAI_UACNUMBER)lua_tonumber(L, i));
      status = status && n > 0;
    } else {
      size_t length;
      const char *s = lua_tolstring(L, i, &length);
      if (may_write(f, length)) hold_breaks(&h);
      status = status && fwrite(s, 1, length, f) == length;
    }
  }
  int error = errno;
  funlockfile(f);
  let_break(&h);
  if (last < count) luaL_checkstring(L, last + 1);
  errno = error;
  return status ? 1 : luaL_fileresult(L, status, NULL);
}

static int file_write(lua_State *L) {
  luaL_Stream *s = luaL_checkudata(L, 1, LUA_FILEHANDLE);
  if (s->closef == NULL) luaL_error(L, "attempt to use a closed file");
  lua_pushvalue(L, 1);
  return write_all(L, s->f, 2);
}

static int io_write(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, "_IO_output");
  luaL_Stream *s = lua_touserdata(L, -1);
  if (s->closef == NULL) luaL_error(L, "default output file is closed");
  return write_all(L, s->f, 1);
}

void fence_flush_at_once(void) {
  if (ftrylockfile(stdout) != 0) return;
  struct pollfd wait = {fileno(stdout), POLLOUT, 0};
  // A pipe that is ready takes that much at once.
  if (__fpending(stdout) <= PIPE_BUF && poll(&wait, 1, 0) == 1 && wait.revents == POLLOUT) fflush_unlocked(stdout);
  funlockfile(stdout);
}

void fence_open_output(lua_State *L) {
  lua_pushcfunction(L, base_print);
  lua_setglobal(L, "print");
  lua_getglobal(L, LUA_IOLIBNAME);
  lua_pushcfunction(L, io_write);
  lua_setfield(L, -2, "write");
  luaL_getmetatable(L, LUA_FILEHANDLE);
  lua_getfield(L, -1, "__index");
  lua_pushcfunction(L, file_write);
  lua_setfield(L, -2, "write");
  lua_pop(L, 3);
}

int fence_file_descriptor(lua_State *L, int index) {
  luaL_Stream *s = luaL_testudata(L, index, LUA_FILEHANDLE);
  if (!s) return -2;
  if (!s->closef) return -1;
  fflush(s->f);
  return fileno(s->f);
}
