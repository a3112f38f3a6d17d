// Sides take turns, and ratios pair what was measured at about the same time.
import { expect, test } from 'vitest';
import { interleave, median, ratioOf } from '../../bench/lib/rounds.js';

test('sides take turns, and every other round goes the other way', async () => {
  const order: string[] = [];
  const side = (name: string) => ({
    name,
    measure: async (round: number) => {
      order.push(`${name}${round}`);
      return round;
    },
  });
  const results = await interleave([side('a'), side('b')], 3);
  expect(order).toEqual(['a0', 'b0', 'b1', 'a1', 'a2', 'b2']);
  expect(results.get('a')).toEqual([0, 1, 2]);
});

test('a ratio is the median over the rounds’ own ratios, with least and greatest', () => {
  // The machine was twice as slow in the second round: that must not show in the ratio.
  expect(ratioOf([1, 2, 1.2], [2, 4, 2])).toEqual({ median: 0.5, min: 0.5, max: 0.6 });
});

test('the median of an even count is the middle of the two in the middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([3, 1, 2])).toBe(2);
});
