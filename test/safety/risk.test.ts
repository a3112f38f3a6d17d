/** The risk monitor: each threshold from both sides, on the way up and on the way down. */
import { describe, expect, it } from 'vitest';
import { Risk, RiskMonitor, type RiskOptions } from '../../src/safety/risk.js';

const OPTIONS: RiskOptions = { slowAbove: 0.5, holdAbove: 0.8, slowFactor: 0.25, timeout: 0.5 };

/** What a monitor says to each of the scores in turn. */
function judge(...scores: number[]): number[] {
  const monitor = new RiskMonitor(OPTIONS);
  return scores.map((score, i) => monitor.judge(score, i, i));
}

describe('the risk monitor', () => {
  it('slows above one threshold and holds above the other', () => {
    expect(judge(0.5)).toEqual([Risk.none]);
    expect(judge(0.5001)).toEqual([Risk.slow]);
    expect(judge(0.8)).toEqual([Risk.slow]);
    expect(judge(0.8001)).toEqual([Risk.hold]);
    expect(judge(-1, 0, Infinity, -Infinity)).toEqual([Risk.none, Risk.none, Risk.hold, Risk.none]);
  });

  it('stays slow until the score is down to nine tenths of the threshold', () => {
    expect(judge(0.6, 0.5, 0.4501, 0.45, 0.5)).toEqual([
      Risk.slow,
      Risk.slow,
      Risk.slow,
      Risk.none,
      Risk.none,
    ]);
  });

  it('holds until the score is down to nine tenths of the threshold, and is slow then', () => {
    expect(judge(0.9, 0.8, 0.7201, 0.72, 0.8)).toEqual([
      Risk.hold,
      Risk.hold,
      Risk.hold,
      Risk.slow,
      Risk.slow,
    ]);
    expect(judge(0.9, 0.46)).toEqual([Risk.hold, Risk.slow]);
    expect(judge(0.9, 0.45)).toEqual([Risk.hold, Risk.none]);
  });

  it('is stale without a score, with a score that is no number, and when the critic is silent', () => {
    const monitor = new RiskMonitor(OPTIONS);
    expect(monitor.judge(0, Number.NaN, 8)).toBe(Risk.stale);
    expect(monitor.judge(Number.NaN, 8, 8)).toBe(Risk.stale);
    expect(monitor.judge(0, 8, 8.5)).toBe(Risk.none);
    expect(monitor.judge(0, 8, 8.501)).toBe(Risk.stale);
    expect(monitor.judge(0, 9, 8.4)).toBe(Risk.stale);
  });

  it('forgets no level while it is stale', () => {
    const monitor = new RiskMonitor(OPTIONS);
    expect(monitor.judge(0.9, 1, 1)).toBe(Risk.hold);
    expect(monitor.judge(Number.NaN, 2, 2)).toBe(Risk.stale);
    expect(monitor.judge(0.75, 3, 3)).toBe(Risk.hold);
  });

  it('tells the share of speed that is left', () => {
    expect(new RiskMonitor(OPTIONS).slowFactor).toBe(0.25);
  });

  it.each([
    [{ slowAbove: -0.1 }, 'risk: slowAbove is -0.1; expected a number from 0'],
    [{ slowAbove: Number.NaN }, /slowAbove is NaN/],
    [{ holdAbove: 0.49 }, 'risk: holdAbove is 0.49; expected a number from slowAbove'],
    [{ holdAbove: Number.NaN }, /holdAbove is NaN/],
    [{ slowFactor: 0 }, 'risk: slowFactor is 0; expected above 0, up to 1'],
    [{ slowFactor: 1.01 }, /slowFactor is 1.01/],
    [{ slowFactor: Number.NaN }, /slowFactor is NaN/],
    [{ timeout: 0 }, 'risk: timeout is 0; expected seconds above 0'],
    [{ timeout: Number.NaN }, /timeout is NaN/],
  ])('refuses %j', (options, message) => {
    expect(() => new RiskMonitor({ ...OPTIONS, ...options })).toThrow(message);
  });

  it('accepts the ends of the ranges', () => {
    const options = { slowAbove: 0, holdAbove: 0, slowFactor: 1, timeout: 1 };
    const monitor = new RiskMonitor(options);
    expect(monitor.judge(0, 0, 0)).toBe(Risk.none);
    expect(monitor.judge(1e-9, 0, 0)).toBe(Risk.hold);
    expect(monitor.judge(0, 0, 0)).toBe(Risk.none);
  });
});
