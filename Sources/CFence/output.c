// print and write in one piece: the stream stays locked from the first byte of a call to its last, so that no two
// threads' output interleaves. Nothing that may raise runs while it is locked. After Lua 5.4's lbaselib.c and liolib.c.
#define _GNU_SOURCE
#include "fence.h"

#include <errno.h>
#include <limits.h>
#include <stdio_ext.h>
#include <string.h>

enum { NUMBER_ROOM = 64 };

// Writes the number at that index as text. Returns its length.
static size_t show_number(lua_State *L, int index, char *place) {
  int length = lua_isinteger(L, index)
      ? snprintf(place, NUMBER_ROOM, LUA_INTEGER_FMT, (LUAI_UACINT)lua_tointeger(L, index))
      : snprintf(place, NUMBER_ROOM, LUA_NUMBER_FMT, (LUAI_UACNUMBER)lua_tonumber(L, index));
  return (size_t)length;
}

// The text of a string or a number, for which there is some room.
static const char *text_of(lua_State *L, int index, char *room, size_t *length) {
  if (lua_type(L, index) == LUA_TSTRING) return lua_tolstring(L, index, length);
  *length = show_number(L, index, room);
  return room;
}

// Writes the number at that index to the stream, which is locked. Returns 0 or errno.
static int put_number(lua_State *L, FILE *f, int index) {
  if (system_room(f) >= NUMBER_ROOM) {  // then it is formatted in the stream's buffer
    f->_IO_write_ptr += show_number(L, index, f->_IO_write_ptr);
    return 0;
  }
  char text[NUMBER_ROOM];
  return system_put(f, text, show_number(L, index, text));
}

// Gives the values from `first` to `last`, which are strings and numbers, to whoever takes the state's output, with what
// stands between them and at the end. False: nobody does.
static bool divert(lua_State *L, int first, int last, const char *between, const char *end) {
  fence_vm *vm = fence_of(L);
  if (__builtin_expect(!vm->divert, 1) || !vm->divert(vm, "", 0)) return false;
  for (int i = first; i <= last; i++) {
    char text[NUMBER_ROOM];
    size_t length;
    const char *s = text_of(L, i, text, &length);
    if (i > first) vm->divert(vm, between, strlen(between));
    vm->divert(vm, s, length);
  }
  vm->divert(vm, end, strlen(end));
  return true;
}

static int base_print(lua_State *L) {
  int n = lua_gettop(L);
  for (int i = 1; i <= n; i++) {
    if (lua_type(L, i) == LUA_TSTRING) continue;
    luaL_tolstring(L, i, NULL);
    lua_replace(L, i);
  }
  if (divert(L, 1, n, "\t", "\n")) return 0;
  flockfile(stdout);
  for (int i = 1; i <= n; i++) {
    size_t length;
    const char *s = lua_tolstring(L, i, &length);
    if (i > 1) system_put(stdout, "\t", 1);
    system_put(stdout, s, length);
  }
  system_put(stdout, "\n", 1);
  system_emit(stdout);
  funlockfile(stdout);
  return 0;
}

// Writes the values from `first` to `last`, which are strings and numbers. Returns 0 or errno.
static int put_all(lua_State *L, FILE *f, int first, int last) {
  if (divert(L, first, last, "", "")) return 0;
  int error = 0;
  flockfile(f);
  for (int i = first; i <= last; i++) {
    size_t length;
    const char *s = lua_type(L, i) == LUA_TNUMBER ? NULL : lua_tolstring(L, i, &length);
    int e = s ? system_put(f, s, length) : put_number(L, f, i);
    if (!error) error = e;
  }
  funlockfile(f);
  return error;
}

// MARK: - Other files

// Whether adding that many bytes may make the stream write. While it only buffers, no signal need be blocked.
static bool may_write(FILE *f, size_t length) {
  return __flbf(f) || __fpending(f) + length >= __fbufsize(f);
}

// Adds bytes to the stream. The C library drops what it was about to write when a signal breaks the call, so that signal has to
// wait while the stream writes. A reader, of a pipe or at a terminal, may let it wait for ever: the stream gets no more at
// once than a pipe that has room takes whole. True in `is_ended`: something is to be ended meanwhile, the error is on top.
static bool put_in_pieces(lua_State *L, FILE *f, const char *s, size_t length, system_hold *h, bool *is_ended) {
  if (!may_write(f, length)) return fwrite(s, 1, length, f) == length;
  system_hold_breaks(h);
  size_t piece = length > PIPE_BUF / 2 && system_has_reader(f) ? PIPE_BUF / 2 : length;
  do {
    while (!system_await_room(f, h))
      if ((*is_ended = fence_hears_interrupt(L))) return false;
    if (piece > length) piece = length;
    if (fwrite(s, 1, piece, f) != piece) return false;
    s += piece;
    length -= piece;
  } while (length > 0);
  return true;
}

// Writes the values from `first` on; the file is on top, above them. Like liolib's g_write, which returns the same, it
// writes the values before one that cannot be written.
static int write_all(lua_State *L, FILE *f, int first) {
  int count = lua_gettop(L) - 1, last = first - 1, status = 1;
  while (last < count && lua_isstring(L, last + 1)) last++;
  if (system_is_standard(f)) {
    int error = put_all(L, f, first, last);
    if (last < count) luaL_checkstring(L, last + 1);
    errno = error;
    return error == 0 ? 1 : luaL_fileresult(L, 0, NULL);
  }
  system_hold h = {0};
  bool is_ended = false;
  flockfile(f);
  for (int i = first; i <= last && !is_ended; i++) {
    char text[NUMBER_ROOM];
    size_t length;
    const char *s = text_of(L, i, text, &length);
    status = status && put_in_pieces(L, f, s, length, &h, &is_ended);
  }
  int error = errno;
  funlockfile(f);
  system_let_break(&h);
  if (is_ended) return fence_unwind(L);
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
  if (!system_is_standard(f)) return luaL_fileresult(L, fflush(f) == 0, NULL);
  errno = system_flush(f);
  return luaL_fileresult(L, errno == 0, NULL);
}

static int file_flush(lua_State *L) { return flush(L, open_file(L)->f); }
static int io_flush(lua_State *L) { return flush(L, open_output(L)->f); }

// Calls a method of liolib that may write the stream's buffer; standard streams are flushed here before.
static int after_flush(lua_State *L) {
  luaL_Stream *s = luaL_testudata(L, 1, LUA_FILEHANDLE);
  if (s && s->closef && system_is_standard(s->f)) system_flush(s->f);
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
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

int fence_standard_stream(lua_State *L, int index) {
  luaL_Stream *s = luaL_testudata(L, index, LUA_FILEHANDLE);
  if (!s) return -1;
  if (!s->closef) return 0;
  return s->f == stdout ? 1 : s->f == stderr ? 2 : 0;
}

int fence_file_descriptor(lua_State *L, int index) {
  luaL_Stream *s = luaL_testudata(L, index, LUA_FILEHANDLE);
  if (!s) return -2;
  if (!s->closef) return -1;
  fflush(s->f);
  return fileno(s->f);
}
