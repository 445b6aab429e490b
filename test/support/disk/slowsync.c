/* A disk that takes SLOWSYNC_MS milliseconds until it has something for good. Loaded with LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void wait_for_the_disk(void) {
  const char *ms = getenv("SLOWSYNC_MS");
  long wanted = ms ? atol(ms) : 0;
  struct timespec time = {wanted / 1000, (wanted % 1000) * 1000000};
  nanosleep(&time, NULL);
}

int fsync(int fd) {
  wait_for_the_disk();
  return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
}

int fdatasync(int fd) {
  wait_for_the_disk();
  return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(fd);
}
