// Memory that processes share (memfd_create).
#define _GNU_SOURCE
#include "system.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

// In a sandbox there is no such memory but that which cannot be run. Kernels before 6.3 do not know that.
static int make(unsigned flags) {
  int descriptor = memfd_create("luaconc", MFD_CLOEXEC | flags | SYSTEM_MFD_NOEXEC);
  return descriptor < 0 && errno == EINVAL ? memfd_create("luaconc", MFD_CLOEXEC | flags) : descriptor;
}

// The size is sealed: if the other process could shrink it, reading the mapping here would end this process.
int system_shared_memory(size_t size) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < size) return -EFBIG;  // otherwise SIGXFSZ would come
  int descriptor = make(MFD_ALLOW_SEALING);
  if (descriptor < 0) return -errno;
  if (ftruncate(descriptor, (off_t)size) == 0 &&
      fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
    return descriptor;
  int error = errno;
  close(descriptor);
  return -error;
}

void *system_shared_page(int *descriptor) {
  bool is_new = *descriptor < 0;
  int file = is_new ? make(0) : *descriptor;
  if (file < 0) return NULL;
  void *page = MAP_FAILED;
  if (!is_new || ftruncate(file, 4096) == 0) page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (page != MAP_FAILED) return *descriptor = file, page;
  int error = errno;
  if (is_new) close(file);
  return errno = error, NULL;
}
