/** The voice of an operator who is at this process: while the deadman is held, again and again. */
import type { Publisher } from '../ros/publisher.js';
import type { RosNode } from '../ros/ros_node.js';
import type { Config } from './config.js';

const PERIOD_S = 0.05;

export class OperatorHeartbeat {
  readonly #publisher: Publisher<'std_msgs/msg/String'>;
  readonly #operator: string;
  readonly #name: string;
  #seq = Date.now();
  #spokeAt = Number.NEGATIVE_INFINITY;
  #held = false;

  /** @param operator id, and the name that others read */
  constructor(node: RosNode, { topics }: Config, operator: string, name: string) {
    this.#publisher = node.publisher(topics.operator_authority, 'std_msgs/msg/String', 'reliable');
    this.#operator = operator;
    this.#name = name;
  }

  /** To be called often: says at once when the deadman is pressed or released, and again in between. */
  speak(held: boolean, now: number): void {
    const changed = held !== this.#held;
    this.#held = held;
    if (!changed && (!held || now - this.#spokeAt < PERIOD_S)) return;
    this.#spokeAt = now;
    this.#say(held, held ? 'operator' : 'hold');
  }

  /** Gives everything back to the policy. */
  handBack(): void {
    this.#say(false, 'policy');
  }

  #say(deadman: boolean, mode: string): void {
    const beat = { operator: this.#operator, name: this.#name, seq: this.#seq++, deadman, mode };
    this.#publisher.publish({ data: JSON.stringify(beat) });
  }
}
