// A copy of this process that somebody's C code makes by fork(2). Of all threads only the one that forked is there: what
// others do (descriptors that are watched, links, programs that are waited for) is the former process's, and is let alone.
#define _GNU_SOURCE
#include "fence.h"

#include <pthread.h>

static bool is_copy;

bool fence_is_copy(void) { return __atomic_load_n(&is_copy, __ATOMIC_RELAXED); }

static void begin(void) {
  __atomic_store_n(&is_copy, true, __ATOMIC_RELAXED);
  fence_forget_signals();
  fence_tell_of_copy();
}

static void watch(void) { pthread_atfork(NULL, NULL, begin); }

void fence_watch_copies(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, watch);
}
