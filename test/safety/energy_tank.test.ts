/** The passivity tank: never below empty, never above its budget, never a number that is none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EnergyTank } from '../../src/safety/energy_tank.js';

const of = (...values: number[]) => Float64Array.of(...values);
const make = (budget = 2, refill = 0.5) => new EnergyTank({ budget, refill }, 2);

/** Spends over a tick of `period`. */
function spend(tank: EnergyTank, effort: Float64Array, velocity: Float64Array, period: number) {
  tank.period = period;
  tank.spend(effort, velocity);
}

/** The share that the tank can pay for in a tick of `period`. */
function share(tank: EnergyTank, effort: Float64Array, velocity: Float64Array, period: number) {
  tank.period = period;
  tank.scale(effort, velocity);
  return tank.share;
}

describe('the energy tank', () => {
  it('is full at first and after a reset', () => {
    const tank = make();
    expect(tank.level).toBe(2);
    spend(tank, of(4, 0), of(1, 0), 0.25);
    expect(tank.level).toBe(2 - 1 + 0.125);
    tank.reset();
    expect(tank.level).toBe(2);
  });

  it('takes out what all joints together put out, less what flows in', () => {
    const tank = make();
    spend(tank, of(2, -3), of(1, -1), 0.25);
    expect(tank.level).toBe(2 - (2 + 3 - 0.5) * 0.25);
  });

  it('is filled back by a joint that is moved by what it touches, up to its budget', () => {
    const tank = make(2, 0);
    spend(tank, of(4, 0), of(1, 0), 0.25);
    spend(tank, of(1, 0), of(-1, 0), 0.25);
    expect(tank.level).toBe(1.25);
    spend(tank, of(1, 0), of(-1, 0), 100);
    expect(tank.level).toBe(2);
  });

  it('is filled back by the refill, up to its budget', () => {
    const tank = make();
    spend(tank, of(4, 0), of(1, 0), 0.5);
    expect(tank.level).toBe(0.25);
    spend(tank, of(0, 0), of(1, 1), 1);
    expect(tank.level).toBe(0.75);
    spend(tank, of(0, 0), of(1, 1), 10);
    expect(tank.level).toBe(2);
  });

  it('leaves a command alone that it can just pay for, and scales one that it cannot', () => {
    const tank = make(2, 0.5);
    // 2 J in the tank and 0.5 W over 1 s.
    expect(share(tank, of(2.5, 0), of(1, 0), 1)).toBe(1);
    expect(share(tank, of(5, 0), of(1, 0), 1)).toBe(0.5);
    expect(share(tank, of(2.5 * (1 + 1e-9), 0), of(1, 0), 1)).toBeLessThan(1);
    // 17 W over a quarter of a second, where 2 J and an eighth of a joule can be had.
    expect(share(tank, of(17, 0), of(1, 0), 0.25)).toBe(0.5);
  });

  it('asks for no scaling of what puts nothing out, even when it is empty', () => {
    const tank = make(1, 0);
    spend(tank, of(1, 0), of(1, 0), 1);
    expect(tank.level).toBe(0);
    expect(share(tank, of(1, 1), of(-1, 0), 1)).toBe(1);
    expect(share(tank, of(0, 0), of(9, 9), 1)).toBe(1);
    expect(share(tank, of(1, 0), of(1, 0), 1)).toBe(0);
  });

  it('shows 0, never less, when more was spent than it held, and owes the rest', () => {
    const tank = make(1, 0);
    spend(tank, of(1, 0), of(1, 0), 1);
    expect(tank.level).toBe(0);
    spend(tank, of(0.75, 0), of(1, 0), 1);
    expect(tank.level).toBe(0);
    spend(tank, of(0.5, 0), of(-1, 0), 1);
    expect(tank.level).toBe(0);
    expect(share(tank, of(1, 0), of(1, 0), 1)).toBe(0);
    // What puts nothing out is not scaled, nor what gives back.
    expect(share(tank, of(1, 0), of(0, 1), 1)).toBe(1);
    expect(share(tank, of(1, 0), of(-1, 0), 1)).toBe(1);
    spend(tank, of(0.75, 0), of(-1, 0), 1);
    expect(tank.level).toBe(0.5);
    expect(share(tank, of(1, 0), of(1, 0), 1)).toBe(0.5);
  });

  it('owes no more than its budget', () => {
    const tank = make(1, 0);
    spend(tank, of(9, 0), of(1, 0), 1);
    spend(tank, of(1.25, 0), of(-1, 0), 1);
    expect(tank.level).toBe(0.25);
  });

  it('pays back what it owes with a time constant of half a second, and no more than half of the refill', () => {
    const tank = make(1, 0.5);
    spend(tank, of(2.5, 0), of(1, 0), 1);
    // 1 J is owed; of half a watt, half is left.
    expect(share(tank, of(1, 0), of(1, 0), 1)).toBe(0.25);
    spend(tank, of(-0.4, 0), of(1, 0), 1);
    // 0.1 J is owed: 0.02 of 0.05 J in a tenth of a second.
    expect(share(tank, of(1, 0), of(1, 0), 0.1)).toBeCloseTo(0.3, 12);
    spend(tank, of(0, 0), of(1, 0), 0.2);
    expect(share(tank, of(1, 0), of(1, 0), 0.1)).toBeCloseTo(0.5, 12);
  });

  it('owes no less for an effort that is not measured', () => {
    const tank = make(1, 0);
    spend(tank, of(1.75, 0), of(1, 0), 1);
    spend(tank, of(Number.NaN, 0), of(0, 0), 1);
    spend(tank, of(0.5, 0), of(-1, 0), 1);
    expect(tank.level).toBe(0);
    spend(tank, of(0.5, 0), of(-1, 0), 1);
    expect(tank.level).toBe(0.25);
  });

  it.each([Infinity, -Infinity, 1e6])(
    'recovers from an effort of %f that was measured once',
    (wrong) => {
      const tank = make(2, 0.5);
      spend(tank, of(wrong, 0), of(1, 0), 0.01);
      // At worst the budget is owed.
      expect(tank.level).toBe(0);
      for (let i = 0; i < 600; i++) spend(tank, of(1, 0), of(0, 0), 0.01);
      expect(tank.level).toBeCloseTo(Number.isFinite(wrong) ? 1 : 2, 9);
    },
  );

  it('stops everything while an effort is not measured, and counts the rest as spent', () => {
    const tank = make();
    expect(share(tank, of(Number.NaN, 1), of(1, 1), 0.01)).toBe(0);
    expect(share(tank, of(1), of(1, 1), 0.01)).toBe(0);
    spend(tank, of(Number.NaN, 1), of(1, 1), 0.01);
    expect(tank.level).toBe(0);
  });

  it('looks at its own joints only', () => {
    const tank = new EnergyTank({ budget: 1, refill: 0 }, 1);
    expect(share(tank, of(0, 100), of(1, 100), 1)).toBe(1);
  });

  it('stays between empty and full, and pays for what it scaled, whatever comes', () => {
    const number = fc.oneof(
      fc.constantFrom(Number.NaN, Infinity, -1e308),
      fc.integer({ min: -99, max: 99 }),
    );
    const pair = fc.tuple(number, number);
    const period = fc.double({ min: 1e-5, max: 0.05, noNaN: true });
    const options = fc.record({
      budget: fc.double({ min: 1e-3, max: 100, noNaN: true }),
      refill: fc.double({ min: 0, max: 100, noNaN: true }),
    });
    fc.assert(
      fc.property(
        options,
        fc.array(fc.tuple(pair, pair, period), { maxLength: 30 }),
        (option, ticks) => {
          const tank = new EnergyTank(option, 2);
          for (const [efforts, velocities, h] of ticks) {
            const effort = of(...efforts);
            const velocity = of(...velocities);
            const scale = share(tank, effort, velocity, h);
            expect(scale).toBeGreaterThanOrEqual(0);
            expect(scale).toBeLessThanOrEqual(1);
            const before = tank.level;
            const scaled = velocity.map((v) => v * scale);
            const out =
              ((effort[0] ?? 0) * (scaled[0] ?? 0) + (effort[1] ?? 0) * (scaled[1] ?? 0)) * h;
            if (Number.isFinite(out)) {
              expect(out).toBeLessThanOrEqual((before + option.refill * h) * (1 + 1e-9) + 1e-12);
            }
            spend(tank, effort, scaled, h);
            expect(tank.level).toBeGreaterThanOrEqual(0);
            expect(tank.level).toBeLessThanOrEqual(option.budget);
          }
        },
      ),
    );
  });

  it.each([
    [0, 1, 'energy tank: budget is 0; expected joules above 0'],
    [-1, 1, /budget is -1/],
    [Number.NaN, 1, /budget is NaN/],
    [Infinity, 1, /budget is Infinity/],
    [1, -0.1, 'energy tank: refill is -0.1; expected watts, at least 0'],
    [1, Number.NaN, /refill is NaN/],
    [1, Infinity, /refill is Infinity/],
  ])('refuses a budget of %d with a refill of %d', (budget, refill, message) => {
    expect(() => make(budget, refill)).toThrow(message);
  });

  it('needs no refill', () => {
    expect(make(1e-9, 0).level).toBe(1e-9);
  });
});
