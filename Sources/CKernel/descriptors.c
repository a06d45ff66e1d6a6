// Descriptors: pipes, packets that carry descriptors to another process, and the descriptors of a new program.
#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int system_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

ssize_t system_write(int descriptor, const void *bytes, size_t count) {
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

int system_open_folder(const char *path) {
  int folder = open(path ? path : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return -errno;
  if (faccessat(folder, ".", X_OK, AT_EACCESS) == 0) return folder;
  int error = errno;
  close(folder);
  return -error;
}

// MARK: - The descriptors of a new program

UNWATCHED static void close_from(int first) {
  if (syscall(SYS_close_range, first, ~0u, 0) == 0) return;
  for (int i = first, last = (int)sysconf(_SC_OPEN_MAX); i < last; i++) syscall(SYS_close, i);
}

// Duplicates all to high numbers first, so that none is overwritten before it is used.
UNWATCHED bool system_take_descriptors(const int *descriptors, int count) {
  int moved[SYSTEM_LAUNCH_DESCRIPTORS];
  if (count < 0 || count > SYSTEM_LAUNCH_DESCRIPTORS) return errno = EINVAL, false;
  for (int i = 0; i < count; i++) {
    moved[i] = (int)syscall(SYS_fcntl, descriptors[i], F_DUPFD, SYSTEM_LAUNCH_DESCRIPTORS);
    if (moved[i] < 0) return false;
  }
  for (int i = 0; i < count; i++)
    if (syscall(SYS_dup3, moved[i], i, 0) < 0) return false;
  close_from(count);
  return true;
}

// MARK: - Packets

int system_packet_sockets(int ends[2]) {
  return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0 ? 0 : -errno;
}

typedef union control {
  struct cmsghdr header;
  char room[CMSG_SPACE(SYSTEM_PACKET_DESCRIPTORS * sizeof(int))];
} control;

ssize_t system_send_packet(int socket, const void *bytes, size_t size, const int *descriptors, int count) {
  if (count > SYSTEM_PACKET_DESCRIPTORS) return -EINVAL;
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

ssize_t system_receive_packet(int socket, void *bytes, size_t size, int *descriptors, int *count) {
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
  if (message.msg_flags & MSG_CTRUNC) {  // this process has no room for all of them
    for (int i = 0; i < *count; i++) close(descriptors[i]);
    *count = 0;
    return -EMFILE;
  }
  return received;
}

int system_send_descriptor(int socket, int descriptor) {
  char byte = 0;
  ssize_t sent = system_send_packet(socket, &byte, 1, &descriptor, 1);
  return sent < 0 ? (int)sent : 0;
}

int system_receive_descriptor(int socket) {
  char byte;
  int descriptors[SYSTEM_PACKET_DESCRIPTORS], count;
  ssize_t received = system_receive_packet(socket, &byte, 1, descriptors, &count);
  if (received < 0) return (int)received;
  if (received > 0 && count == 1) return descriptors[0];
  for (int i = 0; i < count; i++) close(descriptors[i]);
  return received == 0 ? -EPIPE : -EPROTO;
}
