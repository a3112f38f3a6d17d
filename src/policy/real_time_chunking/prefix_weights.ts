/** How firmly each step of a new chunk is held to the old one in real-time chunking. */

/** Between the steps that are surely executed from the old chunk and the last one that is held. */
export type PrefixSchedule = 'zeros' | 'ones' | 'linear' | 'exp';

const { fround } = Math;

/**
 * Weights W of `total` steps (Black et al. 2025, "Real-time execution of action chunking flow
 * policies", equation 5, and LeRobot's `get_prefix_weights`): 1 before `delay`; then, with
 * w = 1 − (i − delay + 1)/(end − delay + 1), w ("linear"), w·expm1(w)/(e − 1) ("exp"), 1 ("ones") or
 * 0 ("zeros"); 0 from `end` on, which takes precedence over `delay`.
 */
export function prefixWeights(
  delay: number,
  end: number,
  total: number,
  schedule: PrefixSchedule,
  out: Float32Array = new Float32Array(total),
): Float32Array {
  const start = Math.min(delay, end);
  for (let i = 0; i < total; i++) {
    if (i >= end) out[i] = 0;
    else if (i < start) out[i] = 1;
    else out[i] = between(1 - (i - start + 1) / (end - start + 1), schedule);
  }
  return out;
}

function between(share: number, schedule: PrefixSchedule): number {
  if (schedule === 'ones') return 1;
  if (schedule === 'zeros') return 0;
  const w = fround(share);
  return schedule === 'linear' ? w : fround(fround(w * fround(Math.expm1(w))) / fround(Math.E - 1));
}
