// Tracebacks as `luaL_traceback` writes them. That looks for the name of every function in all modules, field by
// field through Lua's API, which takes most of the time in which a thread is cancelled. This reads the modules' memory.
#include "layout.h"

#include <string.h>

// Deeper stacks are shown in part, which is left to lauxlib.
#define DEEPEST 22

enum { VALUE_TABLE = 0x45, FUNCTION = 6 };

static bool is_string(uint8_t type) { return type == FENCE_VALUE_SHORT_STRING || type == FENCE_VALUE_LONG_STRING; }
static bool is_function(const fence_node *n) { return (n->value_type & 0x0f) == FUNCTION; }

static const fence_node *find(const fence_table *t, const void *function) {
  const fence_node *end = t->nodes + node_count(t);
  for (const fence_node *n = t->nodes; n < end; n++)
    if (n->value.object == function && is_function(n) && is_string(n->key_type)) return n;
  return NULL;
}

// The name under which a module holds the function: `module.name`, or `name` alone for globals and modules themselves.
static bool add_module_name(luaL_Buffer *b, const fence_table *loaded, const void *function) {
  const fence_node *end = loaded->nodes + node_count(loaded);
  for (const fence_node *m = loaded->nodes; m < end; m++) {
    if (!is_string(m->key_type)) continue;
    const char *module = m->key.string->bytes;
    if (m->value.object == function && is_function(m)) {
      luaL_addstring(b, module);
      return true;
    }
    const fence_node *member = m->value_type == VALUE_TABLE ? find(m->value.object, function) : NULL;
    if (!member) continue;
    if (strcmp(module, LUA_GNAME) != 0) {
      luaL_addstring(b, module);
      luaL_addchar(b, '.');
    }
    luaL_addstring(b, member->key.string->bytes);
    return true;
  }
  return false;
}

// As `printf` does, which takes several hundred instructions.
static void add_number(luaL_Buffer *b, int number) {
  char digits[12], *first = digits + sizeof digits;
  unsigned rest = (unsigned)number;
  do *--first = (char)('0' + rest % 10);
  while (rest /= 10);
  luaL_addlstring(b, first, (size_t)(digits + sizeof digits - first));
}

// What a line says of its function, in lauxlib's words.
static void add_function(luaL_Buffer *b, lua_State *L, lua_Debug *ar, const fence_table *loaded) {
  lua_getinfo(L, "f", ar);
  const void *function = lua_topointer(L, -1);
  lua_pop(L, 1);
  size_t length = luaL_bufflen(b);
  luaL_addstring(b, "function '");
  if (add_module_name(b, loaded, function)) {
    luaL_addchar(b, '\'');
    return;
  }
  luaL_buffsub(b, luaL_bufflen(b) - length);
  if (*ar->namewhat) {
    luaL_addstring(b, ar->namewhat);
    luaL_addstring(b, " '");
    luaL_addstring(b, ar->name);
    luaL_addchar(b, '\'');
  } else if (*ar->what == 'm') {
    luaL_addstring(b, "main chunk");
  } else if (*ar->what != 'C') {
    luaL_addstring(b, "function <");
    luaL_addstring(b, ar->short_src);
    luaL_addchar(b, ':');
    add_number(b, ar->linedefined);
    luaL_addchar(b, '>');
  } else {
    luaL_addchar(b, '?');
  }
}

static void add_line(luaL_Buffer *b, lua_State *L, lua_State *of, lua_Debug *ar, const fence_table *loaded) {
  lua_getinfo(of, "Slnt", ar);
  luaL_addstring(b, "\n\t");
  luaL_addstring(b, ar->short_src);
  if (ar->currentline > 0) {
    luaL_addchar(b, ':');
    add_number(b, ar->currentline);
  }
  luaL_addstring(b, ": in ");
  add_function(b, L, ar, loaded);
  if (ar->istailcall) luaL_addstring(b, "\n\t(...tail calls...)");
}

void fence_traceback(lua_State *L, lua_State *of, const char *message, int level) {
  lua_Debug ar;
  if (!fence_knows_layout() || lua_getstack(of, level + DEEPEST, &ar) || !lua_checkstack(L, 8)) {
    luaL_traceback(L, of, message, level);
    return;
  }
  if (lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
  }
  const fence_table *loaded = table_at(L, -1);
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  if (message) {
    luaL_addstring(&b, message);
    luaL_addchar(&b, '\n');
  }
  luaL_addstring(&b, "stack traceback:");
  while (lua_getstack(of, level++, &ar)) add_line(&b, L, of, &ar, loaded);
  luaL_pushresult(&b);
  lua_remove(L, -2);
}
