// Memory that was freed, and that this process keeps because it may be wanted again soon.
#include "system.h"

static uint64_t freed;

void system_note_freed(void) { __atomic_add_fetch(&freed, 1, __ATOMIC_RELAXED); }

uint64_t system_freed(void) { return __atomic_load_n(&freed, __ATOMIC_RELAXED); }

// The heap of a host is its own affair: to look through a large one takes time, in which nobody gets memory of it.
void system_give_back(void) {
  system_large_trim();
  system_chunks_trim();
  if (system_owns_process()) system_heap_trim();
}
