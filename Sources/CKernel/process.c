// Starting programs. Until the child becomes the program it shares the parent's memory, as after vfork: it only makes
// system calls, and writes nothing but its record.
#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct birth {
  const system_launch *launch;
  pid_t parent;
  int *group;  // its place in the guard's table; NULL: it has none
  volatile int error;
  volatile system_stage stage;
} birth;

// Resets every signal to its default, except SIGHUP, SIGINT and SIGQUIT if they are ignored, as `nohup` and shells do
// for work in the background. exec would reset those that are caught, but no handler may run before.
UNWATCHED static void reset_signals(void) {
  unsigned long action[8] = {0}, mask[2] = {0};  // the kernel's own forms
  for (int i = 1; i <= 64; i++)
    if (i != SIGHUP && i != SIGINT && i != SIGQUIT) syscall(SYS_rt_sigaction, i, action, NULL, 8);
  for (int i = SIGHUP; i <= SIGQUIT; i++) {
    unsigned long now[8] = {0};
    syscall(SYS_rt_sigaction, i, NULL, now, 8);
    if ((void (*)(int))now[0] != SIG_IGN) syscall(SYS_rt_sigaction, i, action, NULL, 8);
  }
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, mask, NULL, 8);
}

UNWATCHED static int fail(birth *b, int error) {
  b->error = error;
  syscall(SYS_exit_group, 127);
  return 127;
}

UNWATCHED static int begin(void *argument) {
  birth *b = argument;
  const system_launch *l = b->launch;
  if (!l->joins_group && !l->walls) syscall(SYS_setpgid, 0, 0);  // a new session is a new group
  if (system_usual_slack()) syscall(SYS_prctl, PR_SET_TIMERSLACK, system_usual_slack(), 0, 0, 0);
  if (b->group) __atomic_store_n(b->group, (int)syscall(SYS_getpid), __ATOMIC_RELEASE);
  if (!l->is_detached) {
    syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (syscall(SYS_getppid) != b->parent) syscall(SYS_exit_group, 127);  // the parent has died before the prctl
  }
  if (system_take_descriptors(l->descriptors, l->count)) {
    b->stage = SYSTEM_AT_FOLDER;
    if (!l->folder || syscall(SYS_chdir, l->folder) == 0) {
      b->stage = SYSTEM_AT_WALLS;
      reset_signals();
      if (l->nice) syscall(SYS_setpriority, PRIO_PROCESS, 0, syscall(SYS_getpriority, PRIO_PROCESS, 0) * -1 + 20 + l->nice);
      int error = l->walls ? system_raise_walls(l->walls, l->count - 1) : 0;
      if (error) return fail(b, error);
      b->stage = SYSTEM_AT_START;
      error = ENOENT;
      for (const char *const *path = l->paths; *path; path++) {
        syscall(SYS_execve, *path, l->argv, l->envp);
        if (errno == EACCES) error = EACCES;
        if (errno == EACCES || errno == ENOENT || errno == ENOTDIR) continue;
        error = errno;
        break;
      }
      errno = error;
    }
  }
  return fail(b, errno);
}

int system_start_program(const system_launch *launch, int *pidfd, system_stage *stage) {
  static const size_t room = 64 << 10;  // the child's stack
  char *stack = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return -errno;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);  // no handler runs in the child, on the parent's memory
  system_begin_start();
  birth b = {launch, getpid(), NULL, 0, SYSTEM_AT_START};
  bool covers = launch->is_guarded && !launch->joins_group;
  int pid = -1;
  if (!covers || (b.group = system_cover_group()))
    pid = __clone(begin, stack + room, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &b, pidfd);
  int error = pid < 0 ? errno : b.error;
  system_end_start();
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  munmap(stack, room);
  *stage = b.stage;
  if (b.group && error) __atomic_store_n(b.group, 0, __ATOMIC_RELEASE);
  if (pid >= 0 && error) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    close(*pidfd);
  }
  return error ? -error : pid;
}

int system_process_status(int pidfd, bool reap, int *signal) {
  siginfo_t info = {0};
  while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | (reap ? 0 : WNOWAIT)) < 0)
    if (errno != EINTR) return -2;
  if (info.si_pid == 0) return -1;
  *signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
  return info.si_code == CLD_EXITED ? info.si_status : 0;
}

char *const *system_environment(void) { return environ; }
