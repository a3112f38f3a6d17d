// The simulator's own stop: commands by time, and rest when they stay away.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CommandWatchdog } from '../../src/simulation/command_watchdog.js';

const STEP = 0.002;
const JOINTS = ['a', 'b'];
const options = { timeout: 0.1, deceleration: 20 };

function holding(q: readonly number[]): CommandWatchdog {
  const watchdog = new CommandWatchdog(JOINTS, options);
  watchdog.reset(q, 0);
  return watchdog;
}

function at(watchdog: CommandWatchdog, now: number): number[] {
  return [...watchdog.update(now, new Float64Array(2))];
}

describe('commands', () => {
  test('before the first command the arm holds where it is', () => {
    const watchdog = holding([1, -1]);
    expect(at(watchdog, 5)).toEqual([1, -1]);
    expect(watchdog.state).toBe('holding');
    expect(watchdog.age).toBe(Number.POSITIVE_INFINITY);
  });

  test('a single position is taken at once', () => {
    const watchdog = holding([0, 0]);
    watchdog.command(Float64Array.of(0.5, -0.5), Float64Array.of(0), 1, 1);
    expect(at(watchdog, 1 + STEP)).toEqual([0.5, -0.5]);
    expect(watchdog.state).toBe('following');
  });

  test('a trajectory is passed by time, from the present set-point on', () => {
    const watchdog = holding([1, 0]);
    const positions = Float64Array.of(2, 0, 2, 4);
    watchdog.command(positions, Float64Array.of(0.04, 0.08), 2, 0);
    expect(at(watchdog, 0.02)[0]).toBeCloseTo(1.5, 12);
    expect(at(watchdog, 0.06)).toEqual([2, expect.closeTo(2, 12)]);
    expect(at(watchdog, 0.09)).toEqual([2, 4]);
  });

  test('what is not finite is refused by joint name, and the command before goes on', () => {
    const watchdog = holding([0, 0]);
    watchdog.command(Float64Array.of(1, 1), Float64Array.of(0), 1, 0);
    const bad = () => watchdog.command(Float64Array.of(2, Number.NaN), Float64Array.of(0), 1, 0.01);
    expect(bad).toThrow(/joint "b".*NaN/);
    expect(at(watchdog, 0.02)).toEqual([1, 1]);
  });
});

describe('silence', () => {
  test('stops the arm after the time-out, not before', () => {
    const watchdog = holding([0, 0]);
    watchdog.command(Float64Array.of(10, 0), Float64Array.of(10), 1, 0);
    at(watchdog, 0.05);
    at(watchdog, 0.1);
    expect(watchdog.state).toBe('following');
    at(watchdog, 0.102);
    expect(watchdog.state).toBe('stopping');
    for (let t = 0.104; t < 0.2; t += STEP) at(watchdog, t);
    expect(watchdog.state).toBe('holding');
    const rest = at(watchdog, 0.3);
    expect(at(watchdog, 3)).toEqual(rest);
  });

  test('a command brings the arm back', () => {
    const watchdog = holding([0, 0]);
    watchdog.command(Float64Array.of(1, 1), Float64Array.of(0), 1, 0);
    at(watchdog, 1);
    expect(watchdog.state).not.toBe('following');
    watchdog.command(Float64Array.of(2, 2), Float64Array.of(0), 1, 1);
    expect(at(watchdog, 1.002)).toEqual([2, 2]);
  });

  test('whatever was commanded, the stop keeps its deceleration and comes to rest', () => {
    const point = fc.tuple(
      fc.double({ min: -3, max: 3, noNaN: true }),
      fc.double({ min: -3, max: 3, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 4 }), (points) => {
        const watchdog = holding([0, 0]);
        const times = Float64Array.from(points, (_, i) => 0.05 + i * 0.3);
        watchdog.command(Float64Array.from(points.flat()), times, points.length, 0);
        let before = [0, 0];
        let speed: number[] | undefined;
        for (let i = 1; i < 3000; i++) {
          const stopping = watchdog.state === 'stopping';
          const q = at(watchdog, i * STEP);
          const now = q.map((value, j) => (value - (before[j] ?? 0)) / STEP);
          if (stopping && speed !== undefined) {
            for (const [j, v] of now.entries()) {
              const change = Math.abs(v - (speed[j] ?? 0)) / STEP;
              expect(change).toBeLessThanOrEqual(options.deceleration + 1e-6);
              expect(Math.abs(v)).toBeLessThanOrEqual(Math.abs(speed[j] ?? 0) + 1e-9);
            }
          }
          before = q;
          speed = now;
        }
        expect(watchdog.state).toBe('holding');
        expect(speed).toEqual([0, 0]);
      }),
      { numRuns: 50 },
    );
  });
});
