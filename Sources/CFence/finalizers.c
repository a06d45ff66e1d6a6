// In a state whose scripts are not trusted their finalizers are not called when it closes: nothing ends one that loops
// then. The metatables that have one are noted when they are set.
#include "fence.h"

static const char metatables_key = 0;  // of a table whose keys they are, weakly

void fence_note_finalizer(lua_State *L) {
  if (!lua_checkstack(L, 4)) return;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &metatables_key) == LUA_TTABLE) {
    lua_pushliteral(L, "__gc");
    if (lua_rawget(L, -3) != LUA_TNIL) {
      lua_pushvalue(L, -3);
      lua_pushboolean(L, 1);
      lua_rawset(L, -4);
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

// setmetatable, with the standard one as its upvalue.
static int set_metatable(lua_State *L) {
  if (lua_type(L, 2) == LUA_TTABLE) {
    lua_pushvalue(L, 2);
    fence_note_finalizer(L);
    lua_pop(L, 1);
  }
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

void fence_guard_finalizers(lua_State *L) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &metatables_key);
  lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_pushliteral(L, "setmetatable");
  lua_pushvalue(L, -1);
  lua_rawget(L, -3);
  if (lua_iscfunction(L, -1)) {
    lua_pushcclosure(L, set_metatable, 1);
    lua_rawset(L, -3);
    lua_pop(L, 1);
  } else {
    lua_pop(L, 3);
  }
}

// Not those of the host's objects and of files, which a script may have given to a table of its own.
static int take_finalizers(lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &metatables_key) != LUA_TTABLE) return 0;
  fence_push_collector(L);
  luaL_getmetatable(L, LUA_FILEHANDLE);
  int collector = lua_gettop(L) - 1, files = collector + 1;
  lua_pushnil(L);
  while (lua_next(L, 1)) {
    lua_pop(L, 1);
    lua_pushliteral(L, "__gc");
    lua_rawget(L, -2);
    bool is_own = lua_rawequal(L, -1, collector) || lua_rawequal(L, -2, files);
    lua_pop(L, 1);
    if (is_own) continue;
    lua_pushliteral(L, "__gc");
    lua_pushnil(L);
    lua_rawset(L, -3);
  }
  return 0;
}

void fence_drop_finalizers(lua_State *L) {
  if (!lua_checkstack(L, 2)) return;
  lua_pushcfunction(L, take_finalizers);
  if (plain_pcallk(L, 0, 0, 0, 0, NULL) != LUA_OK) lua_pop(L, 1);
}
