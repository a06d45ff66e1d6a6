// Gives Swift's `CommandLine` the words of the command line. These functions replace the standard library's own, which
// reads /proc/self/maps before `main` in every program; that takes as long as opening a Lua state.
static int count;
static char **words;

// glibc passes them to constructors.
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

// Swift's runtime looks for the program that prints its backtraces before `main`, in eight folders. There is none beside
// a command that has Swift's library inside.
char *swift_copyAuxiliaryExecutablePath(const char *category, const char *name) {
  (void)category, (void)name;
  return 0;
}
