/** ROS time stamps and their conversions. */
import { SinewError } from '../core/error.js';

/** builtin_interfaces/Time: seconds (int32) and nanoseconds (0 to 999,999,999). */
export interface Stamp {
  sec: number;
  nanosec: number;
}

const NS_PER_S = 1_000_000_000;
const MAX_SECONDS = 2_147_483_647;

/**
 * Seconds as a number. Of a wall-clock date it keeps 0.24 µs; where nanoseconds count, use
 * `nanosecondsOf`.
 */
export function secondsOf(stamp: Stamp): number {
  return stamp.sec + stamp.nanosec * 1e-9;
}

/**
 * The stamp nearest to `seconds`.
 *
 * @throws SinewError when not finite or outside the int32 range of the message
 */
export function stampOf(seconds: number): Stamp {
  let sec = Math.floor(seconds);
  let nanosec = Math.round((seconds - sec) * NS_PER_S);
  if (nanosec === NS_PER_S) {
    sec += 1;
    nanosec = 0;
  }
  if (!(sec >= -MAX_SECONDS && sec <= MAX_SECONDS)) {
    throw new SinewError(`${seconds} s is no time stamp`, {
      expected: `a finite number within ±${MAX_SECONDS}`,
    });
  }
  return { sec, nanosec };
}

/** Nanoseconds, exactly. */
export function nanosecondsOf(stamp: Stamp): bigint {
  return BigInt(stamp.sec) * BigInt(NS_PER_S) + BigInt(stamp.nanosec);
}

/** The stamp of a count of nanoseconds, exactly; negative times count up from the lower second. */
export function stampOfNanoseconds(ns: bigint): Stamp {
  const nanosec = ((ns % BigInt(NS_PER_S)) + BigInt(NS_PER_S)) % BigInt(NS_PER_S);
  return { sec: Number((ns - nanosec) / BigInt(NS_PER_S)), nanosec: Number(nanosec) };
}
