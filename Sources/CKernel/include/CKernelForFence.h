// The parts of CKernel that only the fence uses: memory of states, interrupts, streams whose buffers are written
// directly, and the shell.
#pragma once
#include <CKernel.h>

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) && defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SYSTEM_HELD_BACK 1  // see `system_handle`
#endif
#endif

// Marks functions that signal handlers call.
#ifdef SYSTEM_HELD_BACK
#define IN_SIGNAL __attribute__((disable_sanitizer_instrumentation))
#else
#define IN_SIGNAL
#endif

// MARK: - Memory of states (chunks.c, large.c, limits.c)

/// A chunk of memory, aligned to its size. NULL if there is no memory.
#define SYSTEM_CHUNK ((uintptr_t)256 << 10)
void *system_chunk_take(void);
void system_chunk_give(void *chunk);
/// Give the free chunks and blocks that are kept back to the system.
void system_chunks_trim(void);
void system_large_trim(void);
/// Gives free memory of the C library's heap back to the system, as far as possible.
void system_heap_trim(void);
/// Much memory was freed that is kept for later.
void system_note_freed(void);
/// The reserve: address space that is set aside for the whole process. `fill` returns whether it is there; `spend`
/// gives it back to the system.
bool system_reserve_fill(void);
void system_reserve_spend(void);
/// Whether so many more bytes may be taken from the system; always true for a thread that insists. Only to be called if
/// memory is bounded.
bool system_may_grow(size_t size);
void system_insist(bool on);
/// Whether there is memory to call a function of Swift, which may need a little.
bool system_may_call(void);
/// Prints "not enough memory" on standard error, and ends the process with status 1.
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

/// Installs the handlers of the two signals for interrupts, where they are not installed. `interrupt` is called in the
/// handler, on the thread that got the signal. `breaks`: it was the signal that breaks system calls.
void system_install_interrupts(void (*interrupt)(bool breaks));

/// Sets a function that is called in the signal handler each time that the thread has used another interval of processor
/// time (`system_start_sampling`); `count`: so many have passed.
void system_take_samples(void (*sample)(int count));

/// Blocks the signal that breaks system calls, on this thread, until `system_let_break`.
typedef struct system_hold {
  bool is_held;
  uint64_t before;
} system_hold;
void system_hold_breaks(system_hold *hold);
void system_let_break(const system_hold *hold);

/// Waits until the file takes some more bytes, or has them. Signals are not held meanwhile; false: one has come.
bool system_await_room(FILE *file, const system_hold *hold);
/// Waits until there is something to read, or the end. False: a signal has come.
bool system_await_input(FILE *file);
/// Whether writing to the file may take as long as a reader likes.
bool system_has_reader(FILE *file);

/// Sets a function that is called on the only thread of a copy of this process (see `system_watch_copies`), in the handler of
/// `fork`. True: `system_begin_copy` will be called before anything else is done here.
void system_tell_of_copy(bool (*copied)(void));
/// Whether this process is a copy that has not begun its work; then it resumes what was paused for the copying.
bool system_begin_copy(void);

// MARK: - Standard output and standard error (streams.c)
//
// The C library drops what it was about to write when its system call fails: when a signal breaks the call, or when the
// descriptor is non-blocking and has no room. So this target writes the buffers of these two streams itself.

/// Whether the stream is one of the two.
static inline bool system_is_standard(const FILE *f) { return f == stdout || f == stderr; }

/// How many bytes fit into the stream's buffer without writing it out; 0 for a line-buffered stream. The thread
/// sanitizer does not know a stream's lock: with it this is 0, and the C library fills the buffer.
static inline size_t system_room(const FILE *f) {
#ifdef SYSTEM_HELD_BACK
  return 0;
#endif
  return f->_IO_write_end > f->_IO_write_ptr ? (size_t)(f->_IO_write_end - f->_IO_write_ptr) : 0;
}
int system_put_slowly(FILE *f, const char *bytes, size_t count);
/// Adds the bytes to the stream, which must be locked. Returns 0 or errno.
static inline int system_put(FILE *f, const char *bytes, size_t count) {
  if (system_room(f) < count) return system_put_slowly(f, bytes, count);
  memcpy(f->_IO_write_ptr, bytes, count);
  f->_IO_write_ptr += count;
  return 0;
}
/// Writes out the buffer of the stream, which must be locked. Returns 0 or errno.
int system_emit(FILE *f);
/// Writes the text to standard error.
void system_complain(const char *text);

// MARK: - The shell (shell.c)

/// Runs the command and waits for it, as the C library's `system` does. Returns the wait status, or -1 with errno.
int system_run_command(const char *command);
/// Starts the command with a pipe. Returns its other end, to read the output or to write the input; NULL with errno.
FILE *system_open_command(const char *command, bool reads, pid_t *pid);
/// Waits for a command that `system_open_command` has started. Returns the wait status, or -1 with errno.
int system_wait_for_command(pid_t pid);
