// pingpong - how long a cache line takes from core 0 to core 1 and back, in nanoseconds.
// usage: pingpong [SECONDS]   prints the median of blocks of 10000 round trips.
// A two-core figure says little without it: a virtual machine's cores change between near and far by themselves.
// Not modelled: other pairs of cores, contention.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BLOCK = 10000, MAX_BLOCKS = 4096 };

static struct {
  uint32_t value __attribute__((aligned(128))); // odd: the other core's turn
  char pad[124];
} line;
static int stop;

static void pin(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void *answer(void *arg) {
  (void)arg;
  pin(1);
  while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
    uint32_t v = __atomic_load_n(&line.value, __ATOMIC_ACQUIRE);
    if (v & 1)
      __atomic_store_n(&line.value, v + 1, __ATOMIC_RELEASE);
  }
  return NULL;
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  static double blocks[MAX_BLOCKS];
  double seconds = argc > 1 ? atof(argv[1]) : 0.2;
  int n = 0;
  pthread_t other;
  pin(0);
  pthread_create(&other, NULL, answer, NULL);
  for (double start = now(); n < MAX_BLOCKS && (n < 3 || now() - start < seconds); n++) {
    double t0 = now();
    for (int i = 0; i < BLOCK; i++) {
      uint32_t next = line.value + 2;
      __atomic_store_n(&line.value, next - 1, __ATOMIC_RELEASE);
      while (__atomic_load_n(&line.value, __ATOMIC_ACQUIRE) != next)
        ;
    }
    blocks[n] = (now() - t0) / BLOCK * 1e9;
  }
  __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
  pthread_join(other, NULL);
  qsort(blocks, (size_t)n, sizeof *blocks, by_size);
  printf("%.1f\n", blocks[n / 2]);
  return 0;
}
