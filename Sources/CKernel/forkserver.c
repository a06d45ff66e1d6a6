// The C part of the fork server: forking a child of the parent, preparing such a child, and taking it over in the
// parent.
#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <link.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif

bool system_may_fork(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer) || \
    __has_feature(thread_sanitizer)
  return false;
#else
  return true;
#endif
}

typedef struct server {
  int socket, parent;
  void (*body)(void *);
  void *context;
} server;

// Forks a child of the parent, which glibc's `fork` cannot do. After a plain clone the thread's own number, as glibc
// and Swift have recorded it, would be wrong. For glibc the kernel sets it, at the place that was registered when the
// thread was made (`number`). Swift's locks record it when a thread first uses one; so this thread runs no Swift
// before the fork.
static int copy(const server *n, int *number, const int *descriptors, int count) {
  unsigned long flags = CLONE_PARENT | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
  struct clone_args args = {.flags = flags, .child_tid = (uint64_t)(uintptr_t)number};
  int pid = (int)syscall(SYS_clone3, &args, sizeof args);
  if (pid < 0 && errno == ENOSYS) {  // within a filter
#if defined(__x86_64__)
    pid = (int)syscall(SYS_clone, flags, NULL, NULL, number, NULL);
#else
    pid = (int)syscall(SYS_clone, flags, NULL, NULL, NULL, number);
#endif
  }
  if (pid != 0) return pid < 0 ? -errno : pid;
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() == n->parent && system_take_descriptors(descriptors, count)) {
    // The child sends its number itself, over its link: this process may die before it has answered.
    int self = getpid();
    send(count - 2, &self, sizeof self, MSG_NOSIGNAL | MSG_DONTWAIT);
    n->body(n->context);
  }
  _exit(127);
}

static size_t libraries;

static int read_loads(struct dl_phdr_info *info, size_t size, void *loads) {
  (void)size;
  *(size_t *)loads = (size_t)info->dlpi_adds;
  return 1;
}

// How many libraries this process has loaded so far.
static size_t loads(void) {
  size_t count = 0;
  dl_iterate_phdr(read_loads, &count);
  return count;
}

// If no library was loaded since the fork nobody has left anything to be done at the end. Going through the libraries
// for that would be a good part of the end.
void system_leave_forked(int status) {
  if (loads() != libraries) exit(status);
  fflush(NULL);
  _exit(status);
}

static void *do_nothing(void *argument) {
  void *volatile none = malloc(1);
  free(none);
  return argument;
}

// Leaves a stack and a heap to the first thread that a child starts, which is the one of its link.
static void prepare_thread(void) {
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, SYSTEM_STACK);
  if (pthread_create(&thread, &attributes, do_nothing, NULL) == 0) pthread_join(thread, NULL);
  pthread_attr_destroy(&attributes);
}

static void *serve(void *argument) {
  const server *n = argument;
  int *number = NULL, pid = 0;
  if (prctl(PR_GET_TID_ADDRESS, &number) != 0 || !number) return NULL;
  // From now on this thread has a heap; otherwise each child would make one.
  void *volatile none = malloc(1);
  free(none);
  prepare_thread();
  libraries = loads();
  while (system_send_packet(n->socket, &pid, sizeof pid, NULL, 0) > 0) {
    char byte;
    int descriptors[SYSTEM_PACKET_DESCRIPTORS], count;
    ssize_t received = system_receive_packet(n->socket, &byte, 1, descriptors, &count);
    if (received == -EMFILE) {
      pid = -EMFILE;
      continue;
    }
    if (received <= 0 || count == 0) break;
    pid = copy(n, number, descriptors, count);
    for (int i = 0; i < count; i++) close(descriptors[i]);
  }
  return NULL;
}

void system_serve_forks(int socket, int parent, void (*body)(void *), void *context) {
  server n = {socket, parent, body, context};
  pthread_t thread;
  if (pthread_create(&thread, NULL, serve, &n) == 0) pthread_join(thread, NULL);
}

int system_settle(const int descriptors[5], int place, int nice) {
  bool done = fchdir(descriptors[4]) == 0;
  for (int i = 0; i < 4 && done; i++) done = dup2(descriptors[i], i < 3 ? i : place) >= 0;
  int error = done ? 0 : errno;
  for (int i = 0; i < 5; i++) close(descriptors[i]);
  if (nice) setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + nice);
  return error;
}

void system_set_environment(char *block, size_t size) {
  size_t count = 0;
  for (size_t i = 0; i < size; i++) count += block[i] == 0;
  char **variables = calloc(count + 1, sizeof *variables);
  if (!variables) abort();
  char *next = block;
  for (size_t i = 0; i < count; i++) {
    variables[i] = next;
    next += strlen(next) + 1;
  }
  environ = variables;
}

void system_wipe_environment(void) {
  for (char **variable = environ; variable && *variable; variable++) explicit_bzero(*variable, strlen(*variable));
}

int system_adopt_process(int pid) {
  setpgid(pid, pid);
  int descriptor = pidfd_open(pid, 0);
  if (descriptor >= 0) return descriptor;
  int error = errno;
  kill(pid, SIGKILL);
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
  return -error;
}

void system_end_stray(int socket) {
  int pid = 0, none[SYSTEM_PACKET_DESCRIPTORS], count;
  struct pollfd wait = {socket, POLLIN, 0};
  if (poll(&wait, 1, 1000) != 1 || system_receive_packet(socket, &pid, sizeof pid, none, &count) != sizeof pid) return;
  siginfo_t info;
  if (pid <= 1 || waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return;  // no child of ours
  kill(pid, SIGKILL);
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
}
