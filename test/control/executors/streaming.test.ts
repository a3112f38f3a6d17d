/** Policy's plan and controller's executor together: every action of a stream is executed once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Verdict } from '../../../src/control/executors/executor.js';
import { StreamPlanner } from '../../../src/policy/real_time_chunking/stream_planner.js';
import { make, offer, STEP } from './rig.js';

const TICK = 0.01;
const STEPS = 8;
const TICKS = 600;

/** Runs a stream whose n-th action is the number n; frames come every step. */
function run(delays: readonly number[]) {
  const executor = make({ type: 'streaming' });
  const planner = new StreamPlanner({ steps: STEPS, stepTime: STEP, delayWindow: 3 });
  const positions: number[] = [];
  const verdicts: number[] = [];
  let pending: { stamp: number; start: number; due: number } | undefined;
  let given = 0;
  let faults = 0;
  let refused = 0;
  for (let tick = 0; tick < TICKS; tick++) {
    const now = tick * TICK;
    if (tick % 10 === 0 && pending === undefined && planner.due(now)) {
      const due = now + (delays[Math.min(given, delays.length - 1)] ?? 0);
      if (planner.given(now, [], due)) pending = { stamp: now, start: planner.begins, due };
      else refused++;
      if (planner.fault !== undefined) faults++;
    }
    if (pending !== undefined && pending.due <= now + 1e-9) {
      const { stamp, start } = pending;
      pending = undefined;
      const rows = Array.from({ length: STEPS }, (_, i) => [given * STEPS + i]);
      given++;
      const verdict = offer(executor, { now, stamp, start, rows, from: [positions.at(-1) ?? 0] });
      verdicts.push(verdict);
      if (verdict === Verdict.taken) planner.consumed(stamp, now);
    }
    if (executor.sample(now)) positions.push(executor.position[0] ?? Number.NaN);
  }
  return { positions, verdicts, faults, refused, given };
}

const ticks = (most: number) => fc.integer({ min: 0, max: most }).map((count) => count * TICK);

describe('a stream', () => {
  it('goes through all its actions at an even pace while delays stay as they were measured', () => {
    fc.assert(
      fc.property(ticks(50), (delay) => {
        const { positions, verdicts, faults } = run([delay]);
        expect(new Set(verdicts)).toEqual(new Set([Verdict.taken]));
        expect(faults).toBe(0);
        // One action a step, without a stop: the n-th tick is at n ticks' worth of actions.
        const errors = positions.map((position, n) => Math.abs(position - (n * TICK) / STEP));
        expect(Math.max(...errors)).toBeLessThan(1e-6);
        expect(positions.length).toBeGreaterThan(TICKS - 2 * STEPS * 10);
      }),
    );
  });

  it('leaves out no action and repeats none, however late chunks come', () => {
    fc.assert(
      fc.property(fc.array(ticks(65), { minLength: 1, maxLength: 12 }), (delays) => {
        const { positions, verdicts, given } = run(delays);
        expect(new Set(verdicts)).toEqual(new Set([Verdict.taken]));
        // A curve that ran out goes on with the next action, from as near to its end as a tick.
        const advances = positions.map((position, n) => position - (positions[n - 1] ?? 0));
        expect(Math.min(...advances)).toBeGreaterThan(-1e-9);
        expect(Math.max(...advances)).toBeLessThan(1 + TICK / STEP + 1e-9);
        expect(positions.at(-1)).toBeGreaterThan((given - 2) * STEPS);
      }),
    );
  });

  it('says so when a chunk came after the one before had run out', () => {
    expect(run([0.1, 0.1, 0.1]).faults).toBe(0);
    expect(run([0.1, 0.1, 0.65, 0.1]).faults).toBe(1);
  });

  it('is never begun with a chunk whose last step was due before it came', () => {
    const { positions, refused, faults } = run([0.7]);
    expect(positions).toEqual([]);
    expect(refused).toBeGreaterThan(1);
    expect(faults).toBe(refused);
  });
});
