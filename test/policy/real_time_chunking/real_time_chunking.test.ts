/** What each form of real-time chunking does to a sample, and what it refuses. */
import { describe, expect, it } from 'vitest';
import { freezeRamp } from '../../../src/policy/real_time_chunking/freeze_ramp.js';
import { guidanceGain } from '../../../src/policy/real_time_chunking/guided_velocity.js';
import {
  type ChunkingForm,
  type ChunkingOptions,
  type ChunkingTarget,
  RealTimeChunking,
} from '../../../src/policy/real_time_chunking/real_time_chunking.js';
import { FlowEulerSampler } from '../../../src/policy/samplers/flow.js';
import { runSampler } from '../../../src/policy/samplers/sampler.js';

const STEPS = 8;
const target: ChunkingTarget = {
  shape: { batch: 2, steps: STEPS, width: 3, start: 0 },
  // Two joints in a sample of three columns.
  normalizer: {
    size: 2,
    normalize: (values, out) => {
      for (let i = 0; i < out.length; i++) out[i] = (values[i] ?? Number.NaN) / 2;
    },
  },
  direction: 'one_to_zero',
  timePerStep: true,
  evaluations: 10,
};

function make(form: ChunkingForm, more: Partial<ChunkingOptions> = {}): RealTimeChunking {
  return new RealTimeChunking({ form, schedule: 'exp', guidance: 10, ...more }, target);
}

/** Old actions: joint 0 rises by 0.2 a step from 1, joint 1 stands at −1; `real` rows of them. */
function prefix(real: number, delay: number) {
  const actions = new Float32Array(STEPS * 2).fill(Number.NaN);
  for (let i = 0; i < real; i++) actions.set([1 + 0.2 * i, -1], i * 2);
  return { actions, real, delay };
}

/** Samples with a network that wants to go to 0 in both joints; returns candidate 1's rows. */
async function sample(chunking: RealTimeChunking, real: number, delay: number, steps = 10) {
  const x = Float32Array.from({ length: 2 * STEPS * 3 }, (_, i) => Math.sin(7 * i));
  const velocity = new Float32Array(x.length);
  const spec = { type: 'flow_euler', steps, time: 'one_to_zero', prediction: 'velocity' } as const;
  await runSampler(
    new FlowEulerSampler(spec),
    // x = t·ε for an action of 0, so that v = ε = x/t.
    (now, time) => {
      for (let i = 0; i < x.length; i++) velocity[i] = (now[i] ?? 0) / time;
      return velocity;
    },
    () => {},
    x,
    new Float32Array(x.length),
    chunking.lead(prefix(real, delay)),
  );
  const rows = x.subarray(STEPS * 3);
  return Array.from({ length: STEPS }, (_, i) => [...rows.subarray(i * 3, i * 3 + 3)]);
}

describe('the guidance weight', () => {
  it('is that of LeRobot for ten steps and β = 10', () => {
    const gains = Array.from({ length: 10 }, (_, k) => guidanceGain(k / 10, 10));
    const expected = [10, 9.111, 4.25, 2.762, 2.167, 2, 2.167, 2.762, 4.25, 9.111];
    for (const [k, gain] of gains.entries()) expect(gain).toBeCloseTo(expected[k] ?? 0, 3);
  });

  it('is β at noise and 0 at the action', () => {
    expect(guidanceGain(0, 5)).toBe(5);
    expect(guidanceGain(1, 5)).toBe(0);
  });
});

describe('the ramp of velocity freeze', () => {
  it('is 0 for what is frozen, rises as 1 − e^(−6u), and is 1 from the end of the overlap', () => {
    const ramp = freezeRamp(2, 5, STEPS);
    const at = (u: number) => (1 - Math.exp(-6 * u)) / (1 - Math.exp(-6));
    const expected = [0, 0, at(0.25), at(0.5), at(0.75), 1, 1, 1];
    for (const [i, value] of expected.entries()) expect(ramp[i]).toBeCloseTo(value, 6);
  });
});

describe('real-time chunking', () => {
  it.each(['trained_prefix', 'velocity_freeze'] as const)(
    '%s gives the actions that are executed meanwhile unchanged, and the network’s afterwards',
    async (form) => {
      const rows = await sample(make(form), 5, 3);
      for (let i = 0; i < 3; i++) {
        expect(rows[i]?.[0]).toBeCloseTo((1 + 0.2 * i) / 2, 6);
        expect(rows[i]?.[1]).toBeCloseTo(-0.5, 6);
      }
      for (let i = 5; i < STEPS; i++) expect(rows[i]?.[0]).toBeCloseTo(0, 6);
    },
  );

  it('guided draws what is executed meanwhile to the old actions, less and less', async () => {
    const [held, free] = [await sample(make('guided'), 6, 2), await sample(make('guided'), 0, 0)];
    const off = held.map((row, i) => Math.abs((row[0] ?? 0) - (1 + 0.2 * i) / 2));
    // The network insists on 0: the last step, of 0.1 with weight 9.11, leaves a tenth of that.
    expect(off[0]).toBeCloseTo((1 - 0.911) * 0.5, 2);
    expect(off[1]).toBeCloseTo((1 - 0.911) * 0.6, 2);
    expect(off[5]).toBeGreaterThan(0.3);
    expect(held[7]?.[0]).toBeCloseTo(free[7]?.[0] ?? Number.NaN, 6);
  });

  it('weighs the correction by no more than the sampler’s steps where nothing else is said', async () => {
    const example = await sample(make('guided', { guidance: undefined }), 6, 2);
    expect(example).toEqual(await sample(make('guided', { guidance: 10 }), 6, 2));
    expect(example).not.toEqual(await sample(make('guided', { guidance: 5 }), 6, 2));
  });

  it('leaves columns beyond the joints to the network', async () => {
    const [held, free] = [await sample(make('guided'), 6, 2), await sample(make('guided'), 0, 0)];
    for (const [i, row] of held.entries()) expect(row[2]).toBe(free[i]?.[2]);
  });

  it('has no prefix without old actions', () => {
    expect(make('guided').lead(prefix(0, 2))).toBeUndefined();
  });

  it('holds the last real action where the delay outlasts the old chunk, and never a zero', async () => {
    const rows = await sample(make('velocity_freeze'), 2, 6);
    // Held as far as there are old actions; nothing that was never planned is invented.
    expect(rows[1]?.[0]).toBeCloseTo(0.6, 6);
    expect(rows[2]?.[0]).toBeCloseTo(0, 6);
  });

  it('keeps to no more steps than it is told', async () => {
    const rows = await sample(make('velocity_freeze', { keep: 1 }), 6, 4);
    expect(rows[0]?.[0]).toBeCloseTo(0.5, 6);
    expect(rows[1]?.[0]).toBeCloseTo(0, 6);
  });

  it('refuses a form that the package has no graph for, and names what is missing', () => {
    expect(() => make('guided_vjp')).toThrow(/gradient graph.*program\.gradient/);
    const plain = { ...target, timePerStep: false };
    const options = { form: 'trained_prefix', schedule: 'exp' } as const;
    expect(() => new RealTimeChunking(options, plain)).toThrow(/time for every step/);
  });
});
