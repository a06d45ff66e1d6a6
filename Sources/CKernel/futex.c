// Waiting in the kernel for a word of memory to change. Both calls leave errno as it was.
#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static _Thread_local bool has_woken;

void system_note_wake(void) { has_woken = true; }

bool system_has_woken(void) { return has_woken; }

bool system_takes_wake(void) {
  bool taken = has_woken;
  has_woken = false;
  return taken;
}

void system_futex_wait(const void *word, uint32_t expected, int64_t deadline) {
  struct timespec t = {deadline / 1000000000, deadline % 1000000000};
  int saved = errno;
  has_woken = false;
  syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected, deadline < 0 ? NULL : &t, NULL, FUTEX_BITSET_MATCH_ANY);
  errno = saved;
}

void system_futex_wake(const void *word, int32_t count) {
  int saved = errno;
  if (syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0) > 0) has_woken = true;
  errno = saved;
}
