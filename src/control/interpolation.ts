/** Curves through the steps of a chunk: straight lines, or cubics that never overshoot a step. */
import { at } from '../core/vector.js';

export type Interpolation = 'linear' | 'cubic';

/**
 * Slopes for a cubic Hermite curve through points (t, q): Catmull-Rom (the mean of the secants,
 * weighted by the other's length), limited to three times the smaller secant and zero where they
 * differ in sign, which keeps every span monotone (Fritsch and Carlson, 1980).
 *
 * @param times rising, `count` of them
 * @param points `count` rows of `joints` positions
 * @param slopes out: rows likewise, rad/s
 */
export function monotoneSlopes(
  times: Float64Array,
  points: Float64Array,
  slopes: Float64Array,
  count: number,
  joints: number,
): void {
  for (let j = 0; j < joints; j++) {
    for (let i = 0; i < count; i++) {
      const k = i * joints + j;
      const before = i > 0 ? secant(times, points, i - 1, joints, j) : Number.NaN;
      const after = i < count - 1 ? secant(times, points, i, joints, j) : Number.NaN;
      if (count === 1) slopes[k] = 0;
      else if (i === 0) slopes[k] = after;
      else if (i === count - 1) slopes[k] = before;
      else if (before * after <= 0) slopes[k] = 0;
      else {
        const left = at(times, i) - at(times, i - 1);
        const right = at(times, i + 1) - at(times, i);
        const mean = (before * right + after * left) / (left + right);
        const most = 3 * Math.min(Math.abs(before), Math.abs(after));
        slopes[k] = Math.sign(mean) * Math.min(Math.abs(mean), most);
      }
    }
  }
}

function secant(
  times: Float64Array,
  points: Float64Array,
  i: number,
  joints: number,
  j: number,
): number {
  const rise = at(points, (i + 1) * joints + j) - at(points, i * joints + j);
  return rise / (at(times, i + 1) - at(times, i));
}

/** Position on a cubic Hermite span of length h at share s (0 to 1); slopes per unit of h. */
export function hermite(
  s: number,
  h: number,
  q0: number,
  v0: number,
  q1: number,
  v1: number,
): number {
  const r = 1 - s;
  return r * r * ((1 + 2 * s) * q0 + s * h * v0) + s * s * ((1 + 2 * r) * q1 - r * h * v1);
}

/** Its derivative by time. */
export function hermiteSlope(
  s: number,
  h: number,
  q0: number,
  v0: number,
  q1: number,
  v1: number,
): number {
  const r = 1 - s;
  return (6 * s * r * (q1 - q0)) / h + r * (1 - 3 * s) * v0 + s * (3 * s - 2) * v1;
}

/** Its second derivative by time. */
export function hermiteBend(
  s: number,
  h: number,
  q0: number,
  v0: number,
  q1: number,
  v1: number,
): number {
  return (6 * (1 - 2 * s) * (q1 - q0)) / (h * h) + ((6 * s - 4) * v0 + (6 * s - 2) * v1) / h;
}
