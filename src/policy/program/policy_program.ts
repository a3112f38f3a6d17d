/**
 * The inference program of a package: encoders → condition → contexts → sampler over the denoiser →
 * candidates → residual → actions in rad. All buffers are made once; nothing here knows of ROS or threads.
 */
import type { InferenceSession } from 'onnxruntime-node';
import { SinewError } from '../../core/error.js';
import type { SamplerOverride } from '../config.js';
import type { BoundGraph } from '../graph_session.js';
import { Normalizer } from '../normalizer.js';
import type { ObservationBlock } from '../observation_block.js';
import type { PolicyPackage } from '../package_file.js';
import { ACTION_KEY } from '../package_rules.js';
import { createSampler, overrideSampler } from '../samplers/create_sampler.js';
import { learnsVariance } from '../samplers/ddpm.js';
import { type NoiseSource, runSampler, type Sampler } from '../samplers/sampler.js';
import type { Steering } from '../samplers/steering.js';
import type { SessionOptions } from '../session_options.js';
import { withCandidates } from './candidate_spread.js';
import { ChunkChoice } from './chunk_choice.js';
import { ConditionAssembler, conditionParts } from './condition.js';
import { ContextStage } from './context_stage.js';
import { Denoiser } from './denoiser.js';
import { FrameEncoder } from './frame_encoder.js';
import { GradientStage } from './gradient_stage.js';
import { openProgramGraphs, type ProgramGraphs } from './program_graphs.js';
import { conditionGroups } from './program_signatures.js';
import { type SampleShape, sampleShape } from './sample_shape.js';

export interface ProgramOptions extends SessionOptions {
  readonly sampler?: SamplerOverride | undefined;
  /** Chunks drawn at once, in place of the package's number. */
  readonly candidates?: number | undefined;
}

/** Where the time of the last chunk went, s, and how sure it is. */
export interface InferenceTiming {
  /** From raw observation to actions. */
  readonly total: number;
  /** Of it, encoders with their preprocessing. */
  readonly encode: number;
  /** Of it, the sampler's steps with the network in them. */
  readonly loop: number;
  /** Of that, inside `session.run`. */
  readonly loopGraphs: number;
  /** Of the whole, inside `session.run` of all graphs. */
  readonly graphs: number;
  /** Spread of the candidates, rad; NaN where there is one. */
  readonly spread: number;
  /** The package's score of the chosen chunk; NaN without a scoring graph. */
  readonly score: number;
}

/** Before the first chunk. */
const NO_TIMING: InferenceTiming = {
  total: 0,
  encode: 0,
  loop: 0,
  loopGraphs: 0,
  graphs: 0,
  spread: Number.NaN,
  score: Number.NaN,
};

export class PolicyProgram {
  /** Actions of the last chunk, rad, [prediction, joints] row by row; rewritten by each `infer`. */
  readonly actions: Float32Array;
  /** Shape of what is sampled. */
  readonly shape: SampleShape;
  /** Brings actions to normalised units and back. */
  readonly normalizer: Normalizer;
  /** The open graphs by their names in the package. */
  readonly sessions: ReadonlyMap<string, InferenceSession>;
  readonly #sampler: Sampler;
  readonly #startsFromNoise: boolean;
  readonly #encoders: readonly FrameEncoder[];
  readonly #assembler: ConditionAssembler;
  readonly #contexts: readonly ContextStage[];
  readonly #denoiser: Denoiser;
  readonly #gradient: GradientStage | null;
  readonly #bound: readonly BoundGraph[];
  readonly #samples: Float32Array;
  readonly #fresh: Float32Array;
  readonly #condition: Float32Array;
  readonly #dropped: readonly string[];
  readonly #choice: ChunkChoice;
  #busy = false;
  #timing: InferenceTiming = NO_TIMING;

  private constructor(source: PolicyPackage, graphs: ProgramGraphs, options: ProgramOptions) {
    const { spec, statistics } = source;
    const { program, horizon, action } = spec;
    const shape = sampleShape(spec);
    const { batch, steps, width } = shape;
    const session = (name: string): InferenceSession => {
      const found = graphs.sessions.get(name);
      if (found === undefined) throw new SinewError(`graph "${name}" is not open`);
      return found;
    };
    this.shape = shape;
    this.sessions = graphs.sessions;
    const sampler = overrideSampler(program.sampler, options.sampler);
    this.#sampler = createSampler(sampler, batch * steps * width, shape);
    this.#startsFromNoise = program.denoiser.inputs.sample !== undefined;
    this.#samples = new Float32Array(batch * steps * width);
    this.#fresh = new Float32Array(this.#samples.length);
    this.actions = new Float32Array(horizon.prediction * action.joints.length);
    this.normalizer = new Normalizer(
      statistics,
      ACTION_KEY,
      action.normalization,
      action.joints.length,
    );

    this.#encoders = program.encoders.map(
      (encoder) => new FrameEncoder(session(encoder.graph), encoder, source, graphs.widths),
    );
    const parts = conditionParts(source, graphs.widths);
    this.#assembler = new ConditionAssembler(parts, this.#encoders, horizon.observation);
    this.#dropped = program.guidance?.drop ?? [];
    const groups = conditionGroups(program);
    this.#condition = new Float32Array(groups * batch * this.#assembler.length);
    this.#contexts = program.context.map(
      (stage) =>
        new ContextStage(
          session(stage.graph),
          stage,
          this.#condition,
          { groups, repeat: batch },
          graphs.contexts,
        ),
    );
    const context = new Map(this.#contexts.flatMap(({ tensors }) => [...tensors]));
    const given = { condition: this.#condition, context };
    this.#denoiser = new Denoiser(session(program.denoiser.graph), program, shape, given, {
      given: learnsVariance(program.sampler),
      used: learnsVariance(sampler),
    });

    const conditional = this.#condition.subarray(0, batch * this.#assembler.length);
    this.#gradient =
      program.gradient === undefined
        ? null
        : new GradientStage(
            session(program.gradient.graph),
            program.gradient,
            program.denoiser.time_per_step,
            shape,
            { condition: conditional, context },
          );
    this.#choice = new ChunkChoice(source, session, {
      shape,
      normalizer: this.normalizer,
      samples: this.#samples,
      condition: conditional,
      actions: this.actions,
    });
    this.#bound = [
      this.#denoiser,
      ...this.#encoders,
      ...this.#contexts,
      this.#gradient,
      ...this.#choice.stages,
    ].flatMap((stage) => (stage ? [stage.graph] : []));
  }

  /** @throws SinewError when a graph cannot be opened, does not fit, or the sampler is refused */
  static async open(given: PolicyPackage, options: ProgramOptions = {}): Promise<PolicyProgram> {
    const source = withCandidates(given, options.candidates);
    const graphs = await openProgramGraphs(source, options);
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
   * @param steering leads the sampler from step to step, as real-time chunking does
   * @returns `actions`; not checked for finite numbers (see `firstNonFinite`)
   */
  async infer(
    observation: ObservationBlock,
    noise: NoiseSource,
    steering?: Steering,
  ): Promise<Float32Array> {
    if (this.#busy) throw new SinewError('a chunk is being computed already');
    this.#busy = true;
    try {
      const start = performance.now();
      const graphsBefore = this.#graphSeconds();
      await this.#assembler.assemble(observation, this.#condition);
      if (this.#dropped.length > 0) {
        this.#assembler.drop(this.#dropped, this.#condition, this.shape.batch);
      }
      for (const context of this.#contexts) await context.run();
      const encoded = performance.now();
      const graphsEncoded = this.#graphSeconds();
      if (this.#startsFromNoise) noise(0, this.#samples);
      await runSampler(
        this.#sampler,
        (x, _time, more) => this.#denoiser.run(x, more),
        (evaluation, out) => noise(evaluation + 1, out),
        this.#samples,
        this.#fresh,
        steering,
      );
      const sampled = performance.now();
      const graphsSampled = this.#graphSeconds();
      await this.#choice.run();
      this.#timing = {
        total: (performance.now() - start) * 1e-3,
        encode: (encoded - start) * 1e-3,
        loop: (sampled - encoded) * 1e-3,
        loopGraphs: graphsSampled - graphsEncoded,
        graphs: this.#graphSeconds() - graphsBefore,
        spread: this.#choice.spread,
        score: this.#choice.score,
      };
      return this.actions;
    } finally {
      this.#busy = false;
    }
  }

  /** True when the package can pull gradients back through its network. */
  get hasGradient(): boolean {
    return this.#gradient !== null;
  }

  /**
   * The cotangent [K, steps, width] pulled back through sample → clean estimate at `x` and `time`,
   * under the condition of the chunk that is being computed; rewritten by the next call.
   *
   * @throws SinewError when the package has no gradient graph
   */
  gradient(x: Float32Array, time: number, cotangent: Float32Array): Promise<Float32Array> {
    if (this.#gradient !== null) return this.#gradient.run(x, time, cotangent);
    throw new SinewError('the package has no gradient graph', {
      cure: 'export one (program.gradient), or choose a method without gradients',
    });
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
    this.#sampler.reset?.();
  }

  /** Frees the graphs. */
  async close(): Promise<void> {
    await Promise.all([...this.sessions.values()].map((session) => session.release()));
  }

  #graphSeconds(): number {
    return this.#bound.reduce((sum, { seconds }) => sum + seconds, 0);
  }
}

/** Index of the first NaN or infinite number, or −1. */
export function firstNonFinite(values: Float32Array | Float64Array): number {
  return values.findIndex((value) => !Number.isFinite(value));
}
