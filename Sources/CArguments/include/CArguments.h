// What the system knows of this program.
#pragma once

#include <stddef.h>

/// The command line.
int arguments_count(void);
char *const *arguments_words(void);
/// The number that the linker gave this build, `*count` bytes; NULL if it gave none.
const unsigned char *build_identity(size_t *count);
