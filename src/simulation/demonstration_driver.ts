/**
 * Who drives an episode, seen from the recorder: at each observation the expert's chunk is computed
 * and, if wanted, recorded with the pictures; the arm is driven by the expert or by a policy.
 */

import type { SafetyFilter } from '../safety/filter.js';
import type { EpisodeDriver, TimedChunk } from './demonstration.js';
import type { Disturbance } from './demonstration_disturbance.js';
import type { DemonstrationWriter } from './demonstration_file.js';
import type { Expert, Plan } from './expert.js';
import { type ExpertState, PHASES, type Phase } from './expert_phase.js';
import type { World } from './world.js';

/** Steps of a recorded chunk. */
export const PREDICTION_HORIZON = 16;

/** What a driver sees: the pictures of all cameras in order, and measured positions (rad). */
export interface Sight {
  readonly images: Uint8Array;
  readonly positions: Float64Array;
  /** Number of the observation in its episode. */
  readonly index: number;
}

/** Answers an observation with a chunk, or with undefined to go on with the present one. */
export type Pilot = (
  sight: Sight,
  plan: Plan | undefined,
) => TimedChunk | undefined | Promise<TimedChunk | undefined>;

export interface DriverOptions {
  /** Computes the labels; without it nothing is recorded. */
  readonly expert?: Expert;
  readonly writer?: DemonstrationWriter;
  readonly pilot: Pilot;
  /** Whether the pilot looks at pictures. */
  readonly pictures: boolean;
  readonly stepTime: number;
  readonly disturbance?: Disturbance;
  readonly filter?: SafetyFilter;
  /** Changes the scene at an observation, e.g. moves the cube. */
  readonly meddle?: (world: World, index: number) => void;
}

/** Where labels would be of no use: m from the pan axis: beyond and before it; and below the table. */
const OUT_OF_REACH = 0.32;
const TOO_NEAR = 0.09;
const FALLEN = 0.02;

export class DemonstrationDriver implements EpisodeDriver {
  readonly disturbance: Disturbance | undefined;
  readonly filter: SafetyFilter | undefined;
  /** Observations in each of the expert's phases. */
  readonly phases = new Map<string, number>();
  /** What the expert was doing, or would have done, at the last observation. */
  lastPhase: Phase | 'unknown' = 'unknown';
  readonly #options: DriverOptions;
  #images: Uint8Array | undefined;
  #last: Float64Array | undefined;

  constructor(options: DriverOptions) {
    this.#options = options;
    this.disturbance = options.disturbance;
    this.filter = options.filter;
  }

  observe(world: World, index: number): TimedChunk | undefined | Promise<TimedChunk | undefined> {
    const { expert, writer, pictures, pilot, meddle } = this.#options;
    meddle?.(world, index);
    const images = this.#images ?? new Uint8Array(imageBytes(world));
    this.#images = images;
    if (pictures || writer !== undefined) renderAll(world, images);
    const state = this.#state(world);
    const plan = expert?.plan(state, PREDICTION_HORIZON);
    if (plan !== undefined) {
      this.lastPhase = plan.phase;
      this.phases.set(plan.phase, (this.phases.get(plan.phase) ?? 0) + 1);
      writer?.add({
        images,
        state: world.positions,
        action: plan.chunk,
        cube: state.cube,
        phase: PHASES.indexOf(plan.phase),
      });
    }
    return pilot({ images, positions: state.positions, index }, plan);
  }

  /** The cube has left the table or the arm's reach. */
  lost(world: World): boolean {
    const [x = 0, y = 0, z = 0] = world.cubePose();
    const [px, py] = this.#options.expert?.arm.pan ?? [0, 0];
    const above = z - world.scene.table.height;
    const lies = above < world.scene.cube.size && !world.graspState().held;
    const reach = Math.hypot(x - px, y - py);
    return above < -FALLEN || (lies && (reach > OUT_OF_REACH || reach < TOO_NEAR));
  }

  /** Velocities are differences of successive observations: what a policy could know as well. */
  #state(world: World): ExpertState {
    const positions = Float64Array.from(world.positions);
    const last = this.#last ?? positions;
    const velocities = positions.map((q, j) => (q - (last[j] ?? q)) / this.#options.stepTime);
    this.#last = positions;
    const [x, y] = world.targetPosition;
    return { positions, velocities, cube: world.cubePose(), target: [x, y] };
  }
}

/** The expert as pilot: every `replan`-th observation, taking effect `latency` seconds later. */
export function expertPilot(replan: () => number, latency: () => number): Pilot {
  let due = 0;
  return ({ index }, plan) => {
    if (index < due || plan === undefined) return undefined;
    due = index + replan();
    return { chunk: plan.chunk, latency: latency() };
  };
}

function imageBytes(world: World): number {
  return world.scene.cameras.reduce((sum, { width, height }) => sum + width * height * 3, 0);
}

function renderAll(world: World, out: Uint8Array): void {
  let at = 0;
  for (const { name, width, height } of world.scene.cameras) {
    const bytes = width * height * 3;
    world.render(name, out.subarray(at, at + bytes));
    at += bytes;
  }
}
