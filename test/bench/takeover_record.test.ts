/** The measure of jumps in the takeover benchmark. */
import { describe, expect, it } from 'vitest';
import { TakeoverRecord } from '../../bench/lib/takeover_record.js';

const LIMITS = [{ name: 'a', lower: -9, upper: 9, velocity: 3, acceleration: 20, jerk: 500 }];
/** As of the ROS clock: there a double is known to a quarter of a microsecond. */
const EPOCH = 1.8e9;

/** Jumps of ticks at such times after a gesture, of a joint that moves by the steps, rad. */
function jumps(times: readonly number[], positions: readonly number[]) {
  const record = new TakeoverRecord(LIMITS as never);
  record.gesture('handBack', EPOCH + (times[4] ?? 0) - 1e-3);
  for (const [i, time] of times.entries()) {
    const q = positions[i] ?? Number.NaN;
    record.rows(Float64Array.of(EPOCH + time, q, q, Number.NaN, q, 0));
  }
  return record.jumps('handBack');
}

const steady = Array.from({ length: 12 }, (_, i) => 0.01 * (i + 1));

describe('the measure of jumps', () => {
  it('finds a step of acceleration, and how large it is', () => {
    // From rest: one tick's jerk and a fifth more, 0.6 rad/s², then nothing more.
    const change = 6 * 0.01 ** 2;
    const positions = steady.map((_, i) => (i < 6 ? 0 : change * (((i - 5) * (i - 4)) / 2)));
    const [, acceleration, jerk] = jumps(steady, positions);
    expect(acceleration).toBeCloseTo(6 / 20, 2);
    expect(jerk).toBeCloseTo(1.2, 2);
  });

  it('takes no rounded time for a jump, be a tick ever so late', () => {
    const times = steady.map((time, i) => time + (i === 6 ? 0.0083 : 1e-4 * Math.sin(i)));
    const [velocity, acceleration, jerk] = jumps(
      times,
      times.map((time) => 1.2345 * time),
    );
    expect(velocity).toBeCloseTo(1.2345 / 3, 3);
    expect(acceleration).toBeLessThan(1e-3);
    expect(jerk).toBeLessThan(1e-3);
  });
});
