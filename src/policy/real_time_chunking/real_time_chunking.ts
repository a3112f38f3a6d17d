/**
 * Real-time chunking: leads the sampler so that the new chunk goes on where the old one is when it
 * takes over. Four forms:
 *
 * - guided: the velocity is bent by the weighted error itself, as LeRobot does; needs no more than
 *   the denoiser;
 * - guided_vjp: the error is first pulled back through the network, as the paper does; needs the
 *   package's gradient graph;
 * - trained_prefix: the prefix is given as clean and stays; needs a network trained with a time for
 *   every step;
 * - velocity_freeze: sampling starts from the old actions and their velocity is damped.
 */
import { SinewError } from '../../core/error.js';
import type { Normalizer } from '../normalizer.js';
import type { SampleShape } from '../program/sample_shape.js';
import type { Steering } from '../samplers/steering.js';
import { freezeRamp } from './freeze_ramp.js';
import {
  bendVelocity,
  type FlowTime,
  guidanceGain,
  prefixError,
  risingTime,
} from './guided_velocity.js';
import { type PrefixSchedule, prefixWeights } from './prefix_weights.js';

export type ChunkingForm = 'guided' | 'guided_vjp' | 'trained_prefix' | 'velocity_freeze';

export interface ChunkingOptions {
  readonly form: ChunkingForm;
  readonly schedule: PrefixSchedule;
  /**
   * Greatest weight β of the correction; as many as the sampler has steps if absent, as in the
   * paper (5 and 5) and in LeRobot (10 and 10): the last step then closes most of the difference.
   */
  readonly guidance?: number | undefined;
  /** Steps that are held to the old chunk at all; as many as there are if absent. */
  readonly keep?: number | undefined;
}

/** What is being executed, from the observation of the new chunk on. */
export interface Prefix {
  /** Actions, rad, row by row on the new chunk's grid; what lies beyond `real` rows is not read. */
  readonly actions: Float32Array;
  /** Rows that the controller will execute unless a new chunk comes: real actions. */
  readonly real: number;
  /** Steps that will have been executed when the new chunk takes over. */
  readonly delay: number;
}

/** What the steering has to know of the program. */
export interface ChunkingTarget {
  readonly shape: SampleShape;
  readonly normalizer: Pick<Normalizer, 'size' | 'normalize'>;
  readonly direction: FlowTime;
  /** Whether the network takes a time for every step. */
  readonly timePerStep: boolean;
  /** Model calls a chunk. */
  readonly evaluations: number;
  /** Pulls a cotangent back through sample → clean estimate; absent without a gradient graph. */
  readonly gradient?: (
    x: Float32Array,
    time: number,
    cotangent: Float32Array,
  ) => Promise<Float32Array>;
}

/** Sets the rows of a sample, [K, steps, width], that come before `rows` to those of the prefix. */
export function holdRows(x: Float32Array, prefix: Float32Array, rows: number, width: number): void {
  for (let at = 0; at < x.length; at += prefix.length) {
    for (let k = 0; k < rows * width; k++) x[at + k] = prefix[k] as number;
  }
}

/** Multiplies each row of [K, steps, width] by its factor. */
export function scaleRows(values: Float32Array, factors: Float32Array, width: number): void {
  for (let i = 0; i < values.length; i++) {
    const row = Math.floor(i / width) % factors.length;
    values[i] = (values[i] as number) * (factors[row] as number);
  }
}

export class RealTimeChunking implements Steering {
  readonly #options: ChunkingOptions;
  readonly #target: ChunkingTarget;
  /** Prefix in the sampler's units, [steps, width]. */
  readonly #prefix: Float32Array;
  readonly #row: Float32Array;
  readonly #weights: Float32Array;
  readonly #factors: Float32Array;
  readonly #error: Float32Array;
  readonly #times: Float32Array;
  #delay = 0;
  /** Rows held to the old chunk at all. */
  #end = 0;

  /** @throws SinewError when the package lacks what the form needs */
  constructor(options: ChunkingOptions, target: ChunkingTarget) {
    const { shape, normalizer, timePerStep, gradient } = target;
    const { form } = options;
    if (form === 'guided_vjp' && gradient === undefined) {
      throw refusal('guided_vjp needs the gradient graph of the network', 'program.gradient');
    }
    if (form === 'trained_prefix' && !timePerStep) {
      throw refusal(
        'trained_prefix needs a network trained with a time for every step',
        'denoiser.time_per_step',
      );
    }
    if (shape.start !== 0) {
      throw refusal('a sample that begins before the observation has no place for a prefix', '');
    }
    this.#options = options;
    this.#target = target;
    const { batch, steps, width } = shape;
    this.#prefix = new Float32Array(steps * width);
    this.#row = new Float32Array(normalizer.size);
    this.#weights = new Float32Array(steps);
    this.#factors = new Float32Array(steps).fill(1);
    this.#error = new Float32Array(batch * steps * width);
    this.#times = new Float32Array(steps);
  }

  /**
   * The prefix of the next chunk.
   *
   * @returns what leads the sampler; undefined when there is nothing to keep to
   */
  lead({ actions, real, delay }: Prefix): Steering | undefined {
    const { shape, normalizer } = this.#target;
    const { steps, width } = shape;
    const rows = Math.min(real, steps);
    if (rows === 0) return undefined;
    const { size } = normalizer;
    for (let i = 0; i < steps; i++) {
      // Beyond what is real the last real action stands: never a zero, which is the data's mean.
      const from = Math.min(i, rows - 1) * size;
      normalizer.normalize(actions.subarray(from, from + size), this.#row);
      this.#prefix.set(this.#row, i * width);
    }
    this.#end = Math.min(rows, this.#options.keep ?? rows);
    this.#delay = Math.min(delay, this.#end, steps - 1);
    const { form, schedule } = this.#options;
    if (form === 'velocity_freeze') freezeRamp(this.#delay, this.#end, steps, this.#factors);
    else if (form === 'trained_prefix') {
      for (let i = 0; i < steps; i++) this.#factors[i] = i < this.#delay ? 0 : 1;
    } else prefixWeights(this.#delay, this.#end, steps, schedule, this.#weights);
    return this;
  }

  timesAt(time: number): Float32Array | null {
    if (this.#options.form !== 'trained_prefix') return null;
    const clean = this.#target.direction === 'one_to_zero' ? 0 : 1;
    for (let i = 0; i < this.#times.length; i++) this.#times[i] = i < this.#delay ? clean : time;
    return this.#times;
  }

  begin(x: Float32Array): void {
    const { form } = this.#options;
    const { width } = this.#target.shape;
    if (form === 'velocity_freeze') holdRows(x, this.#prefix, this.#end, width);
    if (form === 'trained_prefix') holdRows(x, this.#prefix, this.#delay, width);
  }

  adjust(x: Float32Array, time: number, output: Float32Array): void | Promise<void> {
    const { form } = this.#options;
    const { direction, shape, evaluations } = this.#target;
    const most = this.#options.guidance ?? evaluations;
    if (form === 'velocity_freeze' || form === 'trained_prefix') {
      scaleRows(output, this.#factors, shape.width);
      return;
    }
    prefixError(x, output, time, direction, this.#prefix, this.#weights, this.#error);
    this.#clearPadding();
    const gain = guidanceGain(risingTime(time, direction), most);
    if (form === 'guided') {
      bendVelocity(output, this.#error, gain, direction);
      return;
    }
    return this.#pullBack(x, time, output, gain);
  }

  end(x: Float32Array): void {
    if (this.#options.form !== 'trained_prefix') return;
    holdRows(x, this.#prefix, this.#delay, this.#target.shape.width);
  }

  async #pullBack(
    x: Float32Array,
    time: number,
    output: Float32Array,
    gain: number,
  ): Promise<void> {
    const correction = await this.#target.gradient?.(x, time, this.#error);
    if (correction !== undefined) {
      bendVelocity(output, correction, gain, this.#target.direction);
    }
  }

  /** Columns beyond the joints have no old action to keep to. */
  #clearPadding(): void {
    const { shape, normalizer } = this.#target;
    const { width } = shape;
    const { size } = normalizer;
    if (size === width) return;
    for (let i = 0; i < this.#error.length; i++) if (i % width >= size) this.#error[i] = 0;
  }
}

function refusal(problem: string, key: string): SinewError {
  return new SinewError(problem, {
    where: 'real-time chunking',
    ...(key === '' ? {} : { expected: `a package with "${key}"` }),
    cure: 'choose another form (controller.executor.form)',
  });
}
