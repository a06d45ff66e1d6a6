// What a hostile child would try, one attack each: 0 if it succeeds, otherwise errno. As a program, and as a module of
// Lua (-DMODULE), so that a program and a Lua child try the same. All attacks are harmless where they succeed.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static int result(long value) { return value < 0 ? errno : 0; }

static int opened(const char *path, int flags) {
  int file = open(path, flags | O_CLOEXEC, 0600);
  int error = result(file);
  if (file >= 0) close(file);
  return error;
}

// MARK: - Files

static int read_file(const char *path) { return opened(path, O_RDONLY); }
static int list(const char *path) { return opened(path, O_RDONLY | O_DIRECTORY); }
static int write_file(const char *path) { return opened(path, O_WRONLY); }
static int make(const char *path) { return opened(path, O_WRONLY | O_CREAT); }
static int empty(const char *path) { return result(truncate(path, 0)); }
static int empty_by_reading(const char *path) { return opened(path, O_RDONLY | O_TRUNC); }
static int remove_file(const char *path) { return result(unlink(path)); }
static int make_folder(const char *path) { return result(mkdir(path, 0700)); }
static int make_device(const char *path) { return result(mknod(path, S_IFCHR | 0600, 0x103)); }
static int change_mode(const char *path) { return result(chmod(path, 0600)); }
static int change_mode_by_descriptor(const char *path) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return errno;
  int error = result(fchmod(file, 0600));
  close(file);
  return error;
}
static int change_mode_newly(const char *path) { return result(syscall(452, AT_FDCWD, path, 0600, 0)); }
static int change_owner(const char *path) { return result(chown(path, getuid(), getgid())); }
static int change_times(const char *path) { return result(utimensat(AT_FDCWD, path, NULL, 0)); }
static int set_attribute(const char *path) { return result(setxattr(path, "user.attack", "1", 1, 0)); }
static int watch(const char *path) {
  int file = inotify_init1(IN_CLOEXEC);
  if (file < 0) return errno;
  int error = result(inotify_add_watch(file, path, IN_OPEN));
  close(file);
  return error;
}
// `from:to`
static int both(const char *paths, int (*change)(const char *, const char *)) {
  char from[1024];
  snprintf(from, sizeof from, "%s", paths);
  char *to = strchr(from, ':');
  if (!to) return EINVAL;
  *to++ = 0;
  return result(change(from, to));
}
static int move(const char *paths) { return both(paths, rename); }
static int hard_link(const char *paths) { return both(paths, link); }
static int soft_link(const char *paths) { return both(paths, symlink); }
static int execute(const char *path) {
  int pid = fork(), status;
  if (pid < 0) return errno;
  if (pid == 0) {
    execl(path, path, "-c", ":", (char *)NULL);
    _exit(errno);
  }
  return waitpid(pid, &status, 0) < 0 ? errno : WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}
static int execute_memory(const char *path) {
  int memory = memfd_create("attack", 0), file = open(path, O_RDONLY), pid, status;
  char bytes[4096];
  if (memory < 0) return errno;
  for (ssize_t n; file >= 0 && (n = read(file, bytes, sizeof bytes)) > 0;)
    if (write(memory, bytes, (size_t)n) < 0) return errno;
  if ((pid = fork()) == 0) {
    char *const none[] = {"true", NULL};
    fexecve(memory, none, none + 1);
    _exit(errno);
  }
  close(memory);
  return waitpid(pid, &status, 0) < 0 ? errno : WEXITSTATUS(status);
}
static int descriptors(const char *none) {
  (void)none;
  int count = 0;
  for (int i = 3; i < 4096; i++) {
    struct stat status;
    count += fstat(i, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) && status.st_nlink > 0;
  }
  return count;  // files and folders that somebody has left open
}

// MARK: - Networks

static int port(const char *number, int domain, int type, int protocol, int (*use)(int, const struct sockaddr *, socklen_t)) {
  int s = socket(domain, type, protocol);
  if (s < 0) return errno;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(number)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int error = result(use(s, (struct sockaddr *)&address, sizeof address));
  close(s);
  return error == ECONNREFUSED || error == EADDRINUSE ? 0 : error;  // that far it came
}
static int tcp_connect(const char *number) { return port(number, AF_INET, SOCK_STREAM, 0, connect); }
static int tcp_bind(const char *number) { return port(number, AF_INET, SOCK_STREAM, 0, bind); }
static int tcp_listen(const char *none) {
  (void)none;
  int s = socket(AF_INET, SOCK_STREAM, 0);
  if (s < 0) return errno;
  int error = result(listen(s, 1));
  close(s);
  return error;
}
static int tcp_fast(const char *number) {
  int s = socket(AF_INET, SOCK_STREAM, 0);
  if (s < 0) return errno;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(number)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int error = result(sendto(s, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof address));
  close(s);
  return error == ECONNREFUSED || error == EOPNOTSUPP ? 0 : error;
}
static int mptcp_connect(const char *number) { return port(number, AF_INET, SOCK_STREAM, 262, connect); }
static int udp_connect(const char *number) { return port(number, AF_INET, SOCK_DGRAM, 0, connect); }
static int udp_bind(const char *number) { return port(number, AF_INET, SOCK_DGRAM, 0, bind); }
static int kind(int domain, int type, int protocol) {
  int s = socket(domain, type, protocol);
  int error = result(s);
  if (s >= 0) close(s);
  return error;
}
static int raw_socket(const char *none) { return (void)none, kind(AF_INET, SOCK_RAW, 1); }
static int packet_socket(const char *none) { return (void)none, kind(AF_PACKET, SOCK_RAW, 0); }
static int netlink_socket(const char *none) { return (void)none, kind(AF_NETLINK, SOCK_RAW, 0); }
static int unix_connect(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  if (s < 0) return errno;
  int error = result(connect(s, (struct sockaddr *)&address, sizeof address));
  close(s);
  return error;
}
static int unix_pair_connect(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0) return errno;
  int error = result(connect(pair[0], (struct sockaddr *)&address, sizeof address));
  close(pair[0]);
  close(pair[1]);
  return error == EPROTOTYPE ? 0 : error;  // that far it came
}

// MARK: - Other processes

static int signal_process(const char *pid) { return result(kill(atoi(pid), 0)); }
static int trace(const char *pid) {
  if (ptrace(PTRACE_SEIZE, atoi(pid), NULL, NULL) != 0) return errno;
  ptrace(PTRACE_DETACH, atoi(pid), NULL, NULL);
  return 0;
}
static int open_memory(const char *pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%s/mem", pid);
  return opened(path, O_RDONLY);
}
static int read_memory(const char *pid) {
  char byte;
  struct iovec here = {&byte, 1}, there = {(void *)&environ, 1};
  int error = result(process_vm_readv(atoi(pid), &here, 1, &there, 1, 0));
  return error == EFAULT ? 0 : error;  // that far it came
}
static int limit_process(const char *pid) {
  struct rlimit limit;
  int error = result(prlimit(atoi(pid), RLIMIT_NOFILE, NULL, &limit));
  return error ? error : result(prlimit(atoi(pid), RLIMIT_NOFILE, &limit, NULL));
}
static int slow_process(const char *pid) {
  return result(setpriority(PRIO_PROCESS, (id_t)atoi(pid), getpriority(PRIO_PROCESS, (id_t)atoi(pid))));
}
static int slow_user(const char *none) {
  (void)none;
  return result(setpriority(PRIO_USER, 0, getpriority(PRIO_USER, 0)));
}
static int share_memory(const char *none) {
  (void)none;
  int memory = shmget(IPC_PRIVATE, 4096, 0600 | IPC_CREAT);
  if (memory < 0) return errno;
  shmctl(memory, IPC_RMID, NULL);
  return 0;
}

// MARK: - The kernel

static int root(const char *path) {
  int pid = fork(), status;
  if (pid == 0) _exit(result(chroot(path)));
  return waitpid(pid, &status, 0) < 0 ? errno : WEXITSTATUS(status);
}
static int in_child(int (*body)(void)) {
  int pid = fork(), status;
  if (pid == 0) _exit(body());
  return pid < 0 || waitpid(pid, &status, 0) < 0 ? errno : WEXITSTATUS(status);
}
static int own_mounts(void) { return result(unshare(CLONE_NEWNS)); }
static int own_users(void) { return result(unshare(CLONE_NEWUSER)); }
static int mounts(const char *none) { return (void)none, in_child(own_mounts); }
static int users(const char *none) { return (void)none, in_child(own_users); }
static int clone_users(const char *none) {
  (void)none;
  long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
  if (pid == 0) _exit(0);
  return pid < 0 ? errno : (waitpid((pid_t)pid, NULL, 0), 0);
}
static int mount_on(const char *path) { return result(mount(path, path, NULL, MS_REMOUNT | MS_BIND, NULL)); }
static int keys(const char *none) {
  (void)none;
  return result(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1));
}
static int ring(const char *none) {
  (void)none;
  char parameters[256] = {0};
  long file = syscall(SYS_io_uring_setup, 1, parameters);
  if (file >= 0) close((int)file);
  return result(file);
}
static int load_module(const char *none) {
  (void)none;
  int error = result(syscall(SYS_finit_module, -1, "", 0));
  return error == EBADF ? 0 : error;  // that far it came
}
static int new_system_call(const char *none) {
  (void)none;
  return result(syscall(463, -1, NULL, 0, NULL, NULL, 0));
}
static int regain(const char *none) {
  (void)none;
  return result(syscall(SYS_prctl, 24 /* PR_CAPBSET_DROP */, 31, 0, 0, 0));
}
static int user_of_root(const char *path) {  // runs a set-user-ID program, which tells its user
  int pipe_[2], status;
  char text[16] = "";
  if (pipe(pipe_) != 0) return errno;
  int pid = fork();
  if (pid == 0) {
    dup2(pipe_[1], 1);
    execl(path, path, "-u", (char *)NULL);
    _exit(errno);
  }
  close(pipe_[1]);
  if (read(pipe_[0], text, sizeof text - 1) < 0) text[0] = 0;
  close(pipe_[0]);
  waitpid(pid, &status, 0);
  if (WEXITSTATUS(status) != 0) return WEXITSTATUS(status);
  return atoi(text) == 0 ? 0 : EPERM;
}

// MARK: - Limits: how much it gets

static int files_opened(const char *most) {
  int count = 0, got[10000];
  while (count < atoi(most) && (got[count] = open("/dev/null", O_RDONLY)) >= 0) count++;
  for (int i = 0; i < count; i++) close(got[i]);
  return count;
}
static int processes_started(const char *most) {
  int count = 0, pids[64];
  while (count < atoi(most) && count < 64 && (pids[count] = fork()) >= 0) {
    if (pids[count] == 0) {
      pause();
      _exit(0);
    }
    count++;
  }
  for (int i = 0; i < count; i++) {
    kill(pids[i], SIGKILL);
    waitpid(pids[i], NULL, 0);
  }
  return count;
}
static int memory_taken(const char *most) {  // MiB
  int count = 0;
  for (; count < atoi(most); count++) {
    char *part = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (part == MAP_FAILED) break;
    *part = 1;
  }
  return count;
}
static int memory_shared(const char *none) {
  (void)none;
  void *part = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (part == MAP_FAILED) return errno;
  munmap(part, 1 << 20);
  return 0;
}

static const struct attack {
  const char *name;
  int (*body)(const char *);
  int counts;
} attacks[] = {
    {"read", read_file, 0}, {"list", list, 0}, {"write", write_file, 0}, {"make", make, 0}, {"empty", empty, 0},
    {"empty by reading", empty_by_reading, 0}, {"remove", remove_file, 0}, {"mkdir", make_folder, 0},
    {"mknod", make_device, 0}, {"chmod", change_mode, 0}, {"fchmod", change_mode_by_descriptor, 0},
    {"fchmodat2", change_mode_newly, 0}, {"chown", change_owner, 0}, {"utime", change_times, 0},
    {"setxattr", set_attribute, 0}, {"inotify", watch, 0}, {"rename", move, 0}, {"link", hard_link, 0},
    {"symlink", soft_link, 0}, {"exec", execute, 0}, {"exec memory", execute_memory, 0},
    {"descriptors", descriptors, 1}, {"tcp connect", tcp_connect, 0}, {"tcp bind", tcp_bind, 0},
    {"tcp listen", tcp_listen, 0}, {"tcp fast open", tcp_fast, 0}, {"mptcp", mptcp_connect, 0},
    {"udp connect", udp_connect, 0}, {"udp bind", udp_bind, 0}, {"raw socket", raw_socket, 0},
    {"packet socket", packet_socket, 0}, {"netlink", netlink_socket, 0}, {"unix connect", unix_connect, 0},
    {"unix pair", unix_pair_connect, 0}, {"signal", signal_process, 0}, {"ptrace", trace, 0},
    {"/proc/mem", open_memory, 0}, {"process_vm_readv", read_memory, 0}, {"prlimit", limit_process, 0},
    {"setpriority", slow_process, 0}, {"setpriority of user", slow_user, 0}, {"shmget", share_memory, 0},
    {"chroot", root, 0}, {"mount", mount_on, 0}, {"unshare mounts", mounts, 0}, {"unshare users", users, 0},
    {"clone users", clone_users, 0}, {"keyctl", keys, 0}, {"io_uring", ring, 0}, {"finit_module", load_module, 0},
    {"new system call", new_system_call, 0}, {"capabilities", regain, 0}, {"set-user-ID", user_of_root, 0},
    {"files", files_opened, 1}, {"processes", processes_started, 1}, {"memory", memory_taken, 1},
    {"shared memory", memory_shared, 0},
};

// The answer as text: "done", a number, or the name of an error.
static const char *try(const char *name, const char *argument) {
  static char number[16];
  for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
    if (strcmp(attacks[i].name, name) != 0) continue;
    int value = attacks[i].body(argument ? argument : "");
    if (attacks[i].counts) return snprintf(number, sizeof number, "%d", value), number;
    const char *text = value == 0 ? "done" : strerrorname_np(value);
    return text ? text : "?";
  }
  return "no such attack";
}

#ifdef MODULE
#include <lauxlib.h>
static int call(lua_State *L) {
  lua_pushstring(L, try(luaL_checkstring(L, 1), luaL_optstring(L, 2, "")));
  return 1;
}
int luaopen_attack(lua_State *L) {
  lua_pushcfunction(L, call);
  return 1;
}
#else
// Pairs of words: an attack, and its argument. One line of answer for each.
int main(int count, char **words) {
  for (int i = 1; i + 1 < count; i += 2) puts(try(words[i], words[i + 1]));
  return 0;
}
#endif
