// Signals of the system. The handler counts, and rings the bell that the reactor watches; all else happens there.
#define _GNU_SOURCE
#include "fence.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

enum { SIGNALS = 65 };
static int counts[SIGNALS], typed[SIGNALS];
static struct sigaction before[SIGNALS];
static int bell = -1;

static void note(int number, siginfo_t *info, void *context) {
  (void)context;
  int saved = errno;
  if (info->si_code == SI_KERNEL) __atomic_store_n(&typed[number], 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&counts[number], 1, __ATOMIC_RELEASE);
  uint64_t one = 1;
  while (write(__atomic_load_n(&bell, __ATOMIC_ACQUIRE), &one, sizeof one) < 0 && errno == EINTR) {
  }
  errno = saved;
}

bool fence_is_ignored(int number) {
  struct sigaction now;
  return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

bool fence_catch(int number, int rings) {
  if (number <= 0 || number >= SIGNALS) return errno = EINVAL, false;
  __atomic_store_n(&bell, rings, __ATOMIC_RELEASE);
  struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_RESTART | SA_SIGINFO};
  return sigaction(number, &action, &before[number]) == 0;
}

void fence_release_signal(int number) { sigaction(number, &before[number], NULL); }

int fence_take_caught(int number, bool *is_typed) {
  int count = __atomic_exchange_n(&counts[number], 0, __ATOMIC_ACQUIRE);
  *is_typed = __atomic_exchange_n(&typed[number], 0, __ATOMIC_RELAXED);
  return count;
}

void fence_die(int number) {
  signal(number, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  kill(getpid(), number);
  _exit(128 + number);
}
