// print and write in one piece: the stream stays locked from the first byte of a call to its last, so that no two
// threads' output interleaves. Nothing that may raise runs while it is locked. After Lua 5.4's lbaselib.c and liolib.c.
#define _GNU_SOURCE
#include "fence.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

// MARK: - Standard output and standard error
//
// The C library drops what it was about to write when its system call fails: when a signal breaks the call, and when the
// descriptor does not block and has no room at that moment. So what these two streams hold back is written here.

static bool is_standard(const FILE *f) { return f == stdout || f == stderr; }

// What standard output and standard error have failed with first.
static int failures[2];

int fence_output_failure(int descriptor) { return __atomic_load_n(&failures[descriptor - 1], __ATOMIC_RELAXED); }

static int failed(int descriptor, int error) {
  if (error == EPIPE && fence_ends_with_reader()) fence_die(SIGPIPE);
  int none = 0;
  // A stream that was closed at the start is nobody's loss.
  if ((descriptor == STDOUT_FILENO || descriptor == STDERR_FILENO) && error != EBADF)
    __atomic_compare_exchange_n(&failures[descriptor - 1], &none, error, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return error;
}

int fence_write_all(int descriptor, const void *bytes, size_t count) {
  while (count > 0) {
    ssize_t done = write(descriptor, bytes, count);
    if (done >= 0) {
      bytes = (const char *)bytes + done;
      count -= (size_t)done;
    } else if (errno == EAGAIN) {
      struct pollfd wait = {descriptor, POLLOUT, 0};
      poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      return failed(descriptor, errno);
    }
  }
  return 0;
}

// Writes what the stream holds back, and the bytes after it: in one piece, where the system takes them. 0 or errno.
static int emit(FILE *f, const char *bytes, size_t count) {
  size_t held = __fpending(f);
  if (held + count == 0) return 0;
  struct iovec parts[2] = {{f->_IO_write_base, held}, {(char *)bytes, count}};
  int descriptor = fileno_unlocked(f), error = 0;
  ssize_t done = held == 0 || count == 0 ? 0 : writev(descriptor, parts, 2);
  size_t taken = done > 0 ? (size_t)done : 0, of_held = taken < held ? taken : held;
  error = fence_write_all(descriptor, f->_IO_write_base + of_held, held - of_held);
  if (!error) error = fence_write_all(descriptor, bytes + (taken - of_held), count - (taken - of_held));
  if (!error && f->_offset >= 0) f->_offset += (off_t)(held + count);  // where the stream believes that the file stands
  __fpurge(f);
  return error;
}

// How much a stream that is not written out line by line takes without writing anything out. The thread sanitizer does not
// know of a stream's lock: there the C library does all the writing.
static inline size_t room(const FILE *f) {
#ifdef FENCE_HELD_BACK
  return 0;
#endif
  return f->_IO_write_end > f->_IO_write_ptr ? (size_t)(f->_IO_write_end - f->_IO_write_ptr) : 0;
}

static int put_slowly(FILE *f, const char *bytes, size_t count) {
  if (f == stdout && !f->_IO_buf_base) {  // as the first write of the C library would do it
    bool by_lines = __flbf(f) || isatty(fileno_unlocked(f));
    setvbuf(f, NULL, _IOFBF, 0);
    if (by_lines) setvbuf(f, NULL, _IOLBF, 0);
  }
  size_t size = (size_t)(f->_IO_buf_end - f->_IO_buf_base), at_once = 0;
  if (size <= 1) {
    at_once = count;
  } else {
    const char *end = __flbf(f) ? memrchr(bytes, '\n', count) : NULL;
    if (end) at_once = (size_t)(end + 1 - bytes);
    if (count - at_once >= size) at_once = count;
  }
  int error = at_once || __fpending(f) + count > size ? emit(f, bytes, at_once) : 0;
  if (count > at_once) fwrite_unlocked(bytes + at_once, 1, count - at_once, f);
  return error;
}

// Hands the bytes to the stream, which is locked. 0 or errno.
static inline int put(FILE *f, const char *bytes, size_t count) {
  if (room(f) < count) return put_slowly(f, bytes, count);
  memcpy(f->_IO_write_ptr, bytes, count);
  f->_IO_write_ptr += count;
  return 0;
}

// The same for the number at that index.
static int put_number(lua_State *L, FILE *f, int index) {
  char text[64];
  bool fits = room(f) >= sizeof text;  // then it is written where it belongs
  char *place = fits ? f->_IO_write_ptr : text;
  int length = lua_isinteger(L, index)
      ? snprintf(place, sizeof text, LUA_INTEGER_FMT, (LUAI_UACINT)lua_tointeger(L, index))
      : snprintf(place, sizeof text, LUA_NUMBER_FMT, (LUAI_UACNUMBER)lua_tonumber(L, index));
  if (!fits) return put(f, text, (size_t)length);
  f->_IO_write_ptr += length;
  return 0;
}

int fence_flush(FILE *f) {
  flockfile(f);
  int error = emit(f, NULL, 0);
  funlockfile(f);
  return error;
}

void fence_say(const char *bytes, size_t count) {
  flockfile(stdout);
  put(stdout, bytes, count);
  emit(stdout, NULL, 0);
  funlockfile(stdout);
}

void fence_complain(const char *text) {
  flockfile(stderr);
  put(stderr, text, strlen(text));
  emit(stderr, NULL, 0);
  funlockfile(stderr);
}

static int base_print(lua_State *L) {
  int n = lua_gettop(L);
  for (int i = 1; i <= n; i++) {
    if (lua_type(L, i) == LUA_TSTRING) continue;
    luaL_tolstring(L, i, NULL);
    lua_replace(L, i);
  }
  flockfile(stdout);
  for (int i = 1; i <= n; i++) {
    size_t length;
    const char *s = lua_tolstring(L, i, &length);
    if (i > 1) put(stdout, "\t", 1);
    put(stdout, s, length);
  }
  put(stdout, "\n", 1);
  emit(stdout, NULL, 0);
  funlockfile(stdout);
  return 0;
}

// The values from `first` to `last`, which are strings and numbers. 0 or errno.
static int put_all(lua_State *L, FILE *f, int first, int last) {
  int error = 0;
  flockfile(f);
  for (int i = first; i <= last; i++) {
    size_t length;
    const char *s = lua_type(L, i) == LUA_TNUMBER ? NULL : lua_tolstring(L, i, &length);
    int e = s ? put(f, s, length) : put_number(L, f, i);
    if (!error) error = e;
  }
  funlockfile(f);
  return error;
}

// MARK: - Other files

// The signal that breaks calls has to wait while a stream writes; while it only collects, nothing has to be done.
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

// The file is on top; the values stand from `first` to below it. Leaves what liolib's g_write leaves; like that, it writes
// what comes before a value that cannot be written.
static int write_all(lua_State *L, FILE *f, int first) {
  int count = lua_gettop(L) - 1, last = first - 1, status = 1;
  while (last < count && lua_isstring(L, last + 1)) last++;
  if (is_standard(f)) {
    int error = put_all(L, f, first, last);
    if (last < count) luaL_checkstring(L, last + 1);
    errno = error;
    return error == 0 ? 1 : luaL_fileresult(L, 0, NULL);
  }
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

static luaL_Stream *open_file(lua_State *L) {
  luaL_Stream *s = luaL_checkudata(L, 1, LUA_FILEHANDLE);
  if (s->closef == NULL) luaL_error(L, "attempt to use a closed file");
  return s;
}

static luaL_Stream *open_output(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, "_IO_output");
  luaL_Stream *s = lua_touserdata(L, -1);
  if (s->closef == NULL) luaL_error(L, "default output file is closed");
  return s;
}

static int file_write(lua_State *L) {
  luaL_Stream *s = open_file(L);
  lua_pushvalue(L, 1);
  return write_all(L, s->f, 2);
}

static int io_write(lua_State *L) { return write_all(L, open_output(L)->f, 1); }

static int flush(lua_State *L, FILE *f) {
  if (!is_standard(f)) return luaL_fileresult(L, fflush(f) == 0, NULL);
  errno = fence_flush(f);
  return luaL_fileresult(L, errno == 0, NULL);
}

static int file_flush(lua_State *L) { return flush(L, open_file(L)->f); }
static int io_flush(lua_State *L) { return flush(L, open_output(L)->f); }

// A method of liolib that may write what the stream holds back: that is done before.
static int after_flush(lua_State *L) {
  luaL_Stream *s = luaL_testudata(L, 1, LUA_FILEHANDLE);
  if (s && s->closef && is_standard(s->f)) fence_flush(s->f);
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

void fence_flush_at_once(void) {
  if (ftrylockfile(stdout) != 0) return;
  struct pollfd wait = {fileno(stdout), POLLOUT, 0};
  // A pipe that is ready takes that much at once.
  if (__fpending(stdout) <= PIPE_BUF && poll(&wait, 1, 0) == 1 && wait.revents == POLLOUT) emit(stdout, NULL, 0);
  funlockfile(stdout);
}

static void wrap(lua_State *L, const char *method) {
  lua_getfield(L, -1, method);
  lua_pushcclosure(L, after_flush, 1);
  lua_setfield(L, -2, method);
}

void fence_open_output(lua_State *L) {
  static const luaL_Reg functions[] = {{"write", io_write}, {"flush", io_flush}, {NULL, NULL}};
  static const luaL_Reg methods[] = {{"write", file_write}, {"flush", file_flush}, {NULL, NULL}};
  lua_pushcfunction(L, base_print);
  lua_setglobal(L, "print");
  lua_getglobal(L, LUA_IOLIBNAME);
  luaL_setfuncs(L, functions, 0);
  luaL_getmetatable(L, LUA_FILEHANDLE);
  lua_getfield(L, -1, "__index");
  luaL_setfuncs(L, methods, 0);
  wrap(L, "setvbuf");
  wrap(L, "seek");
  lua_pop(L, 3);
}

int fence_file_descriptor(lua_State *L, int index) {
  luaL_Stream *s = luaL_testudata(L, index, LUA_FILEHANDLE);
  if (!s) return -2;
  if (!s->closef) return -1;
  fflush(s->f);
  return fileno(s->f);
}
