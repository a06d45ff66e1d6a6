// What the files of CSystem share.
#pragma once
#include <CSystemForFence.h>

#include <signal.h>

/// Handles the signal from now on; what it did before is left in `before` unless that is NULL.
bool system_handle(int number, void (*handler)(int, siginfo_t *, void *), int flags, struct sigaction *before);
/// In a copy of this process: the signals do what they did before; nobody would hear of them.
void system_forget_signals(void);

/// Whether `system_accept_inheritance` was called: no host has a say in what this process does.
bool system_owns_process(void);
/// Whether this process ends when nobody reads what it writes: unless a handler of a script or of a module hears of that.
bool system_ends_with_reader(void);

/// Around the start of each child, until it has its program: see shell.c.
void system_begin_start(void);
void system_end_start(void);
/// Whether a thread waits for a command of os.execute.
bool system_waits_for_shell(void);
/// The descriptors become 0, 1, 2 and so on; all others are closed. Nothing but system calls.
bool system_take_descriptors(const int *descriptors, int count);

// The sanitizers' own versions of these functions keep books about the process that they are called in.
// Nor is anything of theirs to be called, not even for atomic accesses: they may hold locks when this process dies.
#define UNWATCHED __attribute__((disable_sanitizer_instrumentation))
// glibc's own name: the sanitizers replace `clone`, in a way that is made for a copy of the memory.
int __clone(int (*body)(void *), void *stack, int flags, void *argument, ...);

/// On the thread that starts programs, with all signals blocked: a place for the number of a group. While it is there the
/// guard kills that group when this process dies. NULL, with errno, when there is no guard to be had, or no memory.
int *system_cover_group(void);
