// Standard output and standard error: their buffers are written here, completely, even if a signal breaks the call or
// the descriptor has no room.
#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

// The first errors of standard output and standard error.
static int failures[2];

int system_output_failure(int descriptor) { return __atomic_load_n(&failures[descriptor - 1], __ATOMIC_RELAXED); }

static int failed(int descriptor, int error) {
  if (error == EPIPE && system_ends_with_reader()) system_die(SIGPIPE);
  int none = 0;
  // EBADF: the stream was closed at the start, so nothing is lost.
  if ((descriptor == STDOUT_FILENO || descriptor == STDERR_FILENO) && error != EBADF)
    __atomic_compare_exchange_n(&failures[descriptor - 1], &none, error, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return error;
}

static int write_all(int descriptor, const void *bytes, size_t count) {
  while (count > 0) {
    ssize_t done = write(descriptor, bytes, count);
    if (done >= 0) {
      bytes = (const char *)bytes + done;
      count -= (size_t)done;
    } else if (errno == EAGAIN) {
      struct pollfd wait = {descriptor, POLLOUT, 0};
      poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      return failed(descriptor, errno);
    }
  }
  return 0;
}

// What stands at the end of the terminal and makes room for whatever else is written there: a bar of progress, which
// comes back with its next step, or a line that somebody types, which comes back at once. It and the writers wait for
// each other with the lock of standard error, which a copy made by `fork` finds free. Who holds it takes no other.
static bool is_watched;  // something stands there or has stood there
static enum { NOTHING, BAR, LINE } shown;
static struct {
  char *bytes;
  size_t count, room;
} erasure, drawing;         // of the line
static bool is_plain;       // the terminal knows no escape sequences
static pid_t owner;         // whose line it is: a copy of the process shows none
static long column;         // where the output has stopped, if that can be told; -1: somewhere in a line
static bool is_continued;   // the output goes on in the row above the line

static void put_away(void) {
  if (shown == BAR) {
    write_all(STDERR_FILENO, "\r\33[K", 4);
    shown = NOTHING;
  } else if (shown == LINE) {
    write_all(STDERR_FILENO, erasure.bytes, erasure.count);
    if (is_continued) {
      char move[32];
      write_all(STDERR_FILENO, move, (size_t)snprintf(move, sizeof move, "\33[A\r\33[%ldC", column));
    } else {
      column = 0;
    }
  }
}

void system_show_bar(const void *bytes, size_t count) {
  flockfile(stderr);
  __atomic_store_n(&is_watched, true, __ATOMIC_RELAXED);
  if (shown != LINE) shown = write_all(STDERR_FILENO, bytes, count) == 0 ? BAR : NOTHING;
  funlockfile(stderr);
}

void system_hide_bar(void) {
  flockfile(stderr);
  if (shown == BAR) put_away();
  funlockfile(stderr);
}

// Notes in which column the output stops.
static void follow(const char *bytes, size_t count) {
  const char *end = memrchr(bytes, '\n', count);
  if (end) column = 0;
  for (const char *p = end ? end + 1 : bytes; p < bytes + count; p++)
    column = column < 0 || *p < ' ' || *p > '~' ? -1 : column + 1;
}

static void begin_row(void) {
  if (column != 0) write_all(STDERR_FILENO, "\n", 1);
}

void system_hold_terminal(void) {
  flockfile(stderr);
  __atomic_store_n(&is_watched, true, __ATOMIC_RELAXED);
  if (shown == LINE) return;
  put_away();
  begin_row();
  column = 0;
}

void system_begin_row(void) {
  system_flush(stdout);
  if (!__atomic_load_n(&is_watched, __ATOMIC_RELAXED)) return;
  flockfile(stderr);
  if (shown == NOTHING) {
    begin_row();
    column = 0;
  }
  funlockfile(stderr);
}

// Makes it a copy of the bytes, or of none if there is no memory.
static void set(typeof(erasure) *text, const void *bytes, size_t count) {
  if (count > text->room) {
    char *more = realloc(text->bytes, count);
    if (!more) count = 0;
    else text->bytes = more, text->room = count;
  }
  if (count > 0) memcpy(text->bytes, bytes, count);
  text->count = count;
}

void system_release_terminal(const void *erase, size_t erase_count, const void *draw, size_t draw_count, bool plain) {
  set(&erasure, erase, erase_count);
  set(&drawing, draw, draw_count);
  if (shown != LINE || draw_count == 0) column = 0, is_continued = false;
  shown = draw_count > 0 ? LINE : NOTHING;
  is_plain = plain;
  owner = getpid();
  funlockfile(stderr);
}

// Before something is written: makes room where it goes. Returns whether to call `after` later.
static bool before(int descriptor) {
  if (!__atomic_load_n(&is_watched, __ATOMIC_RELAXED) || !isatty(descriptor)) return false;
  flockfile(stderr);
  if (shown == LINE && owner != getpid()) {
    funlockfile(stderr);
    return false;
  }
  put_away();
  return true;
}

static void after(bool waits) {
  if (!waits) return;
  if (shown == LINE) {
    struct winsize size = {0};
    is_continued = column > 0 && !is_plain && ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && column < size.ws_col;
    begin_row();
    write_all(STDERR_FILENO, drawing.bytes, drawing.count);
  }
  funlockfile(stderr);
}

int system_write_all(int descriptor, const void *bytes, size_t count) {
  bool waits = before(descriptor);
  int error = write_all(descriptor, bytes, count);
  if (waits) follow(bytes, count);
  after(waits);
  return error;
}

// Writes the stream's buffer and then the bytes, with one call if the system takes them at once. Returns 0 or errno.
static int emit(FILE *f, const char *bytes, size_t count) {
  size_t held = __fpending(f);
  if (held + count == 0) return 0;
  struct iovec parts[2] = {{f->_IO_write_base, held}, {(char *)bytes, count}};
  int descriptor = fileno_unlocked(f), error = 0;
  bool waits = before(descriptor);
  ssize_t done = held == 0 || count == 0 ? 0 : writev(descriptor, parts, 2);
  size_t taken = done > 0 ? (size_t)done : 0, of_held = taken < held ? taken : held;
  error = write_all(descriptor, f->_IO_write_base + of_held, held - of_held);
  if (!error) error = write_all(descriptor, bytes + (taken - of_held), count - (taken - of_held));
  if (waits) follow(f->_IO_write_base, held), follow(bytes, count);
  after(waits);
  if (!error && f->_offset >= 0) f->_offset += (off_t)(held + count);  // the stream's idea of the file position
  __fpurge(f);
  return error;
}

int system_put_slowly(FILE *f, const char *bytes, size_t count) {
  if (f == stdout && !f->_IO_buf_base) {  // as the first write of the C library would do it
    bool by_lines = __flbf(f) || isatty(fileno_unlocked(f));
    setvbuf(f, NULL, _IOFBF, 0);
    if (by_lines) setvbuf(f, NULL, _IOLBF, 0);
  }
  size_t size = (size_t)(f->_IO_buf_end - f->_IO_buf_base), at_once = 0;
  if (size <= 1) {
    at_once = count;
  } else {
    const char *end = __flbf(f) ? memrchr(bytes, '\n', count) : NULL;
    if (end) at_once = (size_t)(end + 1 - bytes);
    if (count - at_once >= size) at_once = count;
  }
  int error = at_once || __fpending(f) + count > size ? emit(f, bytes, at_once) : 0;
  if (count > at_once) fwrite_unlocked(bytes + at_once, 1, count - at_once, f);
  return error;
}

int system_emit(FILE *f) { return emit(f, NULL, 0); }

int system_flush(FILE *f) {
  flockfile(f);
  int error = emit(f, NULL, 0);
  funlockfile(f);
  return error;
}

void system_say(const char *bytes, size_t count) {
  flockfile(stdout);
  system_put(stdout, bytes, count);
  emit(stdout, NULL, 0);
  funlockfile(stdout);
}

void system_complain(const char *text) {
  flockfile(stderr);
  system_put(stderr, text, strlen(text));
  emit(stderr, NULL, 0);
  funlockfile(stderr);
}

void system_flush_at_once(void) {
  if (ftrylockfile(stdout) != 0) return;
  struct pollfd wait = {fileno(stdout), POLLOUT, 0};
  // A pipe that is ready takes up to PIPE_BUF bytes at once.
  if (__fpending(stdout) <= PIPE_BUF && poll(&wait, 1, 0) == 1 && wait.revents == POLLOUT) emit(stdout, NULL, 0);
  funlockfile(stdout);
}

FILE *system_stdout(void) { return stdout; }
FILE *system_stderr(void) { return stderr; }
