// Signals of the system. The handler counts, and rings the bell that the reactor watches; all else happens there.
#define _GNU_SOURCE
#include "fence.h"

#include <errno.h>
#include <setjmp.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef FENCE_HELD_BACK
// Debian's Lua jumps by this function, of which the sanitizer does not know: its own stack would grow with every error.
void __longjmp_chk(jmp_buf place, int value) { longjmp(place, value); }
#endif

bool fence_handle(int number, void (*handler)(int, siginfo_t *, void *), int flags, struct sigaction *before) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO};
  if (sigaction(number, &action, before) != 0) return false;
#ifdef FENCE_HELD_BACK
  // The thread sanitizer holds signals back until the thread calls the C library, which a loop in Lua never does. So
  // the kernel is told of the handler itself, which must not enter the sanitizer then.
  struct {
    void (*handler)(int, siginfo_t *, void *);
    unsigned long flags;
    void (*restorer)(void);
    uint64_t mask;
  } direct;
  if (syscall(SYS_rt_sigaction, number, NULL, &direct, sizeof direct.mask)) return true;
  direct.handler = handler;
  syscall(SYS_rt_sigaction, number, &direct, NULL, sizeof direct.mask);
#endif
  return true;
}

// The kernel's form of a set of signals: one bit each.
uint64_t fence_signal_mask(void) {
  sigset_t set;
  uint64_t mask;
  pthread_sigmask(SIG_BLOCK, NULL, &set);
  memcpy(&mask, &set, sizeof mask);
  return mask;
}

void fence_set_signal_mask(uint64_t mask) {
  sigset_t set;
  sigemptyset(&set);
  memcpy(&set, &mask, sizeof mask);
  sigdelset(&set, SIGURG);
  sigdelset(&set, fence_break_signal());
  pthread_sigmask(SIG_SETMASK, &set, NULL);
}

void fence_start_deaf(pthread_attr_t *attributes) {
  sigset_t all;
  sigfillset(&all);
  pthread_attr_setsigmask_np(attributes, &all);
}

enum { SIGNALS = 65 };
static int counts[SIGNALS], typed[SIGNALS];
static struct sigaction before[SIGNALS];
static bool caught[SIGNALS];
static int bell = -1;

IN_SIGNAL static void note(int number, siginfo_t *info, void *context) {
  (void)context;
  int saved = errno;
  if (info->si_code == SI_KERNEL && (number == SIGINT || number == SIGQUIT) && fence_waits_for_shell()) return;
  if (info->si_code == SI_KERNEL) __atomic_store_n(&typed[number], 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&counts[number], 1, __ATOMIC_RELEASE);
  uint64_t one = 1;
  while (syscall(SYS_write, __atomic_load_n(&bell, __ATOMIC_ACQUIRE), &one, sizeof one) < 0 && errno == EINTR) {
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
  return caught[number] = fence_handle(number, note, SA_RESTART, &before[number]);
}

void fence_release_signal(int number) {
  sigaction(number, &before[number], NULL);
  caught[number] = false;
}

void fence_forget_signals(void) {
  for (int i = 1; i < SIGNALS; i++)
    if (caught[i]) fence_release_signal(i);
}

int fence_take_caught(int number, bool *is_typed) {
  int count = __atomic_exchange_n(&counts[number], 0, __ATOMIC_ACQUIRE);
  *is_typed = __atomic_exchange_n(&typed[number], 0, __ATOMIC_RELAXED);
  return count;
}

void fence_die(int number) {
  fence_restore_terminal();
  signal(number, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  kill(getpid(), number);
  _exit(128 + number);
}
