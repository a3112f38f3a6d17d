/** Thresholds on effort and wrench: both sides of each, and what is not measured. */
import { describe, expect, it } from 'vitest';
import { EffortLimits, Force, fresh, WrenchLimits } from '../../src/safety/force_limits.js';

const of = (...values: number[]) => Float64Array.of(...values);
const NaN_ = Number.NaN;

describe('the effort thresholds', () => {
  const make = () => new EffortLimits({ thresholds: [2, Infinity, 5], timeout: 0.5 });

  it('are kept up to the threshold itself, in both directions', () => {
    expect(make().judge(of(2, 0, -5), 1, 1)).toBe(Force.kept);
    expect(make().judge(of(2 + 1e-12, 0, 0), 1, 1)).toBe(Force.exceeded);
    expect(make().judge(of(-2 - 1e-12, 0, 0), 1, 1)).toBe(Force.exceeded);
    expect(make().judge(of(0, 0, 5 + 1e-12), 1, 1)).toBe(Force.exceeded);
    expect(make().judge(of(0, 0, -Infinity), 1, 1)).toBe(Force.exceeded);
  });

  it('do not watch a joint without one, measured or not', () => {
    expect(make().judge(of(0, 1e9, 0), 1, 1)).toBe(Force.kept);
    expect(make().judge(of(0, NaN_, 0), 1, 1)).toBe(Force.kept);
  });

  it('take a joint that is not measured for missing, at once if it never was', () => {
    expect(make().judge(of(NaN_, 0, 0), 1, 1)).toBe(Force.missing);
    expect(make().judge(of(0, 0, NaN_), 1, 1)).toBe(Force.missing);
    expect(make().judge(of(0, 0), 1, 1)).toBe(Force.missing);
  });

  it('find an excess on one joint though another is not measured', () => {
    expect(make().judge(of(NaN_, 0, 6), 1, 1)).toBe(Force.exceeded);
    expect(make().judge(of(6, 0, NaN_), 1, 1)).toBe(Force.exceeded);
  });

  it('wait for the time-out before a measurement that has stopped is missing', () => {
    const limits = make();
    expect(limits.judge(of(1, 0, 1), 8, 8)).toBe(Force.kept);
    expect(limits.judge(of(NaN_, 0, 1), 8.25, 8.25)).toBe(Force.kept);
    expect(limits.judge(of(NaN_, 0, 1), 8.5, 8.5)).toBe(Force.kept);
    expect(limits.judge(of(NaN_, 0, 1), 8.75, 8.75)).toBe(Force.missing);
    expect(limits.judge(of(1, 0, 1), 9, 9)).toBe(Force.kept);
  });

  it('take an old measurement for missing too', () => {
    const limits = make();
    expect(limits.judge(of(1, 0, 1), 8, 8.5)).toBe(Force.kept);
    expect(limits.judge(of(1, 0, 1), 8, 8.501)).toBe(Force.missing);
  });

  it.each([
    [[1, 0], 1, 'force limits: threshold 1 is 0; expected a number above 0'],
    [[-1], 1, /threshold 0 is -1/],
    [[NaN_], 1, /threshold 0 is NaN/],
    [[1], 0, /timeout is 0/],
    [[1], NaN_, /timeout is NaN/],
  ])('refuse thresholds of %j with a time-out of %d', (thresholds, timeout, message) => {
    expect(() => new EffortLimits({ thresholds, timeout })).toThrow(message);
  });
});

describe('the wrench thresholds', () => {
  const make = () => new WrenchLimits({ force: 13, torque: 5, timeout: 0.5 });

  it('bound the norm of the force and that of the torque', () => {
    expect(make().judge(of(3, -4, 12, 0, 0, 0), 1, 1)).toBe(Force.kept);
    expect(make().judge(of(3, 4, 12.0001, 0, 0, 0), 1, 1)).toBe(Force.exceeded);
    expect(make().judge(of(3.0001, 4, 12, 0, 0, 0), 1, 1)).toBe(Force.exceeded);
    expect(make().judge(of(3, 4.0001, 12, 0, 0, 0), 1, 1)).toBe(Force.exceeded);
    expect(make().judge(of(0, 0, 0, 0, 3, -4), 1, 1)).toBe(Force.kept);
    expect(make().judge(of(0, 0, 0, 0.1, 3, -4), 1, 1)).toBe(Force.exceeded);
    expect(make().judge(of(0, 0, 0, 0, 3.0001, 4), 1, 1)).toBe(Force.exceeded);
    expect(make().judge(of(0, 0, 0, 0, 3, 4.0001), 1, 1)).toBe(Force.exceeded);
    expect(make().judge(of(0, 0, 0, 4, 3, 0), 1, 1)).toBe(Force.kept);
    expect(make().judge(of(-Infinity, 0, 0, 0, 0, 0), 1, 1)).toBe(Force.exceeded);
  });

  it('find an excess in one though the other is not measured', () => {
    expect(make().judge(of(14, 0, 0, NaN_, 0, 0), 1, 1)).toBe(Force.exceeded);
    expect(make().judge(of(0, NaN_, 0, 0, 0, 6), 1, 1)).toBe(Force.exceeded);
  });

  it('take what is not finite, or too old, for missing after the time-out', () => {
    const limits = make();
    expect(limits.judge(of(0, 0, 0, 0, 0, NaN_), 8, 8)).toBe(Force.missing);
    expect(limits.judge(of(0, 0, 0, 0, 0, 0), 8, 8)).toBe(Force.kept);
    expect(limits.judge(of(NaN_, 0, 0, 0, 0, 0), 8.5, 8.5)).toBe(Force.kept);
    expect(limits.judge(of(NaN_, 0, 0, 0, 0, 0), 8.6, 8.6)).toBe(Force.missing);
    expect(limits.judge(of(0, 0, 0, 0, 0, 0), 8.6, 8.6)).toBe(Force.kept);
    expect(limits.judge(of(0, 0, 0, 0, 0, 0), 8.6, 9.2)).toBe(Force.missing);
  });

  it('still show an excess that was measured last, however old', () => {
    expect(make().judge(of(14, 0, 0, 0, 0, 0), 8, 80)).toBe(Force.exceeded);
  });

  it('can leave out force or torque', () => {
    const torqueOnly = new WrenchLimits({ force: Infinity, torque: 5, timeout: 1 });
    expect(torqueOnly.judge(of(1e9, 0, 0, 0, 0, 5), 1, 1)).toBe(Force.kept);
    const forceOnly = new WrenchLimits({ force: 13, torque: Infinity, timeout: 1 });
    expect(forceOnly.judge(of(13, 0, 0, 0, 0, 1e9), 1, 1)).toBe(Force.kept);
  });

  it.each([
    [0, 1, 1, /force is 0/],
    [1, 0, 1, /torque is 0/],
    [1, 1, 0, /timeout is 0/],
    [NaN_, 1, 1, /force is NaN/],
  ])('refuse %d N, %d N m, %d s', (force, torque, timeout, message) => {
    expect(() => new WrenchLimits({ force, torque, timeout })).toThrow(message);
  });
});

describe('freshness', () => {
  it('ends after the time-out, and trusts no time from the future or that is no number', () => {
    expect(fresh(8, 8.5, 0.5)).toBe(true);
    expect(fresh(8, 8.75, 0.5)).toBe(false);
    expect(fresh(8.5, 8, 0.5)).toBe(true);
    expect(fresh(8.75, 8, 0.5)).toBe(false);
    expect(fresh(NaN_, 8, 0.5)).toBe(false);
    expect(fresh(8, NaN_, 0.5)).toBe(false);
  });
});
