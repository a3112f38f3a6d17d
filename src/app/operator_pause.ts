/**
 * When a person is at work with the arm: a demonstration that begins one episode after the other must
 * then neither reset the scene nor set the arm in motion.
 */
import type { RosNode } from '../ros/ros_node.js';

export class OperatorPause {
  /** An e-stop was engaged, and nobody has activated the controller since. */
  #stopped = false;
  #operated = false;

  /** @param topic what the controller says of who commands */
  constructor(node: RosNode, topic: string) {
    node.subscribe(topic, 'std_msgs/msg/String', 'latched', ({ data }) => this.hear(data));
  }

  /** Takes a word of the controller. */
  hear(data: string): void {
    const { phase, mode, operator } = JSON.parse(data) as Record<string, unknown>;
    if (phase === 'e_stop') this.#stopped = true;
    if (phase === 'active') this.#stopped = false;
    this.#operated = typeof operator === 'string' || mode === 'hold';
  }

  /** True until the operator has handed back and, after an e-stop, activated. */
  get paused(): boolean {
    return this.#stopped || this.#operated;
  }
}
