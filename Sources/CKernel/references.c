// Counting references to Swift objects by calls that no optimizer moves or drops (see Publishing.swift).
#include "system.h"

extern void *swift_retain(void *object);
extern void *swift_tryRetain(void *object);
extern size_t swift_retainCount(void *object);

void system_retain(void *object) { swift_retain(object); }
bool system_try_retain(void *object) { return swift_tryRetain(object) != NULL; }
intptr_t system_retain_count(void *object) { return (intptr_t)swift_retainCount(object); }

system_releases *system_own_releases(void) {
  static __thread system_releases own;
  return &own;
}
