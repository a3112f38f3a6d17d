/** Reading numbers out of fixed-length arrays in loops that must neither allocate nor branch. */

/**
 * Element `i` of `values`. Outside the array it is undefined at run time, which every comparison
 * and sum treats as NaN, so the safety filter fails closed on it.
 */
export function at(values: Float64Array, i: number): number {
  return values[i] as number;
}

/** The same for whatever is like an array: apart, so that `at` sees one kind only and stays fast. */
export function item(values: ArrayLike<number>, i: number): number {
  return values[i] as number;
}

/** `value` inside [lower, upper]; `lower` wins where the two cross. NaN stays NaN. */
export function clamp(value: number, lower: number, upper: number): number {
  return Math.max(lower, Math.min(upper, value));
}

/** Whether the first `count` values (all of them by default) are finite. */
export function allFinite(values: Float64Array, count = values.length): boolean {
  for (let i = 0; i < count; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}
