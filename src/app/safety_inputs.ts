/**
 * What the safety configuration listens to beside the joints: a force and torque sensor, the critic's
 * score, and streams of which only the age counts. Everything goes into shared memory with the time
 * of its arrival; the tick judges it.
 */
import type { MemoryWriter } from '../control/memory_writer.js';
import { SinewError } from '../core/error.js';
import { RateLimiter } from '../core/rate_limiter.js';
import type { RosClock } from '../ros/clock.js';
import type { RosNode } from '../ros/ros_node.js';
import type { Config } from './config.js';
import { watchedStreams } from './watched_streams.js';

export class SafetyInputs {
  /** The newest score, NaN before the first; undefined where none is judged. */
  score: number | undefined;
  readonly #writer: MemoryWriter;
  readonly #limiters: RateLimiter[] = [];

  /** Subscribes to what the set-up names; in lock-step, where none of it is judged, to nothing. */
  constructor(node: RosNode, clock: RosClock, config: Config, writer: MemoryWriter) {
    this.#writer = writer;
    if (config.lockstep) return;
    const { wrench, risk } = config.safety;
    const rate = config.controller.message_rate_hz;
    if (wrench !== undefined) {
      const admit = this.#limit(rate);
      const type = 'geometry_msgs/msg/WrenchStamped';
      node.subscribe(wrench.topic, type, 'sensor', ({ wrench: { force, torque } }, at) => {
        if (!admit(at)) return;
        writer.wrench(at, [force.x, force.y, force.z, torque.x, torque.y, torque.z]);
      });
    }
    if (risk !== undefined) {
      this.score = Number.NaN;
      const admit = this.#limit(rate);
      const type = 'std_msgs/msg/Float64MultiArray';
      node.subscribe(risk.topic, type, 'command', ({ data }, at) => {
        if (!admit(at)) return;
        const [stamp = Number.NaN, score = Number.NaN] = data;
        this.#onScore(risk.topic, data.length, clock.toSteady(stamp), score, at);
      });
    }
    for (const [index, { topic, type }] of watchedStreams(config).entries()) {
      const admit = this.#limit(rate);
      node.subscribeRaw(topic, type, 'sensor', (_, at) => {
        if (admit(at)) writer.watch(index, at);
      });
    }
  }

  /** Messages that were dropped unread because too many came. */
  get dropped(): number {
    return this.#limiters.reduce((sum, { dropped }) => sum + dropped, 0);
  }

  /** A score is as old as the state that it is of, however late it comes. */
  #onScore(topic: string, length: number, stamp: number, score: number, at: number): void {
    if (length !== 2 || Number.isNaN(stamp)) {
      this.score = Number.NaN;
      this.#writer.risk(at, Number.NaN);
      throw new SinewError(`${length} numbers, stamp ${stamp}`, {
        where: topic,
        expected: '[stamp, score]',
      });
    }
    this.score = score;
    this.#writer.risk(Math.min(at, stamp), score);
  }

  #limit(rate: number): (at: number) => boolean {
    const limiter = new RateLimiter(rate);
    this.#limiters.push(limiter);
    return (at) => limiter.admit(at);
  }
}
