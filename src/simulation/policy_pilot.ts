/**
 * A learned policy as the driver of an episode: observations with history in, chunks out, in this
 * thread and without ROS. Only pictures and joint positions reach it.
 */

import { createPlanner, requireExecutor } from '../control/executors/create_planner.js';
import type { ExecutorConfig } from '../control/executors/executor_config.js';
import { SinewError } from '../core/error.js';
import { bindJoints } from '../core/joint_binding.js';
import { normalNoise } from '../policy/noise.js';
import { ObservationBlock } from '../policy/observation_block.js';
import { loadPackage, type PolicyPackage } from '../policy/package_file.js';
import type { PolicyPackageJson } from '../policy/package_schema.js';
import {
  firstNonFinite,
  type InferenceTiming,
  PolicyProgram,
} from '../policy/program/policy_program.js';
import type { Planner } from '../policy/real_time_chunking/planner.js';
import type { RealTimeChunking } from '../policy/real_time_chunking/real_time_chunking.js';
import { steerProgram } from '../policy/real_time_chunking/steer_program.js';
import { newestState } from '../policy/uncertainty.js';
import type { Pilot, Sight } from './demonstration_driver.js';
import type { World } from './world.js';

export interface PolicyPilotOptions {
  /** Observations from one chunk to the next, unless the one before is not done by then. */
  readonly replan: number;
  /** Seconds from an observation to its chunk's effect. */
  readonly latency: () => number;
}

/** What a package is run with. */
export interface PilotProgram {
  /** Chunks drawn at once, where they differ from the package's. */
  readonly candidates?: number | undefined;
  /** Sampler steps, where they differ from the package's. */
  readonly steps?: number | undefined;
  /** The package's variant that runs; the package as it is if absent. */
  readonly variant?: string | undefined;
  /** Follows what this executor executes; chunks come at a fixed pace without one. */
  readonly executor?: ExecutorConfig | undefined;
}

/** Two times closer than this are one. */
const SAME_TIME = 1e-6;

export class PolicyPilot {
  /** Wall-clock seconds that each chunk took. */
  readonly inferenceTimes: number[] = [];
  readonly #package: PolicyPackage;
  readonly #program: PolicyProgram;
  readonly #block: ObservationBlock;
  readonly #stepTime: number;
  /** World joint of each of the package's state and action joints. */
  readonly #stateJoints: Int32Array;
  readonly #actionJoints: Int32Array;
  /** Where each camera's picture begins in a sight. */
  readonly #pictures: ReadonlyMap<string, { readonly at: number; readonly bytes: number }>;
  #past: { images: Uint8Array; positions: Float64Array }[] = [];
  #noise = { seed: 0, episode: 0, chunk: 0 };
  /** Where an executor was chosen: what it executes, and what leads the sampler accordingly. */
  readonly #makePlanner: (() => Planner) | undefined;
  #planner: Planner | undefined;
  readonly #chunking: RealTimeChunking | undefined;
  /** When the chunk computed last takes effect, s: until then there is no other. */
  #busyUntil = Number.NEGATIVE_INFINITY;
  #lastIndex: number | undefined;

  private constructor(
    source: PolicyPackage,
    program: PolicyProgram,
    world: World,
    executor: ExecutorConfig | undefined,
  ) {
    this.#package = source;
    this.#program = program;
    this.#block = new ObservationBlock(source.spec);
    this.#stepTime = 1 / source.spec.rate_hz;
    const inputs = Object.values(source.spec.observation);
    const state = inputs.find((input) => input.type === 'state');
    const wanted = state?.type === 'state' ? state.joints : [];
    this.#stateJoints = bindJoints(world.jointNames, wanted, 'observation.state');
    this.#actionJoints = bindJoints(source.spec.action.joints, world.jointNames, 'action');
    requireExecutor(source.spec, executor?.type);
    if (executor !== undefined) {
      this.#makePlanner = () => createPlanner(executor, source.spec);
      this.#planner = this.#makePlanner();
      if (executor.type === 'real_time_chunking') {
        this.#chunking = steerProgram(program, source.spec, executor);
      }
    }
    const pictures = new Map<string, { at: number; bytes: number }>();
    let at = 0;
    for (const { name, width, height } of world.scene.cameras) {
      pictures.set(name, { at, bytes: width * height * 3 });
      at += width * height * 3;
    }
    this.#pictures = pictures;
    for (const input of inputs) {
      if (input.type !== 'image') continue;
      const { height, width } = input.source;
      const picture = pictures.get(input.camera);
      if (picture?.bytes === height * width * 3) continue;
      throw new SinewError(`the world has no camera "${input.camera}" of that size`, {
        where: source.dir,
        expected: `${width}×${height} pixels`,
      });
    }
  }

  /** @throws SinewError when the package is faulty or does not fit the world */
  static async open(
    folder: string,
    world: World,
    { candidates, steps, variant, executor }: PilotProgram = {},
  ): Promise<PolicyPilot> {
    const source = loadPackage(folder, variant ?? null);
    const sampler = steps === undefined ? undefined : { steps };
    const program = await PolicyProgram.open(source, { threads: 1, sampler, candidates });
    try {
      return new PolicyPilot(source, program, world, executor);
    } catch (error) {
      await program.close();
      throw error;
    }
  }

  /** Forgets the past, measured delays too; the noise of the episode follows from `seed`. */
  begin(seed: number): void {
    this.#past = [];
    this.#noise = { seed, episode: 0, chunk: 0 };
    this.#program.reset();
    this.#planner = this.#makePlanner?.();
    this.#busyUntil = Number.NEGATIVE_INFINITY;
    this.#lastIndex = undefined;
  }

  /** A chunk has been taken over by the executor, times in s. */
  consumed(stamp: number, at: number): void {
    this.#planner?.consumed(stamp, at);
  }

  /** Why chunks do not follow one another without a stop, if they do not. */
  get fault(): string | undefined {
    return this.#planner?.fault;
  }

  /** The package that runs. */
  get spec(): PolicyPackageJson {
    return this.#package.spec;
  }

  /** Of the chunk computed last. */
  get timing(): InferenceTiming {
    return this.#program.timing;
  }

  /** What it was computed from: the newest state, rad, in the package's order. */
  get state(): ArrayLike<number> {
    return newestState(this.#package.spec, this.#block);
  }

  close(): Promise<void> {
    return this.#program.close();
  }

  /** The pilot for one episode, from {@link begin} on. */
  pilot({ replan, latency }: PolicyPilotOptions): Pilot {
    return async (sight) => {
      this.#remember(sight);
      const stamp = sight.index * this.#stepTime;
      if (!this.#due(sight.index, replan)) return undefined;
      this.#lastIndex = sight.index;
      this.#fill(sight.index);
      const prefix = this.#planner?.prefix(stamp);
      const start = performance.now();
      const actions = await this.#program.infer(
        this.#block,
        (draw, out) => normalNoise(this.#noise.seed, { ...this.#noise, draw }, out),
        prefix && this.#chunking?.lead(prefix),
      );
      this.inferenceTimes.push((performance.now() - start) / 1000);
      this.#noise.chunk++;
      if (firstNonFinite(actions) >= 0) {
        throw new SinewError('the policy returned a number that is not finite');
      }
      const delay = latency();
      this.#busyUntil = stamp + delay;
      if (this.#planner?.given(stamp, actions, stamp + delay) === false) return undefined;
      const after = (this.#planner?.begins ?? stamp) - stamp;
      return { chunk: this.#inWorldOrder(actions), latency: delay, after };
    };
  }

  /**
   * Whether pictures of observation `index` can be of use, for its own chunk or as history of one
   * that comes after; a sight without pictures will do where not.
   */
  looksAt(index: number, replan: number): boolean {
    const steps = this.#package.spec.horizon.observation;
    // The planner may ask for a chunk earlier than it seems once one has been taken over.
    const changing = this.#busyUntil > index * this.#stepTime + SAME_TIME;
    for (let next = index; next < index + steps; next++) {
      if (this.#due(next, replan)) return true;
      if (changing && next > index && this.#free(next, replan)) return true;
    }
    return false;
  }

  /** Without a planner at every `replan`-th observation; else as soon as one can be of use. */
  #due(index: number, replan: number): boolean {
    if (this.#planner === undefined) return index % replan === 0;
    return this.#free(index, replan) && this.#planner.due(index * this.#stepTime);
  }

  /** Whether a chunk may be computed from observation `index`, whatever the planner says. */
  #free(index: number, replan: number): boolean {
    if (this.#planner === undefined) return false;
    if (index * this.#stepTime < this.#busyUntil - SAME_TIME) return false;
    return this.#lastIndex === undefined || index - this.#lastIndex >= replan;
  }

  #remember({ images, positions }: Sight): void {
    const steps = this.#package.spec.horizon.observation;
    this.#past.push({ images: images.slice(), positions: positions.slice() });
    while (this.#past.length < steps) this.#past.unshift(...this.#past.slice(0, 1));
    if (this.#past.length > steps) this.#past.shift();
  }

  #fill(index: number): void {
    const { observation } = this.#package.spec;
    for (const [step, { images, positions }] of this.#past.entries()) {
      const stamp = (index - (this.#past.length - 1 - step)) * this.#stepTime;
      for (const [key, input] of Object.entries(observation)) {
        this.#block.setStamp(key, step, stamp);
        if (input.type === 'state') {
          const values = this.#block.state(key, step);
          for (const [j, from] of this.#stateJoints.entries()) values[j] = positions[from] ?? 0;
        } else {
          const picture = this.#pictures.get(input.camera);
          const { at, bytes } = picture ?? { at: 0, bytes: 0 };
          if (images.length < at + bytes) throw new SinewError(`observation ${index}: no pictures`);
          this.#block.image(key, step).set(images.subarray(at, at + bytes));
        }
      }
    }
  }

  #inWorldOrder(actions: Float32Array): Float64Array {
    const width = this.#actionJoints.length;
    const chunk = new Float64Array(actions.length);
    for (let i = 0; i < actions.length; i += width) {
      for (const [j, from] of this.#actionJoints.entries()) chunk[i + j] = actions[i + from] ?? 0;
    }
    return chunk;
  }
}
