/** The delay of one signal against another, by cross-correlation. */
import { SinewError } from '../../core/error.js';
import { Signal } from './signal.js';

/** Delays that are looked for, s, and the step of the search, which a parabola refines. */
const SEARCH = { least: -0.05, most: 0.6, step: 0.001 };
/** Below this correlation the two signals do not show the same motion. */
const SAME_MOTION = 0.85;
/** Samples that have to overlap. */
const ENOUGH = 40;

export interface Delay {
  /** s; positive: `late` comes after `early`. */
  readonly delay: number;
  /** Of the two at that delay, 0 to 1. */
  readonly correlation: number;
}

/**
 * The delay at which `late` follows `early` best, whichever their units and signs.
 *
 * @param late one signal, or several that are orthogonal to each other, such as principal components:
 *   what they show together counts, so they may bend the motion as they like
 * @param what names the signal in an error, such as "camera wrist"
 * @throws SinewError when it does not show the motion, or is later than can be told
 */
export function delayOf(early: Signal, late: Signal | readonly Signal[], what: string): Delay {
  const signals = late instanceof Signal ? [late] : late;
  const steps = Math.round((SEARCH.most - SEARCH.least) / SEARCH.step);
  const curve = Array.from({ length: steps + 1 }, (_, i) =>
    together(early, signals, SEARCH.least + i * SEARCH.step),
  );
  const best = curve.reduce((a, value, i) => (value > (curve[a] ?? 0) ? i : a), 0);
  const peak = curve[best] ?? 0;
  if (!(peak >= SAME_MOTION)) {
    throw new SinewError(`${what} does not show the motion (correlation ${peak.toFixed(2)})`, {
      expected: `at least ${SAME_MOTION}`,
      cure: 'move a joint that it sees, further (--joint, --amplitude), and keep all else still',
    });
  }
  if (best === 0 || best === steps) {
    throw new SinewError(`${what} is out of the range that is looked for`, {
      expected: `a delay from ${SEARCH.least} to ${SEARCH.most} s`,
      cure: 'look at its stamps: are they of the same clock?',
    });
  }
  const [a = 0, b = 0, c = 0] = curve.slice(best - 1, best + 2);
  const bend = a - 2 * b + c;
  const shift = bend === 0 ? 0 : (0.5 * (a - c)) / bend;
  return { delay: SEARCH.least + (best + shift) * SEARCH.step, correlation: peak };
}

/** Multiple correlation of `early`, put off by `delay`, with orthogonal signals. */
function together(early: Signal, signals: readonly Signal[], delay: number): number {
  const squares = signals.map((signal) => correlation(early, signal, delay) ** 2);
  return Math.sqrt(
    Math.min(
      1,
      squares.reduce((sum, square) => sum + square, 0),
    ),
  );
}

/** Pearson's, of `late` and of `early` put off by `delay`; 0 without enough overlap. */
function correlation(early: Signal, late: Signal, delay: number): number {
  let [n, sx, sy, sxx, syy, sxy] = [0, 0, 0, 0, 0, 0];
  for (const [i, time] of late.times.entries()) {
    const x = early.at(time - delay);
    const y = late.values[i] ?? Number.NaN;
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    n++;
    sx += x;
    sy += y;
    sxx += x * x;
    syy += y * y;
    sxy += x * y;
  }
  if (n < ENOUGH) return 0;
  const covariance = sxy - (sx * sy) / n;
  const scale = Math.sqrt((sxx - (sx * sx) / n) * (syy - (sy * sy) / n));
  return scale > 0 ? covariance / scale : 0;
}
