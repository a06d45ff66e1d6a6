// The filter of system calls, which libseccomp makes. It refuses what reaches other processes, the kernel or the network
// in ways that Landlock does not see. The library is loaded when it is first needed.
#define _GNU_SOURCE
#include "system.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

// MARK: - The library

static struct {
  scmp_filter_ctx (*init)(uint32_t);
  void (*release)(scmp_filter_ctx);
  int (*attr_set)(scmp_filter_ctx, enum scmp_filter_attr, uint32_t);
  int (*resolve_name)(const char *);
  int (*rule_add_array)(scmp_filter_ctx, uint32_t, int, unsigned int, const struct scmp_arg_cmp *);
  int (*export_bpf)(const scmp_filter_ctx, int);
} library;

static bool load(void) {
  if (library.export_bpf) return true;
  void *handle = dlopen("libseccomp.so.2", RTLD_NOW | RTLD_LOCAL);
  if (!handle) return false;
  *(void **)&library.init = dlsym(handle, "seccomp_init");
  *(void **)&library.release = dlsym(handle, "seccomp_release");
  *(void **)&library.attr_set = dlsym(handle, "seccomp_attr_set");
  *(void **)&library.resolve_name = dlsym(handle, "seccomp_syscall_resolve_name");
  *(void **)&library.rule_add_array = dlsym(handle, "seccomp_rule_add_array");
  *(void **)&library.export_bpf = dlsym(handle, "seccomp_export_bpf");
  return library.init && library.release && library.attr_set && library.resolve_name && library.rule_add_array &&
         library.export_bpf;
}

// MARK: - The rules

// Refused whatever their arguments are.
static const char *const privileged[] = {
    // other processes
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "process_mrelease", "kcmp", "pidfd_getfd",
    // mounts, roots and namespaces
    "mount", "umount", "umount2", "pivot_root", "chroot", "fsopen", "fsconfig", "fsmount", "fspick", "move_mount",
    "open_tree", "mount_setattr", "unshare", "setns", "swapon", "swapoff", "quotactl", "quotactl_fd",
    // files by handles, and watching them
    "open_by_handle_at", "name_to_handle_at", "fanotify_init", "inotify_init", "inotify_init1",
    // keyrings
    "add_key", "request_key", "keyctl",
    // the kernel
    "init_module", "finit_module", "delete_module", "create_module", "query_module", "kexec_load", "kexec_file_load",
    "bpf", "perf_event_open", "userfaultfd", "reboot", "syslog", "acct", "vhangup", "uselib", "personality",
    "lookup_dcookie", "nfsservctl", "iopl", "ioperm", "modify_ldt", "memfd_secret",
    // the machine's settings
    "sethostname", "setdomainname", "settimeofday", "stime", "clock_settime", "clock_adjtime", "adjtimex",
    // system calls that no filter sees
    "io_uring_setup", "io_uring_enter", "io_uring_register",
    // what processes share by names
    "shmget", "shmat", "shmctl", "semget", "semctl", "semop", "semtimedop", "msgget", "msgsnd", "msgrcv", "msgctl",
    "mq_open", "mq_unlink",
};
// Mode, owner, times and attributes: Landlock does not see these changes.
static const char *const attributes[] = {
    "chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat", "chown32", "fchown32", "lchown32",
    "setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr", "utime", "utimes",
    "futimesat", "utimensat",
};

typedef struct maker {
  scmp_filter_ctx context;
  int error;
} maker;

static void refuse(maker *m, int error, const char *name, unsigned count, const struct scmp_arg_cmp *cases) {
  int number = library.resolve_name(name);
  if (number == __NR_SCMP_ERROR || m->error) return;  // newer than the library: see `newest`
  m->error = library.rule_add_array(m->context, SCMP_ACT_ERRNO((uint32_t)error), number, count, cases);
}

static void refuse_if(maker *m, int error, const char *name, unsigned argument, int compare, uint64_t a, uint64_t b) {
  const struct scmp_arg_cmp one = {argument, (enum scmp_compare)compare, a, b};
  refuse(m, error, name, 1, &one);
}

// Refuses if these bits of the argument have that value.
static void refuse_bits(maker *m, int error, const char *name, unsigned argument, uint64_t mask, uint64_t value) {
  refuse_if(m, error, name, argument, SCMP_CMP_MASKED_EQ, mask, value);
}

#define WORD 0xffffffffu  // of an argument that is an `int`, the kernel sees only this part

static void refuse_sockets(maker *m, int kinds) {
  // Pairs are no way out, but for those without a connection, which reach sockets by their names.
  refuse_if(m, EACCES, "socketpair", 0, SCMP_CMP_NE, AF_UNIX, 0);
  // Of the types, which take four bits, these are all but 1 (SOCK_STREAM) and 5 (SOCK_SEQPACKET).
  refuse_bits(m, EACCES, "socketpair", 1, 1, 0);
  refuse_bits(m, EACCES, "socketpair", 1, 2, 2);
  refuse_bits(m, EACCES, "socketpair", 1, 8, 8);
  if (!(kinds & SYSTEM_FILTER_BINDS)) refuse(m, EACCES, "listen", 0, NULL);
  if (!(kinds & (SYSTEM_FILTER_BINDS | SYSTEM_FILTER_CONNECTS))) return refuse(m, EACCES, "socket", 0, NULL);
  // What is left is TCP, whose ports Landlock knows.
  // Domains: 2 (AF_INET) and 10 (AF_INET6). Type: 1 (SOCK_STREAM). Protocols: 0 and 6 (TCP).
  refuse_if(m, EACCES, "socket", 0, SCMP_CMP_GT, AF_INET6, 0);
  refuse_bits(m, EACCES, "socket", 0, 1, 1);
  refuse_bits(m, EACCES, "socket", 0, 2, 0);
  refuse_bits(m, EACCES, "socket", 0, 4, 4);
  refuse_bits(m, EACCES, "socket", 1, 1, 0);
  for (uint64_t bit = 2; bit <= 8; bit *= 2) refuse_bits(m, EACCES, "socket", 1, bit, bit);
  refuse_if(m, EACCES, "socket", 2, SCMP_CMP_GT, 6, 0);
  refuse_bits(m, EACCES, "socket", 2, 1, 1);
  refuse_if(m, EACCES, "socket", 2, SCMP_CMP_EQ, 2, 0);
  refuse_if(m, EACCES, "socket", 2, SCMP_CMP_EQ, 4, 0);
  // These connect without `connect`.
  refuse_bits(m, EACCES, "sendto", 3, MSG_FASTOPEN, MSG_FASTOPEN);
  refuse_bits(m, EACCES, "sendmsg", 2, MSG_FASTOPEN, MSG_FASTOPEN);
  refuse_bits(m, EACCES, "sendmmsg", 3, MSG_FASTOPEN, MSG_FASTOPEN);
}

static void add_rules(maker *m, int kinds) {
  for (size_t i = 0; i < sizeof privileged / sizeof *privileged; i++) refuse(m, EPERM, privileged[i], 0, NULL);
  for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) refuse(m, EACCES, attributes[i], 0, NULL);
  refuse_sockets(m, kinds);
  // Namespaces. The flags of clone3 are in memory, where no filter looks: the C library uses clone then.
  static const uint64_t spaces[] = {CLONE_NEWNS,  CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
                                    CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET};
  for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) refuse_bits(m, EPERM, "clone", 0, spaces[i], spaces[i]);
  refuse(m, ENOSYS, "clone3", 0, NULL);
  // Limits and priorities of other processes of the user.
  refuse_if(m, EPERM, "prlimit64", 0, SCMP_CMP_NE, 0, 0);
  refuse_if(m, EPERM, "setpriority", 0, SCMP_CMP_NE, PRIO_PROCESS, 0);
  refuse_if(m, EPERM, "setpriority", 1, SCMP_CMP_NE, 0, 0);
  refuse_if(m, EPERM, "ioprio_set", 0, SCMP_CMP_NE, 1, 0);
  refuse_if(m, EPERM, "ioprio_set", 1, SCMP_CMP_NE, 0, 0);
  static const char *const scheduling[] = {"sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr"};
  for (size_t i = 0; i < sizeof scheduling / sizeof *scheduling; i++)
    refuse_if(m, EPERM, scheduling[i], 0, SCMP_CMP_NE, 0, 0);
  // What is typed into a terminal, terminals, attributes of files.
  static const uint64_t controls[] = {TIOCSTI, TIOCLINUX, TIOCSCTTY, TIOCSETD, 0x40086602, 0x401c5820};
  for (size_t i = 0; i < sizeof controls / sizeof *controls; i++)
    refuse_bits(m, EPERM, "ioctl", 1, WORD, controls[i] & WORD);
  refuse_bits(m, EACCES, "fcntl", 1, WORD, F_NOTIFY);
  refuse_bits(m, EACCES, "fcntl", 1, WORD, F_SETLEASE);
  // Memory without a name must not become a program.
  refuse_bits(m, EACCES, "memfd_create", 1, SYSTEM_MFD_NOEXEC, 0);
  // Shared memory counts for no limit.
  if (kinds & SYSTEM_FILTER_MEMORY)
    refuse_bits(m, ENOMEM, "mmap", 3, MAP_SHARED | MAP_ANONYMOUS, MAP_SHARED | MAP_ANONYMOUS);
}

// MARK: - The filter

// System calls that libseccomp may not know. From 424 on all machines have the same numbers. What is newer than the
// newest that was looked at does not exist in a sandbox.
enum { FCHMODAT2 = 452, STATMOUNT = 457, LISTMOUNT = 458, FIRST_UNKNOWN = 463 };
static const struct sock_filter newest[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FCHMODAT2, 0, 6),
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FIRST_UNKNOWN, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FCHMODAT2, 2, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, STATMOUNT, 1, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LISTMOUNT, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
};

ssize_t system_make_filter(int kinds, void *bytes, size_t room) {
  if (!load()) return -ELIBACC;
  if (room < sizeof newest) return -EINVAL;
  maker m = {library.init(SCMP_ACT_ALLOW), 0};
  if (!m.context) return -ENOMEM;
  // Programs of another architecture (32 bits) cannot do anything.
  m.error = library.attr_set(m.context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
  library.attr_set(m.context, SCMP_FLTATR_CTL_OPTIMIZE, 2);  // older libraries cannot
  add_rules(&m, kinds);
  int pipe[2] = {-1, -1};  // it has room for more than any filter
  ssize_t size = -EINVAL;
  if (!m.error && system_pipe(pipe) != 0) m.error = -errno;
  if (!m.error) m.error = library.export_bpf(m.context, pipe[1]);
  if (!m.error) {
    memcpy(bytes, newest, sizeof newest);
    size = read(pipe[0], (char *)bytes + sizeof newest, room - sizeof newest);
    if (size < 0) m.error = -errno;
    if (size == (ssize_t)(room - sizeof newest)) m.error = -E2BIG;
  }
  for (int i = 0; i < 2 && pipe[0] >= 0; i++) close(pipe[i]);
  library.release(m.context);
  return m.error ? m.error : size + (ssize_t)sizeof newest;
}
