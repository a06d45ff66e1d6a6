#define _GNU_SOURCE
#include "CLineEditor.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

// MARK: - The library

typedef struct editline EditLine;
typedef struct history HistoryW;
typedef struct {
  const wchar_t *buffer, *cursor, *lastchar;
} LineInfoW;
typedef struct {
  int num;
  const wchar_t *str;
} HistEventW;

// The numbers of <histedit.h>.
enum { EL_PROMPT = 0, EL_EDITOR = 2, EL_BIND = 4, EL_ADDFN = 9, EL_HIST = 10, EL_GETCFN = 13, EL_PREP_TERM = 16,
       EL_REFRESH = 20 };
enum { CC_REFRESH = 4, CC_REFRESH_BEEP = 9 };
enum { H_SETSIZE = 1, H_ENTER = 10 };

static EditLine *(*el_init)(const char *, FILE *, FILE *, FILE *);
static int (*el_wset)(EditLine *, int, ...);
static const wchar_t *(*el_wgets)(EditLine *, int *);
static const LineInfoW *(*el_wline)(EditLine *);
static int (*el_winsertstr)(EditLine *, const wchar_t *);
static void (*el_wpush)(EditLine *, const wchar_t *);
static void (*el_resize)(EditLine *);
static HistoryW *(*history_winit)(void);
static int (*history_w)(HistoryW *, HistEventW *, int, ...);

static bool load(void) {
  void *library = dlopen("libedit.so.2", RTLD_NOW | RTLD_LOCAL);
  if (!library) return false;
  const struct {
    const char *name;
    void **place;
  } functions[] = {
      {"el_init", (void **)&el_init},           {"el_wset", (void **)&el_wset},
      {"el_wgets", (void **)&el_wgets},         {"el_wline", (void **)&el_wline},
      {"el_winsertstr", (void **)&el_winsertstr}, {"el_resize", (void **)&el_resize},
      {"history_winit", (void **)&history_winit}, {"history_w", (void **)&history_w},
      {"el_wpush", (void **)&el_wpush},
  };
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
    if (!(*functions[i].place = dlsym(library, functions[i].name))) return false;
  return true;
}

// MARK: - Text

static const line_host *host;
static EditLine *editor;
static HistoryW *history;
static FILE *out;
static bool is_plain, was_empty;
static int rows_below;  // of the line, below the cursor

// Bytes that are no text are these characters, which the editor shows by their numbers.
enum { FIRST_ODD = 0xdc80, LAST_ODD = 0xdcff };

static size_t decode_one(wchar_t *c, const char *bytes, size_t count) {
  mbstate_t state = {0};
  size_t used = mbrtowc(c, bytes, count, &state);
  if (used == 0) return 1;
  if (used <= count) return used;
  *c = 0xdc00 + (unsigned char)*bytes;
  return 1;
}

// A wide string, from `malloc`; NULL without memory.
static wchar_t *decode(const char *bytes) {
  size_t count = strlen(bytes);
  wchar_t *wide = calloc(count + 1, sizeof *wide), *p = wide;
  for (size_t i = 0; wide && i < count;) i += decode_one(p++, bytes + i, count - i);
  return wide;
}

static char *encode_one(char *to, wchar_t c) {
  if (c >= FIRST_ODD && c <= LAST_ODD) {
    *to = (char)(c - 0xdc00);
    return to + 1;
  }
  mbstate_t state = {0};
  size_t used = wcrtomb(to, c, &state);
  if (used != (size_t)-1) return to + used;
  *to = '?';
  return to + 1;
}

// Bytes with a zero behind, from `malloc`; NULL without memory.
static char *encode(const wchar_t *from, const wchar_t *to, size_t *count) {
  char *bytes = malloc((size_t)(to - from) * MB_LEN_MAX + 1), *p = bytes;
  if (!bytes) return NULL;
  while (from < to) p = encode_one(p, *from++);
  *p = 0;
  if (count) *count = (size_t)(p - bytes);
  return bytes;
}

size_t line_width(const char *text, size_t count) {
  size_t width = 0;
  for (size_t i = 0; i < count;) {
    wchar_t c;
    i += decode_one(&c, text + i, count - i);
    int w = wcwidth(c);
    width += w < 0 ? 1 : (size_t)w;
  }
  return width;
}

// MARK: - The picture of the line

// What the editor shows, as it puts characters into rows, so that it can be erased and drawn again by others.
typedef struct {
  char *bytes;
  size_t count, room;
  int row, column, columns;
} picture;

static wchar_t *prompt;
static picture drawing;

static void add(picture *p, const char *bytes, size_t count) {
  if (p->count + count > p->room) {
    size_t room = 2 * p->room + count + 256;
    char *more = realloc(p->bytes, room);
    if (!more) return;
    p->bytes = more;
    p->room = room;
  }
  memcpy(p->bytes + p->count, bytes, count);
  p->count += count;
}

static void put(picture *p, const char *bytes, size_t count, int width) {
  if (width > 1 && p->column + width > p->columns) {  // it does not fit into the row
    add(p, "\r\n", 2);
    p->row++, p->column = 0;
  }
  add(p, bytes, count);
  p->column += width;
  if (p->column >= p->columns) {
    add(p, " \r", 2);  // makes the terminal begin the next row
    p->row++, p->column = 0;
  }
}

static void put_character(picture *p, wchar_t c) {
  char text[MB_LEN_MAX + 16];
  if (c == '\n') {
    add(p, "\r\n", 2);
    p->row++, p->column = 0;
  } else if (c == '\t') {
    do put(p, " ", 1, 1);
    while (p->column & 7);
  } else if (c < 0x100 && iswcntrl((wint_t)c)) {
    put(p, "^", 1, 1);
    put(p, (char[]){c == 0x7f ? '?' : (char)(c | 0100)}, 1, 1);
  } else if (iswprint((wint_t)c)) {
    put(p, text, (size_t)(encode_one(text, c) - text), wcwidth(c) < 0 ? 0 : wcwidth(c));
  } else {
    int count = snprintf(text, sizeof text, c > 0xffff ? "\\U+%05X" : "\\U+%04X", (unsigned)c);
    for (int i = 0; i < count; i++) put(p, text + i, 1, 1);
  }
}

static int columns(void) {
  struct winsize size = {0};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : 80;
}

// Draws the line into `drawing`; the row and the column of the cursor.
static void draw(int *cursor_row, int *cursor_column) {
  const LineInfoW *line = el_wline(editor);
  picture *p = &drawing;
  p->count = 0, p->row = 0, p->column = 0, p->columns = columns();
  for (const wchar_t *c = prompt; c && *c; c++) put_character(p, *c);
  *cursor_row = p->row, *cursor_column = p->column;
  for (const wchar_t *c = line->buffer; c < line->lastchar; c++) {
    if (c == line->cursor) *cursor_row = p->row, *cursor_column = p->column;
    put_character(p, *c);
  }
  if (line->cursor >= line->lastchar) *cursor_row = p->row, *cursor_column = p->column;
  rows_below = p->row - *cursor_row;
  was_empty = line->lastchar == line->buffer;
}

// After a change of the terminal's width: where terminals put the line then.
static void erase(void) {
  int row, column;
  draw(&row, &column);
  if (!is_plain && row > 0) fprintf(out, "\33[%dA", row);
  fputs(is_plain ? "\n" : "\r\33[J", out);
  fflush(out);
}

static void release(void) {
  picture *p = &drawing;
  int row, column;
  draw(&row, &column);
  char move[64], erase[64];
  int count = 0, erase_count;
  if (is_plain) {
    if (row == p->row) while (p->column > column) p->column--, add(p, "\b", 1);
    erase_count = snprintf(erase, sizeof erase, "\n");
  } else {
    if (p->row > row) count += snprintf(move, sizeof move, "\33[%dA", p->row - row);
    if (p->row > row || p->column != column) {
      count += snprintf(move + count, sizeof move - (size_t)count, "\r");
      if (column > 0) count += snprintf(move + count, sizeof move - (size_t)count, "\33[%dC", column);
      add(p, move, (size_t)count);
    }
    erase_count = row > 0 ? snprintf(erase, sizeof erase, "\33[%dA\r\33[J", row)
                          : snprintf(erase, sizeof erase, "\r\33[J");
  }
  host->release(erase, (size_t)erase_count, p->bytes, p->count, is_plain);
}

// MARK: - Keys

static int next_character(EditLine *e, wchar_t *c) {
  char bytes[MB_LEN_MAX];
  size_t count = 0;
  release();
  for (;;) {
    int32_t byte = host->next();
    if (byte == LINE_RESIZE || byte == LINE_RESUME) {
      host->hold();
      if (byte == LINE_RESIZE) erase();
      if (byte == LINE_RESUME) el_wset(e, EL_PREP_TERM, 0), el_wset(e, EL_PREP_TERM, 1);
      el_resize(e);
      el_wset(e, EL_REFRESH);
      release();
      continue;
    }
    if (byte < 0) {
      host->hold();
      if (!is_plain && rows_below > 0) fprintf(out, "\33[%dB", rows_below);
      fputs("\r\n", out);
      fflush(out);
      return -1;
    }
    bytes[count++] = (char)byte;
    mbstate_t state = {0};
    size_t used = mbrtowc(c, bytes, count, &state);
    if (used == (size_t)-2 && count < sizeof bytes) continue;
    if (used > count) {
      // No text: the first byte stands for itself. What follows is read again.
      *c = 0xdc00 + (unsigned char)bytes[0];
      wchar_t rest[MB_LEN_MAX + 1] = {0};
      for (size_t i = 1; i < count; i++) {
        unsigned char next = (unsigned char)bytes[i];
        rest[i - 1] = next < 0x80 ? next : 0xdc00 + next;
      }
      if (count > 1) el_wpush(e, rest);
    }
    host->hold();
    return 1;
  }
}

static unsigned char complete(EditLine *e, int key) {
  (void)key;
  const LineInfoW *line = el_wline(e);
  char *before = encode(line->buffer, line->cursor, NULL), *after = encode(line->cursor, line->lastchar, NULL);
  char *more = NULL;
  if (before && after) {
    release();
    more = host->complete(before, after);
    host->hold();
  }
  free(before);
  free(after);
  wchar_t *wide = more ? decode(more) : NULL;
  free(more);
  bool is_inserted = wide && *wide && el_winsertstr(e, wide) == 0;
  free(wide);
  return is_inserted ? CC_REFRESH : CC_REFRESH_BEEP;
}

static wchar_t *show_prompt(EditLine *e) {
  (void)e;
  return prompt ? prompt : L"";
}

// MARK: - Opening

// Scripts still see the "C" locale.
void line_use_encoding(void) {
  locale_t locale = newlocale(LC_CTYPE_MASK, "", NULL), wider = NULL;
  if (!locale || strcmp(nl_langinfo_l(CODESET, locale), "ANSI_X3.4-1968") == 0)
    wider = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
  if (wider) locale = wider;
  if (locale) uselocale(locale);
}

static void bind(const wchar_t *keys, const wchar_t *command) { el_wset(editor, EL_BIND, keys, command, NULL); }

bool line_open(const line_host *new_host) {
  if (!load()) return false;
  host = new_host;
  line_use_encoding();
  const char *terminal = getenv("TERM");
  is_plain = !terminal || !*terminal || strcmp(terminal, "dumb") == 0;
  int copy = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  out = copy < 0 ? NULL : fdopen(copy, "w");
  FILE *nowhere = fopen("/dev/null", "we");
  if (!out || !nowhere || !(editor = el_init("luaconc", stdin, out, nowhere))) return false;
  HistEventW event;
  if ((history = history_winit())) {
    history_w(history, &event, H_SETSIZE, 2000);
    el_wset(editor, EL_HIST, history_w, history);
  }
  el_wset(editor, EL_EDITOR, L"emacs");
  el_wset(editor, EL_PROMPT, show_prompt);
  el_wset(editor, EL_GETCFN, next_character);
  el_wset(editor, EL_ADDFN, L"complete-lua", L"Completes the word", complete);
  bind(L"^I", L"complete-lua");
  bind(L"^R", L"em-inc-search-prev");
  bind(L"^S", L"em-inc-search-next");
  bind(L"^W", L"ed-delete-prev-word");
  bind(L"\\e[1~", L"ed-move-to-beg");
  bind(L"\\e[4~", L"ed-move-to-end");
  bind(L"\\e[H", L"ed-move-to-beg");
  bind(L"\\e[F", L"ed-move-to-end");
  bind(L"\\eOH", L"ed-move-to-beg");
  bind(L"\\eOF", L"ed-move-to-end");
  bind(L"\\e[3~", L"ed-delete-next-char");
  bind(L"\\e[1;5C", L"em-next-word");
  bind(L"\\e[1;5D", L"ed-prev-word");
  return true;
}

void line_remember(const char *line) {
  wchar_t *wide = history ? decode(line) : NULL;
  HistEventW event;
  if (wide) history_w(history, &event, H_ENTER, wide);
  free(wide);
}

bool line_is_empty(void) { return was_empty; }
bool line_is_plain(void) { return is_plain; }

char *line_read(const char *text, size_t *count) {
  free(prompt);
  prompt = decode(text);
  was_empty = true;
  host->hold();
  // Before the prompt is there: what is typed then must not be taken for a line of the terminal's own.
  el_wset(editor, EL_PREP_TERM, 1);
  int length = 0;
  const wchar_t *wide = el_wgets(editor, &length);
  host->release(NULL, 0, NULL, 0, is_plain);
  if (!wide || length <= 0) return NULL;
  const wchar_t *end = wide + length;
  if (end[-1] == '\n' || end[-1] == '\r') end--;
  return encode(wide, end, count);
}
