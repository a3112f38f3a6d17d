/**
 * The main thread's side of inference: hands observations to the inference thread through shared
 * memory, waits for chunks with a deadline, and tells when the thread hangs or has died. Neither can
 * be mended inside this process (ending a thread in the middle of a run aborts it), so both are
 * final: the process is to end and be started again.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { errorLine, SinewError } from '../core/error.js';
import type {
  InferenceReply,
  InferenceRequest,
  InferenceThreadData,
} from './inference_messages.js';
import type { NoisePlace } from './noise.js';
import { ObservationBlock } from './observation_block.js';
import type { PolicyPackage } from './package_file.js';
import type { InferenceTiming, ProgramOptions } from './program/policy_program.js';
import type { ChunkingOptions, Prefix } from './real_time_chunking/real_time_chunking.js';

/** Opening and warming up may take this long, s. */
const START_DEADLINE = 60;

export interface InferenceOptions {
  readonly program: ProgramOptions;
  readonly warmupRuns: number;
  /** Real-time chunking, where it is wanted. */
  readonly chunking?: ChunkingOptions | undefined;
  /** Longest time for one chunk, s. */
  readonly deadline: number;
  /** Told once when inference can never answer again; the line says why. */
  readonly onDead: (error: SinewError) => void;
}

/** A computed chunk. */
export interface Chunk {
  /** rad, [prediction, joints]; rewritten by the next inference. */
  readonly actions: Float32Array;
  readonly timing: InferenceTiming;
  /** Index of the first number that is not finite, or −1. */
  readonly nonFinite: number;
}

interface Waiting {
  readonly id: number;
  readonly resolve: (reply: InferenceReply) => void;
  readonly reject: (error: SinewError) => void;
  readonly timer: NodeJS.Timeout;
}

/** The compiled thread; from the sources (as in tests) that of the last build. */
function threadFile(): string {
  const beside = fileURLToPath(new URL('./inference_worker.js', import.meta.url));
  if (existsSync(beside)) return beside;
  return fileURLToPath(new URL('../../dist/policy/inference_worker.js', import.meta.url));
}

export class InferenceClient {
  /** To be filled before `infer`, and left alone until it has answered. */
  readonly observation: ObservationBlock;
  /** Model calls a chunk, and times of the warm-up runs, s. */
  readonly evaluations: number;
  readonly warmupSeconds: readonly number[];
  readonly #worker: Worker;
  readonly #actions: Float32Array;
  readonly #options: InferenceOptions;
  #waiting: Waiting | null = null;
  #id = 0;
  #dead: SinewError | null = null;
  #closing = false;

  private constructor(
    worker: Worker,
    observation: ObservationBlock,
    actions: Float32Array,
    ready: Extract<InferenceReply, { kind: 'ready' }>,
    options: InferenceOptions,
  ) {
    this.#worker = worker;
    this.observation = observation;
    this.#actions = actions;
    this.evaluations = ready.evaluations;
    this.warmupSeconds = ready.warmupSeconds;
    this.#options = options;
    worker.on('message', (reply: InferenceReply) => this.#answer(reply));
    worker.on('error', (error) => this.#die(`the inference thread failed (${errorLine(error)})`));
    worker.on('exit', (code) => {
      if (!this.#closing) this.#die(`the inference thread ended with code ${code}`);
    });
  }

  /**
   * Starts the thread; resolves when it has warmed up.
   *
   * @throws SinewError when the package cannot be run
   */
  static async start(source: PolicyPackage, options: InferenceOptions): Promise<InferenceClient> {
    const { spec, dir, variant } = source;
    const observation = new ObservationBlock(spec);
    const length = spec.horizon.prediction * spec.action.joints.length;
    const actions = new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT);
    const data: InferenceThreadData = {
      packageDir: dir,
      variant,
      program: options.program,
      observation: observation.buffer as SharedArrayBuffer,
      actions,
      warmupRuns: options.warmupRuns,
      chunking: options.chunking,
    };
    const worker = new Worker(threadFile(), { workerData: data, name: 'inference' });
    const ready = await firstReply(worker);
    return new InferenceClient(worker, observation, new Float32Array(actions), ready, options);
  }

  /** True while the thread is at work. */
  get busy(): boolean {
    return this.#waiting !== null;
  }

  /**
   * Computes a chunk from `observation`.
   *
   * @param forget true when the same stamps may mean other frames than before
   * @param prefix what the chunk has to go on from, with real-time chunking
   * @throws SinewError when the run failed, missed the deadline, or inference is dead
   */
  async infer(
    seed: number,
    place: Omit<NoisePlace, 'draw'>,
    forget = false,
    prefix?: Prefix,
  ): Promise<Chunk> {
    const reply = await this.#ask((id) => ({ kind: 'infer', id, seed, place, forget, prefix }));
    if (reply.kind !== 'chunk') throw new SinewError(`unexpected answer "${reply.kind}"`);
    return { actions: this.#actions, timing: reply.timing, nonFinite: reply.nonFinite };
  }

  /**
   * Encodes the newest time step of `observation` ahead of the chunk that it will be history of.
   *
   * @throws SinewError as `infer`
   */
  async prepare(forget = false): Promise<void> {
    await this.#ask((id) => ({ kind: 'prepare', id, forget }));
  }

  /** Ends the thread after the run under way. Resolves at once when inference is dead. */
  async close(): Promise<void> {
    if (this.#closing || this.#dead !== null) return;
    this.#closing = true;
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    this.#send({ kind: 'close' });
    await ended;
  }

  #ask(request: (id: number) => InferenceRequest): Promise<InferenceReply> {
    if (this.#dead !== null) return Promise.reject(this.#dead);
    if (this.busy) return Promise.reject(new SinewError('the inference thread is at work already'));
    const id = ++this.#id;
    return new Promise((resolve, reject) => {
      const { deadline } = this.#options;
      const timer = setTimeout(
        () => this.#die(`inference has hung: no chunk within ${deadline} s`),
        deadline * 1000,
      );
      this.#waiting = { id, resolve, reject, timer };
      this.#send(request(id));
    });
  }

  #send(request: InferenceRequest): void {
    this.#worker.postMessage(request);
  }

  #answer(reply: InferenceReply): void {
    const waiting = this.#waiting;
    if (waiting === null || !('id' in reply) || reply.id !== waiting.id) return;
    clearTimeout(waiting.timer);
    this.#waiting = null;
    if (reply.kind === 'failed') waiting.reject(new SinewError(reply.line, { where: 'inference' }));
    else waiting.resolve(reply);
  }

  #die(line: string): void {
    if (this.#dead !== null) return;
    const error = new SinewError(line, { where: 'policy', cure: 'the process has to start again' });
    this.#dead = error;
    this.#worker.unref();
    this.#options.onDead(error);
    if (this.#waiting === null) return;
    clearTimeout(this.#waiting.timer);
    this.#waiting.reject(error);
    this.#waiting = null;
  }
}

/** Waits for the thread to be ready. */
function firstReply(worker: Worker): Promise<Extract<InferenceReply, { kind: 'ready' }>> {
  return new Promise((resolve, reject) => {
    const fail = (line: string): void => {
      release();
      reject(new SinewError(line, { where: 'policy' }));
    };
    const onMessage = (reply: InferenceReply): void => {
      if (reply.kind !== 'ready') {
        fail(reply.kind === 'refused' ? reply.line : 'unexpected answer at the start');
        return;
      }
      release();
      resolve(reply);
    };
    const onError = (error: Error): void => fail(`the inference thread failed (${error.message})`);
    const onExit = (code: number): void => fail(`the inference thread ended with code ${code}`);
    const timer = setTimeout(
      () => fail(`the package was not ready within ${START_DEADLINE} s`),
      START_DEADLINE * 1000,
    );
    const release = (): void => {
      clearTimeout(timer);
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
    };
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}
