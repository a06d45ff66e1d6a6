// Userdata that own Swift objects, and the metamethods that such objects share.
#include "fence.h"

static int drop(lua_State *L, fence_object *o) {
  if (o && o->object) {
    void *object = o->object;
    o->object = NULL;
    fence_vm *vm = fence_of(L);
    vm->host++;
    vm->drop(vm, object, o->type == NULL);
    vm->host--;
  }
  return 0;
}

static int collect_object(lua_State *L) { return drop(L, fence_object_at(L, 1)); }

void fence_push_object(lua_State *L, void *object, const void *type) {
  fence_object *o = lua_newuserdatauv(L, sizeof *o, 1);
  *o = (fence_object){FENCE_COOKIE, object, type};
  lua_insert(L, -2);
  lua_setmetatable(L, -2);
}

_Static_assert(sizeof(fence_object) == sizeof(fence_lazy_object), "one becomes the other");

void fence_push_lazy_object(lua_State *L, uint32_t place, int64_t identity, const void *type) {
  int metatable = lua_gettop(L);
  fence_lazy_object *o = lua_newuserdatauv(L, sizeof *o, 1);
  *o = (fence_lazy_object){FENCE_LAZY_COOKIE, place, identity, type};
  lua_pushvalue(L, metatable);
  lua_setmetatable(L, -2);
  lua_rawgeti(L, metatable, 1);
  lua_pushvalue(L, -2);
  lua_rawseti(L, -2, place);
  lua_pop(L, 1);
}

// A lazy object gets no finalizer of its own when it has got its object: Lua would look for it among all that the state
// has. It keeps a new userdata, the holder, which has one, and which keeps it: both go together.
static const char holder_key = 0;

static int collect_holder(lua_State *L) { return drop(L, *(fence_object **)lua_touserdata(L, 1)); }

void fence_make_object(lua_State *L, int index, void *object) {
  index = lua_absindex(L, index);
  fence_object *made = (fence_object *)(void *)fence_lazy_object_at(L, index);
  *made = (fence_object){FENCE_COOKIE, object, ((fence_lazy_object *)(void *)made)->type};
  *(fence_object **)lua_newuserdatauv(L, sizeof made, 1) = made;
  lua_pushvalue(L, index);
  lua_setiuservalue(L, -2, 1);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &holder_key) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, collect_holder);
    lua_setfield(L, -2, "__gc");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &holder_key);
  }
  lua_setmetatable(L, -2);
  lua_setiuservalue(L, index, 1);
}

void fence_push_pending(lua_State *L, void *task, int count) {
  fence_object *o = lua_newuserdatauv(L, sizeof *o, count);
  *o = (fence_object){FENCE_COOKIE, task, NULL};
  lua_insert(L, -2);
  lua_setmetatable(L, -2);
  int handle = lua_gettop(L), first = handle - count;
  for (int i = count; i > 0; i--) {
    lua_pushvalue(L, first + i - 1);
    lua_setiuservalue(L, handle, i);
  }
  lua_copy(L, handle, first);
  lua_settop(L, first);
}

void fence_push_collector(lua_State *L) { lua_pushcfunction(L, collect_object); }

static int index_member(lua_State *L) {
  lua_settop(L, 2);
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  lua_pushvalue(L, 2);
  if (lua_rawget(L, lua_upvalueindex(2)) == LUA_TNIL) return 1;
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
  return 1;
}

void fence_push_index(lua_State *L) { lua_pushcclosure(L, index_member, 2); }

static int concat_shown(lua_State *L) {
  for (int i = 1; i <= 2; i++) {
    if (lua_getmetatable(L, i) && lua_rawequal(L, -1, lua_upvalueindex(1))) {
      luaL_tolstring(L, i, NULL);
      lua_replace(L, i);
    } else if (!lua_isstring(L, i) && luaL_getmetafield(L, i, "__concat") == LUA_TNIL) {
      return luaL_error(L, "attempt to concatenate a %s value", luaL_typename(L, i));
    }
    lua_settop(L, 2);
  }
  lua_concat(L, 2);
  return 1;
}

void fence_push_concat(lua_State *L) { lua_pushcclosure(L, concat_shown, 1); }
