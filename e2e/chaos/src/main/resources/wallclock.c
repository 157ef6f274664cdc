/*
 * Shifts the wall clock of the process it is preloaded into, and nothing else. The shift, in
 * nanoseconds, is the first eight bytes of the file that CHAOS_CLOCK_FILE names; it may change at
 * any time. The monotonic clocks stay true, as they do when somebody sets a machine's clock.
 *
 *   cc -shared -fPIC -O2 -o wallclock.so wallclock.c
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shift;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("CHAOS_CLOCK_FILE");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) {
    return;
  }
  void *page = mmap(NULL, sizeof *shift, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (page != MAP_FAILED) {
    shift = page;
  }
}

static void move(struct timespec *at) {
  int64_t by = shift ? *shift : 0;
  int64_t nanos = at->tv_nsec + by % 1000000000;
  at->tv_sec += by / 1000000000;
  if (nanos < 0) {
    nanos += 1000000000;
    at->tv_sec--;
  } else if (nanos >= 1000000000) {
    nanos -= 1000000000;
    at->tv_sec++;
  }
  at->tv_nsec = nanos;
}

int clock_gettime(clockid_t clock, struct timespec *at) {
  int result = (int)syscall(SYS_clock_gettime, clock, at);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    move(at);
  }
  return result;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
  struct timespec now;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) {
    return -1;
  }
  at->tv_sec = now.tv_sec;
  at->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *at) {
  struct timespec now;
  if (clock_gettime(CLOCK_REALTIME, &now) != 0) {
    return -1;
  }
  if (at) {
    *at = now.tv_sec;
  }
  return now.tv_sec;
}
