/**
 * The voice of a leader arm: it is an operator whose deadman is the hand that moves it. Grasped, it
 * asks for authority; let go, it lets the arm hold, and hands nothing back.
 */
import type { Publisher } from '../ros/publisher.js';
import type { RosNode } from '../ros/ros_node.js';
import type { LeaderConfig } from '../teleop/config.js';
import type { Config } from './config.js';

const PERIOD_S = 0.05;
export const LEADER_ID = 'leader';

export class LeaderVoice {
  readonly #publisher: Publisher<'std_msgs/msg/String'>;
  readonly #speaks: boolean;
  #seq = Date.now();
  #spoke = Number.NEGATIVE_INFINITY;
  #grasped = false;

  constructor(node: RosNode, config: Config, { grasp }: LeaderConfig) {
    this.#speaks = grasp === 'motion';
    const topic = config.topics.operator_authority;
    this.#publisher = node.publisher(topic, 'std_msgs/msg/String', 'reliable');
  }

  /** To be called often: says at once when the leader is grasped or let go, and again in between. */
  speak(grasped: boolean, now: number): void {
    const changed = grasped !== this.#grasped;
    this.#grasped = grasped;
    if (!this.#speaks || (!grasped && !changed)) return;
    if (!changed && now - this.#spoke < PERIOD_S) return;
    this.#spoke = now;
    const beat = {
      operator: LEADER_ID,
      name: 'leader arm',
      seq: this.#seq++,
      deadman: grasped,
      mode: 'operator',
    };
    this.#publisher.publish({ data: JSON.stringify(beat) });
  }
}
