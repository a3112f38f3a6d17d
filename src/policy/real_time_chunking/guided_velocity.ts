/**
 * The guidance of real-time chunking, as pure functions of one denoising step: how far the estimated
 * clean chunk is from the prefix, and how strongly the velocity is bent towards it. In float32,
 * rounded after every operation, as the references compute. Samples are rows of `width` numbers.
 */

/** Which way time runs from noise to actions. */
export type FlowTime = 'one_to_zero' | 'zero_to_one';

const { fround } = Math;

/**
 * Weight of the correction at time t (0 noise, 1 action): min((1 − t)/t · r, β) with
 * r = (t² + (1 − t)²)/(1 − t)²; β at t = 0 and 0 at t = 1.
 *
 * @param most β
 */
export function guidanceGain(t: number, most: number): number {
  const rising = fround(t);
  const rest = fround(1 - rising);
  if (rising <= 0) return most;
  if (rest <= 0) return 0;
  const square = fround(rest * rest);
  const r = fround(fround(fround(rising * rising) + square) / square);
  return Math.min(fround(fround(rest / rising) * r), fround(most));
}

/** Time as it rises from noise (0) to action (1). */
export function risingTime(time: number, direction: FlowTime): number {
  return direction === 'one_to_zero' ? 1 - time : time;
}

/**
 * (prefix − x̂)·W row by row, with x̂ the clean chunk estimated from `x` and its velocity:
 * x − t·v when time falls, x + (1 − t)·v when it rises.
 *
 * @param prefix actions to keep to, as `x`, of as many rows as `weights` has
 * @param weights W, one a row
 * @param out as `x`; may be `velocity`
 */
export function prefixError(
  x: Float32Array,
  velocity: Float32Array,
  time: number,
  direction: FlowTime,
  prefix: Float32Array,
  weights: Float32Array,
  out: Float32Array,
): void {
  const width = prefix.length / weights.length;
  const factor = fround(direction === 'one_to_zero' ? -time : 1 - time);
  for (let i = 0; i < x.length; i++) {
    const k = i % prefix.length;
    const clean = fround((x[i] as number) + fround(factor * (velocity[i] as number)));
    const error = fround((prefix[k] as number) - clean);
    out[i] = error * (weights[Math.floor(k / width)] as number);
  }
}

/** v ← v ± gain·correction, towards the prefix whichever way time runs. */
export function bendVelocity(
  velocity: Float32Array,
  correction: Float32Array,
  gain: number,
  direction: FlowTime,
): void {
  const signed = fround(direction === 'one_to_zero' ? -gain : gain);
  for (let i = 0; i < velocity.length; i++) {
    velocity[i] = (velocity[i] as number) + fround(signed * (correction[i] as number));
  }
}
