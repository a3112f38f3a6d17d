// When the policy infers and what it gives on, with a real inference thread.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { InferenceClient } from '../../src/policy/inference_client.js';
import type { ObservationSync } from '../../src/policy/observation_sync.js';
import { loadPackage } from '../../src/policy/package_file.js';
import { PolicyLoop, type PolicyLoopOptions } from '../../src/policy/policy_loop.js';
import {
  ChunkPlanner,
  type PlannerOptions,
} from '../../src/policy/real_time_chunking/chunk_planner.js';
import type { Prefix } from '../../src/policy/real_time_chunking/real_time_chunking.js';
import { idle, makeSync, startInference } from './loop_rig.js';
import { fixture } from './packages.js';

const FRAME = 1 / 30;
const KEYS = ['observation.images.front', 'observation.images.wrist'] as const;
const source = loadPackage(fixture('tiny_flow'));

let inference: InferenceClient;
let sync: ObservationSync;
let now = 0;
let chunks: { stamp: number; actions: number[] }[];
let frames: [number, number, number][];
let rejected: string[];

beforeAll(async () => {
  inference = await startInference(source);
});
afterAll(() => inference.close());
beforeEach(() => {
  sync = makeSync(source);
  chunks = [];
  frames = [];
  rejected = [];
});

function plannerOf(mode: PlannerOptions['mode']): ChunkPlanner {
  return new ChunkPlanner({
    steps: source.spec.horizon.prediction,
    stepTime: 1 / source.spec.rate_hz,
    joints: source.spec.action.joints.length,
    mode,
    executed: 2,
    delaySteps: 1,
    delayWindow: 5,
  });
}

function loop(change: Partial<PolicyLoopOptions> = {}): PolicyLoop {
  return new PolicyLoop({
    sync,
    inference,
    seed: 3,
    history: { steps: source.spec.horizon.observation, spacing: 1 / source.spec.rate_hz },
    replanFrames: 3,
    inTurn: false,
    planner: plannerOf('free'),
    delay: 0,
    now: () => now,
    onChunk: (stamp, { actions }) => chunks.push({ stamp, actions: [...actions] }),
    onRejected: (line) => rejected.push(line),
    onFrame: (...frame) => frames.push(frame),
    ...change,
  });
}

/** A frame set with its joint state; the brightness follows from `k`. */
function push(k: number, joints = 0.1): void {
  now = 10 + k * FRAME;
  sync.pushJoints(now, now, Float64Array.of(joints, 0.2, 0.3));
  for (const key of KEYS) {
    const input = source.spec.observation[key];
    if (input?.type !== 'image') throw new Error('no image');
    const { height, width } = input.source;
    const value = key === KEYS[0] ? 10 * k : 0;
    const data = new Uint8Array(height * width * 3).fill(value);
    sync.pushImage(key, now, now, { height, width, encoding: 'rgb8', step: width * 3, data });
  }
}

/** Pushes `count` frame sets, each followed by a poll and the end of what it began. */
async function run(tested: PolicyLoop, count: number, first = 0): Promise<void> {
  for (let k = first; k < first + count; k++) {
    push(k);
    tested.poll();
    await idle(inference);
  }
}

const frameOf = (stamp: number): number => Math.round((stamp - 10) / FRAME);

describe('the policy loop', () => {
  it('does nothing until it is started', async () => {
    await run(loop(), 3);
    expect(chunks).toEqual([]);
  });

  it('infers from the first observation and then after every N frames', async () => {
    const tested = loop();
    tested.start(0);
    await run(tested, 10);
    expect(chunks.map(({ stamp }) => frameOf(stamp))).toEqual([0, 3, 6, 9]);
    expect(tested.counts).toEqual({ chunks: 4, rejected: 0, dropped: 0 });
  });

  it('goes on with the newest frame when inference took longer than N frames', async () => {
    const tested = loop();
    tested.start(0);
    push(0);
    tested.poll();
    for (let k = 1; k < 8; k++) {
      push(k);
      tested.poll();
    }
    await idle(inference);
    await idle(inference);
    expect(chunks.map(({ stamp }) => frameOf(stamp))).toEqual([0, 7]);
  });

  it('gives the same chunks for the same seed and episode, others for another', async () => {
    const episode = async (number: number): Promise<number[][]> => {
      sync.reset();
      chunks = [];
      const tested = loop();
      tested.start(number);
      await run(tested, 7);
      return chunks.map(({ actions }) => actions);
    };
    const first = await episode(5);
    expect(first).toHaveLength(3);
    expect(await episode(5)).toEqual(first);
    expect(await episode(6)).not.toEqual(first);
  });

  it('encodes ahead the frame that will be history of the next chunk, and changes no chunk', async () => {
    // Policy steps are 3 frames apart; after every 4 frames a chunk: frame 1 is history of frame 4.
    const prepared: number[] = [];
    const episode = async (prepare: () => Promise<void>): Promise<number[][]> => {
      sync.reset();
      chunks = [];
      const tested = loop({
        replanFrames: 4,
        inference: {
          observation: inference.observation,
          get busy() {
            return inference.busy;
          },
          infer: (...args) => inference.infer(...args),
          prepare,
        },
      });
      tested.start(1);
      await run(tested, 12);
      return chunks.map(({ actions }) => actions);
    };
    const ahead = await episode(() => {
      prepared.push(inference.observation.stamp(KEYS[0], 1));
      return inference.prepare();
    });
    expect(prepared.map(frameOf)).toEqual([1, 5, 9]);
    expect(ahead).toHaveLength(3);
    expect(await episode(async () => {})).toEqual(ahead);
  });

  it('answers every frame in turn in lock-step, after the chunk if one was due', async () => {
    const tested = loop({ inTurn: true });
    tested.start(0);
    for (let k = 0; k < 8; k++) push(k);
    tested.poll();
    while (frames.length < 8) await idle(inference);
    expect(frames.map(([stamp, , sequence]) => [frameOf(stamp), sequence])).toEqual(
      Array.from({ length: 8 }, (_, k) => [k, k]),
    );
    expect(frames.map(([, newest]) => frameOf(newest))).toEqual([0, 0, 0, 3, 3, 3, 6, 6]);
    expect(chunks.map(({ stamp }) => frameOf(stamp))).toEqual([0, 3, 6]);
  });

  it('drops a chunk when everything was reset while it was computed', async () => {
    const tested = loop();
    tested.start(0);
    push(0);
    tested.poll();
    sync.reset();
    await idle(inference);
    expect(chunks).toEqual([]);
    expect(tested.counts.dropped).toBe(1);
    await run(tested, 1, 1);
    expect(chunks.map(({ stamp }) => frameOf(stamp))).toEqual([1]);
  });

  it('drops a chunk that was under way when it was stopped', async () => {
    const tested = loop();
    tested.start(0);
    push(0);
    tested.poll();
    tested.stop();
    await idle(inference);
    expect(chunks).toEqual([]);
  });
});

describe('a chunk that cannot be used', () => {
  const faulty = loadPackage(fixture('tiny_faulty'));

  it.each([
    ['is not finite', 1, /rejected: number 0 of it is NaN/],
    ['failed in a graph', 2, /Gather/],
  ])('because it %s is counted, named and not given on', async (_, joint, line) => {
    const client = await startInference(faulty);
    sync = makeSync(faulty, 1);
    const tested = loop({ inference: client, replanFrames: 1 });
    tested.start(0);
    const state = new Float64Array(3);
    const step = async (t: number): Promise<void> => {
      now = t;
      sync.pushJoints(t, t, state);
      tested.poll();
      await idle(client);
    };
    state[joint] = 7;
    await step(1);
    expect(rejected).toEqual([expect.stringMatching(line)]);
    expect(chunks).toEqual([]);
    state[joint] = 0;
    await step(1.1);
    expect(tested.counts).toEqual({ chunks: 1, rejected: 1, dropped: 0 });
    expect(chunks).toHaveLength(1);
    await client.close();
  });
});

describe('a policy without cameras', () => {
  it('infers after every N joint states', async () => {
    const faulty = loadPackage(fixture('tiny_faulty'));
    sync = makeSync(faulty, 1);
    const tested = loop({ replanFrames: 4 });
    tested.start(0);
    for (let k = 0; k < 10; k++) {
      now = 1 + k * 0.01;
      sync.pushJoints(now, now, new Float64Array(3));
      tested.poll();
      await idle(inference);
    }
    expect(chunks.map(({ stamp }) => Math.round(100 * (stamp - 1)))).toEqual([0, 4, 8]);
  });
});

describe('inference on its thread', () => {
  it('refuses a package that cannot run, in one line', async () => {
    const spec = { ...source.spec, horizon: { ...source.spec.horizon, observation: 3 } };
    const start = InferenceClient.start(
      { ...source, spec },
      { program: {}, warmupRuns: 1, deadline: 1, onDead: () => {} },
    );
    await expect(start).rejects.toThrow(/policy: .*observation block/);
  });

  it('has run whole chunks before it is ready', () => {
    expect(inference.warmupSeconds).toHaveLength(1);
    expect(inference.evaluations).toBe(5);
  });
});

describe('the policy loop with an executor that asks more of it', () => {
  it('hands on what is executed, from the observation on', async () => {
    const prefixes: (Prefix | undefined)[] = [];
    const tested = loop({
      planner: plannerOf('guided'),
      inference: {
        observation: inference.observation,
        get busy() {
          return inference.busy;
        },
        infer: (seed, place, forget, prefix) => {
          prefixes.push(prefix && { ...prefix, actions: prefix.actions.slice() });
          return inference.infer(seed, place, forget);
        },
        prepare: (forget) => inference.prepare(forget),
      },
    });
    tested.start(0);
    await run(tested, 5);
    const [first, second] = prefixes;
    expect(first).toBeUndefined();
    // Three frames are one step.
    const joints = source.spec.action.joints.length;
    for (let j = 0; j < joints; j++) {
      expect(second?.actions[j]).toBeCloseTo(chunks[0]?.actions[joints + j] ?? Number.NaN, 5);
    }
    expect(second?.real).toBe(source.spec.horizon.prediction - 1);
  });

  it('waits until a chunk has been executed where the arm stops to infer', async () => {
    const planner = plannerOf('synchronous');
    const tested = loop({ planner, replanFrames: 1 });
    tested.start(0);
    await run(tested, 4);
    expect(chunks.map(({ stamp }) => frameOf(stamp))).toEqual([0]);
    await run(tested, 8, 4);
    // Two steps, of three frames each.
    expect(chunks.map(({ stamp }) => frameOf(stamp))).toEqual([0, 6]);
  });

  it('in lock-step infers no more often than the delay that it is to have allows', async () => {
    const tested = loop({ inTurn: true, delay: 0.2, replanFrames: 2 });
    tested.start(0);
    await run(tested, 14);
    expect(chunks.map(({ stamp }) => frameOf(stamp))).toEqual([0, 6, 12]);
    expect(frames).toHaveLength(14);
  });
});
