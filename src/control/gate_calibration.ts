/**
 * Calibrates the gate's threshold for a stated rate of false alarms by split conformal prediction:
 * the highest score of each good episode is a sample, and the threshold is the ⌈(n + 1)(1 − α)⌉-th
 * smallest of them. A new good episode, exchangeable with those recorded, then calls the operator in
 * vain with a probability of at most α.
 */
import { z } from 'zod';
import { SinewError } from '../core/error.js';

/** The scores of one episode in the order in which they came. */
export interface ScoredEpisode {
  readonly scores: readonly number[];
  readonly success: boolean;
}

/** The file that `sinew calibrate gate` writes. */
export const gateCalibrationSchema = z.strictObject({
  format: z.literal('sinew.gate'),
  version: z.literal(1),
  /** Which score it is of; see docs/teleoperation.md. */
  score: z.string(),
  /** Policy package that was calibrated. */
  policy: z.string(),
  /** Greatest share of good episodes that ask in vain. */
  false_alarm_rate: z.number().min(0).max(1),
  consecutive: z.int().min(1),
  threshold: z.number(),
  /** Good episodes that it is from, and how often the failed ones would have asked. */
  good_episodes: z.int().min(1),
  failed_episodes: z.int().min(0),
  failed_asking: z.int().min(0),
});
export type GateCalibration = z.output<typeof gateCalibrationSchema>;

/**
 * Highest value that `consecutive` scores in a row all reach: what has to lie above a threshold for
 * the episode to ask. −Infinity for too few scores; a score that is no number counts as Infinity.
 */
export function peakScore(scores: readonly number[], consecutive: number): number {
  let peak = Number.NEGATIVE_INFINITY;
  for (let i = consecutive; i <= scores.length; i++) {
    const run = scores
      .slice(i - consecutive, i)
      .map((score) => (Number.isNaN(score) ? Infinity : score));
    peak = Math.max(peak, Math.min(...run));
  }
  return peak;
}

/**
 * @param rate greatest share of good episodes that may ask, above 0 and below 1
 * @throws SinewError when there are too few good episodes for the rate, or their scores are no numbers
 */
export function conformalThreshold(peaks: readonly number[], rate: number): number {
  const n = peaks.length;
  const rank = Math.ceil((n + 1) * (1 - rate));
  const least = Math.ceil(1 / rate) - 1;
  const sorted = [...peaks].sort((a, b) => a - b);
  const threshold = sorted[rank - 1];
  if (threshold === undefined) {
    throw new SinewError(`${n} good episodes are too few for a false-alarm rate of ${rate}`, {
      expected: `at least ${least}, or a higher rate`,
    });
  }
  if (Number.isFinite(threshold)) return threshold;
  throw new SinewError('the scores of good episodes are no numbers or missing', {
    expected: 'a policy that publishes finite scores',
  });
}

/** Threshold and figures of a set of episodes. */
export function calibrateGate(
  episodes: readonly ScoredEpisode[],
  rate: number,
  consecutive: number,
): Omit<GateCalibration, 'format' | 'version' | 'score' | 'policy'> {
  const peaks = (success: boolean) =>
    episodes
      .filter((episode) => episode.success === success)
      .map(({ scores }) => peakScore(scores, consecutive));
  const [good, failed] = [peaks(true), peaks(false)];
  const threshold = conformalThreshold(good, rate);
  return {
    false_alarm_rate: rate,
    consecutive,
    threshold,
    good_episodes: good.length,
    failed_episodes: failed.length,
    failed_asking: failed.filter((peak) => peak > threshold).length,
  };
}
