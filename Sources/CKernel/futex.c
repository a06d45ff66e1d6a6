// Waiting in the kernel for a word of memory to change. Both calls leave errno as it was.
#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void system_futex_wait(const void *word, uint32_t expected, int64_t deadline) {
  struct timespec t = {deadline / 1000000000, deadline % 1000000000};
  int saved = errno;
  syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected, deadline < 0 ? NULL : &t, NULL, FUTEX_BITSET_MATCH_ANY);
  errno = saved;
}

void system_futex_wake(const void *word, int32_t count) {
  int saved = errno;
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
  errno = saved;
}
