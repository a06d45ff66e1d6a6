// Starting programs. Between the moment at which the child begins to exist and the program that it becomes, the child
// shares the parent's memory, as after vfork: it makes system calls and touches nothing else.
#define _GNU_SOURCE
#include "fence.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct birth {
  const fence_launch *launch;
  pid_t parent;
  int *group;  // where the guard looks for it; NULL: it does not
  volatile int error;
  volatile bool in_folder;
} birth;

UNWATCHED static void close_from(int first) {
  if (syscall(SYS_close_range, first, ~0u, 0) == 0) return;
  for (int i = first, last = (int)sysconf(_SC_OPEN_MAX); i < last; i++) syscall(SYS_close, i);
}

// All are moved out of the way first, so that the order does not matter.
UNWATCHED bool fence_take_descriptors(const int *descriptors, int count) {
  int moved[FENCE_LAUNCH_DESCRIPTORS];
  if (count < 0 || count > FENCE_LAUNCH_DESCRIPTORS) return errno = EINVAL, false;
  for (int i = 0; i < count; i++) {
    moved[i] = (int)syscall(SYS_fcntl, descriptors[i], F_DUPFD, FENCE_LAUNCH_DESCRIPTORS);
    if (moved[i] < 0) return false;
  }
  for (int i = 0; i < count; i++)
    if (syscall(SYS_dup3, moved[i], i, 0) < 0) return false;
  close_from(count);
  return true;
}

// Every signal does what it does in a fresh program, but for those that whoever started this one wanted ignored, as
// `nohup` and shells do for work in the background. Those that are caught are reset by exec, but none may be caught
// before.
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

UNWATCHED static int begin(void *argument) {
  birth *b = argument;
  const fence_launch *l = b->launch;
  if (!l->joins_group) syscall(SYS_setpgid, 0, 0);
  if (b->group) __atomic_store_n(b->group, (int)syscall(SYS_getpid), __ATOMIC_RELEASE);
  if (!l->is_detached) {
    syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (syscall(SYS_getppid) != b->parent) syscall(SYS_exit_group, 127);  // it died before that
  }
  if (fence_take_descriptors(l->descriptors, l->count)) {
    b->in_folder = true;
    if (!l->folder || syscall(SYS_chdir, l->folder) == 0) {
      b->in_folder = false;
      reset_signals();
      if (l->nice) syscall(SYS_setpriority, PRIO_PROCESS, 0, syscall(SYS_getpriority, PRIO_PROCESS, 0) * -1 + 20 + l->nice);
      int error = ENOENT;
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
  b->error = errno;
  syscall(SYS_exit_group, 127);
  return 127;
}

int fence_start_program(const fence_launch *launch, int *pidfd, bool *in_folder) {
  static const size_t room = 64 << 10;  // the child's stack
  char *stack = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return -errno;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);  // no handler runs in the child, on the parent's memory
  fence_begin_start();
  birth b = {launch, getpid(), NULL, 0, false};
  bool covers = launch->is_guarded && !launch->joins_group;
  int pid = -1;
  if (!covers || (b.group = fence_cover_group()))
    pid = __clone(begin, stack + room, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &b, pidfd);
  int error = pid < 0 ? errno : b.error;
  fence_end_start();
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  munmap(stack, room);
  *in_folder = b.in_folder;
  if (b.group && error) __atomic_store_n(b.group, 0, __ATOMIC_RELEASE);
  if (pid >= 0 && error) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    close(*pidfd);
  }
  return error ? -error : pid;
}

int fence_process_status(int pidfd, bool reap, int *signal) {
  siginfo_t info = {0};
  while (waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG | (reap ? 0 : WNOWAIT)) < 0)
    if (errno != EINTR) return -2;
  if (info.si_pid == 0) return -1;
  *signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
  return info.si_code == CLD_EXITED ? info.si_status : 0;
}

int fence_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

ssize_t fence_write(int descriptor, const void *bytes, size_t count) {
  sigset_t pipe, before, pending;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  sigpending(&pending);
  ssize_t written = write(descriptor, bytes, count);
  if (written < 0) written = -errno;
  static const struct timespec now;
  if (written == -EPIPE && !sigismember(&pending, SIGPIPE))
    while (sigtimedwait(&pipe, NULL, &now) < 0 && errno == EINTR) {}
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return written;
}

char *const *fence_environment(void) { return environ; }

const char *fence_signal_name(int number) { return sigabbrev_np(number); }

void *fence_shared_page(int *descriptor) {
  bool is_new = *descriptor < 0;
  int file = is_new ? memfd_create("luaconc", MFD_CLOEXEC) : *descriptor;
  if (file < 0) return NULL;
  void *page = MAP_FAILED;
  if (!is_new || ftruncate(file, 4096) == 0) page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (page != MAP_FAILED) return *descriptor = file, page;
  int error = errno;
  if (is_new) close(file);
  return errno = error, NULL;
}

// RLIMIT_DATA counts what is written to, unlike RLIMIT_AS, which also counts what allocators and threads only reserve.
// The state has a bound of its own, which is to be met first, so the kernel's is wider. Sanitizers need memory of
// theirs, many times as much.
bool fence_limit(uint64_t memory, uint64_t seconds) {
  if (memory && fence_may_fork()) {
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (!f || fscanf(f, "%*u %*u %*u %*u %*u %lu", &pages) != 1) pages = 0;
    if (f) fclose(f);
    struct rlimit limit;
    uint64_t room = memory < UINT64_MAX / 4 ? 2 * memory + (48 << 20) : UINT64_MAX / 2;
    limit.rlim_cur = limit.rlim_max = pages * (uint64_t)sysconf(_SC_PAGESIZE) + room;
    if (setrlimit(RLIMIT_DATA, &limit) != 0) return false;
    fence_bound(true);
  }
  if (seconds) {
    struct rlimit limit = {seconds, seconds + 1};
    if (setrlimit(RLIMIT_CPU, &limit) != 0) return false;
  }
  return true;
}
