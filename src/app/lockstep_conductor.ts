/**
 * Drives simulator, policy and controller in lock-step over their topics: step the physics, wait
 * for the policy where a camera frame was due, let the controller tick once, wait for its command.
 * Nothing depends on how fast anything runs, so the same seed gives the same episode.
 */
import { z } from 'zod';
import { SinewError } from '../core/error.js';
import type { Publisher } from '../ros/publisher.js';
import type { RosNode } from '../ros/ros_node.js';
import type { Config } from './config.js';
import type { EpisodeRunner } from './episode_runner.js';

/** What the simulator's reset and step answer; `frame` is the stamp of the newest camera frames. */
const answerSchema = z.object({
  time: z.number(),
  frame: z.number().nullable().default(null),
  success: z.boolean().default(false),
});

/** Stamps are doubles of nanosecond times: two of the same instant agree far better than this. */
const SAME_INSTANT_S = 1e-6;
const PATIENCE_MS = 30_000;

/** Waits until numbers published on a topic reach a wanted value. */
class Mark {
  value = Number.NEGATIVE_INFINITY;
  #waiting: { least: number; resolve: () => void } | undefined;

  set(value: number): void {
    this.value = value;
    if (this.#waiting === undefined || value < this.#waiting.least) return;
    this.#waiting.resolve();
    this.#waiting = undefined;
  }

  async reach(value: number, what: string): Promise<void> {
    const least = value - SAME_INSTANT_S;
    if (this.value >= least) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      this.#waiting = { least, resolve };
      timer = setTimeout(() => {
        reject(new SinewError(`${what} did not answer for ${value} s within ${PATIENCE_MS} ms`));
      }, PATIENCE_MS);
    });
    clearTimeout(timer);
  }
}

export class LockstepConductor {
  readonly #config: Config;
  readonly #runner: EpisodeRunner;
  readonly #tick: Publisher<'std_msgs/msg/Float64MultiArray'>;
  readonly #frames = new Mark();
  readonly #ticks = new Mark();
  /** Stamp of the policy's newest chunk, s; −1 before the first. */
  #chunk = -1;

  constructor(node: RosNode, config: Config, runner: EpisodeRunner) {
    this.#config = config;
    this.#runner = runner;
    const { topics } = config;
    const type = 'std_msgs/msg/Float64MultiArray';
    this.#tick = node.publisher(topics.lockstep_tick, type, 'reliable');
    node.subscribe(topics.policy_lockstep, type, 'reliable', ({ data }) => {
      this.#chunk = data[1] ?? -1;
      this.#frames.set(data[0] ?? Number.NaN);
    });
    node.subscribe(topics.lockstep_done, type, 'reliable', ({ data }) => {
      this.#ticks.set(data[0] ?? Number.NaN);
    });
  }

  /** Physics steps of one control period. */
  get stepsPerTick(): number {
    const { controller, simulator } = this.#config;
    const steps = 1 / controller.rate_hz / (simulator?.timestep_s ?? Number.NaN);
    if (Number.isInteger(Math.round(steps * 1e6) / 1e6)) return Math.round(steps);
    throw new SinewError('lock-step needs whole physics steps in a control period', {
      where: this.#config.file,
      expected: `1/controller.rate_hz to be a multiple of simulator.timestep_s (is ${steps} of it)`,
    });
  }

  /** Runs the episode `seed`; duration is simulated time. */
  async run(seed: number, signal: AbortSignal): Promise<{ success: boolean; duration_s: number }> {
    await this.#runner.simulator.setParameters(
      { step_count: this.stepsPerTick },
      PATIENCE_MS / 1000,
    );
    this.#chunk = -1;
    this.#frames.value = Number.NEGATIVE_INFINITY;
    this.#ticks.value = Number.NEGATIVE_INFINITY;
    const start = answerSchema.parse(JSON.parse(await this.#runner.reset(seed)));
    let { time, frame, success } = start;
    const end = time + this.#config.episode.time_limit_s;
    while (!success && time < end) {
      signal.throwIfAborted();
      if (frame !== null) await this.#frames.reach(frame, 'the policy');
      const data = Float64Array.of(time, this.#chunk);
      this.#tick.publish({ layout: { dim: [], data_offset: 0 }, data });
      await this.#ticks.reach(time, 'the controller');
      const answer: unknown = JSON.parse(await this.#runner.trigger('step'));
      ({ time, frame, success } = answerSchema.parse(answer));
    }
    return { success, duration_s: time - start.time };
  }
}
