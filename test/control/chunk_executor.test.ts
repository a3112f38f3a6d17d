/** Chunks are executed by time, taken over without a jump, and refused for stated reasons. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkExecutor } from '../../src/control/chunk_executor.js';
import { Verdict } from '../../src/control/executors/executor.js';
import { hermiteSlope } from '../../src/control/interpolation.js';

const REST = new Float64Array(1);
const ZERO = new Float64Array(1);

/** Fills in and offers a chunk of one joint with steps 0.1 s apart. */
function offer(
  executor: ChunkExecutor,
  now: number,
  stamp: number,
  steps: readonly number[],
  from = REST,
  rate = ZERO,
): number {
  const chunk = executor.incoming;
  chunk.stamp = stamp;
  chunk.count = steps.length;
  for (const [i, step] of steps.entries()) {
    chunk.times[i] = stamp + i * 0.1;
    chunk.positions[i] = step;
  }
  return executor.offer(now, from, rate);
}

function make(blend = 0, interpolation: 'linear' | 'cubic' = 'linear'): ChunkExecutor {
  const executor = new ChunkExecutor(1, 32);
  executor.blend = blend;
  executor.interpolation = interpolation;
  return executor;
}

describe('the chunk executor', () => {
  it('looks a late chunk up at the present time, so that elapsed steps are skipped', () => {
    const executor = make();
    expect(offer(executor, 10.25, 10, [0, 1, 2, 3, 4])).toBe(Verdict.taken);
    expect(executor.sample(10.25)).toBe(true);
    expect(executor.position[0]).toBeCloseTo(2.5, 12);
    expect(executor.velocity[0]).toBeCloseTo(10, 9);
  });

  it('goes through every step at its time, by lines and by cubics', () => {
    for (const interpolation of ['linear', 'cubic'] as const) {
      const executor = make(0, interpolation);
      const steps = [0, 0.3, -0.2, 0.5, 0.5, 0.1];
      offer(executor, 0, 0, steps);
      for (const [i, step] of steps.entries()) {
        executor.sample(i * 0.1);
        expect(executor.position[0]).toBeCloseTo(step, 12);
      }
    }
  });

  it('never overshoots the steps around it with cubics', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 2, maxLength: 16 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (steps, share) => {
          const executor = make(0, 'cubic');
          offer(executor, 0, 0, steps);
          const time = share * (steps.length - 1) * 0.1;
          if (!executor.sample(time)) return;
          const i = Math.min(steps.length - 2, Math.floor(time / 0.1 + 1e-9));
          const around = steps.slice(Math.max(0, i - 1), i + 3);
          expect(executor.position[0]).toBeLessThanOrEqual(Math.max(...around) + 1e-9);
          expect(executor.position[0]).toBeGreaterThanOrEqual(Math.min(...around) - 1e-9);
        },
      ),
    );
  });

  it('gives as velocity the derivative of its position', () => {
    const executor = make(0.2, 'cubic');
    offer(executor, 0, 0, [0, 0.4, 0.6, 0.9, 1.0, 1.0]);
    offer(executor, 0.17, 0.15, [1, 0.4, 0.6, 0.9, 1.0, 1.0]);
    for (let t = 0.18; t < 0.6; t += 0.0173) {
      executor.sample(t - 1e-6);
      const before = executor.position[0] as number;
      executor.sample(t + 1e-6);
      const after = executor.position[0] as number;
      executor.sample(t);
      expect(executor.velocity[0]).toBeCloseTo((after - before) / 2e-6, 4);
    }
  });

  it('lets a new chunk take over without a step in position or velocity', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 }),
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 }),
        fc.double({ min: 0.05, max: 0.6, noNaN: true }),
        (first, second, now) => {
          const executor = make(0.15, 'cubic');
          offer(executor, 0, 0, first);
          executor.sample(now);
          const position = executor.position[0] as number;
          const velocity = executor.velocity[0] as number;
          expect(offer(executor, now, now - 0.02, second)).toBe(Verdict.taken);
          executor.sample(now);
          expect(executor.position[0]).toBeCloseTo(position, 9);
          expect(executor.velocity[0]).toBeCloseTo(velocity, 6);
        },
      ),
    );
  });

  it('has handed over completely after the blend time', () => {
    const executor = make(0.15);
    offer(executor, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]);
    offer(executor, 0.1, 0.1, [1, 1, 1, 1, 1, 1, 1]);
    executor.sample(0.25);
    expect(executor.position[0]).toBe(1);
    expect(executor.velocity[0]).toBeCloseTo(0, 9);
  });

  it('starts from the command it is given when nothing was executed', () => {
    const executor = make(0.2);
    offer(executor, 5, 5, [1, 1, 1, 1, 1], new Float64Array([0.25]), new Float64Array([0.5]));
    executor.sample(5);
    expect(executor.position[0]).toBeCloseTo(0.25, 12);
    expect(executor.velocity[0]).toBeCloseTo(0.5, 9);
  });

  it('takes over from the command, not the old curve, for a joint that was held back', () => {
    const executor = make(0.2, 'cubic');
    offer(executor, 0, 0, [0, 0.4, 0.8, 1.2, 1.6, 2]);
    executor.sample(0.25);
    const chunk = executor.incoming;
    chunk.stamp = 0.2;
    chunk.count = 6;
    for (let i = 0; i < 6; i++) {
      chunk.times[i] = 0.2 + i * 0.1;
      chunk.positions[i] = 1;
    }
    const [position, velocity, acceleration] = [0.6, 1, -3].map((value) => Float64Array.of(value));
    const zero = Float64Array.of(0);
    executor.offer(0.25, position ?? zero, velocity ?? zero, acceleration ?? zero);
    executor.sample(0.25);
    expect(executor.position[0]).toBeCloseTo(0.6, 12);
    expect(executor.velocity[0]).toBeCloseTo(1, 9);
    expect(executor.acceleration[0]).toBeCloseTo(-3, 6);
  });

  it('goes on with the old chunk until a new one comes, and ends when it runs out', () => {
    const executor = make();
    offer(executor, 0, 0, [0, 1, 2]);
    expect(executor.sample(0.2)).toBe(true);
    expect(executor.end).toBeCloseTo(0.2, 12);
    expect(executor.sample(0.2001)).toBe(false);
    expect(executor.stamp).toBeNaN();
  });

  it('refuses chunks from before the epoch, out of order, elapsed, and from the future', () => {
    const executor = make();
    executor.epoch = 3;
    expect(offer(executor, 4, 2.9, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13])).toBe(
      Verdict.beforeEpoch,
    );
    expect(offer(executor, 4, 3.1, [0, 1])).toBe(Verdict.elapsed);
    expect(offer(executor, 4, 4.2, [0, 1])).toBe(Verdict.future);
    expect(offer(executor, 4, Number.NaN, [0, 1])).toBe(Verdict.beforeEpoch);
    expect(offer(executor, 4, 4, [0, 1, 2])).toBe(Verdict.taken);
    expect(offer(executor, 4.05, 4, [5, 5, 5])).toBe(Verdict.outOfOrder);
    expect(offer(executor, 4.05, 3.9, [5, 5, 5])).toBe(Verdict.outOfOrder);
    executor.sample(4.1);
    expect(executor.position[0]).toBeCloseTo(1, 9);
  });

  it('waits at the first step of a chunk that is not due yet', () => {
    const executor = make();
    offer(executor, 1, 1.05, [2, 3, 4]);
    expect(executor.sample(1)).toBe(true);
    expect(executor.position[0]).toBe(2);
    expect(executor.velocity[0]).toBe(0);
  });

  it('differentiates the Hermite span as it should', () => {
    expect(hermiteSlope(0, 2, 1, 0.3, 4, -1)).toBeCloseTo(0.3, 12);
    expect(hermiteSlope(1, 2, 1, 0.3, 4, -1)).toBeCloseTo(-1, 12);
  });
});
