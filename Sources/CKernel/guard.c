// The guard: a process that outlives this one by a moment. When this process dies, the kernel kills the programs that
// it has started, but not what they have started; the guard kills their groups. It shares our memory, so it costs next
// to nothing, and finds the table of groups there. It is started together with the first program.
#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// A place is 0 if it is free, -1 if it is reserved, otherwise the number of a group. Blocks are added, and never freed.
typedef struct groups {
  struct groups *next;
  int places[126];
} groups;

static groups first;
static int guard;     // its process number; 0: there is none
static int lifeline;  // our end of the guard's pipe, which nobody else has: the kernel closes it when we die

#define EACH_PLACE(place)                                                              \
  for (groups *g = &first; g; g = __atomic_load_n(&g->next, __ATOMIC_ACQUIRE))         \
    for (int *place = g->places, *end = place + sizeof g->places / sizeof *g->places; place < end; place++)

// A system call without the C library. The guard has its own stack, but no thread-local memory: a function of the C
// library could set our `errno`. Returns what the kernel returns.
UNWATCHED static long call(long number, long a, long b, long c, long d) {
#if defined(__x86_64__)
  register long fourth __asm__("r10") = d;
  __asm__ volatile("syscall" : "+a"(number) : "D"(a), "S"(b), "d"(c), "r"(fourth) : "rcx", "r11", "memory");
  return number;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
#else
  return syscall(number, a, b, c, d);
#endif
}

// The guard's main function. It takes another name, so that killing all processes with the program's name spares it.
UNWATCHED static int stand_guard(void *pipe) {
  static const unsigned long all = ~0ul;
  static const char name[] = "lua-guard";
  char byte;
  call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&all, 0, sizeof all);
  call(SYS_prctl, PR_SET_NAME, (long)name, 0, 0);
  call(SYS_dup3, (long)pipe, 0, 0, 0);
  if (call(SYS_close_range, 1, ~0u, 0, 0) != 0) call(SYS_exit_group, 1, 0, 0, 0);
  while (call(SYS_read, 0, (long)&byte, 1, 0) != 0) {}
  EACH_PLACE(place) {
    int group = __atomic_load_n(place, __ATOMIC_ACQUIRE);
    if (group > 1) call(SYS_kill, -group, SIGKILL, 0, 0);
  }
  call(SYS_exit_group, 0, 0, 0, 0);
  return 0;
}

// In a copy that `fork` made: forgets the guard and the groups, which belong to the original process.
static void forget(void) {
  if (guard) close(lifeline);
  guard = 0;
  EACH_PLACE(place) *place = 0;
}

// Starts the guard. Returns after the guard has closed its copies of our descriptors: until then a file that we had
// open for writing could not be run. False, with errno: it could not be started; the next program tries again. It has
// no exit signal.
static bool post_guard(void) {
  static char stack[16 << 10] __attribute__((aligned(16)));
  static bool forks;
  int pipe[2], closed[2];
  if (system_pipe(pipe) != 0) return false;
  if (system_pipe(closed) != 0) {
    int why = errno;
    close(pipe[0]);
    close(pipe[1]);
    return errno = why, false;
  }
  int pid = __clone(stand_guard, stack + sizeof stack, CLONE_VM, (void *)(intptr_t)pipe[0]);
  int error = errno;
  close(pipe[0]);
  close(closed[1]);
  struct pollfd end = {closed[0], POLLIN, 0};
  if (pid >= 0) poll(&end, 1, 100);
  close(closed[0]);
  if (pid < 0) {
    close(pipe[1]);
    return errno = error, false;
  }
  lifeline = pipe[1];
  setpgid(pid, pid);  // not in the guard, which might not have run yet when our group is killed
  __atomic_store_n(&guard, pid, __ATOMIC_RELEASE);
  if (!forks) forks = pthread_atfork(NULL, NULL, forget) == 0;
  return true;
}

int *system_cover_group(void) {
  if (!guard && !post_guard()) return NULL;
  groups *last = &first;
  EACH_PLACE(place) {
    last = g;
    if (__atomic_load_n(place, __ATOMIC_RELAXED) != 0) continue;
    __atomic_store_n(place, -1, __ATOMIC_RELEASE);
    return place;
  }
  groups *more = calloc(1, sizeof *more);
  if (!more) return NULL;
  more->places[0] = -1;
  __atomic_store_n(&last->next, more, __ATOMIC_RELEASE);
  return more->places;
}

void system_uncover_group(int group) {
  EACH_PLACE(place) {
    if (__atomic_load_n(place, __ATOMIC_RELAXED) != group) continue;
    __atomic_store_n(place, 0, __ATOMIC_RELEASE);
    return;
  }
}

// At an orderly end kills the guard, unless programs are left.
__attribute__((destructor)) static void dismiss_guard(void) {
  int pid = __atomic_load_n(&guard, __ATOMIC_ACQUIRE);
  if (!pid) return;
  EACH_PLACE(place) if (__atomic_load_n(place, __ATOMIC_RELAXED) != 0) return;
  kill(pid, SIGKILL);
  while (waitpid(pid, NULL, __WCLONE) < 0 && errno == EINTR) {}
}
