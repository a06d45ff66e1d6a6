// A copy of this process that somebody's C code makes by fork(2). Of all threads only the one that forked is there: what
// others do (descriptors that are watched, links, programs that are waited for) is the former process's, and is let alone.
#define _GNU_SOURCE
#include "system.h"

#include <pthread.h>

static bool is_copy;
static void (*pause_others)(void), (*resume_others)(void), (*tell)(void);

bool system_is_copy(void) { return __atomic_load_n(&is_copy, __ATOMIC_RELAXED); }

static void prepare(void) { pause_others(); }
static void go_on(void) { resume_others(); }

static void begin(void) {
  resume_others();
  __atomic_store_n(&is_copy, true, __ATOMIC_RELAXED);
  system_forget_signals();
  if (tell) tell();
}

static void watch(void) { pthread_atfork(prepare, go_on, begin); }

void system_watch_copies(void (*pause)(void), void (*resume)(void)) {
  pause_others = pause;
  resume_others = resume;
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, watch);
}

void system_tell_of_copy(void (*copied)(void)) { tell = copied; }
