// A descriptor that becomes readable at an instant of the monotonic clock.
#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <sys/timerfd.h>

int system_alarm_open(void) { return timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK); }

void system_alarm_set(int descriptor, int64_t due) {
  if (due < 1) due = 1;  // 0 would switch it off
  struct itimerspec setting = {.it_value = {due / 1000000000, due % 1000000000}};
  int saved = errno;
  timerfd_settime(descriptor, TFD_TIMER_ABSTIME, &setting, NULL);
  errno = saved;
}
