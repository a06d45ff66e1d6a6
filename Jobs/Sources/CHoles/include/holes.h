#include <sys/types.h>

/// Gives back the disk space of a part of a file, whose length stays. Returns 0, or -1 with errno.
int holes_punch(int descriptor, off_t offset, off_t length);

/// How many columns of a terminal a character takes; -1 if it cannot be shown.
int holes_width(unsigned int scalar);
