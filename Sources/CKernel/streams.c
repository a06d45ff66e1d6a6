// Standard output and standard error: their buffers are written here, completely, even if a signal breaks the call or
// the descriptor has no room.
#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio_ext.h>
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

// A line of progress is drawn at the end of standard error, which is a terminal. It and what else is written to the
// terminal wait for each other with the lock of that stream, which a copy made by `fork` finds free.
static bool has_bar;
static bool is_bar_shown;  // guarded by the lock

static void take_bar_away(void) {
  if (is_bar_shown) write_all(STDERR_FILENO, "\r\33[K", 4);
  is_bar_shown = false;
}

void system_show_bar(const void *bytes, size_t count) {
  flockfile(stderr);
  __atomic_store_n(&has_bar, true, __ATOMIC_RELAXED);
  is_bar_shown = write_all(STDERR_FILENO, bytes, count) == 0;
  funlockfile(stderr);
}

void system_hide_bar(void) {
  flockfile(stderr);
  take_bar_away();
  __atomic_store_n(&has_bar, false, __ATOMIC_RELAXED);
  funlockfile(stderr);
}

// Before something is written: takes the bar away from where it goes. Returns whether to call `after_bar` later.
static bool before_bar(int descriptor) {
  if (!__atomic_load_n(&has_bar, __ATOMIC_RELAXED) || !isatty(descriptor)) return false;
  flockfile(stderr);
  take_bar_away();
  return true;
}

static void after_bar(bool waits) {
  if (waits) funlockfile(stderr);
}

int system_write_all(int descriptor, const void *bytes, size_t count) {
  bool waits = before_bar(descriptor);
  int error = write_all(descriptor, bytes, count);
  after_bar(waits);
  return error;
}

// Writes the stream's buffer and then the bytes, with one call if the system takes them at once. Returns 0 or errno.
static int emit(FILE *f, const char *bytes, size_t count) {
  size_t held = __fpending(f);
  if (held + count == 0) return 0;
  struct iovec parts[2] = {{f->_IO_write_base, held}, {(char *)bytes, count}};
  int descriptor = fileno_unlocked(f), error = 0;
  bool waits = before_bar(descriptor);
  ssize_t done = held == 0 || count == 0 ? 0 : writev(descriptor, parts, 2);
  size_t taken = done > 0 ? (size_t)done : 0, of_held = taken < held ? taken : held;
  error = write_all(descriptor, f->_IO_write_base + of_held, held - of_held);
  if (!error) error = write_all(descriptor, bytes + (taken - of_held), count - (taken - of_held));
  after_bar(waits);
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
