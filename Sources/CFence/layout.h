// How Lua 5.4 lays out tables and strings in memory; values and calls are in CFence.h. It has been the same from 5.4.0 on;
// lua.h does not promise it, so `fence_knows_layout` checks it. Used only between two calls into Lua: to read, to push a
// plain value, and to fill a fresh table.
#pragma once
#include "fence.h"

typedef struct fence_node {
  fence_bits value;
  uint8_t value_type, key_type;
  int32_t next;
  fence_bits key;
} fence_node;

typedef struct fence_table {
  void *next_object;
  uint8_t type, marked, flags, log_nodes;
  uint32_t limit;
  fence_value *array;
  fence_node *nodes;
  fence_node *last_free;
  struct fence_table *metatable;
  void *gray;
} fence_table;

typedef struct fence_string {
  void *next_object;
  uint8_t type, marked, extra, short_length;
  uint32_t hash;
  size_t long_length;  // short strings keep something else here
  char bytes[];
} fence_string;

_Static_assert(offsetof(fence_string, bytes) == SYSTEM_HEADROOM, "room before a string's bytes");

static inline bool value_is_nil(uint8_t type) { return (type & 0x0f) == 0; }

/// Whether `allows_hooks` is the byte that keeps hooks out while a hook or a finalizer runs. Any thread.
bool fence_knows_hooks(void);
/// The same for signal handlers: false until `fence_knows_hooks` has found it out.
bool fence_has_found_hooks(void);

static inline const fence_table *table_at(lua_State *L, int index) { return lua_topointer(L, index); }
static inline size_t node_count(const fence_table *t) { return (size_t)1 << t->log_nodes; }
/// The size of the array part. `limit` may be a hint at the length instead; then the size is the next power of two.
static inline size_t array_size(const fence_table *t) {
  size_t limit = t->limit;
  if (!(t->flags & 0x80) || (limit & (limit - 1)) == 0) return limit;
  return (size_t)1 << (64 - __builtin_clzll(limit));
}
