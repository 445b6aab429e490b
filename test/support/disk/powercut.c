/*
 * Keeps, beside the files of POWERCUT_FROM, what a power loss would leave of them: in POWERCUT_TO a file has exactly the
 * bytes that were there at its last fsync or fdatasync. Loaded with LD_PRELOAD.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

struct range {
  ino_t inode;
  off_t from;
  off_t to;
};

static struct range *ranges;
static size_t count, room;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t (*real_pread)(int, void *, size_t, off_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_unlink)(const char *);

__attribute__((constructor)) static void find_real(void) {
  real_pread = dlsym(RTLD_NEXT, "pread64");
  real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
  real_write = dlsym(RTLD_NEXT, "write");
  real_fsync = dlsym(RTLD_NEXT, "fsync");
  real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
  real_unlink = dlsym(RTLD_NEXT, "unlink");
}

/* Where the copy of a file of ours is; 0 where it is none of ours. */
static int copy_of(const char *path, char *copy) {
  const char *from = getenv("POWERCUT_FROM"), *to = getenv("POWERCUT_TO");
  if (!from || !to || strncmp(path, from, strlen(from)) != 0) return 0;
  const char *name = strrchr(path, '/');
  size_t length = name ? strlen(name) : 0;
  /* The shared memory of SQLite's log is made anew at every start. */
  if (!name || (length > 4 && strcmp(name + length - 4, "-shm") == 0)) return 0;
  return snprintf(copy, PATH_MAX, "%s%s", to, name) < PATH_MAX;
}

static int copy_of_fd(int fd, char *copy) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return copy_of(path, copy);
}

static void note(int fd, off_t from, ssize_t length) {
  char copy[PATH_MAX];
  struct stat found;
  if (length <= 0 || !copy_of_fd(fd, copy) || fstat(fd, &found) != 0) return;
  pthread_mutex_lock(&lock);
  if (count == room) {
    room = room ? room * 2 : 1024;
    ranges = realloc(ranges, room * sizeof *ranges);
    if (!ranges) abort();
  }
  ranges[count++] = (struct range){found.st_ino, from, from + length};
  pthread_mutex_unlock(&lock);
}

/* What was written since the last time is on the disk now. */
static void keep(int fd) {
  char copy[PATH_MAX], bytes[65536];
  struct stat found;
  if (!copy_of_fd(fd, copy) || fstat(fd, &found) != 0) return;
  pthread_mutex_lock(&lock);
  int out = open(copy, O_RDWR | O_CREAT, 0600);
  if (out < 0) abort();
  size_t left = 0;
  for (size_t at = 0; at < count; at++) {
    struct range range = ranges[at];
    if (range.inode != found.st_ino) {
      ranges[left++] = range;
      continue;
    }
    while (range.from < range.to) {
      size_t wanted = range.to - range.from < (off_t)sizeof bytes ? (size_t)(range.to - range.from) : sizeof bytes;
      ssize_t got = real_pread(fd, bytes, wanted, range.from);
      if (got <= 0) break;
      if (real_pwrite(out, bytes, got, range.from) != got) abort();
      range.from += got;
    }
  }
  count = left;
  if (ftruncate(out, found.st_size) != 0) abort();
  close(out);
  pthread_mutex_unlock(&lock);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) {
  ssize_t written = real_pwrite(fd, bytes, length, at);
  note(fd, at, written);
  return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return pwrite64(fd, bytes, length, at); }

ssize_t write(int fd, const void *bytes, size_t length) {
  off_t at = lseek(fd, 0, SEEK_CUR);
  ssize_t written = real_write(fd, bytes, length);
  if (at >= 0) note(fd, at, written);
  return written;
}

int fsync(int fd) {
  int failed = real_fsync(fd);
  if (!failed) keep(fd);
  return failed;
}

int fdatasync(int fd) {
  int failed = real_fdatasync(fd);
  if (!failed) keep(fd);
  return failed;
}

int unlink(const char *path) {
  char copy[PATH_MAX];
  if (copy_of(path, copy)) real_unlink(copy);
  return real_unlink(path);
}
