/** How far joints can move things, kept without the joints that do not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReachTable } from '../../src/safety/internal/reach_table.js';

const number = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 2, noNaN: true }));
const rows = fc.array(fc.array(number, { minLength: 4, maxLength: 4 }), { maxLength: 5 });
const positions = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), {
  minLength: 9,
  maxLength: 9,
});

describe('the table of reaches', () => {
  it('gives what the whole rows would give', () => {
    fc.assert(
      fc.property(rows, positions, (reach, q) => {
        const table = new ReachTable(reach);
        const ways = Float64Array.from(q, Math.abs);
        for (const [k, row] of reach.entries()) {
          const sum = row.reduce((all, value, i) => all + value * (ways[i] ?? NaN), 0);
          table.travel(k, ways);
          expect(table.sum).toBeCloseTo(sum, 12);
          const between = row.reduce(
            (all, value, i) => all + value * Math.abs((q[i + 1] ?? NaN) - (q[i + 5] ?? NaN)),
            0,
          );
          const all = Float64Array.from(q);
          table.between(k, all, 1, 5);
          expect(table.sum).toBeCloseTo(between, 12);
          const pace = row.reduce((all, value, i) => all + value * Math.abs(q[i + 2] ?? NaN), 0);
          table.pace(k, all, 2);
          expect(table.sum).toBeCloseTo(pace, 12);
          const left = row.reduce((all, value, i) => {
            const gone = Math.abs((q[i + 4] ?? NaN) - (q[i] ?? NaN));
            return all + value * ((ways[i] ?? NaN) - gone);
          }, 0);
          table.remaining(k, { positions: all, ways }, 4);
          expect(table.sum).toBeCloseTo(left, 12);
        }
      }),
    );
  });

  it('keeps only the joints that move something', () => {
    const { starts, joints, values } = new ReachTable([
      [0, 2, 0],
      [0, 0, 0],
      [3, 0, 4],
    ]);
    expect([...starts]).toEqual([0, 1, 1, 3]);
    expect([...joints]).toEqual([1, 0, 2]);
    expect([...values]).toEqual([2, 3, 4]);
  });
});
