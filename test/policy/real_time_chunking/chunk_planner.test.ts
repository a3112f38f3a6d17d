/** The policy's idea of what is executed, from what it gave and what it hears was consumed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ChunkPlanner,
  type PlannerOptions,
} from '../../../src/policy/real_time_chunking/chunk_planner.js';

const STEPS = 8;
const DT = 0.1;

function make(more: Partial<PlannerOptions> = {}): ChunkPlanner {
  return new ChunkPlanner({
    steps: STEPS,
    stepTime: DT,
    joints: 1,
    mode: 'guided',
    executed: 4,
    delaySteps: 2,
    delayWindow: 3,
    ...more,
  });
}

const ramp = (from: number, slope = 1) => Array.from({ length: STEPS }, (_, i) => from + slope * i);
const rows = (actions: Float32Array, real: number) => [...actions.subarray(0, real)];

describe('the prefix', () => {
  it('is what is left of the chunk being executed, on the grid of the new observation', () => {
    const planner = make();
    planner.given(1, ramp(0), 1.1);
    const prefix = planner.prefix(1.3);
    expect(prefix?.real).toBe(5);
    expect(
      rows(prefix?.actions ?? new Float32Array(0), 5).map((q) => Number(q.toFixed(4))),
    ).toEqual([3, 4, 5, 6, 7]);
  });

  it('lies between the steps when the observation does', () => {
    const planner = make();
    planner.given(1, ramp(0), 1.1);
    const prefix = planner.prefix(1.34);
    expect(prefix?.actions[0]).toBeCloseTo(3.4, 5);
  });

  it('has the steps of the chunk before where they were executed already', () => {
    const planner = make();
    planner.given(1, ramp(0), 1);
    // Taken over at 1.45: what was due by then is the first chunk's.
    planner.given(1.2, ramp(100), 1.45);
    const { actions } = planner.prefix(1.3) ?? { actions: new Float32Array(0) };
    expect(rows(actions, 4).map(Math.round)).toEqual([3, 4, 103, 104]);
  });

  it('is not there before the first chunk, after an interruption, or when all is executed', () => {
    const planner = make();
    expect(planner.prefix(1)).toBeUndefined();
    planner.given(1, ramp(0), 1);
    expect(planner.prefix(1.9)).toBeUndefined();
    expect(planner.prefix(1.2)).toBeDefined();
    planner.interrupted();
    expect(planner.prefix(1.2)).toBeUndefined();
    planner.given(2, ramp(0), 2);
    planner.begin();
    expect(planner.prefix(2.2)).toBeUndefined();
  });

  it('holds real actions only, whatever was given when', () => {
    const chunk = fc.record({
      gap: fc.double({ min: 0.01, max: 1, noNaN: true }),
      delay: fc.double({ min: 0, max: 1, noNaN: true }),
      from: fc.double({ min: 1, max: 2, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(chunk, { minLength: 1, maxLength: 8 }), (chunks) => {
        const planner = make();
        let stamp = 0;
        for (const { gap, delay, from } of chunks) {
          const prefix = planner.prefix(stamp);
          for (const q of rows(prefix?.actions ?? new Float32Array(0), prefix?.real ?? 0)) {
            expect(q).toBeGreaterThanOrEqual(1 - 1e-6);
            expect(q).toBeLessThanOrEqual(2 + 1e-6);
          }
          planner.given(stamp, ramp(from, 0), stamp + delay);
          stamp += gap;
        }
      }),
    );
  });
});

describe('the delay', () => {
  it('is as configured at first, then the longest of those measured last, in steps begun', () => {
    const planner = make();
    expect(planner.delaySteps).toBe(2);
    const delays = [0.9, 0.05, 0.31, 0.1, 0.1, 0.1];
    const steps = delays.map((delay, i) => {
      planner.consumed(i, i + delay);
      return planner.delaySteps;
    });
    // The first one, of 0.9 s, does not count.
    expect(steps).toEqual([2, 1, 4, 4, 4, 1]);
  });

  it('leaves out the first chunk after each beginning', () => {
    const planner = make({ delayWindow: 1 });
    planner.consumed(0, 0.5);
    planner.consumed(1, 1.1);
    planner.begin();
    planner.consumed(2, 2.7);
    expect(planner.delaySteps).toBe(1);
  });
});

describe('a trained prefix', () => {
  it('is dropped when more was executed than it was told, and the next is told of it', () => {
    const planner = make({ mode: 'trained_prefix' });
    expect(planner.given(1, ramp(0), 1.15)).toBe(true);
    planner.consumed(1, 1.15);
    expect(planner.prefix(1.2)?.delay).toBe(2);
    expect(planner.given(1.2, ramp(50), 1.45)).toBe(false);
    const next = planner.prefix(1.3);
    expect(next?.delay).toBe(3);
    expect(next?.actions[0]).toBeCloseTo(3, 5);
    expect(planner.given(1.3, ramp(50), 1.55)).toBe(true);
  });
});

describe('stop and infer', () => {
  it('looks again only when the last chunk has been executed, counted from its use', () => {
    const planner = make({ mode: 'synchronous' });
    expect(planner.due(1)).toBe(true);
    planner.given(1, ramp(0), 1.2);
    expect(planner.due(1.5)).toBe(false);
    planner.consumed(1, 1.35);
    expect(planner.due(1.7)).toBe(false);
    expect(planner.due(1.75)).toBe(true);
    expect(planner.prefix(1.75)).toBeUndefined();
  });
});

describe('chunks too short for what is asked of them', () => {
  it('are refused with what does not fit', () => {
    expect(() => make({ mode: 'synchronous', executed: 9 })).toThrow(/8 steps.*9 steps to execute/);
    expect(() => make({ delaySteps: 8 })).toThrow(/8 steps of delay/);
  });
});
