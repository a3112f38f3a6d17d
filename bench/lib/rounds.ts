/**
 * Rounds in turn: A B A B. What disturbs a machine for a while (heat, another program) then falls on
 * all sides, and the ratios of neighbouring rounds show how far the figure can be trusted.
 */

/** One side of a comparison; `measure` runs one round and returns its samples. */
export interface Side<R> {
  readonly name: string;
  measure(round: number): Promise<R>;
}

/** Runs `rounds` rounds of all sides in turn; every other round begins with the last side. */
export async function interleave<R>(
  sides: readonly Side<R>[],
  rounds: number,
  onRound: (side: string, round: number, result: R) => void = () => {},
): Promise<Map<string, R[]>> {
  const results = new Map<string, R[]>(sides.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? sides : [...sides].reverse()) {
      const result = await side.measure(round);
      results.get(side.name)?.push(result);
      onRound(side.name, round, result);
    }
  }
  return results;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

/** A ratio with how it varied from round to round. */
export interface Ratio {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Median, least and greatest. */
export function spread(ratios: readonly number[]): Ratio {
  return { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) };
}

/** Ratios a/b of the same rounds. */
export function ratioOf(a: readonly number[], b: readonly number[]): Ratio {
  return spread(a.map((value, i) => value / (b[i] ?? Number.NaN)));
}

/** The ratio rounded for a report. */
export function roundedRatio({ median: middle, min, max }: Ratio, digits = 3): Ratio {
  const round = (value: number) => Number(value.toFixed(digits));
  return { median: round(middle), min: round(min), max: round(max) };
}

export function ratioText({ median: middle, min, max }: Ratio): string {
  return `${middle.toFixed(2)}× (${min.toFixed(2)} to ${max.toFixed(2)})`;
}
