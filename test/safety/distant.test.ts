/** What is known to be far stays so exactly as long as no joints could have brought it near. */
import { describe, expect, it } from 'vitest';
import { Distant } from '../../src/safety/internal/distant.js';
import { ReachTable } from '../../src/safety/internal/reach_table.js';

const of = (...values: number[]) => Float64Array.of(...values);
const way = (lowest: number[], highest = lowest) => ({
  lowest: of(...lowest),
  highest: of(...highest),
});

/** Two distances of three joints: one that two joints change by 0.75 m/rad in all, and one by 2. */
function distances(): Distant {
  return new Distant(
    new ReachTable([
      [0.25, 0, 0.5],
      [0, 2, 0],
    ]),
    3,
  );
}

/** Notes on a way that all is far by `room`, m. */
function note(distant: Distant, room: number): void {
  distant.follow(way([0, 0, 0]));
  distant.room = room;
  distant.add(0);
  distant.add(1);
}

describe('what is distant', () => {
  it('is nothing at first, and nothing after it was cleared', () => {
    const distant = distances();
    distant.follow(way([0, 0, 0]));
    expect(distant.has(0)).toBe(false);
    note(distant, 1);
    expect(distant.has(0)).toBe(true);
    expect(distant.has(1)).toBe(true);
    distant.clear();
    expect(distant.has(0)).toBe(false);
    expect(distant.has(1)).toBe(false);
  });

  it.each([
    ['upwards', [0, 0, 0], [0, 0, 1.99], [0, 0, 2.01]],
    ['downwards', [0, 0, -1.99], [0, 0, 0], [0, 0, 0]],
  ])('is so until the joint that moves most has moved too far: %s', (_, lowest, highest, next) => {
    const distant = distances();
    note(distant, 1.5);
    distant.follow(way(lowest, highest));
    expect(distant.has(0)).toBe(true);
    expect(distant.has(1)).toBe(false);
    distant.follow(
      way(
        lowest.map((q) => (q < 0 ? q - 0.02 : q)),
        next,
      ),
    );
    expect(distant.has(0)).toBe(false);
  });

  it('is so for as long as the room allows to the bit', () => {
    const distant = distances();
    note(distant, 1);
    distant.follow(way([0, 0, 0], [0.5, 0, 0]));
    expect(distant.has(1)).toBe(true);
    distant.follow(way([0, 0, 0], [0.5 + 2 ** -40, 0, 0]));
    expect(distant.has(1)).toBe(false);
  });

  it('counts what each way leaves of the range before it, not what it comes back from', () => {
    const distant = distances();
    distant.follow(way([-1, -1, -1], [1, 1, 1]));
    distant.room = 0.75;
    distant.add(0);
    // Back inside, that takes nothing; out again by half of what is left, and again.
    distant.follow(way([0, 0, 0]));
    expect(distant.has(0)).toBe(true);
    distant.follow(way([0, 0, 0], [0.5, 0.25, 0]));
    expect(distant.has(0)).toBe(true);
    distant.follow(way([0.5, 0, 0]));
    distant.follow(way([0.5, 0, 0], [0.6, 0.5, 0]));
    expect(distant.has(0)).toBe(true);
    distant.follow(way([0.5, 0, -0.1], [0.6, 0.5, 0]));
    expect(distant.has(0)).toBe(false);
  });

  it('is counted from where it was noted last', () => {
    const distant = distances();
    note(distant, 1.5);
    distant.follow(way([1, 1, 1]));
    distant.room = 1.5;
    distant.add(0);
    distant.follow(way([2.9, 1, 1]));
    expect(distant.has(0)).toBe(true);
    distant.follow(way([3.1, 1, 1]));
    expect(distant.has(0)).toBe(false);
  });

  it('is what no joint changes, wherever they go', () => {
    const distant = new Distant(new ReachTable([[0, 0]]), 2);
    distant.follow(way([0, 0]));
    distant.room = 1e-9;
    distant.add(0);
    distant.follow(way([900, 0]));
    expect(distant.has(0)).toBe(true);
  });

  it('is told anew after a long way', () => {
    const distant = distances();
    note(distant, 1e6);
    distant.follow(way([999.9, 0, 0]));
    expect(distant.has(0)).toBe(true);
    distant.follow(way([1000, 0, 0]));
    expect(distant.has(0)).toBe(false);
    distant.follow(way([1000, 0, 0]));
    distant.add(0);
    distant.follow(way([1900, 0, 0]));
    expect(distant.has(0)).toBe(true);
  });

  it.each([
    ['without an end', -Infinity, Infinity],
    ['that is no number', Number.NaN, Number.NaN],
  ])('is told anew after a way %s', (_, lowest, highest) => {
    const distant = distances();
    note(distant, 1);
    distant.follow(way([lowest, 0, 0], [highest, 0, 0]));
    expect(distant.has(0)).toBe(false);
    note(distant, 0.75);
    expect(distant.has(0)).toBe(true);
    distant.follow(way([0, 0, 1.1]));
    expect(distant.has(0)).toBe(false);
  });
});
