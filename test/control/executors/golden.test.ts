/** Overlapping chunks come out as LeRobot's own classes have them (golden/make_executors.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Verdict } from '../../../src/control/executors/executor.js';
import type { Aggregation } from '../../../src/control/executors/merge_rule.js';
import { make, offer, STEP } from './rig.js';

interface Golden {
  readonly ensemble: {
    readonly coefficient: number;
    readonly chunks: number[][][];
    readonly popped: number[][];
    readonly left: number[][];
    readonly counts: number[];
  }[];
  readonly aggregate: {
    readonly aggregation: Aggregation;
    readonly chunks: number[][][];
    readonly queues: {
      readonly start: number;
      readonly executed: number;
      readonly waiting: Record<string, number[]>;
    }[];
  }[];
}

const golden: Golden = JSON.parse(
  readFileSync(new URL('../golden/executors.json', import.meta.url), 'utf8'),
);
/** The references compute in float32. */
const DIGITS = 6;

function expectNear(actual: Float64Array, expected: readonly number[]): void {
  for (const [j, value] of expected.entries()) expect(actual[j]).toBeCloseTo(value, DIGITS);
}

describe('temporal ensembling', () => {
  it.each(golden.ensemble)('equals ACT’s in LeRobot, m = $coefficient', (example) => {
    const executor = make({ type: 'temporal_ensemble', coefficient: example.coefficient }, 2);
    for (const [k, rows] of example.chunks.entries()) {
      const now = k * STEP;
      expect(offer(executor, { now: now - STEP / 2, stamp: now, rows })).toBe(Verdict.taken);
      executor.sample(now);
      expectNear(executor.position, example.popped[k] ?? []);
    }
    for (const [i, row] of example.left.entries()) {
      executor.sample((example.chunks.length + i) * STEP);
      expectNear(executor.position, row);
    }
  });
});

describe('aggregation', () => {
  it.each(golden.aggregate)('equals LeRobot’s $aggregation', (example) => {
    const executor = make({ type: 'aggregate', aggregation: example.aggregation }, 2);
    for (const [k, { start, executed, waiting }] of example.queues.entries()) {
      const rows = example.chunks[k] ?? [];
      const now = (executed + 0.5) * STEP;
      const taken = offer(executor, { now, stamp: k * 1e-3, start: start * STEP, rows });
      expect(taken).toBe(Verdict.taken);
      for (const [step, row] of Object.entries(waiting)) {
        executor.sample(Number(step) * STEP);
        expectNear(executor.position, row);
      }
    }
  });
});
