// Attributes and numbers of threads.
#define _GNU_SOURCE
#include "system.h"

#include <dirent.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>

void system_start_deaf(pthread_attr_t *attributes) {
  sigset_t all;
  sigfillset(&all);
  pthread_attr_setsigmask_np(attributes, &all);
}

void system_name_thread(const char *name) {
  char cut[16];
  snprintf(cut, sizeof cut, "%s", name);
  pthread_setname_np(pthread_self(), cut);
}

// MARK: - Timer slack
//
// The kernel wakes a thread up to 50 microseconds after its deadline, unless the thread asks for less. New threads, and
// programs that are started, inherit that.

static unsigned long usual_slack;  // in nanoseconds, as it was when a thread asked first; 0: none has

void system_wake_punctually(void) {
  unsigned long none = 0, before = (unsigned long)prctl(PR_GET_TIMERSLACK);
  __atomic_compare_exchange_n(&usual_slack, &none, before, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  prctl(PR_SET_TIMERSLACK, 1);
}

UNWATCHED unsigned long system_usual_slack(void) { return __atomic_load_n(&usual_slack, __ATOMIC_RELAXED); }

// MARK: -

int system_processors(void) {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

// Where the thread's stack ends, if it is to be kept small.
static __thread char *stack_end;

void system_keep_stack_small(void) {
  pthread_attr_t attributes;
  void *start;
  size_t size;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
  if (pthread_attr_getstack(&attributes, &start, &size) == 0) {
    madvise(start, size, MADV_NOHUGEPAGE);
    stack_end = start;
  }
  pthread_attr_destroy(&attributes);
}

bool system_has_stack(size_t room) {
  static __thread char *end;
  if (!end) {
    pthread_attr_t attributes;
    void *start;
    size_t size;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return true;
    if (pthread_attr_getstack(&attributes, &start, &size) == 0) end = start;
    pthread_attr_destroy(&attributes);
  }
  return (char *)__builtin_frame_address(0) > end + room;
}

#define PAGE 4096
#define MARGIN 512  // more than the frames of this function and of those that it calls

__attribute__((noinline)) void system_trim_stack(void) {
  uintptr_t unused = ((uintptr_t)__builtin_frame_address(0) - MARGIN) & ~(uintptr_t)(PAGE - 1);
  if (stack_end && unused > (uintptr_t)stack_end) madvise(stack_end, unused - (uintptr_t)stack_end, MADV_DONTNEED);
}

int system_thread_count(void) {
  int count = 0;
  DIR *threads = opendir("/proc/self/task");
  if (!threads) return 0;
  for (struct dirent *e; (e = readdir(threads));) count += e->d_name[0] != '.';
  closedir(threads);
  return count;
}
