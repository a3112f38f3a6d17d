/** Quantiles and success rates as the commands report them. */

/** The figures printed for every timing, in the unit of the samples. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Nearest-rank quantile of ascending `sorted`; NaN when empty. */
function rank(sorted: readonly number[], quantile: number): number {
  return sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)] ?? Number.NaN;
}

/** Quantiles of `samples` in any order, or null when there is none: an absent figure is no zero. */
export function quantiles(samples: Iterable<number>): Quantiles | null {
  const sorted = [...samples].sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  return {
    p50: rank(sorted, 0.5),
    p99: rank(sorted, 0.99),
    p999: rank(sorted, 0.999),
    max: rank(sorted, 1),
  };
}

/** `value` with `digits` decimals, for reports. */
export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** Quantiles rounded for a report. */
export function roundedQuantiles(samples: Iterable<number>, digits = 3): Quantiles | null {
  const q = quantiles(samples);
  if (q === null) return null;
  return {
    p50: round(q.p50, digits),
    p99: round(q.p99, digits),
    p999: round(q.p999, digits),
    max: round(q.max, digits),
  };
}

/**
 * Wilson's 95 % score interval of a success rate: it stays inside [0, 1] and is right for few
 * episodes, where the normal approximation is not.
 */
export function wilsonInterval(successes: number, episodes: number): [low: number, high: number] {
  if (episodes === 0) return [0, 1];
  const z = 1.959964;
  const p = successes / episodes;
  const scale = 1 + (z * z) / episodes;
  const centre = (p + (z * z) / (2 * episodes)) / scale;
  const half = (z / scale) * Math.sqrt((p * (1 - p)) / episodes + (z * z) / (4 * episodes ** 2));
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
