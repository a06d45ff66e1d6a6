// A copy of this process that C code makes by fork(2). It has only the thread that forked. What other threads do
// (watching descriptors, links, waiting for programs) belongs to the original process, and the copy leaves it alone.
// Most copies only start another program. So nothing but C runs in the handler of fork: Swift's runtime may need a lock that
// another thread held. The rest is done when the copy goes on in Lua.
#define _GNU_SOURCE
#include "system.h"

#include <pthread.h>
#include <stdatomic.h>

static bool is_copy, is_new;
// Each program sets them, to the same.
static void (*_Atomic pause_others)(void), (*_Atomic resume_others)(void);
static bool (*_Atomic tell)(void);

bool system_is_copy(void) { return __atomic_load_n(&is_copy, __ATOMIC_RELAXED); }

static void prepare(void) { pause_others(); }
static void go_on(void) { resume_others(); }

bool system_begin_copy(void) {
  if (!__atomic_load_n(&is_new, __ATOMIC_RELAXED)) return false;
  is_new = false;
  resume_others();
  return true;
}

static void begin(void) {
  is_copy = is_new = true;
  system_forget_signals();
  if (!tell || !tell()) system_begin_copy();
}

static void watch(void) { pthread_atfork(prepare, go_on, begin); }

void system_watch_copies(void (*pause)(void), void (*resume)(void)) {
  pause_others = pause;
  resume_others = resume;
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, watch);
}

void system_tell_of_copy(bool (*copied)(void)) { tell = copied; }
