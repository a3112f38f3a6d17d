/** What sets the executors apart from one another. */
import { describe, expect, it } from 'vitest';
import { Verdict } from '../../../src/control/executors/executor.js';
import { make, offer, STEP } from './rig.js';

const ramp = (from: number, slope: number, count = 8) =>
  Array.from({ length: count }, (_, i) => [from + slope * i]);

describe('the synchronous executor', () => {
  it('begins with the first step however late a chunk is, and executes so many steps in full', () => {
    const executor = make({ type: 'synchronous', steps: 3 });
    expect(offer(executor, { now: 5.7, stamp: 5, rows: ramp(1, 1) })).toBe(Verdict.taken);
    for (const [time, position] of [
      [5.7, 1],
      [5.8, 2],
      [5.85, 2.5],
      [5.9, 3],
      [5.95, 3],
    ] as const) {
      expect(executor.sample(time)).toBe(true);
      expect(executor.position[0]).toBeCloseTo(position, 9);
    }
    expect(executor.end).toBeCloseTo(5.7 + 3 * STEP, 9);
  });

  it('stands at the last step until the next chunk', () => {
    const executor = make({ type: 'synchronous', steps: 3 });
    offer(executor, { now: 0, stamp: 0, rows: ramp(0, 1) });
    executor.sample(0.29);
    expect(executor.sample(1.5)).toBe(true);
    expect(executor.position[0]).toBeCloseTo(2, 9);
    expect(executor.velocity[0]).toBe(0);
  });

  it('refuses a chunk from an observation before the one before was executed', () => {
    const executor = make({ type: 'synchronous', steps: 3 });
    offer(executor, { now: 0, stamp: 0, rows: ramp(0, 1) });
    expect(offer(executor, { now: 0.1, stamp: 0.1, rows: ramp(9, 1) })).toBe(Verdict.early);
    expect(offer(executor, { now: 0.5, stamp: 0.2, rows: ramp(9, 1) })).toBe(Verdict.early);
    expect(offer(executor, { now: 0.5, stamp: 0.35, rows: ramp(9, 1) })).toBe(Verdict.taken);
  });

  it('executes a chunk of one step', () => {
    const executor = make({ type: 'synchronous' }, 1, 0.05);
    expect(offer(executor, { now: 0, stamp: 0, rows: [[1]] })).toBe(Verdict.taken);
    executor.sample(0.09);
    expect(executor.position[0]).toBeCloseTo(1, 9);
  });
});

describe('the streaming executor', () => {
  it('puts the steps of a new chunk behind those that wait, and changes none of them', () => {
    const executor = make({ type: 'streaming' });
    offer(executor, { now: 0, stamp: 0, rows: ramp(0, 1, 4) });
    // Due at 0.2 … 0.5; those at 0.2 and 0.3 are given already.
    expect(offer(executor, { now: 0.15, stamp: 0.1, start: 0.2, rows: ramp(90, 0, 4) })).toBe(
      Verdict.taken,
    );
    for (const [time, position] of [
      [0.15, 1.5],
      [0.2, 2],
      [0.3, 3],
      [0.4, 90],
      [0.5, 90],
    ] as const) {
      executor.sample(time);
      expect(executor.position[0]).toBeCloseTo(position, 9);
    }
  });

  it('keeps to the room that it has when more is given than fits', () => {
    const executor = make({ type: 'streaming' });
    offer(executor, { now: 0, stamp: 0, rows: ramp(0, 1, 60) });
    offer(executor, { now: 0, stamp: 0.1, start: 6, rows: ramp(60, 1, 60) });
    expect(executor.end).toBeCloseTo(6.3, 9);
    executor.sample(6.3);
    expect(executor.position[0]).toBeCloseTo(63, 9);
  });
});

describe('real-time chunking in the controller', () => {
  const type = 'real_time_chunking';
  const at = (executor: ReturnType<typeof make>, time: number) =>
    executor.sample(time) ? (executor.position[0] ?? Number.NaN) : Number.NaN;

  it('begins with the first step of a chunk for which the arm stood all the while', () => {
    const executor = make({ type });
    expect(offer(executor, { now: 5.4, stamp: 5, rows: ramp(1, 1) })).toBe(Verdict.taken);
    expect(at(executor, 5.4)).toBeCloseTo(1, 9);
    expect(at(executor, 5.6)).toBeCloseTo(3, 9);
    expect(executor.end).toBeCloseTo(6.1, 9);
    // The next one goes by its time: the arm moves.
    offer(executor, { now: 5.8, stamp: 5.6, rows: ramp(11, 1) });
    expect(at(executor, 5.9)).toBeCloseTo(14, 9);
  });

  it('goes by time where the arm still moved when the observation was taken', () => {
    const executor = make({ type });
    offer(executor, { now: 0, stamp: 0, rows: ramp(0, 1) });
    expect(at(executor, 0.75)).toBeNaN();
    offer(executor, { now: 0.8, stamp: 0.6, rows: ramp(10, 1) });
    expect(at(executor, 0.85)).toBeCloseTo(12.5, 9);
    expect(at(executor, 1.5)).toBeNaN();
    offer(executor, { now: 1.8, stamp: 1.4, rows: ramp(20, 1) });
    expect(at(executor, 1.9)).toBeCloseTo(21, 9);
  });

  it('takes the arm for standing from the first tick after a reset on', () => {
    const executor = make({ type });
    offer(executor, { now: 0, stamp: 0, rows: ramp(0, 1) });
    executor.sample(0.2);
    executor.clear();
    executor.sample(0.3);
    offer(executor, { now: 0.6, stamp: 0.25, rows: ramp(10, 1) });
    expect(at(executor, 0.65)).toBeCloseTo(14, 9);
    executor.clear();
    executor.sample(0.7);
    offer(executor, { now: 1.2, stamp: 0.7, rows: ramp(20, 1) });
    expect(at(executor, 1.3)).toBeCloseTo(21, 9);
  });

  it('executes no chunk of which the last step was due before it came', () => {
    const executor = make({ type });
    expect(offer(executor, { now: 5.8, stamp: 5, rows: ramp(1, 1) })).toBe(Verdict.elapsed);
  });

  it('goes on with the new chunk from now on, and lets the fade carry over what differs', () => {
    const executor = make({ type });
    offer(executor, { now: 0, stamp: 0, rows: ramp(0, 1) });
    offer(executor, { now: 0.25, stamp: 0.1, rows: ramp(10, 0) });
    expect(at(executor, 0.25)).toBeCloseTo(10, 9);
    expect(executor.seam).toBeCloseTo(7.5, 9);
  });
});
