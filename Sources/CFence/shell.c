// os.execute and io.popen, which return the same as stock Lua's. After Lua 5.4's loslib.c and liolib.c.
#include "fence.h"

static int os_execute(lua_State *L) {
  const char *command = luaL_optstring(L, 1, NULL);
  int status = system_run_command(command ? command : "exit 0");
  if (command) return luaL_execresult(L, status);
  lua_pushboolean(L, status == 0);
  return 1;
}

typedef struct shell_stream {
  luaL_Stream stream;  // the part that liolib knows
  pid_t pid;
} shell_stream;

static int close_stream(lua_State *L) {
  shell_stream *s = luaL_checkudata(L, 1, LUA_FILEHANDLE);
  fclose(s->stream.f);
  return luaL_execresult(L, system_wait_for_command(s->pid));
}

static int io_popen(lua_State *L) {
  const char *command = luaL_checkstring(L, 1), *mode = luaL_optstring(L, 2, "r");
  shell_stream *s = lua_newuserdatauv(L, sizeof *s, 0);
  s->stream.closef = NULL;
  luaL_setmetatable(L, LUA_FILEHANDLE);
  luaL_argcheck(L, (*mode == 'r' || *mode == 'w') && mode[1] == 0, 2, "invalid mode");
  system_flush(stdout);
  fflush(NULL);
  s->stream.f = system_open_command(command, *mode == 'r', &s->pid);
  s->stream.closef = close_stream;
  return s->stream.f ? 1 : luaL_fileresult(L, 0, command);
}

void fence_open_shell(lua_State *L) {
  lua_getglobal(L, LUA_OSLIBNAME);
  lua_pushcfunction(L, os_execute);
  lua_setfield(L, -2, "execute");
  lua_getglobal(L, LUA_IOLIBNAME);
  lua_pushcfunction(L, io_popen);
  lua_setfield(L, -2, "popen");
  lua_pop(L, 2);
}
