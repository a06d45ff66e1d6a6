/// Lines typed at a terminal, edited by libedit. One thread uses all of it. The library is loaded when it is needed, so
/// that programs without a prompt do not pay for it; its functions take a varying number of arguments and wide
/// characters, so they are called from C.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What `next` returns instead of a byte.
enum {
  LINE_LEAVE = -1,   // the line is given up
  LINE_RESIZE = -2,  // the terminal has another size
  LINE_RESUME = -3   // the process was stopped and goes on
};

typedef struct line_host {
  /// Waits for the next byte that is typed.
  int32_t (*next)(void);
  /// Around all that the editor writes: nothing else is written to the terminal meanwhile. `release` gets what erases
  /// the line that is being typed, and what draws it again.
  void (*hold)(void);
  void (*release)(const void *erase, size_t erase_count, const void *draw, size_t draw_count, bool is_plain);
  /// Gets the line before and after the cursor. Returns what to insert, from `malloc`, or NULL.
  char *(*complete)(const char *before, const char *after);
} line_host;

/// Whether the library is there. `host` must stay.
bool line_open(const line_host *host);
/// Adds to the history, which the arrow keys and Ctrl-R search.
void line_remember(const char *line);
/// Shows the prompt and reads a line: from `malloc`, `*count` bytes. NULL at the end of the input, and when `next` gave
/// the line up. The terminal is as before then.
char *line_read(const char *prompt, size_t *count);
/// Whether nothing has been typed yet.
bool line_is_empty(void);
/// Whether the terminal knows escape sequences.
bool line_is_plain(void);
/// Sets the user's character encoding for the calling thread, UTF-8 if that is only ASCII. `line_open` does that, too.
void line_use_encoding(void);
/// How many columns the text takes; of bytes that are no text each counts one.
size_t line_width(const char *text, size_t count);
