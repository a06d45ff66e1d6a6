// A copy of this process that C code makes by fork(2). It has only the thread that forked. What other threads do
// (watching descriptors, links, waiting for programs) belongs to the original process, and the copy leaves it alone.
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
