// Commands are told apart by their order alone: rows of ticks find their commands.
import { describe, expect, test } from 'vitest';
import { firstUses, ROW } from '../../bench/lib/first_use.js';

const PERIOD = 0.01;
const BATCH = 5;

/** Rows of `count` ticks from time 100 on, in messages of five; `ages` by number of the tick. */
function rowsOf(count: number, ages: Readonly<Record<number, number>>): Float64Array[] {
  const batches: Float64Array[] = [];
  for (let first = 0; first < count; first += BATCH) {
    const batch = new Float64Array(BATCH * ROW);
    for (let i = 0; i < BATCH; i++) {
      const tick = first + i;
      batch.set([100 + tick * PERIOD, 0, ages[tick] ?? Number.NaN, 0, 0], i * ROW);
    }
    batches.push(batch);
  }
  return batches;
}

/** Arrival of the command of each tick, `delay(tick)` after it. */
const arrivalsOf = (count: number, delay: (tick: number) => number) =>
  Array.from({ length: count }, (_, tick) => 100 + tick * PERIOD + delay(tick));

describe('first uses of observations', () => {
  test('the latency runs from the stamp to the arrival of the tick’s command', () => {
    const uses = firstUses(
      rowsOf(20, { 3: 0.012, 17: 0.015 }),
      arrivalsOf(20, () => 0.0005),
    );
    expect(uses.map(({ toTick }) => toTick)).toEqual([0.012, 0.015]);
    expect(uses[0]?.toCommand).toBeCloseTo(0.0125, 9);
    expect(uses[1]?.toCommand).toBeCloseTo(0.0155, 9);
    expect(uses[1]?.stamp).toBeCloseTo(100.17 - 0.015, 9);
  });

  test('a command that arrives later than the next tick is still told apart', () => {
    const late = (tick: number) => (tick === 7 ? 0.014 : 0.0005);
    const arrivals = arrivalsOf(20, late).sort((a, b) => a - b);
    // Order is kept on a topic: the command after the late one cannot overtake it.
    arrivals[8] = Math.max(arrivals[8] ?? 0, 100.084);
    arrivals[7] = 100.084;
    const [use] = firstUses(rowsOf(20, { 7: 0.01 }), arrivals);
    expect(use?.toCommand).toBeCloseTo(0.024, 9);
  });

  test('a lost command does not shift the messages after it', () => {
    const arrivals = arrivalsOf(20, () => 0.0005).filter((_, tick) => tick !== 2);
    const uses = firstUses(rowsOf(20, { 12: 0.02 }), arrivals);
    expect(uses.map(({ toCommand }) => Number(toCommand.toFixed(6)))).toEqual([0.0205]);
  });

  test('commands from before the first row and rows without their commands are left out', () => {
    const arrivals = [99.5, 99.51, ...arrivalsOf(10, () => 0.001)];
    const uses = firstUses(rowsOf(20, { 0: 0.01, 14: 0.02 }), arrivals);
    expect(uses.map(({ toCommand }) => Number(toCommand.toFixed(6)))).toEqual([0.011]);
  });
});
