#define _GNU_SOURCE
#include "holes.h"

#include <fcntl.h>
#include <linux/falloc.h>
#include <wchar.h>

int holes_punch(int descriptor, off_t offset, off_t length) {
    return fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
}

int holes_width(unsigned int scalar) { return wcwidth((wchar_t)scalar); }
