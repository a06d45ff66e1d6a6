// What a command does faster than Swift's library: finding the words of its command line, for which that reads
// /proc/self/maps before `main`, and not looking for the program that prints backtraces.
#include "CArguments.h"

static int count;
static char *const *words;

// glibc passes them to constructors.
__attribute__((constructor)) static void keep(int argc, char **argv) {
  count = argc;
  words = argv;
}

int arguments_count(void) { return count; }
char *const *arguments_words(void) { return words; }

// These functions replace those of Swift's library, for `CommandLine`. So the linker leaves out the part of it that reads
// /proc/self/maps in each start.
char **_swift_stdlib_getUnsafeArgvArgc(int *length) {
  *length = count;
  return (char **)words;
}

void _swift_stdlib_overrideUnsafeArgvArgc(char **argv, int argc) { keep(argc, argv); }

// This function replaces the one of Swift's runtime, which before `main` looks into eight folders. No such program comes
// with a command that has Swift's library inside.
char *swift_copyAuxiliaryExecutablePath(const char *category, const char *name) {
  (void)category, (void)name;
  return 0;
}
