/**
 * One episode in the simulated world with the time structure of the real processes: observations at
 * the policy's rate, chunks that arrive late, set-points by time from the chunk at control rate.
 * Whoever answers an observation with a chunk (expert or policy) drives the arm.
 */

import { createExecutor, type ExecutorOptions } from '../control/executors/create_executor.js';
import { type Executor, Verdict } from '../control/executors/executor.js';
import { SinewError } from '../core/error.js';
import type { SafetyFilter } from '../safety/filter.js';
import type { Disturbance } from './demonstration_disturbance.js';
import type { World } from './world.js';

export interface EpisodeTiming {
  /** Seconds between observations, and from one step of a chunk to the next. */
  readonly stepTime: number;
  /** Seconds between set-points. */
  readonly controlTime: number;
  /** Give up after this many seconds. */
  readonly timeout: number;
  /** Go on for this long after success. */
  readonly afterSuccess: number;
}

/** Longest chunk that can be executed. */
const MAX_STEPS = 64;

export const EPISODE_TIMING: EpisodeTiming = {
  stepTime: 1 / 15,
  controlTime: 0.01,
  timeout: 20,
  afterSuccess: 1,
};

/** A chunk, how many seconds after its observation it takes effect, and when its first step is due. */
export interface TimedChunk {
  readonly chunk: Float64Array;
  readonly latency: number;
  /** Seconds from the observation to the first step; 0 if absent. */
  readonly after?: number;
}

export interface EpisodeDriver {
  /**
   * Called at every observation (number k, at k · stepTime).
   *
   * @returns a new chunk, or undefined to keep the present one
   */
  observe(world: World, k: number): TimedChunk | undefined | Promise<TimedChunk | undefined>;
  /** Called before each set-point is sent; may change it in place. */
  readonly disturbance?: Disturbance | undefined;
  /** The episode cannot succeed any more: asked at each observation. */
  lost?(world: World): boolean;
  /** Stands before the servos, as at run time; started anew by each episode. */
  readonly filter?: SafetyFilter | undefined;
  /** How chunks follow one another; the newest counts if absent. */
  readonly executor?: ExecutorOptions | undefined;
  /**
   * Told of each chunk that is taken over: its stamp, the time (both s), and by how much it differs
   * there from what was executed (rad).
   */
  onTakeover?(stamp: number, now: number, seam: number): void;
  /** Told of each set-point that goes to the servos, rad. */
  onCommand?(now: number, command: ArrayLike<number>): void;
}

export interface EpisodeResult {
  readonly success: boolean;
  /** Simulated seconds until success, or until it was given up. */
  readonly seconds: number;
  readonly observations: number;
}

/** Runs from the world's present state (just reset) until success, or until time is up. */
export async function runEpisode(
  world: World,
  driver: EpisodeDriver,
  timing: EpisodeTiming = EPISODE_TIMING,
): Promise<EpisodeResult> {
  const setPoint = world.targets();
  const width = setPoint.length;
  // What a new chunk takes over from: the command without the disturbance, which it must not undo.
  const clean = { position: setPoint.slice(), velocity: new Float64Array(width) };
  const executor = createExecutor(
    width,
    MAX_STEPS,
    driver.executor,
    // Fades keep within limits only where an executor was chosen: recordings stay as they are.
    driver.executor === undefined ? undefined : driver.filter?.limits,
  );
  // The command that chunks take over from, where an executor was chosen.
  const led =
    driver.executor !== undefined && driver.disturbance === undefined ? driver.filter : undefined;
  const pending: { chunk: Float64Array; seen: number; begins: number; due: number }[] = [];
  if (driver.filter !== undefined) beginFilter(driver.filter, world.positions);
  let observations = 0;
  let control = 0;
  let success: number | undefined;
  for (;;) {
    const now = world.time;
    if (now >= timing.timeout) break;
    if (success !== undefined && now >= success + timing.afterSuccess) break;
    if (now >= observations * timing.stepTime - 1e-9) {
      const answer = await driver.observe(world, observations);
      if (answer !== undefined) {
        const { chunk, latency, after = 0 } = answer;
        pending.push({ chunk, seen: now, begins: now + after, due: now + latency });
      }
      observations++;
      if (driver.lost?.(world)) break;
      if (success === undefined && world.success()) success = now;
    }
    if (now >= control * timing.controlTime - 1e-9) {
      control++;
      while (pending[0] !== undefined && pending[0].due <= now + 1e-9) {
        const { chunk, seen, begins } = pending[0];
        pending.shift();
        fillChunk(executor, chunk, { stamp: seen, begins, stepTime: timing.stepTime });
        const verdict = led
          ? offerAsTheLoop(executor, now, led, timing.controlTime, clean.position)
          : executor.offer(now, clean.position, clean.velocity);
        if (verdict === Verdict.taken) driver.onTakeover?.(seen, now, executor.seam);
      }
      if (executor.sample(now)) {
        setPoint.set(executor.position);
        keep(clean, executor);
        driver.disturbance?.apply(setPoint, executor.stamp, now);
      }
      if (driver.filter === undefined) {
        world.setTargets(setPoint);
        driver.onCommand?.(now, setPoint);
      } else {
        const command = driver.filter.follow(timing.controlTime, setPoint, world.positions);
        if (command !== undefined) {
          world.setTargets(command.positions);
          driver.onCommand?.(now, command.positions);
        }
        if (driver.disturbance === undefined) keep(clean, driver.filter);
      }
    }
    world.step(1);
  }
  return { success: success !== undefined, seconds: success ?? world.time, observations };
}

/** Lets a chunk take over from the command as the control loop does, where that will be next tick. */
function offerAsTheLoop(
  executor: Executor,
  now: number,
  { position, velocity, acceleration }: SafetyFilter,
  tick: number,
  predicted: Float64Array,
): number {
  for (let j = 0; j < predicted.length; j++) {
    const speed = (velocity[j] ?? 0) + (acceleration[j] ?? 0) * tick;
    predicted[j] = (position[j] ?? 0) + speed * tick;
  }
  return executor.offer(now, predicted, velocity, acceleration);
}

interface Motion {
  readonly position: Float64Array;
  readonly velocity: Float64Array;
}

function keep(to: Motion, from: Motion): void {
  to.position.set(from.position);
  to.velocity.set(from.velocity);
}

function fillChunk(
  { incoming, position }: Executor,
  steps: Float64Array,
  { stamp, begins, stepTime }: { stamp: number; begins: number; stepTime: number },
): void {
  incoming.stamp = stamp;
  incoming.count = steps.length / position.length;
  incoming.positions.set(steps);
  for (let i = 0; i < incoming.count; i++) incoming.times[i] = begins + i * stepTime;
}

/** From wherever the last episode left it, the filter begins at rest at the measured positions. */
function beginFilter(filter: SafetyFilter, measured: Float64Array): void {
  filter.reset();
  filter.release();
  while (!filter.atRest) filter.stop(0.01);
  const verdict = filter.start(measured);
  if (!verdict.ready) throw new SinewError(verdict.why, { where: 'safety filter' });
}
