// Distance of two float32 numbers in units in the last place.

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** Place of `value` in the ordered list of all float32 numbers. */
function order(value: number): number {
  float[0] = value;
  const word = bits[0] ?? 0;
  return word < 0 ? -(word & 0x7fffffff) : word;
}

/** How many float32 numbers lie from `a` to `b`; infinite when either is NaN. */
export function ulpDistance(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.POSITIVE_INFINITY;
  return Math.abs(order(a) - order(b));
}
