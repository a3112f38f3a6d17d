/**
 * What every executor keeps, whatever order chunks come in: late, early, twice, with stamps that
 * jitter and grids that do not meet.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createExecutor,
  type ExecutorOptions,
} from '../../../src/control/executors/create_executor.js';
import { Verdict } from '../../../src/control/executors/executor.js';
import { EXECUTORS, make, type Offer, offer } from './rig.js';

const TICK = 0.01;

/** A stream of chunks in order of arrival; their stamps need not be in order. */
const stream = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 0, max: 40 }),
      delay: fc.integer({ min: 0, max: 60 }),
      jitter: fc.double({ min: -0.004, max: 0.004, noNaN: true }),
      again: fc.boolean(),
      rows: fc.array(
        fc.tuple(fc.double({ min: -2, max: 2, noNaN: true }), fc.constantFrom(0, 1, -1)),
        { minLength: 1, maxLength: 12 },
      ),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((entries) => {
    const offers: Offer[] = [];
    let now = 1;
    for (const { gap, delay, jitter, again, rows } of entries) {
      now += gap * TICK;
      const chunk = { now, stamp: now - delay * TICK + jitter, rows };
      offers.push(chunk);
      if (again) offers.push({ ...chunk, now: now + TICK });
    }
    return offers.sort((a, b) => a.now - b.now);
  });

/** Positions of a run: one row a tick, empty where nothing is commanded. */
function run(options: ExecutorOptions, offers: readonly Offer[], blend: number): number[][] {
  const executor = make(options, 2, blend);
  const rows: number[][] = [];
  const waiting = [...offers];
  let last = [0, 0];
  for (let i = 0; i < 400; i++) {
    const now = 1 + i * TICK;
    while (waiting[0] !== undefined && waiting[0].now <= now + 1e-9) {
      const next = waiting.shift() as Offer;
      offer(executor, { ...next, now, from: last });
    }
    const commanded = executor.sample(now);
    if (commanded) last = [...executor.position];
    rows.push(commanded ? last : []);
  }
  return rows;
}

describe.each(EXECUTORS)('the executor "%s"', (_name, options) => {
  it('changes over without a jump in position or velocity', () => {
    fc.assert(
      fc.property(stream, (offers) => {
        const executor = make(options, 2, 0.15);
        for (const next of offers) {
          const before = executor.sample(next.now);
          const old = { position: [...executor.position], velocity: [...executor.velocity] };
          const verdict = offer(executor, { ...next, from: old.position });
          if (verdict !== Verdict.taken || !before) continue;
          expect(executor.sample(next.now)).toBe(true);
          for (const j of [0, 1]) {
            expect(executor.position[j]).toBeCloseTo(old.position[j] ?? 0, 9);
            expect(executor.velocity[j]).toBeCloseTo(old.velocity[j] ?? 0, 6);
          }
        }
      }),
    );
  });

  it('begins from where the robot is when nothing was executed', () => {
    fc.assert(
      fc.property(stream, fc.double({ min: -2, max: 2, noNaN: true }), (offers, measured) => {
        const executor = make(options, 2, 0.15);
        const [first, second] = offers;
        if (first === undefined || second === undefined) return;
        offer(executor, first);
        executor.sample(first.now);
        // An operator takes over and gives back, or everything is reset.
        executor.clear();
        executor.epoch = first.stamp + 1e-6;
        expect(executor.sample(first.now)).toBe(false);
        const from = [measured, -measured];
        const taken = offer(executor, { ...second, from });
        if (second.stamp < executor.epoch) expect(taken).toBe(Verdict.beforeEpoch);
        if (taken !== Verdict.taken) return;
        executor.sample(second.now);
        for (const j of [0, 1]) expect(executor.position[j]).toBeCloseTo(from[j] ?? 0, 9);
        for (const j of [0, 1]) expect(executor.velocity[j]).toBeCloseTo(0, 6);
      }),
    );
  });

  it('commands nothing that lies outside of all predictions', () => {
    fc.assert(
      fc.property(stream, (offers) => {
        const rows = run(options, offers, 0);
        for (const j of [0, 1]) {
          const given = offers.flatMap(({ rows: steps }) => steps.map((row) => row[j] ?? 0));
          const [least, most] = [Math.min(...given), Math.max(...given)];
          for (const row of rows) {
            if (row.length === 0) continue;
            expect(row[j]).toBeGreaterThanOrEqual(least - 1e-9);
            expect(row[j]).toBeLessThanOrEqual(most + 1e-9);
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  it('is not led astray by jagged chunks that disagree and take over before a fade is done', () => {
    const [level, rise, jag] = [0.3, 0.03, 0.03];
    const chunk = fc.record({
      high: fc.boolean(),
      jags: fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }),
    });
    // Of what all chunks ask for: a fade adds a little, fades that add up leave it by radians.
    const [least, most] = [-level - jag, level + 9 * rise + jag];
    fc.assert(
      fc.property(fc.array(chunk, { minLength: 60, maxLength: 60 }), (chunks) => {
        const executor = createExecutor(1, 64, options, [{ acceleration: 20, jerk: 500 }]);
        let last = [0];
        let astray = 0;
        for (const [i, { high, jags }] of chunks.entries()) {
          const now = 1 + i * 0.13;
          const rows = jags.map((up, k) => [
            (high ? level : -level) + rise * k + (up ? jag : -jag),
          ]);
          offer(executor, { now, stamp: now - 0.1, rows, from: last });
          for (let t = now; t < now + 0.129; t += TICK) {
            if (executor.sample(t)) last = [...executor.position];
            const [q = Number.NaN] = last;
            astray = Math.max(astray, q - most, least - q);
          }
        }
        expect(astray).toBeLessThan(0.25);
      }),
      { numRuns: 30, seed: 1 },
    );
  });

  it('takes no chunk twice, and none that is older than the last', () => {
    fc.assert(
      fc.property(stream, (offers) => {
        const executor = make(options, 2);
        let newest = Number.NEGATIVE_INFINITY;
        for (const next of offers) {
          const executing = executor.sample(next.now);
          const verdict = offer(executor, next);
          if (executing && next.stamp <= newest) expect(verdict).not.toBe(Verdict.taken);
          if (verdict === Verdict.taken) newest = next.stamp;
        }
      }),
    );
  });

  it('gives the same commands for the same chunks', () => {
    fc.assert(
      fc.property(stream, (offers) => {
        expect(run(options, offers, 0.15)).toEqual(run(options, offers, 0.15));
      }),
      { numRuns: 20 },
    );
  });
});

describe('without a blend', () => {
  it('the jump at a seam is at most the share of the new step times its difference', () => {
    const shares = { weighted_average: 0.7, average: 0.5, conservative: 0.3 } as const;
    for (const [aggregation, share] of Object.entries(shares)) {
      fc.assert(
        fc.property(
          fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 8, maxLength: 8 }),
          fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 8, maxLength: 8 }),
          fc.integer({ min: 0, max: 69 }),
          (old, fresh, late) => {
            const type = 'aggregate' as const;
            const executor = make({ type, aggregation: aggregation as keyof typeof shares });
            offer(executor, { now: 0, stamp: 0, rows: old.map((q) => [q]) });
            const now = late * TICK;
            executor.sample(now);
            const before = executor.position[0] ?? Number.NaN;
            offer(executor, { now, stamp: 1e-4, start: 0, rows: fresh.map((q) => [q]) });
            executor.sample(now);
            const jump = Math.abs((executor.position[0] ?? Number.NaN) - before);
            // Between two steps, neither differs by less than the curves do there.
            const next = Math.min(7, Math.floor(now / 0.1 + 1e-9) + 1);
            const apart = (i: number) => Math.abs((fresh[i] ?? 0) - (old[i] ?? 0));
            const difference = Math.max(apart(next), apart(next - 1));
            expect(jump).toBeLessThanOrEqual(share * difference + 1e-9);
          },
        ),
      );
    }
  });
});
