// What only the fence needs of the system: the memory of states, interrupts, streams that are written to in place, and
// the shell.
#pragma once
#include <CSystem.h>

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) && defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SYSTEM_HELD_BACK 1  // see `system_handle`
#endif
#endif

// What handlers of signals call.
#ifdef SYSTEM_HELD_BACK
#define IN_SIGNAL __attribute__((disable_sanitizer_instrumentation))
#else
#define IN_SIGNAL
#endif

// MARK: - Memory of states (chunks.c, large.c, limits.c)

/// A chunk of memory, aligned to its size. NULL when there is none.
#define SYSTEM_CHUNK ((uintptr_t)256 << 10)
void *system_chunk_take(void);
void system_chunk_give(void *chunk);
/// What is kept for later goes back to the system.
void system_chunks_trim(void);
void system_large_trim(void);
/// What the C library's heap holds in free pieces goes back to the system, as far as it can.
void system_heap_trim(void);
/// Address space that is set aside for the whole process: false when there is none. Spending it gives it back to the system.
bool system_reserve_fill(void);
void system_reserve_spend(void);
/// Whether so much more may be asked of the system; the calling thread may have it anyway while it insists. Where
/// nothing is bounded this is not to be called.
bool system_may_grow(size_t size);
void system_insist(bool on);
/// Whether a function of Swift may be called, which may want a little memory.
bool system_may_call(void);
/// Says on standard error why, and ends the process with status 1.
_Noreturn void system_end_without_memory(void);
static inline void *system_malloc(size_t size) {
  if (__builtin_expect(system_bounded, 0) && !system_may_grow(size)) return NULL;
  return malloc(size);
}
static inline void *system_realloc(void *p, size_t old, size_t size) {
  if (__builtin_expect(system_bounded, 0) && size > old && !system_may_grow(size)) return NULL;
  return realloc(p, size);
}

// MARK: - Interrupts (signals.c)

/// Handles the two signals by which running Lua code is reached, once for the process. `interrupt` is called in the
/// handler, on the thread that was reached, and leaves errno as it was. `breaks`: it was the one that breaks system calls.
void system_install_interrupts(void (*interrupt)(bool breaks));

/// The signal that breaks calls waits from now on, on this thread, until `system_let_break`.
typedef struct system_hold {
  bool is_held;
  uint64_t before;
} system_hold;
void system_hold_breaks(system_hold *hold);
void system_let_break(const system_hold *hold);

/// `copied` is called on the one thread of a copy of this process (`system_watch_copies`).
void system_tell_of_copy(void (*copied)(void));

// MARK: - Standard output and standard error (streams.c)
//
// The C library drops what it was about to write when its system call fails: when a signal breaks the call, and when the
// descriptor does not block and has no room at that moment. So what these two streams hold back is written by us.

/// Whether the stream is one of the two.
static inline bool system_is_standard(const FILE *f) { return f == stdout || f == stderr; }

/// How much a stream that is not written out line by line takes without writing anything out. The thread sanitizer does not
/// know of a stream's lock: there the C library does all the writing.
static inline size_t system_room(const FILE *f) {
#ifdef SYSTEM_HELD_BACK
  return 0;
#endif
  return f->_IO_write_end > f->_IO_write_ptr ? (size_t)(f->_IO_write_end - f->_IO_write_ptr) : 0;
}
int system_put_slowly(FILE *f, const char *bytes, size_t count);
/// Hands the bytes to the stream, which is locked. 0 or errno.
static inline int system_put(FILE *f, const char *bytes, size_t count) {
  if (system_room(f) < count) return system_put_slowly(f, bytes, count);
  memcpy(f->_IO_write_ptr, bytes, count);
  f->_IO_write_ptr += count;
  return 0;
}
/// Writes out what the stream, which is locked, holds back. 0 or errno.
int system_emit(FILE *f);
/// Writes the text to standard error.
void system_complain(const char *text);

// MARK: - The shell (shell.c)

/// Runs the command and waits for it, as the C library's `system`: the wait status, or -1 with errno.
int system_run_command(const char *command);
/// Starts the command with one end of a pipe: the other, to read its output or to write its input. NULL with errno.
FILE *system_open_command(const char *command, bool reads, pid_t *pid);
/// Waits for what `system_open_command` has started: the wait status, or -1 with errno.
int system_wait_for_command(pid_t pid);
