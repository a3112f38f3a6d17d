/** The record of what the filter decided, tick by tick. */
import { describe, expect, it } from 'vitest';
import { DECIDED, DECISION, decisionWidth } from '../../src/control/decision_recorder.js';
import { Band, Reason } from '../../src/safety/reasons.js';
import { LIMITS, LoopRig } from './loop_rig.js';

const WIDTH = decisionWidth(LIMITS.length);
const STEP = [0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5];

function drain(rig: LoopRig): Float64Array[] {
  const rows = new Float64Array(1000 * WIDTH);
  const count = rig.memory.decisions.drain(rows);
  return Array.from({ length: count }, (_, i) => rows.slice(i * WIDTH, (i + 1) * WIDTH));
}

describe('the record of decisions', () => {
  it('has every command in its order, also where it is looked at late', () => {
    const rig = new LoopRig();
    expect(rig.activate()).toBe(true);
    const from = rig.now;
    rig.commands.length = 0;
    drain(rig);
    rig.chunk(STEP);
    rig.ticks(200);
    const rows = drain(rig);
    expect(rows).toHaveLength(200);
    for (const [i, row] of rows.entries()) {
      expect(row[DECISION.time]).toBeCloseTo(from + 0.01 * (i + 1), 9);
      const commanded = LIMITS.map(
        (_, j) => row[DECISION.head + j * DECIDED.width + DECIDED.limited],
      );
      expect(commanded).toEqual(rig.commands[i]);
    }
    const bands = new Set(rows.map((row) => row[DECISION.band]));
    expect(bands).toEqual(new Set([Band.pass, Band.limit]));
    const limited =
      rows.find((row) => row[DECISION.band] === Band.limit) ?? new Float64Array(WIDTH);
    const joint = limited.subarray(DECISION.head, DECISION.head + DECIDED.width);
    expect(joint[DECIDED.reason]).not.toBe(Reason.none);
    expect(joint[DECIDED.desired]).not.toBe(joint[DECIDED.limited]);
    expect(joint[DECIDED.actual]).toBeTypeOf('number');
  });

  it('has nothing while nothing is commanded', () => {
    const rig = new LoopRig();
    rig.ticks(20);
    expect(drain(rig)).toEqual([]);
  });
});
