/** Which training timesteps a diffusion sampler visits (the spacings of Lin et al., table 2). */
import { SinewError } from '../../core/error.js';
import type { DiffusionSpec } from '../sampler_schema.js';

type Spaced = Pick<DiffusionSpec, 'train_timesteps' | 'steps' | 'spacing' | 'offset'>;

/** Rounds halves to even, as NumPy does. */
function roundEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest !== 0.5) return Math.round(value);
  return low % 2 === 0 ? low : low + 1;
}

/**
 * Timesteps in the order they are visited, descending, [steps].
 *
 * @throws SinewError when there are more steps than training timesteps or one lies outside
 */
export function timesteps(spec: Spaced): Int32Array {
  const { train_timesteps: count, steps, spacing, offset } = spec;
  if (steps > count) {
    throw new SinewError(`sampler has ${steps} steps`, {
      expected: `at most train_timesteps = ${count}`,
    });
  }
  const visited = Int32Array.from({ length: steps }, (_, i) => {
    const left = steps - 1 - i;
    switch (spacing) {
      case 'leading':
        return left * Math.floor(count / steps) + offset;
      case 'linspace':
        return steps === 1 ? 0 : roundEven(left * ((count - 1) / (steps - 1)));
      case 'trailing':
        return roundEven(count - i * (count / steps)) - 1;
    }
  });
  const first = visited[0] ?? 0;
  if (first >= count) {
    throw new SinewError(`sampler starts at timestep ${first}`, {
      expected: `less than train_timesteps = ${count}`,
      cure: 'lower offset or steps',
    });
  }
  return visited;
}
