/*
 * The floor for the tick benchmark: a C loop that sleeps with clock_nanosleep to absolute deadlines
 * and does nothing. Usage: tick_floor RATE_HZ SECONDS; prints the lateness of each tick, s, a line.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static long long now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: tick_floor RATE_HZ SECONDS\n");
    return 1;
  }
  const double rate = atof(argv[1]);
  const long count = (long)(rate * atof(argv[2]));
  const long long period = (long long)(1e9 / rate);
  double *late = calloc(count, sizeof *late);
  if (late == NULL || count <= 0) return 1;
  mlockall(MCL_CURRENT | MCL_FUTURE);
  long long deadline = now_ns() + period;
  for (long i = 0; i < count; i++) {
    const struct timespec until = {deadline / 1000000000LL, deadline % 1000000000LL};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    const long long now = now_ns();
    late[i] = (now - deadline) * 1e-9;
    /* Deadlines that have passed altogether are skipped, as in the other loops. */
    deadline += period * (1 + (now - deadline) / period);
  }
  for (long i = 0; i < count; i++) printf("%.9f\n", late[i]);
  return 0;
}
