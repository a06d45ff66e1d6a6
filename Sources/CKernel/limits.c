// If the memory or address space of this process is bounded, a part is kept for small objects of Swift, which ends the
// process when it gets no memory for one. Whatever a script can make large is refused before that part is used.
// Without a bound nothing is checked.
#define _GNU_SOURCE
#include "system.h"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define LEAST_KEPT ((size_t)4 << 20)
#define MOST_KEPT ((size_t)256 << 20)
// Small requests are added up, and checked together.
#define STEP ((size_t)256 << 10)

bool system_bounded;
static size_t kept, requested;
static int starting, credit;
static __thread bool insists;

// Strict accounting: the sum of what all processes may write to is bounded, touched or not.
static bool accounts_strictly(void) {
  static char known;  // what the file holds; read once
  char mode = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (mode) return mode == '2';
  int file = open("/proc/sys/vm/overcommit_memory", O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  if (read(file, &mode, 1) != 1) mode = '0';
  close(file);
  __atomic_store_n(&known, mode, __ATOMIC_RELAXED);
  return mode == '2';
}

// Reads the limits. Returns whether address space that is only reserved counts as well.
static bool look(void) {
  rlim_t least = RLIM_INFINITY;
  struct rlimit limit;
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur < least) least = limit.rlim_cur;
  bool counts_reserved = least != RLIM_INFINITY;
  if (getrlimit(RLIMIT_DATA, &limit) == 0 && limit.rlim_cur < least) least = limit.rlim_cur;
  // A limit that is more than any machine has is none.
  if (least > (rlim_t)1 << 46 && !accounts_strictly()) return false;
  size_t part = least / 12 < MOST_KEPT ? (size_t)(least / 12) : MOST_KEPT;
  __atomic_store_n(&kept, part < LEAST_KEPT ? LEAST_KEPT : part, __ATOMIC_RELAXED);
  __atomic_store_n(&system_bounded, true, __ATOMIC_RELEASE);
  return counts_reserved;
}

static bool probe(size_t size) {
  void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return false;
  munmap(p, size);
  return true;
}

// Whether malloc has enough free pieces for small requests. Counting them takes long, so one answer holds for some
// requests (`credit`).
static bool has_pieces(size_t size) {
  if (mallinfo2().fordblks / 2 <= size) return false;
  __atomic_store_n(&credit, 256, __ATOMIC_RELAXED);
  return true;
}

// The number of threads that are closing their states, whose memory will be free in a moment.
static int releasing;
static bool waited_in_vain;
static __thread bool releases;

void system_begin_releasing(void) {
  releases = true;
  __atomic_store_n(&waited_in_vain, false, __ATOMIC_RELAXED);
  __atomic_add_fetch(&releasing, 1, __ATOMIC_RELEASE);
}

void system_end_releasing(void) {
  releases = false;
  __atomic_sub_fetch(&releasing, 1, __ATOMIC_RELEASE);
}

// Waits for that memory, for a second at most, since finalizers may take long.
static bool wait_for_released(size_t size) {
  const struct timespec moment = {0, 1000000};
  if (releases || __atomic_load_n(&waited_in_vain, __ATOMIC_RELAXED)) return probe(size);
  for (int i = 0; i < 1000; i++) {
    bool is_last = __atomic_load_n(&releasing, __ATOMIC_ACQUIRE) == 0;
    if (probe(size)) return true;
    if (is_last) return false;
    nanosleep(&moment, NULL);
  }
  __atomic_store_n(&waited_in_vain, true, __ATOMIC_RELAXED);
  return false;
}

void system_heap_trim(void) { malloc_trim(0); }

static bool has(size_t size, size_t parts) {
  size_t reserve = parts * kept + (size_t)__atomic_load_n(&starting, __ATOMIC_RELAXED) * STEP;
  if (size > SIZE_MAX / 2 - reserve) return false;
  if (size < STEP && __atomic_load_n(&credit, __ATOMIC_RELAXED) > 0 && __atomic_fetch_sub(&credit, 1, __ATOMIC_RELAXED) > 0)
    return true;
  if (probe(size + reserve)) return true;
  system_large_trim();
  system_chunks_trim();
  system_heap_trim();
  if (wait_for_released(size + reserve)) return true;
  return has_pieces(reserve) && (size < STEP || probe(size));
}

bool system_has_room(size_t size) { return !system_bounded || has(size, 2); }

bool system_may_grow(size_t size) {
  if (insists) return true;
  if (size < STEP && __atomic_add_fetch(&requested, size, __ATOMIC_RELAXED) < STEP) return true;
  if (!has(size, 2)) return false;
  __atomic_store_n(&requested, 0, __ATOMIC_RELAXED);
  return true;
}

void system_insist(bool on) { insists = on; }

bool system_may_call(void) {
  static __thread unsigned calls;
  if (calls++ % 32) return true;
  if (has(0, 1)) return true;
  calls = 0;
  return false;
}

bool system_begin_thread(size_t stack) {
  if (!system_bounded) return true;
  if (!has(stack + STEP, 3)) return false;
  __atomic_add_fetch(&starting, 1, __ATOMIC_RELAXED);
  return true;
}

void system_thread_begun(void) {
  if (system_bounded) __atomic_sub_fetch(&starting, 1, __ATOMIC_RELAXED);
}

_Noreturn void system_end_without_memory(void) {
  static const char message[] = "luaconc: not enough memory\n";
  if (write(STDERR_FILENO, message, sizeof message - 1) < 0) _exit(1);
  _exit(1);
}

// Swift traps when it gets no memory: then this says so and ends the process. Any other trap does what it did before.
static void trapped(int number, siginfo_t *info, void *context) {
  (void)info, (void)context;
  if (!probe(kept / 2)) system_end_without_memory();
  signal(number, SIG_DFL);
  raise(number);
}

void system_bound(bool owns_process) {
  bool counts_reserved = look();
  if (!owns_process) return;
  // Memory that is free in one heap of the C library is of no use to a thread with another heap. So there are fewer
  // heaps than the default of eight for each processor. Each takes 64 MiB of address space.
  int heaps = 2 * system_processors();
  mallopt(M_ARENA_MAX, counts_reserved ? 1 : heaps < 4 ? 4 : heaps);
  if (!system_bounded) return;
  mallopt(M_MMAP_THRESHOLD, 128 << 10);  // what is freed goes back to the system
  struct sigaction action = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO | SA_NODEFER};
  const int numbers[] = {SIGILL, SIGTRAP, SIGABRT};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    struct sigaction before;
    if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL) sigaction(numbers[i], &action, NULL);
  }
}

static unsigned long noted;  // pages

static unsigned long data_pages(void) {
  unsigned long pages = 0;
  FILE *f = fopen("/proc/self/statm", "re");
  if (!f || fscanf(f, "%*u %*u %*u %*u %*u %lu", &pages) != 1) pages = noted;
  if (f) fclose(f);
  return pages;
}

void system_note_memory(void) { noted = data_pages(); }

// RLIMIT_DATA counts writable memory, unlike RLIMIT_AS, which also counts what allocators and threads only reserve. The
// state has its own bound, which should be reached first, so the kernel's is wider. Sanitizers need many times as much
// memory, so with them there is no such limit.
bool system_limit(uint64_t memory, uint64_t seconds) {
  if (memory && system_may_fork()) {
    struct rlimit limit;
    uint64_t room = memory < UINT64_MAX / 4 ? 2 * memory + (48 << 20) : UINT64_MAX / 2;
    limit.rlim_cur = limit.rlim_max = data_pages() * (uint64_t)sysconf(_SC_PAGESIZE) + room;
    if (setrlimit(RLIMIT_DATA, &limit) != 0) return false;
    system_bound(true);
  }
  if (seconds) {
    struct rlimit limit = {seconds, seconds + 1};
    if (setrlimit(RLIMIT_CPU, &limit) != 0) return false;
  }
  return true;
}
