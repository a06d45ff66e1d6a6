// Sockets with a name in the file system, through which other programs of the same user reach this one.
#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int open_at(const char *path, struct sockaddr_un *address) {
  size_t length = strlen(path);
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  if (length >= sizeof address->sun_path) return -ENAMETOOLONG;
  memcpy(address->sun_path, path, length);
  int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  return made < 0 ? -errno : made;
}

static int fail(int socket) {
  int error = errno;
  close(socket);
  return -error;
}

int system_listen_at(const char *path) {
  struct sockaddr_un address;
  int made = open_at(path, &address);
  if (made < 0) return made;
  if (bind(made, (struct sockaddr *)&address, sizeof address) != 0) return fail(made);
  if (chmod(path, 0600) != 0 || listen(made, 16) != 0) {
    int error = errno;
    unlink(path);
    errno = error;
    return fail(made);
  }
  return made;
}

int system_connect_to(const char *path) {
  struct sockaddr_un address;
  int made = open_at(path, &address);
  if (made < 0) return made;
  return connect(made, (struct sockaddr *)&address, sizeof address) == 0 ? made : fail(made);
}

int system_accept(int listener) {
  int made = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  return made < 0 ? -errno : made;
}

bool system_peer(int socket, int *pid, unsigned *user) {
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || size != sizeof peer) return false;
  *pid = peer.pid;
  *user = peer.uid;
  return true;
}

bool system_thread_time(pthread_t thread, int64_t *nanoseconds) {
  clockid_t clock;
  struct timespec time;
  if (pthread_getcpuclockid(thread, &clock) != 0 || clock_gettime(clock, &time) != 0) return false;
  *nanoseconds = (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
  return true;
}
