/**
 * Velocity freeze, as GR00T N1.6 has it: sampling starts from the old actions where chunks overlap,
 * and the velocity is multiplied by 0 for the steps that are surely executed, by a ramp to the end
 * of the overlap, and by 1 from there.
 */

/** How steep the ramp is. */
const RATE = 6;

/**
 * Factors of `total` steps: 0 before `frozen`, then (1 − e^(−6u))/(1 − e^(−6)) with
 * u = (i − frozen + 1)/(overlap − frozen + 1), 1 from `overlap` on.
 */
export function freezeRamp(
  frozen: number,
  overlap: number,
  total: number,
  out: Float32Array = new Float32Array(total),
): Float32Array {
  const end = Math.expm1(-RATE);
  for (let i = 0; i < total; i++) {
    if (i >= overlap) out[i] = 1;
    else if (i < frozen) out[i] = 0;
    else out[i] = Math.expm1((-RATE * (i - frozen + 1)) / (overlap - frozen + 1)) / end;
  }
  return out;
}
