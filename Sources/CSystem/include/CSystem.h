// What Swift and the fence need of the operating system and cannot call themselves: it is a macro, is used in handlers of
// signals or between fork and exec, or takes several calls that belong together. Nothing here knows of Lua.
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
#define SYSTEM_HEADROOM 24  // stays free before bytes that may become a string of a state; layout.h of the fence checks it
/// A block of SYSTEM_LARGE bytes or more; NULL when the system has none left.
void *system_large_take(size_t size);
size_t system_large_capacity(const void *block);
/// As realloc.
void *system_large_grow(void *block, size_t size);
void system_large_give(void *block);

// MARK: - Bounds of memory that the system sets (limits.c)

/// Whether this process may have only so much memory or address space: set by `system_bound`, then constant.
extern bool system_bounded;
static inline bool system_is_bounded(void) { return system_bounded; }
/// Looks at the limits of the process. `owns_process`: its heap is set up for them, and it says why when it ends for want
/// of memory.
void system_bound(bool owns_process);
/// Whether so much can be had without what is kept for the small things of Swift. Always true where nothing is bounded.
bool system_has_room(size_t size);
/// Whether a thread with that much stack may be started; then `system_thread_begun` is to follow, once it has its state or
/// will never have one.
bool system_begin_thread(size_t stack);
void system_thread_begun(void);
/// Around the time in which this thread closes its state: who finds no room meanwhile waits for what it has.
void system_begin_releasing(void);
void system_end_releasing(void);
/// Limits of this process: bytes that its state may use (0: none), seconds of processor time (0: none).
bool system_limit(uint64_t memory, uint64_t seconds);

// MARK: - Copies of this process (copy.c)

/// From now on copies of the process that fork(2) makes are noticed. `pause` is called on the thread that is about to fork,
/// `resume` on it afterwards and in the copy. Once for the process.
void system_watch_copies(void (*pause)(void), void (*resume)(void));
/// Whether this process is one: it has only the thread that forked.
bool system_is_copy(void);

// MARK: - Signals (signals.c)
//
// A caught signal is counted, and a number is written to the descriptor that was given, an event counter.

/// Whether the process was started with the signal ignored, or has it ignored now.
bool system_is_ignored(int number);
/// Catches the signal from now on; false, with errno, when that cannot be.
bool system_catch(int number, int bell);
/// What `system_catch` changed is as it was before.
void system_release_signal(int number);
/// How often it came since the last call, and whether a key of the terminal sent it.
int system_take_caught(int number, bool *is_typed);
/// Ends the process by the signal, as where nobody catches it.
void system_die(int number) __attribute__((noreturn));
/// "KILL" for 9; NULL for what is no signal.
const char *system_signal_name(int number);

/// The signals that the calling thread blocks: bit 0 for signal 1, and so on.
uint64_t system_signal_mask(void);
/// Blocks these from now on, and no others; never the two by which running Lua code is reached.
void system_set_signal_mask(uint64_t mask);
/// The second of those two, which makes system calls of C code fail with EINTR: the last of the real-time signals. The
/// first is SIGURG, which does nothing where nobody handles it.
int system_break_signal(void);

// MARK: - What a process is started with (inherited.c)

/// For a process that is ours, first of all: closed standard streams get descriptors that fail, no signal is blocked, and
/// neither SIGCHLD nor SIGPIPE is ignored.
void system_accept_inheritance(void);
/// The settings that the terminal has now are put back at every end of the process.
void system_remember_terminal(void);
/// Puts them back, if this process is in the foreground.
void system_restore_terminal(void);

// MARK: - Waiting and waking (futex.c)

/// Waits while `*word == expected`, at most until `deadline` (nanoseconds of the monotonic clock; negative: for ever).
void system_futex_wait(const void *word, uint32_t expected, int64_t deadline);
void system_futex_wake(const void *word, int32_t count);
static inline void system_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}
/// The memory there will be needed soon. Any address will do.
static inline void system_prefetch(const void *address) { __builtin_prefetch(address); }

// MARK: - Threads (threads.c)

/// A thread that starts with these attributes blocks all signals.
void system_start_deaf(pthread_attr_t *attributes);
/// The calling thread's stack gets no huge pages: only what is touched costs memory.
void system_keep_stack_small(void);
/// Names the calling thread for the kernel, cut to 15 bytes.
void system_name_thread(const char *name);
/// How many threads this process has; 0 when that cannot be known.
int system_thread_count(void);
/// The processors that this process may use.
int system_processors(void);

// MARK: - Standard output and standard error (streams.c)

/// Writes all the bytes, and waits while there is no room: 0 or errno. Where a module ignores SIGPIPE the process ends by it
/// all the same, if it is ours.
int system_write_all(int descriptor, const void *bytes, size_t count);
/// Writes bytes to standard output, in order with what scripts print.
void system_say(const char *bytes, size_t count);
/// Writes out what standard output or standard error holds back: 0 or errno.
int system_flush(FILE *f);
/// What writing to standard output (1) or standard error (2) has failed with first; 0: nothing was lost.
int system_output_failure(int descriptor);
/// Writes out what standard output holds back, if that can be done without waiting.
void system_flush_at_once(void);
FILE *system_stdout(void);
FILE *system_stderr(void);

// MARK: - Programs (process.c, guard.c)

#define SYSTEM_LAUNCH_DESCRIPTORS 8

/// A program to be started. All pointers are the caller's.
typedef struct system_launch {
  const char *const *paths;  // the files to try, in that order; ends with NULL
  char *const *argv, *const *envp;
  const char *folder;  // where it runs; NULL: here
  const int *descriptors;  // become its 0, 1, 2 and so on; no other gets into it
  int count;               // of those, up to SYSTEM_LAUNCH_DESCRIPTORS
  int nice;                // by how much its priority is lower
  bool joins_group;    // it stays in the caller's process group instead of leading one
  bool is_detached;    // it goes on when this process dies
  bool is_guarded;     // what it starts in its own group gets SIGKILL, too, when this process dies
} system_launch;

/// Starts it: the process and a descriptor for it, or -errno. What failed is the folder when `in_folder` comes out true.
/// The program gets SIGKILL when the calling thread ends, unless it is detached, so that has to be one that lives as long as the process.
int system_start_program(const system_launch *launch, int *pidfd, bool *in_folder);
/// Any thread: the group of such a program is not looked after any more. Before it is waited for: its number may be another's
/// after that.
void system_uncover_group(int group);
/// How the process ended: its exit code, or `*signal` if that is what it died of. -1: it has not ended; -2: it cannot be
/// known. `reap`: the process is gone afterwards.
int system_process_status(int pidfd, bool reap, int *signal);
char *const *system_environment(void);

// MARK: - The fork server: a process that forks ready children (forkserver.c)

/// Whether a fork server can be had in this build at all: there are no sanitizers in it.
bool system_may_fork(void);
/// Copies the calling process, which must have one thread, for each packet of descriptors that comes over the socket, and
/// answers with the number of the copy, or -errno; once before that, with 0. A copy is a child of `parent`, the parent of
/// the caller. It leads a group of its own, gets SIGKILL when the thread of the parent ends that started the caller, and
/// has no descriptors but those, as its 0, 1, 2 and so on, and tells its number over the last but one. There, `body`
/// has to end the process.
void system_serve_forks(int socket, int parent, void (*body)(void *), void *context);
/// In such a copy: the first three descriptors become its streams, the fourth becomes `place`, the fifth is its folder;
/// all are closed. And that much less priority. 0, or errno when that cannot be.
int system_settle(const int descriptors[5], int place, int nice);
/// The environment is that block from now on: variables with a zero after each. It is not copied.
void system_set_environment(char *block, size_t size);
/// The fork server has died before it answered: the child that it may have forked, and that tells its number over that socket,
/// is no more afterwards.
void system_end_stray(int socket);
/// A descriptor for a child that the fork server has forked: from now on it leads its group for sure. Or -errno, and then the
/// child is no more.
int system_adopt_process(int pid);

// MARK: - Descriptors (descriptors.c)

/// pipe2(2) with O_CLOEXEC.
int system_pipe(int ends[2]);
/// write(2): how many bytes, or -errno. A pipe that nobody reads is an error, and no signal.
ssize_t system_write(int descriptor, const void *bytes, size_t count);
/// A descriptor for the folder, or for the current one: a place to go to. Or -errno.
int system_open_folder(const char *path);
/// Two connected sockets of packets, or -errno.
int system_packet_sockets(int ends[2]);
#define SYSTEM_PACKET_DESCRIPTORS 16
/// sendmsg(2) and recvmsg(2) of one packet with descriptors: the number of bytes, or -errno. -EMFILE: this process
/// cannot have all of the descriptors, and has none of them.
ssize_t system_send_packet(int socket, const void *bytes, size_t size, const int *descriptors, int count);
ssize_t system_receive_packet(int socket, void *bytes, size_t size, int *descriptors, int *count);
/// Sends one byte with the descriptor; 0 or -errno.
int system_send_descriptor(int socket, int descriptor);
/// Waits for one byte that comes with a descriptor: that, or -errno.
int system_receive_descriptor(int socket);

// MARK: - Memory that processes share (shared.c)

/// A descriptor of that many zero bytes, whose size nobody can change; or -errno.
int system_shared_memory(size_t size);
/// A page of memory that is shared by all processes that have its descriptor; NULL when there is none to be had.
/// `*descriptor`: of the page, made when it is -1. errno says why there is none.
void *system_shared_page(int *descriptor);
/// The next number of a counter in shared memory.
static inline uint32_t system_next_number(void *counter) {
  return __atomic_add_fetch((uint32_t *)counter, 1, __ATOMIC_RELAXED);
}

// MARK: - Objects that other threads take (Publishing.swift, references.c)

/// What was written before is in memory, and what was retained is retained: the compilers of Swift and C see no way
/// past it.
static inline void system_keep_order(void) { __asm__ volatile("" ::: "memory"); }
/// Retains a Swift object, at this moment.
void system_retain(void *object);
/// How many strong references there are to a Swift object.
intptr_t system_retain_count(void *object);
