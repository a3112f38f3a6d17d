/**
 * Makes a lock-step simulation wait for the command of the present instant: the word that the
 * controller has ticked, the command, and the request to step come on three channels, in any order.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { steadyNow } from '../core/clock.js';
import type { RosNode } from '../ros/ros_node.js';
import type { Config } from './config.js';

/** Stamps are doubles of whole nanoseconds: two of the same instant agree better than this, s. */
const SAME_TIME = 1e-6;
/**
 * After this (s) without the controller, as when somebody steps by hand, the simulation goes on. A busy
 * machine may hold up a message for seconds, and then the episode would not be repeatable.
 */
const PATIENCE_S = 10;
const POLL_MS = 1;

export class LockstepGate {
  readonly #node: RosNode;
  readonly #topic: string;
  #ticked = Number.NEGATIVE_INFINITY;
  #expected = false;
  #commanded = false;

  constructor(node: RosNode, config: Config) {
    this.#node = node;
    this.#topic = config.topics.lockstep_done;
    const type = 'std_msgs/msg/Float64MultiArray';
    node.subscribe(this.#topic, type, 'reliable', ({ data }) => {
      this.#ticked = data[0] ?? Number.NaN;
      this.#expected = data[1] === 1;
    });
  }

  /** A command has been taken at the present instant. */
  noteCommand(): void {
    this.#commanded = true;
  }

  /**
   * Resolves when the controller has ticked at `now` (ROS time, s) and its command is in force.
   *
   * @returns false when there is a controller but it did not do so in time
   */
  async pass(now: number): Promise<boolean> {
    if (this.#node.publisherCount(this.#topic) === 0) return true;
    const deadline = steadyNow() + PATIENCE_S;
    const ready = () => this.#ticked >= now - SAME_TIME && (this.#commanded || !this.#expected);
    while (!ready() && steadyNow() < deadline) await sleep(POLL_MS);
    const passed = ready();
    this.#commanded = false;
    return passed;
  }
}
