// Declarations that the files of CKernel share.
#pragma once
#include <CKernelForFence.h>

#include <signal.h>

/// Installs a handler of the signal. The former action is stored in `before` unless that is NULL. False, with errno:
/// failed.
bool system_handle(int number, void (*handler)(int, siginfo_t *, void *), int flags, struct sigaction *before);
/// In a copy that `fork` made: restores the former actions of all caught signals, since no thread would handle them.
void system_forget_signals(void);

/// Whether `system_accept_inheritance` was called: the process is the command's or a child's, not a host's.
bool system_owns_process(void);
/// Whether this process has to end when nobody reads its output. Not if a script or a module handles SIGPIPE.
bool system_ends_with_reader(void);

/// The timer slack that programs are started with, in nanoseconds; 0: leave it as it is. For a child, too.
unsigned long system_usual_slack(void);

/// Around the start of each child, until it has its program: see shell.c.
void system_begin_start(void);
void system_end_start(void);
/// Whether a thread waits for a command of os.execute.
bool system_waits_for_shell(void);
/// Makes the descriptors the numbers 0, 1, 2 and so on, and closes all others. Makes only system calls. False, with
/// errno.
bool system_take_descriptors(const int *descriptors, int count);

// For functions that run in a child or in the guard, on this process's memory. There nothing of a sanitizer may be
// called, not even for atomic accesses: it keeps records of the calling process, and takes locks.
#define UNWATCHED __attribute__((disable_sanitizer_instrumentation))
// glibc's own name for `clone`, which the sanitizers replace by a function that expects the memory to be copied.
int __clone(int (*body)(void *), void *stack, int flags, void *argument, ...);

/// On the thread that starts programs, with all signals blocked: reserves a place for the number of a group. While the
/// number is there, the guard kills that group when this process dies. NULL, with errno: no guard, or no memory.
int *system_cover_group(void);

// The lock of a store that nobody waits for long: false, and the caller does without the store.
static inline bool system_enter_store(bool *in_use) {
  for (int i = 0; i < 100; i++) {
    if (!__atomic_exchange_n(in_use, true, __ATOMIC_ACQUIRE)) return true;
    system_pause();
  }
  return false;
}

static inline void system_leave_store(bool *in_use) { __atomic_store_n(in_use, false, __ATOMIC_RELEASE); }
