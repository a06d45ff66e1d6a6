// Where Swift's `CommandLine` finds the words that the process was started with, instead of the standard library's own
// way: that reads /proc/self/maps before `main` in every program, which takes as long as opening a Lua state.
static int count;
static char **words;

// glibc hands them to what runs before `main`.
__attribute__((constructor)) static void keep(int argc, char **argv) {
  count = argc;
  words = argv;
}

char **_swift_stdlib_getUnsafeArgvArgc(int *argc) {
  *argc = count;
  return words;
}

void _swift_stdlib_overrideUnsafeArgvArgc(char **argv, int argc) {
  count = argc;
  words = argv;
}
