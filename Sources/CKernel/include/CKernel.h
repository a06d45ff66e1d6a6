// The parts of the operating system that Swift and the fence cannot call themselves: macros, signal handlers, code
// between fork and exec, and calls that belong together. Nothing here knows Lua.
#pragma once
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/types.h>

// MARK: - Large blocks: memory of states, and of messages between them (large.c). Any thread.

#define SYSTEM_LARGE ((size_t)1 << 20)
#define SYSTEM_HEADROOM 24  // bytes that Lua keeps before those of a string; layout.h of the fence checks it
/// A block of SYSTEM_LARGE bytes or more; NULL if the system has no memory left.
void *system_large_take(size_t size);
size_t system_large_capacity(const void *block);
/// As realloc.
void *system_large_grow(void *block, size_t size);
void system_large_give(void *block);

// MARK: - Traces and profiles (trace.c)

/// Whether this process writes a trace, and whether it takes a profile. It is looked at on hot paths.
enum { SYSTEM_EVENTS = 1, SYSTEM_SAMPLES = 2 };
extern int system_tracing;
static inline bool system_is_tracing(int kinds) {
  return __builtin_expect(__atomic_load_n(&system_tracing, __ATOMIC_RELAXED) & kinds, 0);
}
void system_trace(int kinds);
/// The calling thread's marks: of the message that it is about to send, and of the one that it has received. 0: none.
void system_set_sent_mark(uint64_t mark);
uint64_t system_sent_mark(void);
void system_set_received_mark(uint64_t mark);
uint64_t system_received_mark(void);
/// The clock of the calling thread's processor time, for any thread; and what a clock shows, in nanoseconds (-1: the
/// thread has gone).
int32_t system_thread_clock(void);
int64_t system_clock_time(int32_t clock);
/// From now on the calling thread gets the nudge signal, with SI_TIMER, each time that it has used so many nanoseconds
/// of processor time. False: the system refuses.
bool system_start_sampling(int64_t interval);
void system_stop_sampling(void);
/// Opens a file to which processes append; `clears`: it is made, or emptied. `whole`, which has PATH_MAX bytes, gets its
/// whole path; nothing if it is no regular file. Returns a descriptor or -errno.
int system_open_log(const char *path, bool clears, char *whole, size_t room);
/// If the file ends within a unit of so many bytes, takes that one back. Returns 0 or errno.
int system_mend_log(int descriptor, int unit);

// MARK: - Releases (references.c). Each thread has its own.

// How deep releases of objects in messages are nested, and those that wait until the outermost is done.
typedef struct system_releases {
  uint32_t depth;
  void *waiting;
} system_releases;
system_releases *system_own_releases(void);

// MARK: - Bounds of memory that the system sets (limits.c)

/// Whether the memory or address space of this process is bounded: set by `system_bound`, then constant.
extern bool system_bounded;
static inline bool system_is_bounded(void) { return system_bounded; }
/// Reads the limits of the process. `owns_process`: also sets up the heap for them, and prints a message when the
/// process ends for want of memory.
void system_bound(bool owns_process);
/// Whether so many bytes can be had without the part that is kept for small objects of Swift. Always true without a
/// bound.
bool system_has_room(size_t size);
/// Whether a thread with that much stack may be started. If so, `system_thread_begun` has to follow, once the thread
/// has its state or will never have one.
bool system_begin_thread(size_t stack);
void system_thread_begun(void);
/// Before and after this thread closes its state: whoever finds no room meanwhile waits for its memory.
void system_begin_releasing(void);
void system_end_releasing(void);
/// Changes each time that much memory is freed and kept for later. 0: never so far.
uint64_t system_freed(void);
/// Gives what is kept for later back to the system, the free memory of the heap too if we own the process. May take some
/// milliseconds.
void system_give_back(void);
/// Limits this process: bytes that its state may use (0: no limit), seconds of processor time (0: no limit). False:
/// failed.
bool system_limit(uint64_t memory, uint64_t seconds);

// MARK: - Copies of this process (copy.c)

/// From now on copies of the process that fork(2) makes are noticed. `pause` is called on the thread that is about to
/// fork, `resume` on it afterwards and in the copy. Once for the process.
void system_watch_copies(void (*pause)(void), void (*resume)(void));
/// Whether this process is such a copy: it has only the thread that forked.
bool system_is_copy(void);

// MARK: - Signals (signals.c)
//
// The handler of a caught signal counts it, and writes to a descriptor (eventfd).

/// Whether the process was started with the signal ignored, or has it ignored now.
bool system_is_ignored(int number);
/// From now on catches the signal. False, with errno: it cannot be caught. `bell` is the descriptor, the same for all.
bool system_catch(int number, int bell);
/// Restores what the signal did before `system_catch`.
void system_release_signal(int number);
/// Returns how often the signal came since the last call. `is_typed`: whether a key of the terminal sent it.
int system_take_caught(int number, bool *is_typed);
/// Ends the process by the signal, as if nobody caught it.
void system_die(int number) __attribute__((noreturn));
/// "KILL" for 9; NULL for a number that is no signal.
const char *system_signal_name(int number);

/// The signal that asks a program to open its control socket.
int system_look_signal(void);
/// The signals that the calling thread blocks: bit 0 for signal 1, and so on.
uint64_t system_signal_mask(void);
/// From now on the calling thread blocks these and no others, but never the two signals for interrupts.
void system_set_signal_mask(uint64_t mask);
/// The signals for interrupts. One makes system calls of C code fail with EINTR: it is the last of the real-time signals.
/// The other one is SIGURG, whose default is to do nothing. Where the program has a handler of its own for one of them
/// when a runtime is made, it is the last real-time signal without a handler instead.
int system_break_signal(void);
int system_nudge_signal(void);

// MARK: - What a process has inherited (inherited.c)

/// Called first in the command and in child processes: gives closed standard streams descriptors that fail, unblocks
/// all signals, and resets SIGCHLD and SIGPIPE if they are ignored.
void system_accept_inheritance(void);
/// Remembers the terminal's settings, to be restored at every end of the process.
void system_remember_terminal(void);
/// Restores them, if this process is in the foreground.
void system_restore_terminal(void);

// MARK: - Waiting and waking (futex.c)

/// Waits while `*word == expected`, at most until `deadline` (nanoseconds of the monotonic clock; negative: for ever).
void system_futex_wait(const void *word, uint32_t expected, int64_t deadline);
void system_futex_wake(const void *word, int32_t count);
/// The calling thread has woken another in some other way.
void system_note_wake(void);
/// Whether the calling thread has woken another since it slept last.
bool system_has_woken(void);
/// The same, and forgets it.
bool system_takes_wake(void);
/// A descriptor that becomes readable at an instant (alarm.c). -1, with errno: there is none.
int system_alarm_open(void);
/// Sets that instant, in nanoseconds of the monotonic clock.
void system_alarm_set(int descriptor, int64_t due);
static inline void system_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}
/// Loads the memory at that address into the cache. The address need not be valid.
static inline void system_prefetch(const void *address) { __builtin_prefetch(address); }

// MARK: - Threads (threads.c)

/// The stack of our own threads. Below 2 MiB, so that the kernel does not back it with a huge page.
enum { SYSTEM_STACK = 1 << 20 };
/// Sets the attributes so that the thread starts with all signals blocked.
void system_start_deaf(pthread_attr_t *attributes);
/// Keeps huge pages out of the calling thread's stack: only what is touched costs memory.
void system_keep_stack_small(void);
/// Whether so many bytes of the calling thread's stack are left.
bool system_has_stack(size_t room);
/// Gives the pages of that stack that the thread does not use at this moment back to the system.
void system_trim_stack(void);
/// Names the calling thread for the kernel, cut to 15 bytes.
void system_name_thread(const char *name);
/// From now on the kernel wakes the calling thread as soon as it can when a wait is over. Programs that are started do
/// not inherit that.
void system_wake_punctually(void);
/// The processor time that a thread which lives has taken.
bool system_thread_time(pthread_t thread, int64_t *nanoseconds);
/// How many threads this process has; 0 if that cannot be known.
int system_thread_count(void);
/// How many processors this process may use.
int system_processors(void);

// MARK: - Standard output and standard error (streams.c)

/// Writes all bytes, and waits while there is no room. Returns 0 or errno. If nobody reads, and luaconc owns the
/// process, it ends the process by SIGPIPE, even if a module ignores that signal.
int system_write_all(int descriptor, const void *bytes, size_t count);
void system_show_bar(const void *bytes, size_t count);
void system_hide_bar(void);
/// Nothing else is written to the terminal until `system_release_terminal`; the cursor is at the beginning of a row, or
/// where the line shown there left it. The same thread must call both, and write nothing with the other functions.
void system_hold_terminal(void);
/// At the prompt: goes on at the beginning of a row, if the output that is known does not end with one.
void system_begin_row(void);
/// From now on a line that is being typed stands at the end of the terminal: whatever else is written there writes
/// `erase` first, and `draw` afterwards. Without bytes to draw none stands there. `plain`: the terminal knows no escape
/// sequences.
void system_release_terminal(const void *erase, size_t erase_count, const void *draw, size_t draw_count, bool plain);
/// Writes bytes to standard output, in order with what scripts print.
void system_say(const char *bytes, size_t count);
/// Writes out the buffer of standard output or standard error. Returns 0 or errno.
int system_flush(FILE *f);
/// The first error of standard output (1) or standard error (2); 0: nothing was lost.
int system_output_failure(int descriptor);
/// Writes out the buffer of standard output, if that can be done without waiting.
void system_flush_at_once(void);
FILE *system_stdout(void);
FILE *system_stderr(void);

// MARK: - Sandboxes (walls.c, filter.c)

/// No limit.
#define SYSTEM_UNLIMITED UINT64_MAX
/// What a process gives up for good. `count` instructions of a filter follow; 0: it has the filter already.
typedef struct system_walls {
  uint64_t data;       // bytes of memory
  uint64_t seconds;    // of processor time
  uint64_t files;      // descriptors
  uint64_t size;       // bytes of a file that it writes
  uint64_t processes;  // of its user
  uint32_t capabilities;  // those that it keeps
  uint32_t user;          // the user that it becomes; 0: it stays the same
  uint32_t count;
} system_walls;

/// The newest of Landlock's interfaces that the kernel has; 0: it has none.
int system_landlock_abi(void);
/// Whether the kernel has filters of system calls.
bool system_has_filters(void);
/// A set of rules, as a descriptor, which allows nothing: or -errno. For ABI 6 and newer.
int system_make_rules(void);
enum { SYSTEM_WRITES = 1, SYSTEM_EXECUTES = 2, SYSTEM_CONTROLS = 4 };
/// Allows to read the file, or the folder with all that is in it, and more by `access`; `SYSTEM_CONTROLS`: ioctl, if it
/// is a device. Returns 0 or errno.
int system_allow_path(int rules, const char *path, int access);
/// Allows to read the libraries that this process is linked to, if they are in unusual places.
void system_allow_libraries(int rules);
/// Allows to bind, or to connect to, a TCP port. Returns 0 or errno.
int system_allow_port(int rules, uint16_t port, bool binds);
/// What the filter lets through: binding or connecting of TCP sockets. `SYSTEM_FILTER_MEMORY`: it keeps memory from being
/// shared, since that counts for no limit.
enum { SYSTEM_FILTER_BINDS = 1, SYSTEM_FILTER_CONNECTS = 2, SYSTEM_FILTER_MEMORY = 4 };
/// Writes the instructions of a filter. Returns how many bytes, or -errno; -ELIBACC: libseccomp cannot be loaded.
/// Not for two threads at once.
ssize_t system_make_filter(int kinds, void *bytes, size_t room);
/// In a process with one thread: raises the walls, for good and for all that it starts, and closes the rules. Returns 0
/// or errno. Makes only system calls.
int system_raise_walls(const system_walls *walls, int rules);
/// The calling thread, and all processes that it forks, get the filter: their walls then need none. Returns 0 or errno.
int system_raise_filter(const void *instructions, size_t size);
/// How many processes and threads this user has; or -errno.
int system_count_tasks(void);
/// Another number at each call.
int system_next_user(void);
/// Remembers how much memory this process has, for `system_limit`, which cannot ask in a sandbox.
void system_note_memory(void);
/// Whether this process can become any user of the machine, and is not bound by limits of processes as it is.
bool system_is_superuser(void);
/// Memory without a name that cannot be run (MFD_NOEXEC_SEAL).
#define SYSTEM_MFD_NOEXEC 8u

// MARK: - Programs (process.c, guard.c)

#define SYSTEM_LAUNCH_DESCRIPTORS 8

/// A program to be started. All pointers are the caller's.
typedef struct system_launch {
  const char *const *paths;  // the files to try, in that order; ends with NULL
  char *const *argv, *const *envp;
  const char *folder;  // where it runs; NULL: the current folder
  const int *descriptors;  // become its numbers 0, 1, 2 and so on; it gets no others
  int count;               // of the descriptors, up to SYSTEM_LAUNCH_DESCRIPTORS
  int nice;                // by how much its priority is lower
  bool joins_group;    // it stays in the caller's process group instead of leading one
  bool is_detached;    // it goes on when this process dies
  bool is_guarded;     // what it starts in its own group gets SIGKILL, too, when this process dies
  const system_walls *walls;  // of its sandbox, whose rules are the last of its descriptors; NULL: it has none
} system_launch;

typedef enum system_stage { SYSTEM_AT_START, SYSTEM_AT_FOLDER, SYSTEM_AT_WALLS } system_stage;
/// Starts the program. Returns its process number, with a pidfd, or -errno; `stage`: where it failed.
/// Unless it is detached, the program gets SIGKILL when the calling thread ends, so that must live as long as the
/// process.
int system_start_program(const system_launch *launch, int *pidfd, system_stage *stage);
/// Any thread: takes the group of such a program out of the guard's table. Called before the program is waited for,
/// since another process may get the number afterwards.
void system_uncover_group(int group);
/// How the process ended: its exit code, or the signal in `*signal`. -1: it has not ended; -2: that cannot be known.
/// `reap`: waits for it, so that its number is free afterwards.
int system_process_status(int pidfd, bool reap, int *signal);
char *const *system_environment(void);

// MARK: - The fork server: a process that forks ready children (forkserver.c)

/// Whether this build can have a fork server: it cannot with sanitizers.
bool system_may_fork(void);
/// In the fork server, which must have one thread. Forks a child for each packet of descriptors that comes over the
/// socket, and answers with its number, or -errno; before the first one it answers with 0. A child is one of `parent`,
/// the parent of the caller. It leads its own group, and gets SIGKILL when the parent's thread that started the caller
/// ends. It has only those descriptors, as its numbers 0, 1, 2 and so on, and sends its number over the last but one.
/// `body` runs in the child and must end it.
void system_serve_forks(int socket, int parent, void (*body)(void *), void *context);
/// Ends such a child, as `exit` does.
void system_leave_forked(int status) __attribute__((noreturn));
/// In such a child: the first three descriptors become its streams, the fourth gets the number `place`, the fifth
/// becomes its folder; all five are closed. Its priority is lowered by `nice`. Returns 0 or errno.
int system_settle(const int descriptors[5], int place, int nice);
/// Replaces the environment by that block: variables with a zero byte after each. It is not copied.
void system_set_environment(char *block, size_t size);
/// Overwrites the variables with zeros, so that they are not even in memory. `system_set_environment` has to follow.
void system_wipe_environment(void);
/// In the parent, after the fork server has died without an answer: kills the child that it may have forked, whose
/// number comes over that socket.
void system_end_stray(int socket);
/// In the parent: returns a pidfd for a child that the fork server has forked, after making it the leader of its
/// group. Or -errno, and the child has been killed.
int system_adopt_process(int pid);

// MARK: - Descriptors (descriptors.c)

/// pipe2(2) with O_CLOEXEC.
int system_pipe(int ends[2]);
/// write(2): returns how many bytes, or -errno. For a pipe that nobody reads it returns -EPIPE, without SIGPIPE.
ssize_t system_write(int descriptor, const void *bytes, size_t count);
/// A descriptor (O_PATH) for the folder, or for the current one if `path` is NULL; or -errno.
int system_open_folder(const char *path);
/// A socket that listens under a new name in the file system, or -errno: -EADDRINUSE if there is a file already. Only
/// this user may connect to it.
int system_listen_at(const char *path);
/// A socket that is connected to the one of that name, or -errno: -ECONNREFUSED if nobody listens there any more. Neither
/// it nor `system_accept` waits, nor do reads and writes.
int system_connect_to(const char *path);
int system_accept(int listener);
/// The process at the other end when it connected, or began to listen, and its user.
bool system_peer(int socket, int *pid, unsigned *user);
/// Two connected sockets of packets, or -errno.
int system_packet_sockets(int ends[2]);
#define SYSTEM_PACKET_DESCRIPTORS 16
/// sendmsg(2) and recvmsg(2) of one packet with descriptors. Return the number of bytes, or -errno. -EMFILE: this
/// process has no room for all of the descriptors, and has got none of them.
ssize_t system_send_packet(int socket, const void *bytes, size_t size, const int *descriptors, int count);
ssize_t system_receive_packet(int socket, void *bytes, size_t size, int *descriptors, int *count);
/// Sends one byte with the descriptor; 0 or -errno.
int system_send_descriptor(int socket, int descriptor);
/// Waits for one byte with a descriptor. Returns the descriptor, or -errno.
int system_receive_descriptor(int socket);

// MARK: - Memory that processes share (shared.c)

/// A descriptor of that many zero bytes, whose size nobody can change; or -errno.
int system_shared_memory(size_t size);
/// Maps a page of memory that all processes with its descriptor share. If `*descriptor` is -1 the page is made. NULL,
/// with errno: failed.
void *system_shared_page(int *descriptor);
/// The next number of a counter in shared memory.
static inline uint32_t system_next_number(void *counter) {
  return __atomic_add_fetch((uint32_t *)counter, 1, __ATOMIC_RELAXED);
}

// MARK: - Objects that other threads take (Publishing.swift, references.c)

/// A barrier for the compilers of Swift and C: stores and retains that come before it are not moved behind it.
static inline void system_keep_order(void) { __asm__ volatile("" ::: "memory"); }
/// Retains a Swift object. No compiler moves the call.
void system_retain(void *object);
/// Retains a Swift object unless it is being deallocated.
bool system_try_retain(void *object);
/// How many strong references there are to a Swift object.
intptr_t system_retain_count(void *object);
