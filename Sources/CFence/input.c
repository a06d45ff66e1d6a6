// Reading from a file waits for its first byte here, where deadlines and cancellations are heard; then liolib reads.
#include "fence.h"

// liolib's own functions, the same in every state: `read` and `lines` of the library and of files, and the iterator of both.
static lua_CFunction io_read, file_read, io_lines, file_lines, read_line;

static void await(lua_State *L, const luaL_Stream *s) {
  while (s && s->closef && !system_await_input(s->f))
    if (fence_hears_interrupt(L)) fence_unwind(L);
}

static int await_io_read(lua_State *L) {
  lua_getfield(L, LUA_REGISTRYINDEX, "_IO_input");
  const luaL_Stream *s = lua_touserdata(L, -1);
  lua_pop(L, 1);
  await(L, s);
  return io_read(L);
}

static int await_file_read(lua_State *L) {
  await(L, luaL_testudata(L, 1, LUA_FILEHANDLE));
  return file_read(L);
}

// Has the iterator's upvalues, of which the first is the file.
static int await_line(lua_State *L) {
  await(L, lua_touserdata(L, lua_upvalueindex(1)));
  return __atomic_load_n(&read_line, __ATOMIC_RELAXED)(L);
}

// Of the results on top the first is liolib's iterator: puts ours in its place.
static int replace_iterator(lua_State *L, int results) {
  int iterator = lua_gettop(L) - results + 1, count = 0;
  __atomic_store_n(&read_line, lua_tocfunction(L, iterator), __ATOMIC_RELAXED);
  luaL_checkstack(L, UINT8_MAX, "too many arguments");
  while (lua_getupvalue(L, iterator, count + 1)) count++;
  lua_pushcclosure(L, await_line, count);
  lua_replace(L, iterator);
  return results;
}

static int await_io_lines(lua_State *L) { return replace_iterator(L, io_lines(L)); }
static int await_file_lines(lua_State *L) { return replace_iterator(L, file_lines(L)); }

// Puts a function into the table on top. The one in its place is kept.
static void put(lua_State *L, const char *name, lua_CFunction function, lua_CFunction *stock) {
  lua_getfield(L, -1, name);
  __atomic_store_n(stock, lua_tocfunction(L, -1), __ATOMIC_RELAXED);
  lua_pop(L, 1);
  lua_pushcfunction(L, function);
  lua_setfield(L, -2, name);
}

void fence_open_input(lua_State *L) {
  lua_getglobal(L, LUA_IOLIBNAME);
  put(L, "read", await_io_read, &io_read);
  put(L, "lines", await_io_lines, &io_lines);
  luaL_getmetatable(L, LUA_FILEHANDLE);
  lua_getfield(L, -1, "__index");
  put(L, "read", await_file_read, &file_read);
  put(L, "lines", await_file_lines, &file_lines);
  lua_pop(L, 3);
}
