/** stats.json: the figures of the training data that values are normalised with. */
import { z } from 'zod';
import type { Normalization } from './package_schema.js';

const row = z.array(z.number()).min(1);

/** One entry for each normalised observation and for `action`. */
export const statisticsSchema = z.record(
  z.string(),
  z.strictObject({
    min: row.optional(),
    max: row.optional(),
    mean: row.optional(),
    std: row.optional(),
    q01: row.optional(),
    q99: row.optional(),
  }),
);

export type Statistics = z.output<typeof statisticsSchema>;
export type StatisticsRow = Statistics[string];

/** The two rows that a normalisation needs: an offset-like and a width-like one. */
export const ROWS_NEEDED = {
  identity: [],
  mean_std: ['mean', 'std'],
  min_max: ['min', 'max'],
  quantiles: ['q01', 'q99'],
} as const satisfies Record<Normalization, readonly (keyof StatisticsRow)[]>;

/**
 * What is wrong with the statistics of `key` for this normalisation; empty when nothing is.
 *
 * @param size numbers a row must have (joints, or channels of an image)
 */
export function statisticsFaults(
  statistics: Statistics,
  key: string,
  kind: Normalization,
  size: number,
): string[] {
  const needed = ROWS_NEEDED[kind];
  if (needed.length === 0) return [];
  const entry = statistics[key];
  if (entry === undefined) {
    return [`no statistics for "${key}"; expected ${needed.join(' and ')} for ${kind}`];
  }
  const faults: string[] = [];
  for (const name of needed) {
    const values = entry[name];
    if (values === undefined) {
      faults.push(`statistics of "${key}" lack ${name}; expected it for ${kind}`);
    } else if (values.length !== size) {
      faults.push(`${name} of "${key}" has ${values.length} numbers; expected ${size}`);
    } else if (name === 'std' && values.some((value) => value < 0)) {
      faults.push(`std of "${key}" has a negative number; expected 0 or more`);
    }
  }
  if (faults.length > 0 || kind === 'mean_std') return faults;
  const [lowName, highName] = needed;
  if (lowName === undefined || highName === undefined) return faults;
  const [low, high] = [entry[lowName] ?? [], entry[highName] ?? []];
  const inverted = low.findIndex((value, i) => value > (high[i] ?? value));
  if (inverted >= 0) {
    faults.push(`${lowName} of "${key}" exceeds ${highName} at index ${inverted}`);
  }
  return faults;
}
