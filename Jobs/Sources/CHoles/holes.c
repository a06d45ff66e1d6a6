#define _GNU_SOURCE
#include "holes.h"

#include <fcntl.h>
#include <linux/falloc.h>

int holes_punch(int descriptor, off_t offset, off_t length) {
    return fallocate(descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length);
}
