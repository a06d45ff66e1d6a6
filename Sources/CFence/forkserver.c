// What the fork server needs: forking as a child of the parent, and packets with descriptors.
#define _GNU_SOURCE
#include "fence.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

bool fence_may_fork(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer) || \
    __has_feature(thread_sanitizer)
  return false;
#else
  return true;
#endif
}

int fence_thread_count(void) {
  int count = 0;
  DIR *threads = opendir("/proc/self/task");
  if (!threads) return 0;
  for (struct dirent *e; (e = readdir(threads));) count += e->d_name[0] != '.';
  closedir(threads);
  return count;
}

typedef struct server {
  int socket, parent;
  void (*body)(void *);
  void *context;
} server;

// glibc's `fork` cannot make a child of the parent. A plain copy of a thread goes by a number that others know it by:
// glibc's record of it is set by the kernel, at the place that it was told when the thread was made. Swift's locks keep
// one for each thread that has used any; so this one never runs Swift before it is copied.
static int copy(const server *n, int *number, const int *descriptors, int count) {
  struct clone_args args = {
      .flags = CLONE_PARENT | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID, .child_tid = (uint64_t)(uintptr_t)number};
  int pid = (int)syscall(SYS_clone3, &args, sizeof args);
  if (pid != 0) return pid < 0 ? -errno : pid;
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() == n->parent && fence_take_descriptors(descriptors, count)) {
    // It says itself who it is, over its link: should this process die before it has answered, somebody has to know.
    int self = getpid();
    send(count - 2, &self, sizeof self, MSG_NOSIGNAL | MSG_DONTWAIT);
    n->body(n->context);
  }
  _exit(127);
}

static void *serve(void *argument) {
  const server *n = argument;
  int *number = NULL, pid = 0;
  if (prctl(PR_GET_TID_ADDRESS, &number) != 0 || !number) return NULL;
  while (fence_send_packet(n->socket, &pid, sizeof pid, NULL, 0) > 0) {
    char byte;
    int descriptors[FENCE_PACKET_DESCRIPTORS], count;
    ssize_t received = fence_receive_packet(n->socket, &byte, 1, descriptors, &count);
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

void fence_serve_forks(int socket, int parent, void (*body)(void *), void *context) {
  server n = {socket, parent, body, context};
  pthread_t thread;
  if (pthread_create(&thread, NULL, serve, &n) == 0) pthread_join(thread, NULL);
}

int fence_settle(const int descriptors[5], int place, int nice) {
  bool done = fchdir(descriptors[4]) == 0;
  for (int i = 0; i < 4 && done; i++) done = dup2(descriptors[i], i < 3 ? i : place) >= 0;
  int error = done ? 0 : errno;
  for (int i = 0; i < 5; i++) close(descriptors[i]);
  if (nice) setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + nice);
  return error;
}

void fence_set_environment(char *block, size_t size) {
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

typedef union control {
  struct cmsghdr header;
  char room[CMSG_SPACE(FENCE_PACKET_DESCRIPTORS * sizeof(int))];
} control;

ssize_t fence_send_packet(int socket, const void *bytes, size_t size, const int *descriptors, int count) {
  if (count > FENCE_PACKET_DESCRIPTORS) return -EINVAL;
  struct iovec part = {(void *)bytes, size};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  control c;
  if (count > 0) {
    memset(&c, 0, sizeof c);
    message.msg_control = &c;
    message.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
    memcpy(CMSG_DATA(header), descriptors, (size_t)count * sizeof(int));
  }
  ssize_t sent;
  while ((sent = sendmsg(socket, &message, MSG_NOSIGNAL)) < 0 && errno == EINTR) {}
  return sent < 0 ? -errno : sent;
}

ssize_t fence_receive_packet(int socket, void *bytes, size_t size, int *descriptors, int *count) {
  struct iovec part = {bytes, size};
  control c;
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c};
  ssize_t received;
  while ((received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {}
  if (received < 0) return -errno;
  *count = 0;
  for (struct cmsghdr *h = CMSG_FIRSTHDR(&message); h; h = CMSG_NXTHDR(&message, h)) {
    if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_RIGHTS) continue;
    *count = (int)((h->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    memcpy(descriptors, CMSG_DATA(h), (size_t)*count * sizeof(int));
  }
  if (message.msg_flags & MSG_CTRUNC) {  // this process cannot have all of them
    for (int i = 0; i < *count; i++) close(descriptors[i]);
    *count = 0;
    return -EMFILE;
  }
  return received;
}

int fence_packet_sockets(int ends[2]) {
  return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0 ? 0 : -errno;
}

int fence_adopt_process(int pid) {
  setpgid(pid, pid);
  int descriptor = pidfd_open(pid, 0);
  if (descriptor >= 0) return descriptor;
  int error = errno;
  kill(pid, SIGKILL);
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
  return -error;
}

void fence_end_stray(int socket) {
  int pid = 0, none[FENCE_PACKET_DESCRIPTORS], count;
  struct pollfd wait = {socket, POLLIN, 0};
  if (poll(&wait, 1, 1000) != 1 || fence_receive_packet(socket, &pid, sizeof pid, none, &count) != sizeof pid) return;
  siginfo_t info;
  if (pid <= 1 || waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return;  // no child of ours
  kill(pid, SIGKILL);
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
}

int fence_open_folder(const char *path) {
  int folder = open(path ? path : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return -errno;
  if (faccessat(folder, ".", X_OK, AT_EACCESS) == 0) return folder;
  int error = errno;
  close(folder);
  return -error;
}
