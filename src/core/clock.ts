/**
 * The steady clock: CLOCK_MONOTONIC in seconds, with one origin for all threads and processes of
 * the machine, readable without allocating.
 */
import { performance } from 'node:perf_hooks';

// performance.now() counts from the start of its own thread. hrtime has the machine's origin but
// allocates an array a call, so it is asked once for the difference.
const [seconds, nanoseconds] = process.hrtime();
const origin = seconds + nanoseconds * 1e-9 - performance.now() * 1e-3;

/** Seconds on the steady clock; resolution better than 1 µs, comparable between threads. */
export function steadyNow(): number {
  return origin + performance.now() * 1e-3;
}
