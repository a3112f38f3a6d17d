/**
 * The inference thread: opens the package's graphs, warms up, then computes one chunk for each
 * request. A graph's run holds the thread it is called on, which is why it has one of its own.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { errorLine, SinewError } from '../core/error.js';
import type {
  InferenceReply,
  InferenceRequest,
  InferenceThreadData,
} from './inference_messages.js';
import { type NoisePlace, normalNoise } from './noise.js';
import { ObservationBlock } from './observation_block.js';
import { loadPackage } from './package_file.js';
import { requireParity } from './parity.js';
import { firstNonFinite, PolicyProgram } from './program/policy_program.js';
import type { RealTimeChunking } from './real_time_chunking/real_time_chunking.js';
import { steerProgram } from './real_time_chunking/steer_program.js';
import type { NoiseSource } from './samplers/sampler.js';
import { changesNumbers } from './session_options.js';

const data = workerData as InferenceThreadData;

function send(reply: InferenceReply): void {
  parentPort?.postMessage(reply);
}

function noiseAt(seed: number, place: Omit<NoisePlace, 'draw'>): NoiseSource {
  return (draw, out) => normalNoise(seed, { ...place, draw }, out);
}

interface Ready {
  readonly program: PolicyProgram;
  readonly observation: ObservationBlock;
  readonly chunking: RealTimeChunking | undefined;
}

/** Loads and runs some whole chunks on an empty observation: the first runs are slow. */
async function start(): Promise<Ready> {
  const source = loadPackage(data.packageDir, data.variant);
  // Other graphs or another runtime than the package was made with must prove themselves first.
  if (data.variant !== null || changesNumbers(data.program)) {
    await requireParity(source, data.program);
  }
  const program = await PolicyProgram.open(source, data.program);
  const observation = new ObservationBlock(source.spec, data.observation);
  const empty = new ObservationBlock(source.spec, new ArrayBuffer(data.observation.byteLength));
  const chunking = data.chunking && steerProgram(program, source.spec, data.chunking);
  const { length } = program.actions;
  const still = { actions: new Float32Array(length), real: length, delay: 1 };
  const warmupSeconds: number[] = [];
  for (let run = 0; run < data.warmupRuns; run++) {
    // Without this the features of the run before would be used again.
    program.reset();
    await program.infer(empty, noiseAt(0, { episode: 0, chunk: run }), chunking?.lead(still));
    warmupSeconds.push(program.timing.total);
  }
  program.reset();
  send({ kind: 'ready', evaluations: program.evaluations, warmupSeconds });
  return { program, observation, chunking };
}

async function answer(
  { program, observation, chunking }: Ready,
  request: Exclude<InferenceRequest, { kind: 'close' }>,
): Promise<InferenceReply> {
  const { id } = request;
  try {
    if (request.forget) program.reset();
    if (request.kind === 'prepare') {
      await program.prepare(observation);
      return { kind: 'prepared', id };
    }
    const { seed, place, prefix } = request;
    const steering = prefix && chunking?.lead(prefix);
    const actions = await program.infer(observation, noiseAt(seed, place), steering);
    new Float32Array(data.actions).set(actions);
    const nonFinite = firstNonFinite(actions);
    // What is kept for the next chunk is no better.
    if (nonFinite >= 0) program.reset();
    return { kind: 'chunk', id, timing: program.timing, nonFinite };
  } catch (error) {
    program.reset();
    return { kind: 'failed', id, line: errorLine(error) };
  }
}

async function main(): Promise<void> {
  const ready = await start();
  parentPort?.on('message', async (request: InferenceRequest) => {
    if (request.kind !== 'close') {
      send(await answer(ready, request));
      return;
    }
    await ready.program.close();
    parentPort?.close();
  });
}

main().catch((error: unknown) => {
  const line = error instanceof SinewError ? error.message : `inference: ${errorLine(error)}`;
  send({ kind: 'refused', line });
  parentPort?.close();
});
