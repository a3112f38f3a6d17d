// Streaming diffusion on real graphs: the buffer kept from chunk to chunk, and when it is not.
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { InferenceClient } from '../../src/policy/inference_client.js';
import { ObservationBlock } from '../../src/policy/observation_block.js';
import { loadPackage } from '../../src/policy/package_file.js';
import { PolicyLoop } from '../../src/policy/policy_loop.js';
import { PolicyProgram } from '../../src/policy/program/policy_program.js';
import { StreamPlanner } from '../../src/policy/real_time_chunking/stream_planner.js';
import type { NoiseSource } from '../../src/policy/samplers/sampler.js';
import { idle, makeSync, startInference } from './loop_rig.js';
import { fixture } from './packages.js';

const KEY = 'observation.state';
const DT = 0.1;
const source = loadPackage(fixture('tiny_streaming'));
const STEPS = source.spec.horizon.prediction;

type ArrayRef = { shape: number[]; offset: number };
type Recorded = Record<'state' | 'noise' | 'expected', Float32Array>;

/** Three chunks in a row, as the fixture's script computed them. */
function streamOf(folder: string): Recorded[] {
  const { buffer } = Uint8Array.from(readFileSync(`${folder}/parity.bin`));
  const array = (ref: ArrayRef | undefined) =>
    new Float32Array(
      buffer,
      ref?.offset,
      ref?.shape.reduce((a, b) => a * b),
    );
  const chunks: { inputs: Record<string, ArrayRef>; noise: ArrayRef; expected: ArrayRef }[] =
    JSON.parse(readFileSync(`${folder}/stream.json`, 'utf8'));
  return chunks.map(({ inputs, noise, expected }) => ({
    state: array(inputs[KEY]),
    noise: array(noise),
    expected: array(expected),
  }));
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function observe(block: ObservationBlock, state: Float32Array): void {
  for (const step of [0, 1]) block.state(KEY, step).set(state.subarray(3 * step, 3 * step + 3));
}

/** Hands out recorded draws, and counts what was taken of them. */
function recorded(draws: Float32Array): { source: NoiseSource; taken: () => number } {
  let at = 0;
  const give: NoiseSource = (_draw, out) => {
    out.set(draws.subarray(at, at + out.length));
    at += out.length;
  };
  return { source: give, taken: () => at };
}

async function expectStream(program: PolicyProgram, stream: Recorded[]): Promise<void> {
  const block = new ObservationBlock(source.spec);
  for (const [chunk, { state, noise, expected }] of stream.entries()) {
    observe(block, state);
    const draws = recorded(noise);
    const actions = await program.infer(block, draws.source);
    expect(draws.taken()).toBe(noise.length);
    for (const [i, value] of actions.entries()) {
      const error = Math.abs(value - (expected[i] ?? Number.NaN));
      expect(error, `chunk ${chunk}, number ${i}`).toBeLessThanOrEqual(1e-5);
    }
  }
}

describe('a program of streaming diffusion', () => {
  it.each([
    ['as noisy as the first action', 'tiny_streaming'],
    ['the actions given last', 'tiny_stream_given'],
  ])(
    'gives chunk after chunk what diffusers gives row by row, with rows before it %s, and the same again after a reset',
    async (_, name) => {
      const program = await PolicyProgram.open(loadPackage(fixture(name)));
      closing.push(() => program.close());
      const stream = streamOf(fixture(name));
      await expectStream(program, stream);
      program.reset();
      await expectStream(program, stream);
    },
  );
});

async function inferenceOfStream(): Promise<InferenceClient> {
  const client = await startInference(source, 2);
  closing.push(() => client.close());
  return client;
}

describe('the inference thread', () => {
  it('begins a new stream after an answer that is not finite, and when it is told to', async () => {
    const client = await inferenceOfStream();
    const chunk = async (lift: number, number: number, forget = false): Promise<number[]> => {
      for (const step of [0, 1]) client.observation.state(KEY, step).set([lift, 0, 0]);
      const { actions, nonFinite } = await client.infer(5, { episode: 0, chunk: number }, forget);
      return nonFinite < 0 ? [...actions] : [];
    };
    const first = await chunk(0, 0);
    expect(first).toHaveLength(STEPS * 3);
    const second = await chunk(0, 1);
    expect(await chunk(50, 2)).toEqual([]);
    expect(await chunk(0, 0)).toEqual(first);
    // The same noise further on in the stream makes other actions.
    expect(await chunk(0, 0)).not.toEqual(first);
    expect(await chunk(0, 0, true)).toEqual(first);
    expect(await chunk(0, 1)).toEqual(second);
  });
});

describe('the policy loop of a stream', () => {
  /** Joint states 20 ms apart and a chunk that takes no time; [stamp, begin of the first step]. */
  async function run(interrupt?: number): Promise<{ rows: number[][]; actions: number[][] }> {
    const inference = await inferenceOfStream();
    const sync = makeSync(source);
    const planner = new StreamPlanner({ steps: STEPS, stepTime: DT, delayWindow: 5 });
    const rows: number[][] = [];
    const actions: number[][] = [];
    let now = 0;
    const loop = new PolicyLoop({
      sync,
      inference,
      seed: 3,
      history: { steps: 2, spacing: DT },
      replanFrames: 1,
      inTurn: false,
      planner,
      delay: 0,
      now: () => now,
      onChunk: (stamp, chunk, begins) => {
        rows.push([stamp, begins].map((t) => Number(t.toFixed(6))));
        actions.push([...chunk.actions]);
      },
      onRejected: (line) => {
        throw new Error(line);
      },
    });
    loop.start(0);
    for (let k = 0; k <= 75; k++) {
      now = 10 + k * 0.02;
      if (k === interrupt) planner.interrupted(now);
      sync.pushJoints(now, now, new Float64Array(3));
      loop.poll();
      await idle(inference);
    }
    return { rows, actions };
  }

  it('asks for a chunk two steps before the stream ends, and gives it the time of that end', async () => {
    const { rows } = await run();
    // History begins after a step; then a chunk of four steps for every four steps.
    expect(rows).toEqual([
      [10.1, 10.1],
      [10.3, 10.5],
      [10.7, 10.9],
      [11.1, 11.3],
      [11.5, 11.7],
    ]);
  });

  it('begins a new stream at the next observation where the controller executes nothing any more', async () => {
    const whole = await run();
    const cut = await run(31);
    const at = cut.rows.findIndex(([stamp = 0]) => stamp >= 10.62 - 1e-6);
    expect(cut.rows[at]).toEqual([10.62, 10.62]);
    expect(cut.rows.slice(0, at)).toEqual(whole.rows.slice(0, at));
    expect(cut.actions.slice(0, at)).toEqual(whole.actions.slice(0, at));
    expect(cut.actions[at]).not.toEqual(whole.actions[at]);
  });
});
