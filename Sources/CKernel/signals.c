// Signals. The handler of a signal that a script or the program has asked for counts it, and writes to the descriptor
// `bell`, which the reactor watches; everything else happens on the reactor's thread.
#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <poll.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

bool system_handle(int number, void (*handler)(int, siginfo_t *, void *), int flags, struct sigaction *before) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO};
  if (sigaction(number, &action, before) != 0) return false;
#ifdef SYSTEM_HELD_BACK
  // The thread sanitizer delays signals until the thread calls the C library, which a loop in Lua never does. So this
  // installs the handler in the kernel directly. The handler must not call into the sanitizer then.
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

int system_look_signal(void) { return SIGRTMIN + 7; }

// MARK: - Signals that are blocked

// The kernel's form of a set of signals: one bit each.
static uint64_t bits_of(const sigset_t *set) {
  uint64_t bits;
  memcpy(&bits, set, sizeof bits);
  return bits;
}

static sigset_t set_of(uint64_t bits) {
  sigset_t set;
  sigemptyset(&set);
  memcpy(&set, &bits, sizeof bits);
  return set;
}

uint64_t system_signal_mask(void) {
  sigset_t set;
  pthread_sigmask(SIG_BLOCK, NULL, &set);
  return bits_of(&set);
}

void system_set_signal_mask(uint64_t mask) {
  sigset_t set = set_of(mask);
  sigdelset(&set, system_nudge_signal());
  sigdelset(&set, system_break_signal());
  pthread_sigmask(SIG_SETMASK, &set, NULL);
}

// MARK: - Interrupts

// 0: not chosen yet.
static int nudge_signal, break_signal;

int system_nudge_signal(void) {
  int number = __atomic_load_n(&nudge_signal, __ATOMIC_RELAXED);
  return number ? number : SIGURG;
}

int system_break_signal(void) {
  int number = __atomic_load_n(&break_signal, __ATOMIC_RELAXED);
  return number ? number : SIGRTMAX;
}

static void (*interrupt)(bool breaks);
static void (*sample)(int count);

IN_SIGNAL static void on_nudge(int number, siginfo_t *info, void *context) {
  (void)number, (void)context;
  int saved = errno;
  if (info->si_code == SI_TIMER) {
    void (*handler)(int count) = __atomic_load_n(&sample, __ATOMIC_RELAXED);
    if (handler) handler(1 + info->si_overrun);
  } else {
    interrupt(false);
  }
  errno = saved;
}

IN_SIGNAL static void on_break(int number, siginfo_t *info, void *context) {
  (void)number, (void)info, (void)context;
  int saved = errno;
  interrupt(true);
  errno = saved;
}

// Whether the program has no handler of its own for the signal: it does nothing, or has this one already.
static bool is_free(int number, void (*handler)(int, siginfo_t *, void *)) {
  struct sigaction now;
  if (sigaction(number, NULL, &now) != 0) return false;
  if (now.sa_flags & SA_SIGINFO) return now.sa_sigaction == handler;
  return now.sa_handler == SIG_DFL || now.sa_handler == SIG_IGN;
}

// Installs the handler for that signal, or, if the program handles it, for the last real-time signal that is free.
static void take(int *signal, int wanted, int other, void (*handler)(int, siginfo_t *, void *), int flags) {
  for (int number = wanted, next = SIGRTMAX; number >= SIGRTMIN || number == wanted; number = next--) {
    if (number == other || !is_free(number, handler)) continue;
    __atomic_store_n(signal, number, __ATOMIC_RELAXED);
    system_handle(number, handler, flags, NULL);
    return;
  }
}

void system_install_interrupts(void (*handler)(bool breaks)) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  interrupt = handler;
  take(&nudge_signal, system_nudge_signal(), 0, on_nudge, SA_RESTART);
  take(&break_signal, system_break_signal(), system_nudge_signal(), on_break, 0);
  pthread_mutex_unlock(&lock);
}

void system_take_samples(void (*handler)(int count)) { __atomic_store_n(&sample, handler, __ATOMIC_RELAXED); }

void system_hold_breaks(system_hold *hold) {
  if (hold->is_held) return;
  sigset_t set, before;
  sigemptyset(&set);
  sigaddset(&set, system_break_signal());
  hold->is_held = pthread_sigmask(SIG_BLOCK, &set, &before) == 0;
  hold->before = bits_of(&before);
}

void system_let_break(const system_hold *hold) {
  if (!hold->is_held) return;
  sigset_t set = set_of(hold->before);
  pthread_sigmask(SIG_SETMASK, &set, NULL);
}

static bool await(FILE *file, short events, const sigset_t *mask) {
  struct pollfd wait = {fileno(file), events, 0};
  return wait.fd < 0 || ppoll(&wait, 1, NULL, mask) >= 0 || errno != EINTR;
}

// What cannot be done at all is not waited for, here and below.
bool system_await_room(FILE *file, const system_hold *hold) {
  if (!__fwritable(file)) return true;
  sigset_t set = set_of(hold->before);
  return await(file, POLLOUT, hold->is_held ? &set : NULL);
}

// What the C library does before it reads: it writes what the stream itself has to write, and, before it reads from a terminal,
// the line that standard output has begun there.
static void flush_before_input(FILE *file) {
  bool is_quick = __fbufsize(file) == 1 || __flbf(file) || isatty(fileno(file));
  if (is_quick && __flbf(stdout)) system_flush(stdout);
  if (__fwriting(file)) fflush(file);
}

bool system_await_input(FILE *file) {
  if (!__freadable(file) || file->_IO_read_ptr < file->_IO_read_end) return true;
  flush_before_input(file);
  return await(file, POLLIN, NULL);
}

bool system_has_reader(FILE *file) {
  struct stat status;
  return fstat(fileno(file), &status) == 0 && !S_ISREG(status.st_mode);
}

// MARK: - Signals that are caught

enum { SIGNALS = 65 };
static int counts[SIGNALS], typed[SIGNALS];
static struct sigaction before[SIGNALS];
static bool caught[SIGNALS];
static int bell = -1;

IN_SIGNAL static void note(int number, siginfo_t *info, void *context) {
  (void)context;
  int saved = errno;
  if (info->si_code == SI_KERNEL && (number == SIGINT || number == SIGQUIT) && system_waits_for_shell()) return;
  if (info->si_code == SI_KERNEL) __atomic_store_n(&typed[number], 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&counts[number], 1, __ATOMIC_RELEASE);
  uint64_t one = 1;
  while (syscall(SYS_write, __atomic_load_n(&bell, __ATOMIC_ACQUIRE), &one, sizeof one) < 0 && errno == EINTR) {
  }
  errno = saved;
}

bool system_is_ignored(int number) {
  struct sigaction now;
  return sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

bool system_catch(int number, int rings) {
  if (number <= 0 || number >= SIGNALS) return errno = EINVAL, false;
  __atomic_store_n(&bell, rings, __ATOMIC_RELEASE);
  return caught[number] = system_handle(number, note, SA_RESTART, &before[number]);
}

void system_release_signal(int number) {
  sigaction(number, &before[number], NULL);
  caught[number] = false;
}

void system_forget_signals(void) {
  for (int i = 1; i < SIGNALS; i++)
    if (caught[i]) system_release_signal(i);
}

int system_take_caught(int number, bool *is_typed) {
  int count = __atomic_exchange_n(&counts[number], 0, __ATOMIC_ACQUIRE);
  *is_typed = __atomic_exchange_n(&typed[number], 0, __ATOMIC_RELAXED);
  return count;
}

// MARK: - Names and the end

const char *system_signal_name(int number) { return sigabbrev_np(number); }

void system_die(int number) {
  system_restore_terminal();
  signal(number, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  pthread_sigmask(SIG_UNBLOCK, &set, NULL);
  kill(getpid(), number);
  _exit(128 + number);
}
