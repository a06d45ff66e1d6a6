// The functions of `string` that search, for states in which scripts are not trusted. They find what stock Lua's find
// and raise its errors, but a search can be interrupted: a short pattern can keep stock Lua's busy for ever.
#define _GNU_SOURCE
#include "fence.h"

#include <ctype.h>
#include <string.h>

enum {
  MOST_CAPTURES = 32,
  DEPTH = 200,           // searches within a search
  STEPS = 1 << 14,       // characters that are looked at between two looks for an interrupt
  OPEN = -1,             // the length of a capture that has not ended
  POSITION = -2,         // the length of a capture that is a position
};

// One search. The bytes behind the text and behind the pattern are 0.
typedef struct search {
  lua_State *L;
  const char *text, *end;
  const char *pattern_end;
  int depth, steps, count;
  struct {
    const char *start;
    ptrdiff_t length;
  } captures[MOST_CAPTURES];
} search;

static const char *match(search *m, const char *s, const char *p);

static inline void step(search *m) {
  if (__builtin_expect(--m->steps > 0, 1)) return;
  m->steps = STEPS;
  fence_let_interrupt(m->L);
}

// MARK: - Single characters

static bool is_in_class(int c, int name) {
  bool is;
  switch (tolower(name)) {
  case 'a': is = isalpha(c); break;
  case 'c': is = iscntrl(c); break;
  case 'd': is = isdigit(c); break;
  case 'g': is = isgraph(c); break;
  case 'l': is = islower(c); break;
  case 'p': is = ispunct(c); break;
  case 's': is = isspace(c); break;
  case 'u': is = isupper(c); break;
  case 'w': is = isalnum(c); break;
  case 'x': is = isxdigit(c); break;
  default: return name == c;
  }
  return isupper(name) ? !is : is;
}

// A set from its bracket to the one that closes it.
static bool is_in_set(search *m, int c, const char *p, const char *close) {
  bool found = true;
  if (p[1] == '^') {
    found = false;
    p++;
  }
  while (++p < close) {
    step(m);
    if (*p == '%') {
      p++;
      if (is_in_class(c, (unsigned char)*p)) return found;
    } else if (p[1] == '-' && p + 2 < close) {
      if ((unsigned char)*p <= c && c <= (unsigned char)p[2]) return found;
      p += 2;
    } else if ((unsigned char)*p == c) {
      return found;
    }
  }
  return !found;
}

// Where the single character that begins at `p` ends in the pattern.
static const char *end_of_single(search *m, const char *p) {
  if (*p == '%') {
    if (p + 1 == m->pattern_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
    return p + 2;
  }
  if (*p++ != '[') return p;
  if (*p == '^') p++;
  do {  // a bracket that comes first is one of the set
    if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
    step(m);
    if (*p++ == '%' && p < m->pattern_end) p++;
  } while (*p != ']');
  return p + 1;
}

// Whether the character at `s` is the one between `p` and `after`.
static inline bool is_single(search *m, const char *s, const char *p, const char *after) {
  step(m);
  if (s >= m->end) return false;
  int c = (unsigned char)*s;
  switch (*p) {
  case '.': return true;
  case '%': return is_in_class(c, (unsigned char)p[1]);
  case '[': return is_in_set(m, c, p, after - 1);
  default: return (unsigned char)*p == c;
  }
}

// MARK: - Parts of a pattern

// As many as there are, then fewer and fewer.
static const char *match_most(search *m, const char *s, const char *p, const char *after) {
  ptrdiff_t count = 0;
  while (is_single(m, s + count, p, after)) count++;
  for (; count >= 0; count--) {
    const char *end = match(m, s + count, after + 1);
    if (end) return end;
  }
  return NULL;
}

// None, then more and more.
static const char *match_fewest(search *m, const char *s, const char *p, const char *after) {
  while (true) {
    const char *end = match(m, s, after + 1);
    if (end) return end;
    if (!is_single(m, s, p, after)) return NULL;
    s++;
  }
}

static const char *begin_capture(search *m, const char *s, const char *p, ptrdiff_t length) {
  if (m->count >= MOST_CAPTURES) luaL_error(m->L, "too many captures");
  m->captures[m->count].start = s;
  m->captures[m->count].length = length;
  m->count++;
  const char *end = match(m, s, p);
  if (!end) m->count--;
  return end;
}

static const char *end_capture(search *m, const char *s, const char *p) {
  int last = m->count - 1;
  while (last >= 0 && m->captures[last].length != OPEN) last--;
  if (last < 0) luaL_error(m->L, "invalid pattern capture");
  m->captures[last].length = s - m->captures[last].start;
  const char *end = match(m, s, p);
  if (!end) m->captures[last].length = OPEN;
  return end;
}

// The same text as that of an earlier capture.
static const char *match_again(search *m, const char *s, int digit) {
  int number = digit - '1';
  if (number < 0 || number >= m->count || m->captures[number].length == OPEN)
    luaL_error(m->L, "invalid capture index %%%d", number + 1);
  ptrdiff_t length = m->captures[number].length;
  if (length < 0 || m->end - s < length) return NULL;
  m->steps -= (int)(length < STEPS ? length : STEPS) / 16;
  return memcmp(m->captures[number].start, s, (size_t)length) == 0 ? s + length : NULL;
}

// From an opening character to the closing one that belongs to it. `p` is behind `%b`.
static const char *match_balanced(search *m, const char *s, const char *p) {
  if (p + 1 >= m->pattern_end) luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
  if (*s != *p) return NULL;
  char opening = p[0], closing = p[1];
  ptrdiff_t open = 1;
  while (++s < m->end) {
    step(m);
    if (*s == closing) {
      if (--open == 0) return s + 1;
    } else if (*s == opening) {
      open++;
    }
  }
  return NULL;
}

// Whether a set begins at `s`: the character before is not in it. `p` is the set.
static bool is_frontier(search *m, const char *s, const char *p, const char *after) {
  int before = s == m->text ? 0 : (unsigned char)s[-1];
  return !is_in_set(m, before, p, after - 1) && is_in_set(m, (unsigned char)*s, p, after - 1);
}

// Where the text that matches ends; NULL if none does.
static const char *match_here(search *m, const char *s, const char *p) {
  while (p != m->pattern_end) {
    step(m);
    switch (*p) {
    case '(':
      return p[1] == ')' ? begin_capture(m, s, p + 2, POSITION) : begin_capture(m, s, p + 1, OPEN);
    case ')':
      return end_capture(m, s, p + 1);
    case '$':
      if (p + 1 != m->pattern_end) break;
      return s == m->end ? s : NULL;
    case '%':
      switch (p[1]) {
      case 'b':
        s = match_balanced(m, s, p + 2);
        if (!s) return NULL;
        p += 4;
        continue;
      case 'f': {
        p += 2;
        if (*p != '[') luaL_error(m->L, "missing '[' after '%%f' in pattern");
        const char *after = end_of_single(m, p);
        if (!is_frontier(m, s, p, after)) return NULL;
        p = after;
        continue;
      }
      case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
        s = match_again(m, s, (unsigned char)p[1]);
        if (!s) return NULL;
        p += 2;
        continue;
      default: break;
      }
      break;
    default: break;
    }
    const char *after = end_of_single(m, p);
    switch (*after) {
    case '*': return match_most(m, s, p, after);
    case '+': return is_single(m, s, p, after) ? match_most(m, s + 1, p, after) : NULL;
    case '-': return match_fewest(m, s, p, after);
    case '?': {
      const char *end = is_single(m, s, p, after) ? match(m, s + 1, after + 1) : NULL;
      if (end) return end;
      p = after + 1;
      continue;
    }
    default:
      if (!is_single(m, s, p, after)) return NULL;
      s++;
      p = after;
    }
  }
  return s;
}

static const char *match(search *m, const char *s, const char *p) {
  if (m->depth-- == 0) luaL_error(m->L, "pattern too complex");
  const char *end = match_here(m, s, p);
  m->depth++;
  return end;
}

// MARK: - Searches

static void begin(search *m, lua_State *L, const char *text, size_t length, const char *pattern, size_t pattern_length) {
  m->L = L;
  m->text = text;
  m->end = text + length;
  m->pattern_end = pattern + pattern_length;
  m->steps = STEPS;
}

static const char *match_from(search *m, const char *s, const char *p) {
  m->count = 0;
  m->depth = DEPTH;
  return match(m, s, p);
}

// [-0, +1, m] Pushes a capture of the match from `s` to `end`. Without any, the first is the whole match.
static void push_capture(search *m, int number, const char *s, const char *end) {
  if (number >= m->count) {
    if (number > 0) luaL_error(m->L, "invalid capture index %%%d", number + 1);
    lua_pushlstring(m->L, s, (size_t)(end - s));
  } else if (m->captures[number].length == POSITION) {
    lua_pushinteger(m->L, m->captures[number].start - m->text + 1);
  } else {
    if (m->captures[number].length == OPEN) luaL_error(m->L, "unfinished capture");
    lua_pushlstring(m->L, m->captures[number].start, (size_t)m->captures[number].length);
  }
}

// [-0, +result, m] Pushes all captures; without any, the whole match from `s`, unless `s` is NULL.
static int push_captures(search *m, const char *s, const char *end) {
  int count = m->count == 0 && s ? 1 : m->count;
  luaL_checkstack(m->L, count, "too many captures");
  for (int i = 0; i < count; i++) push_capture(m, i, s, end);
  return count;
}

// The place at which a search begins, counted from 0, for the number at that index.
static size_t first_place(lua_State *L, int index, size_t length) {
  lua_Integer place = luaL_optinteger(L, index, 1);
  if (place > 0) return (size_t)place - 1;
  return place == 0 || place < -(lua_Integer)length ? 0 : length - (size_t)-place;
}

// Whether nothing in the pattern has a meaning of its own.
static bool is_text(const char *p, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (p[i] && strchr("^$*+?.([%-", p[i])) return false;
  }
  return true;
}

static int find(lua_State *L, bool tells_place) {
  size_t length, pattern_length;
  const char *s = luaL_checklstring(L, 1, &length);
  const char *p = luaL_checklstring(L, 2, &pattern_length);
  size_t first = first_place(L, 3, length);
  if (first > length) {
    luaL_pushfail(L);
    return 1;
  }
  if (tells_place && (lua_toboolean(L, 4) || is_text(p, pattern_length))) {
    // The C library's search takes as long as both strings are.
    const char *found = memmem(s + first, length - first, p, pattern_length);
    if (found) {
      lua_pushinteger(L, found - s + 1);
      lua_pushinteger(L, found - s + (lua_Integer)pattern_length);
      return 2;
    }
    luaL_pushfail(L);
    return 1;
  }
  search m;
  begin(&m, L, s, length, p, pattern_length);
  bool is_anchored = *p == '^';
  if (is_anchored) p++;
  for (const char *start = s + first; start <= m.end; start++) {
    const char *end = match_from(&m, start, p);
    if (end && !tells_place) return push_captures(&m, start, end);
    if (end) {
      lua_pushinteger(L, start - s + 1);
      lua_pushinteger(L, end - s);
      return push_captures(&m, NULL, NULL) + 2;
    }
    if (is_anchored) break;
  }
  luaL_pushfail(L);
  return 1;
}

static int string_find(lua_State *L) { return find(L, true); }
static int string_match(lua_State *L) { return find(L, false); }

// MARK: - All matches

// The text and the pattern are the other upvalues of the iterator.
typedef struct matches {
  const char *next, *last;  // where the search goes on; where the last match has ended
} matches;

static int next_match(lua_State *L) {
  matches *all = lua_touserdata(L, lua_upvalueindex(3));
  size_t length, pattern_length;
  const char *s = lua_tolstring(L, lua_upvalueindex(1), &length);
  const char *p = lua_tolstring(L, lua_upvalueindex(2), &pattern_length);
  search m;
  begin(&m, L, s, length, p, pattern_length);
  for (const char *start = all->next; start <= m.end; start++) {
    const char *end = match_from(&m, start, p);
    if (!end || end == all->last) continue;
    all->next = all->last = end;
    return push_captures(&m, start, end);
  }
  return 0;
}

static int string_gmatch(lua_State *L) {
  size_t length;
  const char *s = luaL_checklstring(L, 1, &length);
  luaL_checkstring(L, 2);
  size_t first = first_place(L, 3, length);
  lua_settop(L, 2);
  matches *all = lua_newuserdatauv(L, sizeof *all, 0);
  all->next = s + (first > length ? length + 1 : first);
  all->last = NULL;
  lua_pushcclosure(L, next_match, 3);
  return 1;
}

// MARK: - Replacing

// Adds the replacement, which is text: `%1` in it is a capture.
static void add_text(search *m, luaL_Buffer *b, const char *s, const char *end) {
  size_t length;
  const char *text = lua_tolstring(m->L, 3, &length), *text_end = text + length;
  for (const char *p; (p = memchr(text, '%', (size_t)(text_end - text))); text = p + 1) {
    luaL_addlstring(b, text, (size_t)(p - text));
    p++;
    if (*p == '%') {
      luaL_addchar(b, '%');
    } else if (*p == '0') {
      luaL_addlstring(b, s, (size_t)(end - s));
    } else if (isdigit((unsigned char)*p)) {
      push_capture(m, *p - '1', s, end);
      luaL_tolstring(m->L, -1, NULL);
      lua_remove(m->L, -2);
      luaL_addvalue(b);
    } else {
      luaL_error(m->L, "invalid use of '%%' in replacement string");
    }
  }
  luaL_addlstring(b, text, (size_t)(text_end - text));
}

// Adds what takes the place of the match. False: it stays as it is.
static bool add_replacement(search *m, luaL_Buffer *b, const char *s, const char *end, int kind) {
  lua_State *L = m->L;
  if (kind == LUA_TFUNCTION) {
    lua_pushvalue(L, 3);
    lua_call(L, push_captures(m, s, end), 1);
  } else if (kind == LUA_TTABLE) {
    push_capture(m, 0, s, end);
    lua_gettable(L, 3);
  } else {
    add_text(m, b, s, end);
    return true;
  }
  if (!lua_toboolean(L, -1)) {
    lua_pop(L, 1);
    luaL_addlstring(b, s, (size_t)(end - s));
    return false;
  }
  if (!lua_isstring(L, -1)) luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
  luaL_addvalue(b);
  return true;
}

static int string_gsub(lua_State *L) {
  size_t length, pattern_length;
  const char *s = luaL_checklstring(L, 1, &length);
  const char *p = luaL_checklstring(L, 2, &pattern_length);
  int kind = lua_type(L, 3);
  luaL_argexpected(
      L, kind == LUA_TNUMBER || kind == LUA_TSTRING || kind == LUA_TFUNCTION || kind == LUA_TTABLE, 3,
      "string/function/table");
  lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)length + 1), count = 0;
  search m;
  begin(&m, L, s, length, p, pattern_length);
  bool is_anchored = *p == '^', is_changed = false;
  if (is_anchored) p++;
  const char *last = NULL;
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  while (count < most) {
    const char *end = match_from(&m, s, p);
    if (end && end != last) {
      count++;
      if (add_replacement(&m, &b, s, end, kind)) is_changed = true;
      s = last = end;
    } else if (s < m.end) {
      luaL_addchar(&b, *s++);
    } else {
      break;
    }
    if (is_anchored) break;
  }
  if (is_changed) {
    luaL_addlstring(&b, s, (size_t)(m.end - s));
    luaL_pushresult(&b);
  } else {
    lua_pushvalue(L, 1);
  }
  lua_pushinteger(L, count);
  return 2;
}

void fence_guard_patterns(lua_State *L) {
  static const luaL_Reg functions[] = {
    {"find", string_find}, {"match", string_match}, {"gmatch", string_gmatch}, {"gsub", string_gsub}, {NULL, NULL},
  };
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  if (lua_getfield(L, -1, LUA_STRLIBNAME) == LUA_TTABLE) luaL_setfuncs(L, functions, 0);
  lua_pop(L, 2);
}
