/** The threshold of the gate keeps the rate of false alarms that was asked for. */
import { describe, expect, it } from 'vitest';
import {
  calibrateGate,
  conformalThreshold,
  peakScore,
} from '../../src/control/gate_calibration.js';

/** Numbers from 0 to 1, the same every time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('calibration of the gate', () => {
  it('takes the rank that split conformal prediction asks for', () => {
    const peaks = Array.from({ length: 19 }, (_, i) => i + 1);
    // ⌈20 · 0.9⌉ = 18th of 19.
    expect(conformalThreshold(peaks, 0.1)).toBe(18);
    expect(conformalThreshold(peaks.reverse(), 0.05)).toBe(19);
    expect(() => conformalThreshold(peaks.slice(1), 0.05)).toThrow(/at least 19/);
  });

  it('keeps the rate on episodes that it has not seen', () => {
    const next = random(7);
    const peak = () => -Math.log(1 - next());
    let alarms = 0;
    const TRIALS = 2000;
    for (let i = 0; i < TRIALS; i++) {
      const threshold = conformalThreshold(Array.from({ length: 30 }, peak), 0.1);
      if (peak() > threshold) alarms++;
    }
    // ⌈31 · 0.9⌉ = 28 of 30: a new one lies above with a probability of 3/31.
    expect(alarms / TRIALS).toBeGreaterThan(0.075);
    expect(alarms / TRIALS).toBeLessThan(0.1 + 0.02);
  });

  it('judges an episode by its highest run of scores', () => {
    expect(peakScore([1, 5, 2, 3, 3], 1)).toBe(5);
    expect(peakScore([1, 5, 2, 3, 3], 2)).toBe(3);
    expect(peakScore([1, Number.NaN], 1)).toBe(Number.POSITIVE_INFINITY);
    expect(peakScore([1], 2)).toBe(Number.NEGATIVE_INFINITY);
  });

  it('is made from the good episodes and tells what it means for the failed ones', () => {
    const good = Array.from({ length: 20 }, (_, i) => ({ success: true, scores: [0, i] }));
    const failed = [3, 30].map((score) => ({ success: false, scores: [score] }));
    expect(calibrateGate([...good, ...failed], 0.1, 1)).toEqual({
      false_alarm_rate: 0.1,
      consecutive: 1,
      threshold: 18,
      good_episodes: 20,
      failed_episodes: 2,
      failed_asking: 1,
    });
  });

  it('refuses good episodes without scores', () => {
    const episodes = Array.from({ length: 20 }, () => ({ success: true, scores: [] }));
    expect(() => calibrateGate(episodes, 0.1, 1)).toThrow(/no numbers or missing/);
  });
});
