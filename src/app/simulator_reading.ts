/**
 * Lock-step with emulated servos: asks their driver to read the arm at an instant, and waits until it
 * has; and hears when it has written a command. So the bytes of each instant are exchanged in it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { steadyNow } from '../core/clock.js';
import type { Publisher } from '../ros/publisher.js';
import type { RosNode } from '../ros/ros_node.js';
import type { Config } from './config.js';

const SAME_TIME = 1e-6;
/** After this (s) without the driver, the simulation goes on. */
const PATIENCE_S = 10;
const POLL_MS = 1;

export class ServoReading {
  readonly #node: RosNode;
  readonly #topic: string;
  readonly #publisher: Publisher<'std_msgs/msg/Float64MultiArray'>;
  #asked = Number.NEGATIVE_INFINITY;
  #read = Number.NEGATIVE_INFINITY;

  /** @param onWritten called when a command has reached the servos */
  constructor(node: RosNode, { topics }: Config, onWritten: () => void) {
    const type = 'std_msgs/msg/Float64MultiArray';
    this.#node = node;
    this.#topic = topics.lockstep_servo;
    this.#publisher = node.publisher(topics.lockstep_read, type, 'latched');
    node.subscribe(topics.lockstep_servo, type, 'reliable', ({ data }) => {
      if (data[1] === 1) onWritten();
      else this.#read = data[0] ?? Number.NaN;
    });
  }

  /** Asks for the joint states of the instant `time` (ROS time, s). */
  ask(time: number): void {
    this.#asked = time;
    const data = Float64Array.of(time);
    this.#publisher.publish({ layout: { dim: [], data_offset: 0 }, data });
  }

  /** Resolves when the driver has read what was asked for; at once when there is no driver. */
  async settled(): Promise<void> {
    const deadline = steadyNow() + PATIENCE_S;
    const waits = () => this.#read < this.#asked - SAME_TIME && steadyNow() < deadline;
    while (waits() && this.#node.publisherCount(this.#topic) > 0) await sleep(POLL_MS);
  }
}
