/**
 * One episode of the demonstration under one executor and one inference delay, in this process: the
 * same policy, executor, safety filter and physics as at run time, with simulated time.
 */
import type { ExecutorConfig } from '../../src/control/executors/executor_config.js';
import type { SafetyFilter } from '../../src/safety/filter.js';
import {
  EPISODE_TIMING,
  type EpisodeDriver,
  runEpisode,
} from '../../src/simulation/demonstration.js';
import type { Pilot } from '../../src/simulation/demonstration_driver.js';
import type { PolicyPilot } from '../../src/simulation/policy_pilot.js';
import type { World } from '../../src/simulation/world.js';

/** Observations from chunk to chunk where inference is quick enough: 133 ms. */
const REPLAN = 2;
/** A cube this far below the table has fallen off it, m. */
const FALLEN = 0.02;
const NO_PICTURES = new Uint8Array(0);

export interface ChunkingEpisode {
  readonly seed: number;
  readonly success: boolean;
  /** Simulated s until success, or the limit. */
  readonly seconds: number;
  /** Root mean square over joints and ticks of the command's third derivative, rad/s³. */
  readonly jerk: number;
  /** Greatest and mean difference of old and new chunk at a takeover, rad. */
  readonly largestSeam: number;
  readonly meanSeam: number;
  /** Why the arm stopped between chunks at last, if it did because they are too short. */
  readonly fault?: string | undefined;
}

export interface ChunkingCell {
  readonly world: World;
  readonly policy: PolicyPilot;
  readonly filter: SafetyFilter;
  readonly executor: ExecutorConfig;
  /** s from an observation to the takeover by its chunk. */
  readonly delay: number;
  /** s; an episode without success ends here. */
  readonly limit: number;
}

export async function runChunkingEpisode(
  { world, policy, filter, executor, delay, limit }: ChunkingCell,
  seed: number,
): Promise<ChunkingEpisode> {
  world.reset(seed);
  policy.begin(seed);
  const driver = new CellDriver(world, policy, filter, executor, delay);
  const timing = { ...EPISODE_TIMING, timeout: limit, afterSuccess: 0 };
  const { success, seconds } = await runEpisode(world, driver, timing);
  const { takeovers, jerk, largestSeam, seams } = driver;
  // The first takeover has nothing to differ from.
  const meanSeam = seams / Math.max(1, takeovers - 1);
  const { fault } = policy;
  return { seed, success, seconds, jerk, largestSeam, meanSeam, fault };
}

class CellDriver implements EpisodeDriver {
  readonly filter: SafetyFilter;
  readonly executor: ExecutorConfig;
  takeovers = 0;
  seams = 0;
  largestSeam = 0;
  readonly #policy: PolicyPilot;
  readonly #pilot: Pilot;
  readonly #images: Uint8Array;
  /** The last three commands, newest first. */
  readonly #past: Float64Array[] = [];
  #squares = 0;
  #count = 0;

  constructor(
    world: World,
    policy: PolicyPilot,
    filter: SafetyFilter,
    executor: ExecutorConfig,
    delay: number,
  ) {
    this.filter = filter;
    this.executor = executor;
    this.#policy = policy;
    this.#pilot = policy.pilot({ replan: REPLAN, latency: () => delay });
    const bytes = world.scene.cameras.reduce((sum, { width, height }) => sum + width * height, 0);
    this.#images = new Uint8Array(3 * bytes);
  }

  get jerk(): number {
    return Math.sqrt(this.#squares / Math.max(1, this.#count));
  }

  observe(world: World, index: number): ReturnType<Pilot> {
    const positions = Float64Array.from(world.positions);
    if (!this.#policy.looksAt(index, REPLAN)) {
      return this.#pilot({ images: NO_PICTURES, positions, index }, undefined);
    }
    let at = 0;
    for (const { name, width, height } of world.scene.cameras) {
      const bytes = 3 * width * height;
      world.render(name, this.#images.subarray(at, at + bytes));
      at += bytes;
    }
    return this.#pilot({ images: this.#images, positions, index }, undefined);
  }

  lost(world: World): boolean {
    return (world.cubePose()[2] ?? 0) < world.scene.table.height - FALLEN;
  }

  onTakeover(stamp: number, now: number, seam: number): void {
    this.#policy.consumed(stamp, now);
    // The first chunk has none before it.
    if (this.takeovers++ === 0) return;
    this.seams += seam;
    this.largestSeam = Math.max(this.largestSeam, seam);
  }

  onCommand(_now: number, command: ArrayLike<number>): void {
    const [one, two, three] = this.#past;
    const newest = Float64Array.from(command);
    if (one !== undefined && two !== undefined && three !== undefined) {
      for (const [j, q] of newest.entries()) {
        const third = q - 3 * (one[j] ?? 0) + 3 * (two[j] ?? 0) - (three[j] ?? 0);
        this.#squares += (third / EPISODE_TIMING.controlTime ** 3) ** 2;
        this.#count++;
      }
    }
    this.#past.unshift(newest);
    this.#past.length = Math.min(this.#past.length, 3);
  }
}
