#include "CBaseline.h"

#include <lua5.4/lauxlib.h>
#include <lua5.4/lua.h>
#include <lua5.4/lualib.h>
#include <stdio.h>
#include <stdlib.h>

static int add(lua_State *L) {
  lua_pushinteger(L, luaL_checkinteger(L, 1) + luaL_checkinteger(L, 2));
  return 1;
}

typedef struct counter {
  lua_Integer value;
} counter;

static int step(lua_State *L) {
  counter *c = luaL_checkudata(L, 1, "counter");
  c->value += luaL_checkinteger(L, 2);
  lua_pushinteger(L, c->value);
  return 1;
}

static int new_counter(lua_State *L) {
  counter *c = lua_newuserdatauv(L, sizeof *c, 0);
  c->value = 0;
  luaL_setmetatable(L, "counter");
  return 1;
}

double baseline_run(const char *source) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  luaL_newmetatable(L, "counter");
  lua_newtable(L);
  lua_pushcfunction(L, step);
  lua_setfield(L, -2, "add");
  lua_setfield(L, -2, "__index");
  static const luaL_Reg functions[] = {{"add", add}, {"counter", new_counter}, {NULL, NULL}};
  luaL_newlib(L, functions);
  lua_setglobal(L, "probe");
  if (luaL_dostring(L, source) != LUA_OK) {
    fprintf(stderr, "%s\n", lua_tostring(L, -1));
    exit(1);
  }
  double result = lua_tonumber(L, -1);
  lua_close(L);
  return result;
}

void baseline_states(int count) {
  for (int i = 0; i < count; i++) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    if (luaL_dostring(L, "x = 1") != LUA_OK) exit(1);
    lua_close(L);
  }
}
