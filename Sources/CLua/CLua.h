// Debian's Lua 5.4 as one module. Macros of lua.h, which Swift cannot see, are inline functions here.
#pragma once
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

static inline void lua_pop_(lua_State *L, int n) { lua_settop(L, -n - 1); }
static inline int lua_registryindex_(void) { return LUA_REGISTRYINDEX; }
static inline int lua_upvalueindex_(int i) { return lua_upvalueindex(i); }
static inline void lua_insert_(lua_State *L, int i) { lua_rotate(L, i, 1); }
static inline void lua_remove_(lua_State *L, int i) { lua_rotate(L, i, -1), lua_settop(L, -2); }
static inline void lua_replace_(lua_State *L, int i) { lua_copy(L, -1, i), lua_settop(L, -2); }
static inline int lua_gc_(lua_State *L, int what) { return lua_gc(L, what, 0); }
static inline const char *lua_copyright_(void) { return LUA_COPYRIGHT; }
