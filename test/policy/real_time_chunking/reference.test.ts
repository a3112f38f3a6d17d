/**
 * Real-time chunking gives the velocities of LeRobot's processor and of the published reference
 * (Kinetix), step by step; ../golden/make_real_time_chunking.py made the vectors.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type PrefixSchedule,
  prefixWeights,
} from '../../../src/policy/real_time_chunking/prefix_weights.js';
import {
  type ChunkingForm,
  type ChunkingTarget,
  RealTimeChunking,
} from '../../../src/policy/real_time_chunking/real_time_chunking.js';
import { FlowEulerSampler } from '../../../src/policy/samplers/flow.js';
import { runSampler } from '../../../src/policy/samplers/sampler.js';

interface Step {
  readonly time: number;
  readonly times?: number[];
  readonly x: number[];
  readonly velocity: number[];
  readonly guided: number[];
}
interface Case {
  readonly schedule: PrefixSchedule;
  readonly delay: number;
  readonly end: number;
  readonly beta: number;
  readonly steps: Step[];
  readonly actions: number[];
}
interface Part {
  readonly network: Record<'matrix' | 'offset' | 'slope', number[]>;
  readonly noise: number[];
  readonly old: number[];
  readonly weights: (Omit<Case, 'steps'> & { readonly weights: number[] })[];
  readonly cases: Case[];
}
interface Golden {
  readonly lerobot: Part & {
    readonly prefix: { delay: number; steps: Required<Step>[]; actions: number[] };
  };
  readonly kinetix: Part;
}

const golden: Golden = JSON.parse(
  readFileSync(new URL('../golden/real_time_chunking.json', import.meta.url), 'utf8'),
);
const STEPS = 10;
const JOINTS = 3;
const SIZE = STEPS * JOINTS;
/** Whole units in the last place of float32 round 1. */
const ULP = 2 ** -23;

const identity = {
  size: JOINTS,
  normalize: (values: Float32Array | Float64Array, out: Float32Array) => out.set(values),
};
const shape = { batch: 1, steps: STEPS, width: JOINTS, start: 0 };

/** tanh(matrix · x + offset + slope · time), and its slope at each output. */
function network({ matrix, offset, slope }: Part['network'], x: Float32Array, time: number) {
  const velocity = new Float32Array(SIZE);
  const bend = new Float64Array(SIZE);
  for (let i = 0; i < SIZE; i++) {
    let sum = (offset[i] ?? 0) + (slope[i] ?? 0) * time;
    for (let k = 0; k < SIZE; k++) sum += (matrix[i * SIZE + k] ?? 0) * (x[k] ?? 0);
    velocity[i] = Math.tanh(sum);
    bend[i] = 1 - Math.tanh(sum) ** 2;
  }
  return { velocity, bend };
}

/** Pulls a cotangent back through x + (1 − t)·velocity(x, t). */
function gradientOf(part: Part): NonNullable<ChunkingTarget['gradient']> {
  return async (x, time, cotangent) => {
    const { bend } = network(part.network, x, time);
    return Float32Array.from({ length: SIZE }, (_, k) => {
      let sum = cotangent[k] ?? 0;
      for (let i = 0; i < SIZE; i++) {
        const through = (cotangent[i] ?? 0) * (bend[i] ?? 0);
        sum += (1 - time) * through * (part.network.matrix[i * SIZE + k] ?? 0);
      }
      return sum;
    });
  };
}

function steering(
  form: ChunkingForm,
  { schedule, delay, end, beta }: Pick<Case, 'schedule' | 'delay' | 'end' | 'beta'>,
  part: Part,
  direction: ChunkingTarget['direction'],
): RealTimeChunking {
  const chunking = new RealTimeChunking(
    { form, schedule, guidance: beta, keep: end },
    {
      shape,
      normalizer: identity,
      direction,
      timePerStep: true,
      evaluations: STEPS,
      gradient: gradientOf(part),
    },
  );
  chunking.lead({ actions: Float32Array.from(part.old), real: STEPS, delay });
  return chunking;
}

function euler(steps: number, time: ChunkingTarget['direction']): FlowEulerSampler {
  const spec = { type: 'flow_euler', steps, time, prediction: 'velocity' } as const;
  return new FlowEulerSampler(spec);
}

const worst = (actual: Float32Array, expected: readonly number[]) =>
  Math.max(...expected.map((value, i) => Math.abs((actual[i] ?? Number.NaN) - value)));

describe.each(['lerobot', 'kinetix'] as const)('the prefix weights of %s', (name) => {
  it.each(golden[name].weights)('$schedule from $delay to $end', (example) => {
    const { schedule, delay, end, weights } = example;
    expect(worst(prefixWeights(delay, end, STEPS, schedule), weights)).toBeLessThanOrEqual(2 * ULP);
  });
});

describe('guided, forward only', () => {
  it.each(golden.lerobot.cases)('is LeRobot’s: $schedule, $delay to $end, β $beta', (example) => {
    const chunking = steering('guided', example, golden.lerobot, 'one_to_zero');
    for (const { time, x, velocity, guided } of example.steps) {
      const output = Float32Array.from(velocity);
      void chunking.adjust(Float32Array.from(x), time, output);
      // A weight that differs in its last place is multiplied by β and the error.
      const scale = Math.max(1, ...guided.map(Math.abs));
      expect(worst(output, guided)).toBeLessThanOrEqual(2 * scale * ULP);
    }
  });
});

describe('guided through the network', () => {
  it.each(golden.kinetix.cases)(
    'is the reference’s: $schedule, $delay to $end',
    async (example) => {
      const part = golden.kinetix;
      const chunking = steering('guided_vjp', example, part, 'zero_to_one');
      for (const { time, x, guided } of example.steps) {
        const sample = Float32Array.from(x);
        const { velocity } = network(part.network, sample, time);
        await chunking.adjust(sample, time, velocity);
        expect(worst(velocity, guided)).toBeLessThanOrEqual(1e-5);
      }
    },
  );

  it.each(golden.kinetix.cases)('samples its chunk: $schedule, $delay to $end', async (example) => {
    const part = golden.kinetix;
    const chunking = steering('guided_vjp', example, part, 'zero_to_one');
    const sampler = euler(5, 'zero_to_one');
    const x = Float32Array.from(part.noise);
    await runSampler(
      sampler,
      (sample, time) => network(part.network, sample, time).velocity,
      () => {},
      x,
      new Float32Array(SIZE),
      chunking,
    );
    expect(worst(x, example.actions)).toBeLessThanOrEqual(1e-5);
  });
});

describe('a trained prefix', () => {
  it('stays clean, has the clean time, and leaves the rest to the sampler, as in LeRobot', async () => {
    const part = golden.lerobot;
    const { delay, steps, actions } = part.prefix;
    const example = { schedule: 'zeros', delay, end: STEPS, beta: 1 } as const;
    const chunking = steering('trained_prefix', example, part, 'one_to_zero');
    const sampler = euler(steps.length, 'one_to_zero');
    const x = Float32Array.from(part.noise);
    let k = 0;
    await runSampler(
      sampler,
      (sample, time) => {
        const step = steps[k++];
        if (step === undefined) throw new Error('more steps than the reference took');
        const { times, x: expected, velocity } = step;
        expect(worst(chunking.timesAt(time) ?? new Float32Array(0), times)).toBeLessThanOrEqual(
          ULP,
        );
        expect(worst(sample, expected)).toBeLessThanOrEqual(4 * ULP);
        return Float32Array.from(velocity);
      },
      () => {},
      x,
      new Float32Array(SIZE),
      chunking,
    );
    expect(worst(x, actions)).toBeLessThanOrEqual(4 * ULP);
  });
});
