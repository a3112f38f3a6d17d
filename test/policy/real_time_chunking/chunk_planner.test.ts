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
    planner.given(1, ramp(0), 1);
    const prefix = planner.prefix(1.3);
    expect(prefix?.real).toBe(5);
    expect(
      rows(prefix?.actions ?? new Float32Array(0), 5).map((q) => Number(q.toFixed(4))),
    ).toEqual([3, 4, 5, 6, 7]);
  });

  it('lies between the steps when the observation does', () => {
    const planner = make();
    planner.given(1, ramp(0), 1);
    const prefix = planner.prefix(1.34);
    expect(prefix?.actions[0]).toBeCloseTo(3.4, 5);
  });

  it('counts from when the chunk before was begun, where the arm stood until then', () => {
    const planner = make();
    planner.given(1, ramp(0), 1.2);
    expect(planner.prefix(1.3)?.actions[0]).toBeCloseTo(1, 5);
    // What the controller says of it is nearer to the truth.
    planner.consumed(1, 1.25);
    expect(planner.prefix(1.3)?.actions[0]).toBeCloseTo(0.5, 5);
    // Taken over while the arm moves: by time again.
    planner.given(1.3, ramp(100), 1.4);
    expect(planner.prefix(1.5)?.actions[0]).toBeCloseTo(102, 5);
    // It has run out at 2: the arm stands, and what comes next is begun when it comes.
    planner.given(2.1, ramp(0), 2.5);
    expect(planner.prefix(2.7)?.actions[0]).toBeCloseTo(2, 5);
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
    // The first one, of 0.9 s, is a guess until there is another.
    expect(steps).toEqual([7, 1, 4, 4, 4, 1]);
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
    expect(planner.given(1, ramp(0), 1)).toBe(true);
    planner.consumed(0.9, 1.05);
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
    expect(() => make({ delaySteps: 4 })).toThrow(/4 steps of delay and as many to execute/);
    expect(make({ delaySteps: 3 }).fault).toBeUndefined();
  });

  it('are not executed when they come after the one before has run out, which is named', () => {
    const planner = make();
    planner.given(0, ramp(0), 0.3);
    // It is executed from 0.3 to 1.0.
    expect(planner.due(0.4)).toBe(true);
    expect(planner.given(0.4, ramp(0), 1.1)).toBe(false);
    expect(planner.fault).toMatch(/last 0\.70 s.* 0\.70 s of delay after 0\.10 s of execution/);
  });

  it('are computed from the standing arm only, once the delay is known to be too long', () => {
    const planner = make();
    planner.given(0, ramp(0), 0.4);
    planner.consumed(0, 0.4);
    planner.given(0.4, ramp(0), 0.8);
    planner.consumed(0.4, 0.8);
    // The plan lasts until 1.1: an observation at 0.7 is early enough, one at 0.8 is not.
    expect(planner.due(0.7)).toBe(true);
    expect(planner.fault).toBeUndefined();
    expect(planner.due(0.8)).toBe(false);
    expect(planner.fault).toMatch(/0\.40 s of delay after 0\.40 s/);
    expect(planner.due(1.1)).toBe(false);
    expect(planner.due(1.11)).toBe(true);
    expect(planner.prefix(1.11)).toBeUndefined();
    // Chunks that go on from one another again end the fault.
    planner.given(1.11, ramp(0), 1.2);
    expect(planner.fault).toBeDefined();
    planner.given(1.2, ramp(0), 1.3);
    expect(planner.fault).toBeUndefined();
  });

  it('stop no executor that does not lead chunks', () => {
    const planner = make({ mode: 'free' });
    planner.given(0, ramp(0), 2);
    planner.consumed(0, 2);
    expect(planner.due(0.1)).toBe(true);
    expect(planner.given(0.1, ramp(0), 5)).toBe(true);
    expect(planner.fault).toBeUndefined();
  });
});
