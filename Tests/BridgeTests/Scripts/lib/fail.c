// Makes the n-th of the system calls fail by which things are started. Loaded before the C library (LD_PRELOAD), and as
// the Lua module `fail` out of the same file: `arm(n[, many])` counts from now on, and fails the n-th call and those after
// it, `many` together; `count()` stops that and tells how many calls there were. In a child or a fork server, FAIL_AT=n in
// the environment does the same from its first call on.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <lauxlib.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static long calls, first, last;
static long (*real_syscall)(long, ...);

// The child between clone and exec calls this on the parent's memory; atomics do there, too.
static bool fails(int error) {
  if (!__atomic_load_n(&first, __ATOMIC_ACQUIRE)) return false;
  long now = __atomic_add_fetch(&calls, 1, __ATOMIC_ACQ_REL);
  if (now < first || now > last) return false;
  errno = error;
  return true;
}

static void arm(long at, long many) {
  __atomic_store_n(&first, 0, __ATOMIC_RELEASE);
  calls = 0;
  last = at + many - 1;
  __atomic_store_n(&first, at, __ATOMIC_RELEASE);
}

#define REAL(result, name, ...)                                          \
  static result (*real)(__VA_ARGS__);                                    \
  if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name);

__attribute__((constructor)) static void begin(void) {
  real_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  const char *at = getenv("FAIL_AT");
  if (at && getenv("LUACONC_CHILD")) arm(atol(at), 1);
}

int pipe2(int ends[2], int flags) {
  REAL(int, pipe2, int *, int)
  return fails(EMFILE) ? -1 : real(ends, flags);
}

int socketpair(int domain, int type, int protocol, int ends[2]) {
  REAL(int, socketpair, int, int, int, int *)
  return fails(ENFILE) ? -1 : real(domain, type, protocol, ends);
}

int memfd_create(const char *name, unsigned flags) {
  REAL(int, memfd_create, const char *, unsigned)
  return fails(EMFILE) ? -1 : real(name, flags);
}

int ftruncate(int file, off_t size) {
  REAL(int, ftruncate, int, off_t)
  return fails(ENOMEM) ? -1 : real(file, size);
}

int eventfd(unsigned value, int flags) {
  REAL(int, eventfd, unsigned, int)
  return fails(EMFILE) ? -1 : real(value, flags);
}

int epoll_create1(int flags) {
  REAL(int, epoll_create1, int)
  return fails(EMFILE) ? -1 : real(flags);
}

int epoll_ctl(int epoll, int operation, int file, struct epoll_event *event) {
  REAL(int, epoll_ctl, int, int, int, struct epoll_event *)
  return operation == EPOLL_CTL_ADD && fails(ENOSPC) ? -1 : real(epoll, operation, file, event);
}

int pidfd_open(pid_t pid, unsigned flags) {
  REAL(int, pidfd_open, pid_t, unsigned)
  return fails(EMFILE) ? -1 : real(pid, flags);
}

// Not where a file is read, or memory is asked for in other ways.
void *mmap(void *place, size_t size, int protection, int flags, int file, off_t offset) {
  REAL(void *, mmap, void *, size_t, int, int, int, off_t)
  return (flags & (MAP_SHARED | MAP_STACK)) && fails(ENOMEM) ? MAP_FAILED
                                                            : real(place, size, protection, flags, file, offset);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*body)(void *), void *argument) {
  REAL(int, pthread_create, pthread_t *, const pthread_attr_t *, void *(*)(void *), void *)
  return fails(EAGAIN) ? EAGAIN : real(thread, attributes, body, argument);
}

int __clone(int (*body)(void *), void *stack, int flags, void *argument, ...) {
  static int (*real)(int (*)(void *), void *, int, void *, ...);
  if (!real) real = (int (*)(int (*)(void *), void *, int, void *, ...))dlsym(RTLD_NEXT, "__clone");
  va_list list;
  va_start(list, argument);
  int *descriptor = va_arg(list, int *);
  va_end(list);
  return fails(EAGAIN) ? -1 : real(body, stack, flags, argument, descriptor);
}

int open(const char *path, int flags, ...) {
  REAL(int, open, const char *, int, int)
  va_list list;
  va_start(list, flags);
  int mode = va_arg(list, int);
  va_end(list);
  return !strncmp(path, "/proc", 5) || !fails(ENFILE) ? real(path, flags, mode) : -1;
}

int fcntl(int file, int command, ...) {
  REAL(int, fcntl, int, int, long)
  va_list list;
  va_start(list, command);
  long argument = va_arg(list, long);
  va_end(list);
  return (command == 0 || command == 1030) && fails(EMFILE) ? -1 : real(file, command, argument);
}

int fchdir(int folder) {
  REAL(int, fchdir, int)
  return fails(EACCES) ? -1 : real(folder);
}

int dup2(int from, int to) {
  REAL(int, dup2, int, int)
  return fails(EMFILE) ? -1 : real(from, to);
}

ssize_t sendmsg(int socket, const struct msghdr *message, int flags) {
  REAL(ssize_t, sendmsg, int, const struct msghdr *, int)
  return message->msg_controllen > 0 && fails(ENOBUFS) ? -1 : real(socket, message, flags);
}

// As where the receiver has no room for the descriptors.
ssize_t recvmsg(int socket, struct msghdr *message, int flags) {
  REAL(ssize_t, recvmsg, int, struct msghdr *, int)
  ssize_t received = real(socket, message, flags);
  struct cmsghdr *header = received > 0 && message->msg_controllen > 0 ? CMSG_FIRSTHDR(message) : NULL;
  if (header && header->cmsg_type == SCM_RIGHTS && fails(EMFILE)) {
    int count = (int)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    for (int i = 0; i < count; i++) close(((int *)(void *)CMSG_DATA(header))[i]);
    message->msg_controllen = 0;
    message->msg_flags |= MSG_CTRUNC;
  }
  return received;
}

long syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long a = va_arg(list, long), b = va_arg(list, long), c = va_arg(list, long);
  long d = va_arg(list, long), e = va_arg(list, long), f = va_arg(list, long);
  va_end(list);
  int error = number == SYS_fcntl || number == SYS_dup3 ? EMFILE
              : number == SYS_chdir || number == SYS_execve ? EACCES
              : number == SYS_clone3                        ? EAGAIN
                                                            : 0;
  if (error && fails(error)) return -1;
  return real_syscall(number, a, b, c, d, e, f);
}

static int arm_from_lua(lua_State *L) {
  arm((long)luaL_checkinteger(L, 1), (long)luaL_optinteger(L, 2, 1));
  return 0;
}

static int count(lua_State *L) {
  __atomic_store_n(&first, 0, __ATOMIC_RELEASE);
  lua_pushinteger(L, calls);
  return 1;
}

__attribute__((visibility("default"))) int luaopen_fail(lua_State *L) {
  static const luaL_Reg functions[] = {{"arm", arm_from_lua}, {"count", count}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
