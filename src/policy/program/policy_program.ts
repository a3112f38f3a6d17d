/**
 * The inference program of a package: encoders → condition → sampler over the denoiser → candidates
 * → residual → actions in rad. All buffers are made once; nothing here knows of ROS or threads.
 */
import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { SinewError } from '../../core/error.js';
import type { SamplerOverride } from '../config.js';
import { BoundGraph, floats, zeros } from '../graph_session.js';
import { Normalizer } from '../normalizer.js';
import type { ObservationBlock } from '../observation_block.js';
import type { PolicyPackage } from '../package_file.js';
import { ACTION_KEY } from '../package_rules.js';
import { createSampler, overrideSampler } from '../samplers/create_sampler.js';
import { type NoiseSource, runSampler, type Sampler } from '../samplers/sampler.js';
import { ActionGraph, addBounded, bestOf } from './action_graph.js';
import { ConditionAssembler, conditionParts } from './condition.js';
import { FrameEncoder } from './frame_encoder.js';
import { openProgramGraphs, type ProgramGraphs } from './program_graphs.js';

export interface ProgramOptions {
  /** Threads that one graph run may use; default 1. */
  readonly threads?: number;
  readonly sampler?: SamplerOverride | undefined;
}

/** Where the time of the last chunk went, s. */
export interface InferenceTiming {
  /** From raw observation to actions. */
  readonly total: number;
  /** Of it, encoders with their preprocessing. */
  readonly encode: number;
  /** Of it, inside `session.run` of all graphs. */
  readonly graphs: number;
}

export class PolicyProgram {
  /** Actions of the last chunk, rad, [prediction, joints] row by row; rewritten by each `infer`. */
  readonly actions: Float32Array;
  readonly #sessions: readonly InferenceSession[];
  readonly #sampler: Sampler;
  readonly #encoders: readonly FrameEncoder[];
  readonly #assembler: ConditionAssembler;
  readonly #bound: readonly BoundGraph[];
  readonly #samples: Float32Array;
  readonly #fresh: Float32Array;
  readonly #condition: Float32Array;
  readonly #denoise: (x: Float32Array, time: number) => Promise<Float32Array>;
  readonly #scoring: ActionGraph | null;
  readonly #residual: { readonly stage: ActionGraph; readonly bound: number } | null;
  readonly #normalizer: Normalizer;
  readonly #clip: number | null;
  #busy = false;
  #timing: InferenceTiming = { total: 0, encode: 0, graphs: 0 };

  private constructor(source: PolicyPackage, graphs: ProgramGraphs, options: ProgramOptions) {
    const { spec, statistics } = source;
    const { program, horizon, action } = spec;
    const batch = program.candidates;
    const dims = [batch, horizon.prediction, action.joints.length] as const;
    const length = dims[1] * dims[2];
    const session = (name: string): InferenceSession => {
      const found = graphs.sessions.get(name);
      if (found === undefined) throw new SinewError(`graph "${name}" is not open`);
      return found;
    };
    this.#sessions = [...graphs.sessions.values()];
    this.#sampler = createSampler(
      overrideSampler(program.sampler, options.sampler),
      batch * length,
    );
    this.#encoders = program.encoders.map(
      (encoder) => new FrameEncoder(session(encoder.graph), encoder, source, graphs.widths),
    );
    const parts = conditionParts(source, graphs.widths);
    this.#assembler = new ConditionAssembler(parts, this.#encoders, horizon.observation);
    this.#samples = new Float32Array(batch * length);
    this.#fresh = new Float32Array(batch * length);
    this.#condition = new Float32Array(batch * this.#assembler.length);
    this.actions = new Float32Array(length);

    const { inputs, output } = program.denoiser;
    const time = zeros([batch]);
    const prediction = zeros(dims);
    const denoiser = new BoundGraph(
      session(program.denoiser.graph),
      {
        [inputs.sample]: new Tensor('float32', this.#samples, dims),
        [inputs.time]: time,
        [inputs.condition]: new Tensor('float32', this.#condition, [batch, this.#assembler.length]),
      },
      { [output]: prediction },
    );
    const [times, predicted] = [floats(time), floats(prediction)];
    this.#denoise = async (_x, t) => {
      times.fill(t);
      await denoiser.run();
      return predicted;
    };
    const chunk = [1, dims[1], dims[2]] as const;
    const first = this.#condition.subarray(0, this.#assembler.length);
    this.#scoring =
      program.scoring &&
      new ActionGraph(
        session(program.scoring.graph),
        program.scoring,
        this.#samples,
        dims,
        this.#condition,
        [batch],
      );
    this.#residual = program.residual && {
      bound: program.residual.bound,
      stage: new ActionGraph(
        session(program.residual.graph),
        program.residual,
        this.actions,
        chunk,
        first,
        chunk,
      ),
    };
    const stages = [this.#scoring, this.#residual?.stage];
    this.#bound = [
      denoiser,
      ...this.#encoders.map(({ graph }) => graph),
      ...stages.flatMap((stage) => (stage ? [stage.graph] : [])),
    ];
    this.#normalizer = new Normalizer(
      statistics,
      ACTION_KEY,
      action.normalization,
      action.joints.length,
    );
    this.#clip = action.clip;
  }

  /** @throws SinewError when a graph cannot be opened, does not fit, or the sampler is refused */
  static async open(source: PolicyPackage, options: ProgramOptions = {}): Promise<PolicyProgram> {
    const graphs = await openProgramGraphs(source, { threads: options.threads ?? 1 });
    return new PolicyProgram(source, graphs, options);
  }

  /** Timing of the last `infer`. */
  get timing(): InferenceTiming {
    return this.#timing;
  }

  /** Model calls a chunk. */
  get evaluations(): number {
    return this.#sampler.evaluations;
  }

  /**
   * Computes one chunk.
   *
   * @param noise fills unit noise for draw 0, the start, and draw k+1, added after model call k
   * @returns `actions`; not checked for finite numbers (see `firstNonFinite`)
   */
  async infer(observation: ObservationBlock, noise: NoiseSource): Promise<Float32Array> {
    if (this.#busy) throw new SinewError('a chunk is being computed already');
    this.#busy = true;
    try {
      const start = performance.now();
      const graphsBefore = this.#graphSeconds();
      await this.#assembler.assemble(observation, this.#condition);
      const encoded = performance.now();
      noise(0, this.#samples);
      await runSampler(
        this.#sampler,
        this.#denoise,
        (evaluation, out) => noise(evaluation + 1, out),
        this.#samples,
        this.#fresh,
      );
      await this.#finish();
      this.#timing = {
        total: (performance.now() - start) * 1e-3,
        encode: (encoded - start) * 1e-3,
        graphs: this.#graphSeconds() - graphsBefore,
      };
      return this.actions;
    } finally {
      this.#busy = false;
    }
  }

  /** Encodes the newest time step ahead of the chunk that it will be history of. */
  async prepare(observation: ObservationBlock): Promise<void> {
    if (this.#busy) throw new SinewError('a chunk is being computed already');
    this.#busy = true;
    try {
      const newest = observation.steps - 1;
      for (const encoder of this.#encoders) await encoder.features(observation, newest);
    } finally {
      this.#busy = false;
    }
  }

  /** Forgets everything that was kept from earlier observations. */
  reset(): void {
    for (const encoder of this.#encoders) encoder.reset();
  }

  /** Frees the graphs. */
  async close(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.release()));
  }

  /** Chooses among the candidates, corrects, and brings the chunk back to rad. */
  async #finish(): Promise<void> {
    let chosen = 0;
    if (this.#scoring !== null) {
      await this.#scoring.graph.run();
      chosen = bestOf(this.#scoring.output);
    }
    const length = this.actions.length;
    this.actions.set(this.#samples.subarray(chosen * length, (chosen + 1) * length));
    if (this.#residual !== null) {
      await this.#residual.stage.graph.run();
      addBounded(this.actions, this.#residual.stage.output, this.#residual.bound);
    }
    const clip = this.#clip;
    if (clip !== null) {
      for (let i = 0; i < length; i++) {
        this.actions[i] = Math.min(Math.max(this.actions[i] ?? Number.NaN, -clip), clip);
      }
    }
    this.#normalizer.denormalize(this.actions);
  }

  #graphSeconds(): number {
    return this.#bound.reduce((sum, { seconds }) => sum + seconds, 0);
  }
}

/** Index of the first NaN or infinite number, or −1. */
export function firstNonFinite(values: Float32Array | Float64Array): number {
  return values.findIndex((value) => !Number.isFinite(value));
}
