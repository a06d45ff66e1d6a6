// The walls of a sandbox: Landlock for files, TCP ports and signals, a filter of system calls for the rest (filter.c),
// limits, no capabilities, a session of its own. The parent makes rules and filter; the child raises the walls.
#define _GNU_SOURCE
#include "system.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// The kernel's headers may be older than the kernel.
enum {
  EXECUTE = 1 << 0, WRITE_FILE = 1 << 1, READ_FILE = 1 << 2, READ_DIR = 1 << 3, REMOVE_DIR = 1 << 4,
  REMOVE_FILE = 1 << 5, MAKE_DIR = 1 << 7, MAKE_REG = 1 << 8, MAKE_FIFO = 1 << 10, MAKE_SYM = 1 << 12,
  REFER = 1 << 13, TRUNCATE = 1 << 14, IOCTL_DEV = 1 << 15,
  ALL_OF_FILES = (1 << 16) - 1,
  FOR_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV,
};
enum { CONNECT_TCP = 1 << 1, BIND_TCP = 1 << 0, RULE_OF_PORT = 2 };
enum { SCOPE_SOCKETS = 1 << 0, SCOPE_SIGNALS = 1 << 1 };

int system_landlock_abi(void) {
  long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version > 0 ? (int)version : 0;
}

bool system_has_filters(void) { return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0; }

int system_make_rules(void) {
  struct { uint64_t files, ports, scopes; } handled = {
      ALL_OF_FILES, CONNECT_TCP | BIND_TCP, SCOPE_SOCKETS | SCOPE_SIGNALS};
  long rules = syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
  return rules < 0 ? -errno : (int)rules;
}

int system_allow_path(int rules, const char *path, int access) {
  uint64_t allowed = READ_FILE | READ_DIR;
  if (access & SYSTEM_WRITES)
    allowed |= WRITE_FILE | TRUNCATE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | MAKE_FIFO | MAKE_SYM | REFER;
  if (access & SYSTEM_EXECUTES) allowed |= EXECUTE;
  int file = open(path, O_PATH | O_CLOEXEC);
  if (file < 0) return errno;
  struct stat status;
  if (fstat(file, &status) == 0 && !S_ISDIR(status.st_mode)) {
    bool is_device = S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode);
    if (is_device && access & SYSTEM_CONTROLS) allowed |= IOCTL_DEV;
    allowed &= FOR_FILES;
  }
  struct landlock_path_beneath_attr rule = {allowed, file};
  int error = syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0 ? 0 : errno;
  close(file);
  return error;
}

// Lua's compiled modules are no libraries, and are not named like them.
static int allow_library(struct dl_phdr_info *info, size_t size, void *rules) {
  (void)size;
  const char *name = strrchr(info->dlpi_name, '/');
  bool is_usual = strncmp(info->dlpi_name, "/lib/", 5) == 0 || strncmp(info->dlpi_name, "/usr/lib/", 9) == 0;
  if (name && !is_usual && strncmp(name, "/lib", 4) == 0) system_allow_path(*(int *)rules, info->dlpi_name, 0);
  return 0;
}

void system_allow_libraries(int rules) { dl_iterate_phdr(allow_library, &rules); }

int system_allow_port(int rules, uint16_t port, bool binds) {
  struct { uint64_t allowed, port; } rule = {binds ? BIND_TCP : CONNECT_TCP, port};
  return syscall(SYS_landlock_add_rule, rules, RULE_OF_PORT, &rule, 0) == 0 ? 0 : errno;
}

// MARK: - How many processes a user has

bool system_is_superuser(void) {
  unsigned long inside, outside, count;
  FILE *map = fopen("/proc/self/uid_map", "re");
  bool is_whole = map && fscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3 && count == UINT32_MAX;
  if (map) fclose(map);
  return is_whole && getuid() == 0;
}

// The user and the number of threads of a process; false: it has gone.
static bool read_status(const char *process, unsigned *user, int *threads) {
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/%.32s/status", process);
  FILE *status = fopen(path, "re");
  if (!status) return false;
  *threads = 0;
  while (*threads == 0 && fgets(line, sizeof line, status))
    if (sscanf(line, "Uid: %u", user) != 1) sscanf(line, "Threads: %d", threads);
  fclose(status);
  return *threads > 0;
}

int system_count_tasks(void) {
  DIR *processes = opendir("/proc");
  if (!processes) return -errno;
  int count = 0, threads;
  unsigned user;
  for (struct dirent *e; (e = readdir(processes));)
    if (e->d_name[0] >= '1' && e->d_name[0] <= '9' && read_status(e->d_name, &user, &threads) && user == getuid())
      count += threads;
  closedir(processes);
  return count;
}

int system_next_user(void) {
  static int calls;
  return getpid() * 64 + (__atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED) & 63);
}

// MARK: - In the child
//
// Only system calls: a program's child runs this on its parent's memory.

// A process that leads a group cannot begin a session: it goes to its parent's group for a moment.
UNWATCHED static bool begin_session(void) {
  if (syscall(SYS_setsid) >= 0) return true;
  long group = syscall(SYS_getpgid, syscall(SYS_getppid));
  return errno == EPERM && syscall(SYS_setpgid, 0, group) == 0 && syscall(SYS_setsid) >= 0;
}

// Never more than before.
UNWATCHED static bool limit(int resource, uint64_t soft, uint64_t hard) {
  struct { uint64_t soft, hard; } now, then = {soft, hard};
  if (soft == SYSTEM_UNLIMITED) return true;
  if (syscall(SYS_prlimit64, 0, resource, NULL, &now) != 0) return false;
  if (then.hard > now.hard) then.hard = now.hard;
  if (then.soft > then.hard) then.soft = then.hard;
  return syscall(SYS_prlimit64, 0, resource, &then, NULL) == 0;
}

UNWATCHED static bool set_limits(const system_walls *w) {
  return limit(RLIMIT_CORE, 0, 0) && limit(RLIMIT_NOFILE, w->files, w->files) &&
         limit(RLIMIT_FSIZE, w->size, w->size) && limit(RLIMIT_DATA, w->data, w->data) &&
         limit(RLIMIT_CPU, w->seconds, w->seconds == SYSTEM_UNLIMITED ? w->seconds : w->seconds + 1) &&
         limit(RLIMIT_NPROC, w->processes, w->processes);
}

// Gives up all capabilities but those to be kept. None comes back by exec, without new privileges. `w->user`: becomes that user, who has no
// other processes; what is kept is then kept across exec.
UNWATCHED static bool drop_capabilities(const system_walls *w) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data) != 0) return false;
  if (w->user) {
    if (syscall(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return false;
    if (syscall(SYS_setresuid, w->user, w->user, w->user) != 0) return false;
  }
  data[0].permitted &= w->capabilities;
  data[0].effective = data[0].permitted;
  data[0].inheritable = w->user ? data[0].permitted : 0;
  data[1].permitted = data[1].effective = data[1].inheritable = 0;
  if (syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return false;
  if (syscall(SYS_capset, &header, data) != 0) return false;
  for (long i = 0; w->user && i < 32; i++)
    if (data[0].permitted >> i & 1) syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0);
  return true;
}

UNWATCHED int system_raise_walls(const system_walls *w, int rules) {
  long death = 0, parent = syscall(SYS_getppid);
  syscall(SYS_prctl, PR_GET_PDEATHSIG, &death, 0, 0, 0);
  struct sock_fprog filter = {(unsigned short)w->count, (struct sock_filter *)(w + 1)};
  if (!begin_session() || !set_limits(w) || !drop_capabilities(w)) return errno;
  // The kernel forgets it when the user changes.
  if (death) syscall(SYS_prctl, PR_SET_PDEATHSIG, death, 0, 0, 0);
  if (death && syscall(SYS_getppid) != parent) syscall(SYS_exit_group, 127);
  if (syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  if (syscall(SYS_landlock_restrict_self, rules, 0) != 0) return errno;
  syscall(SYS_close, rules);
  return !w->count || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0 ? 0 : errno;
}

int system_raise_filter(const void *instructions, size_t size) {
  struct sock_fprog filter = {(unsigned short)(size / sizeof(struct sock_filter)), (struct sock_filter *)instructions};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0 ? 0 : errno;
}
