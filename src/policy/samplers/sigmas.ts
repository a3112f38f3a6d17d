/** Noise levels σ of Karras et al. and the scalings of their networks, in float32. */
import type { EdmSpec } from '../sampler_schema.js';
import { linspace32 } from './linspace.js';

const { fround } = Math;
const sqrt32 = (value: number): number => fround(Math.sqrt(value));

/** Formula 5 of Karras et al. at `ramp` from 0 (σ_max) to 1 (σ_min). */
function karras(ramp: number, least: number, most: number, rho: number): number {
  const [low, high] = [least ** (1 / rho), most ** (1 / rho)];
  return fround(fround(fround(high) + fround(ramp * fround(low - high))) ** rho);
}

/** σ of each step in falling order and a last 0, [steps + 1]. */
export function sigmasOf(spec: EdmSpec): Float32Array {
  const { steps, sigma_min: least, sigma_max: most, schedule, rho } = spec;
  const sigmas = new Float32Array(steps + 1);
  if (schedule === 'karras') {
    for (const [i, ramp] of linspace32(0, 1, steps).entries()) {
      sigmas[i] = karras(ramp, least, most, rho);
    }
  } else if (schedule === 'exponential') {
    sigmas.set(linspace32(Math.log(most), Math.log(least), steps).map((log) => Math.exp(log)));
  } else {
    sigmas.set(linspace32(most, least, steps));
  }
  return sigmas;
}

/** σ of bin 0 (the noisiest) … bins−1, as Consistency Policy counts them. */
export function sigmaOfBin(
  bin: number,
  {
    bins,
    sigma_min: least,
    sigma_max: most,
    rho,
  }: Record<'bins' | 'sigma_min' | 'sigma_max' | 'rho', number>,
): number {
  const sigma = karras(fround(bin / (bins - 1)), least, most, rho);
  return Math.min(Math.max(sigma, fround(least)), fround(most));
}

/** How a network F that was trained on scaled numbers is used: D(x) = c_out·F(c_in·x) + c_skip·x. */
export interface Scaling {
  readonly input: number;
  readonly output: number;
  readonly skip: number;
}

/**
 * Table 1 of Karras et al.
 *
 * @param sigma noise level @param data standard deviation of the data
 * @param boundary subtracted from σ where the network has to be the identity at that level
 */
export function scalingOf(sigma: number, data: number, boundary = 0): Scaling {
  const square = fround(data * data);
  const root = sqrt32(fround(fround(sigma * sigma) + square));
  const above = boundary === 0 ? sigma : fround(sigma - fround(boundary));
  return {
    input: fround(1 / root),
    output: fround(fround(above * fround(data)) / root),
    skip: fround(square / fround(fround(above * above) + square)),
  };
}

/** The network's time input for a noise level. */
export function sigmaInput(
  sigma: number,
  { time, time_factor: factor }: Pick<EdmSpec, 'time' | 'time_factor'>,
): number {
  return fround(time === 'sigma' ? sigma : factor * Math.log(sigma));
}
