// The short path for the most common message: a table without a metatable that holds only numbers, strings and
// booleans. The bytes are those that the general encoder writes (for the format see `Tag` in Swift). It reads the
// table's memory, because asking Lua for each key and value takes several times as long.
#include "layout.h"

#include <string.h>

enum { HEADER = 9, TRAILER = 10, NUMBER = 9 };  // bytes

// MARK: - Writing

typedef struct writer {
  char *next;
  const char *limit;  // the bytes from here on are for the trailer
} writer;

// For short strings a call to memcpy takes longer than the copy itself.
static inline void copy_short(char *to, const char *from, size_t count) {
  uint64_t first, last;
  if (count > 16) {
    memcpy(to, from, count);
  } else if (count >= 8) {
    memcpy(&first, from, 8), memcpy(&last, from + count - 8, 8);
    memcpy(to, &first, 8), memcpy(to + count - 8, &last, 8);
  } else {
    for (size_t i = 0; i < count; i++) to[i] = from[i];
  }
}

static inline bool write_tag(writer *w, uint8_t tag) {
  if (w->next + 1 > w->limit) return false;
  *w->next++ = (char)tag;
  return true;
}

static inline bool write_number(writer *w, uint8_t tag, fence_bits bits) {
  if (w->next + NUMBER > w->limit) return false;
  *w->next = (char)tag;
  memcpy(w->next + 1, &bits, 8);
  w->next += NUMBER;
  return true;
}

static inline bool write_string(writer *w, const fence_string *s, size_t count) {
  if (count > UINT8_MAX || w->next + 2 + count > w->limit) return false;
  w->next[0] = FENCE_TAG_SHORT;
  w->next[1] = (char)count;
  copy_short(w->next + 2, s->bytes, count);
  w->next += 2 + count;
  return true;
}

static inline bool write_value(writer *w, fence_bits bits, uint8_t type) {
  switch (type) {
    case FENCE_VALUE_INTEGER: return write_number(w, FENCE_TAG_INTEGER, bits);
    case FENCE_VALUE_FLOAT: return write_number(w, FENCE_TAG_FLOAT, bits);
    case FENCE_VALUE_SHORT_STRING: return write_string(w, bits.string, bits.string->short_length);
    case FENCE_VALUE_LONG_STRING: return write_string(w, bits.string, bits.string->long_length);
    case FENCE_VALUE_TRUE: return write_tag(w, FENCE_TAG_TRUE);
    case FENCE_VALUE_FALSE: return write_tag(w, FENCE_TAG_FALSE);
    default: return false;
  }
}

// A table with a key such as `__index` is a class and keeps its identity: the general encoder writes it.
static inline bool is_metafield(fence_bits key, uint8_t type) {
  return type == FENCE_VALUE_SHORT_STRING && key.string->bytes[0] == '_' && key.string->bytes[1] == '_';
}

// Writes the array part: the items 1, 2, 3 … without keys up to the first hole, those behind it with keys.
static inline bool write_array(writer *w, const fence_table *t, uint32_t *elements, uint32_t *pairs) {
  size_t size = array_size(t), i = 0;
  const fence_value *v = t->array;
  for (; i < size && !value_is_nil(v[i].type); i++)
    if (!write_value(w, v[i].bits, v[i].type)) return false;
  *elements = (uint32_t)i;
  if (!write_tag(w, FENCE_TAG_END)) return false;
  for (; i < size; i++) {
    if (value_is_nil(v[i].type)) continue;
    fence_bits key = {.integer = (lua_Integer)i + 1};
    if (!write_number(w, FENCE_TAG_INTEGER, key) || !write_value(w, v[i].bits, v[i].type)) return false;
    ++*pairs;
  }
  return true;
}

static inline bool write_nodes(writer *w, const fence_table *t, uint32_t *pairs) {
  const fence_node *end = t->nodes + node_count(t);
  for (const fence_node *n = t->nodes; n < end; n++) {
    if (value_is_nil(n->value_type)) continue;
    if (is_metafield(n->key, n->key_type)) return false;
    if (!write_value(w, n->key, n->key_type) || !write_value(w, n->value, n->value_type)) return false;
    ++*pairs;
  }
  return true;
}

size_t fence_encode_flat(const void *table, char *bytes, size_t room) {
  const fence_table *t = table;
  writer w = {bytes + HEADER, bytes + room - TRAILER};
  uint32_t elements, pairs = 0;
  if (!fence_knows_layout() || t->metatable) return 0;
  if (!write_array(&w, t, &elements, &pairs) || !write_nodes(&w, t, &pairs)) return 0;
  bytes[0] = FENCE_TAG_TABLE;
  memcpy(bytes + 1, &elements, 4);
  memcpy(bytes + 5, &pairs, 4);
  // The ends of the pairs and of all bodies; no classes, one object.
  static const char trailer[] = {FENCE_TAG_END, FENCE_TAG_END, 0, 0, 0, 0, 1, 0, 0, 0};
  memcpy(w.next, trailer, sizeof trailer);
  return (size_t)(w.next - bytes) + sizeof trailer;
}

// MARK: - Reading

typedef struct reader {
  const char *next, *end;
} reader;

// [-0, +(0|1), m] Reads and pushes a value. False, with nothing pushed, for any other tag.
static inline bool read_value(reader *r, lua_State *L) {
  size_t left = (size_t)(r->end - r->next);
  if (left == 0) return false;
  switch (*r->next) {
    case FENCE_TAG_INTEGER: {
      lua_Integer i;
      if (left < NUMBER) return false;
      memcpy(&i, r->next + 1, 8);
      lua_pushinteger(L, i);
      r->next += NUMBER;
      return true;
    }
    case FENCE_TAG_SHORT: {
      size_t count = left < 2 ? 0 : (uint8_t)r->next[1];
      if (left < 2 + count) return false;
      lua_pushlstring(L, r->next + 2, count);
      r->next += 2 + count;
      return true;
    }
    case FENCE_TAG_FLOAT: {
      lua_Number n;
      if (left < NUMBER) return false;
      memcpy(&n, r->next + 1, 8);
      lua_pushnumber(L, n);
      r->next += NUMBER;
      return true;
    }
    case FENCE_TAG_TRUE:
    case FENCE_TAG_FALSE:
      lua_pushboolean(L, *r->next++ == FENCE_TAG_TRUE);
      return true;
    default:
      return false;
  }
}

static inline bool at_end(const reader *r) { return r->next < r->end && *r->next == FENCE_TAG_END; }

// NaN cannot be a key. The bytes may come from another process, so that is checked.
static inline bool read_key(reader *r, lua_State *L) {
  bool is_float = r->next < r->end && *r->next == FENCE_TAG_FLOAT;
  return read_value(r, L) && (!is_float || lua_rawequal(L, -1, -1));
}

static inline bool read_fields(reader *r, lua_State *L) {
  for (lua_Integer i = 1; !at_end(r); i++) {
    if (!read_value(r, L)) return false;
    lua_rawseti(L, -2, i);
  }
  for (r->next++; !at_end(r);) {
    if (!read_key(r, L) || !read_value(r, L)) return false;
    lua_rawset(L, -3);
  }
  r->next++;
  return at_end(r) && r->next + 1 == r->end;
}

bool fence_decode_flat(lua_State *L, const char *bytes, size_t count) {
  static const char trailer[] = {0, 0, 0, 0, 1, 0, 0, 0};  // no classes, one object
  if (count < HEADER + TRAILER || count > INT32_MAX || *bytes != FENCE_TAG_TABLE) return false;
  if (memcmp(bytes + count - sizeof trailer, trailer, sizeof trailer) != 0) return false;
  uint32_t elements, pairs;
  memcpy(&elements, bytes + 1, 4);
  memcpy(&pairs, bytes + 5, 4);
  if (elements > count || pairs > count) return false;
  int top = lua_gettop(L);
  reader r = {bytes + HEADER, bytes + count - sizeof trailer};
  lua_createtable(L, (int)elements, (int)pairs);
  if (read_fields(&r, L)) return true;
  lua_settop(L, top);
  return false;
}

// MARK: - Arrays

size_t fence_array_size(lua_State *L, int index) {
  return fence_knows_layout() ? array_size(table_at(L, index)) : 0;
}

size_t fence_read_integers(lua_State *L, int index, size_t first, size_t last, void *bytes) {
  if (!fence_knows_layout()) return 0;
  const fence_table *t = table_at(L, index);
  if (last > array_size(t)) last = array_size(t);
  lua_Integer *out = bytes;
  size_t i = first - 1;
  for (; i < last && t->array[i].type == FENCE_VALUE_INTEGER; i++) memcpy(out++, &t->array[i].bits, 8);
  return i - (first - 1);
}

size_t fence_fill_integers(lua_State *L, int index, size_t first, size_t count, const void *bytes) {
  if (!fence_knows_layout()) return 0;
  const fence_table *t = table_at(L, index);
  size_t room = array_size(t) < first ? 0 : array_size(t) - (first - 1);
  if (count > room) count = room;
  fence_value *v = t->array + first - 1;
  for (size_t i = 0; i < count; i++) {
    memcpy(&v[i].bits, (const char *)bytes + i * 8, 8);
    v[i].type = FENCE_VALUE_INTEGER;
  }
  return count;
}

// How many of the `count` items from `first` on are in the array part.
static size_t items_in_array(const fence_table *t, size_t first, size_t count) {
  size_t size = array_size(t), room = size < first ? 0 : size - (first - 1);
  return room < count ? room : count;
}

size_t fence_first_hole(lua_State *L, int index, size_t count) {
  size_t i = 0;
  if (fence_knows_layout()) {
    const fence_table *t = table_at(L, index);
    for (size_t end = items_in_array(t, 1, count); i < end; i++)
      if (value_is_nil(t->array[i].type)) return i + 1;
  }
  for (; i < count; i++) {
    bool is_hole = lua_rawgeti(L, index, (lua_Integer)i + 1) == LUA_TNIL;
    lua_pop(L, 1);
    if (is_hole) return i + 1;
  }
  return 0;
}

void fence_push_slice(lua_State *L, int index, size_t first, size_t count) {
  index = lua_absindex(L, index);
  lua_createtable(L, (int)count, 0);
  size_t i = 0;
  if (fence_knows_layout()) {
    const fence_table *from = table_at(L, index), *to = table_at(L, -1);
    i = items_in_array(from, first, items_in_array(to, 1, count));
    if (i > 0) memcpy(to->array, from->array + (first - 1), i * sizeof *to->array);
  }
  for (; i < count; i++) {
    lua_rawgeti(L, index, (lua_Integer)(first + i));
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

void fence_place_items(lua_State *L, int from, size_t count, int to, size_t first) {
  size_t direct = 0;
  const fence_table *source = table_at(L, from), *target = table_at(L, to);
  if (fence_knows_layout()) direct = items_in_array(target, first, items_in_array(source, 1, count));
  for (size_t i = 0; i < count; i++) {
    // A store of what the collector owns has to be told to it.
    if (i < direct && !(source->array[i].type & 0x40)) {
      target->array[first - 1 + i] = source->array[i];
    } else {
      lua_rawgeti(L, from, (lua_Integer)i + 1);
      lua_rawseti(L, to, (lua_Integer)(first + i));
    }
  }
}

void fence_prefetch_item(lua_State *L, int index, lua_Integer n) {
  if (fence_knows_layout()) __builtin_prefetch(table_at(L, index)->array + (n - 1));
}

// MARK: - Copying

void fence_copy_fields(lua_State *L, int index) {
  index = lua_absindex(L, index);
  int count = 0;
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) count++;
  lua_createtable(L, 0, count);
  for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
    lua_pushvalue(L, -2), lua_pushvalue(L, -2);
    lua_rawset(L, -5);
  }
}
