// What traces and profiles need of the system: the processor time of threads, a signal for each piece of it, marks of
// messages.
#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int system_tracing;

void system_trace(int kinds) { __atomic_store_n(&system_tracing, kinds, __ATOMIC_RELAXED); }

static __thread uint64_t sent_mark, received_mark;
void system_set_sent_mark(uint64_t mark) { sent_mark = mark; }
uint64_t system_sent_mark(void) { return sent_mark; }
void system_set_received_mark(uint64_t mark) { received_mark = mark; }
uint64_t system_received_mark(void) { return received_mark; }

// MARK: - Processor time

int32_t system_thread_clock(void) {
  clockid_t clock;
  return pthread_getcpuclockid(pthread_self(), &clock) == 0 ? clock : CLOCK_THREAD_CPUTIME_ID;
}

int64_t system_clock_time(int32_t clock) {
  struct timespec t;
  return clock_gettime(clock, &t) == 0 ? t.tv_sec * 1000000000 + t.tv_nsec : -1;
}

static __thread timer_t sampling;
static __thread bool samples;

bool system_start_sampling(int64_t interval) {
  if (samples) return true;
  struct sigevent event;
  memset(&event, 0, sizeof event);
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = system_nudge_signal();
  event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
  if (timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &sampling) != 0) return false;
  samples = true;
  struct itimerspec times = {
    .it_interval = {interval / 1000000000, interval % 1000000000},
    .it_value = {interval / 1000000000, interval % 1000000000},
  };
  return timer_settime(sampling, 0, &times, NULL) == 0;
}

void system_stop_sampling(void) {
  if (!samples) return;
  samples = false;
  timer_delete(sampling);
}

// MARK: - Files

int system_open_log(const char *path, bool clears, char *whole, size_t room) {
  int descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | (clears ? O_CREAT | O_TRUNC : 0), 0666);
  if (descriptor < 0) return -errno;
  struct stat status;
  bool is_file = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  if (!is_file || room < PATH_MAX || !realpath(path, whole)) *whole = 0;
  return descriptor;
}

int system_mend_log(int descriptor, int unit) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) return errno;
  if (!S_ISREG(status.st_mode) || status.st_size % unit == 0) return 0;
  return ftruncate(descriptor, status.st_size - status.st_size % unit) == 0 ? 0 : errno;
}
