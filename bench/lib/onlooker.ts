/** Listens to what a side publishes, with times of arrival on the clock of the stamps. */
import { RosClock } from '../../src/ros/clock.js';
import type { RosNode } from '../../src/ros/ros_node.js';

const NUMBERS = 'std_msgs/msg/Float64MultiArray';

export class Onlooker {
  /** Times of arrival of all commands since `clear`, s. */
  arrivals: number[] = [];
  /** Messages of tick rows. */
  rows: Float64Array[] = [];
  /** Of each chunk: s of its computation, and from its observation's stamp to the arrival of its row. */
  chunks: { inference: number; arrival: number }[] = [];
  readonly clock: RosClock;

  /** @param onCommand told each command, rad */
  constructor(node: RosNode, onCommand: (command: Float64Array) => void) {
    this.clock = new RosClock(node);
    const topic = '/forward_position_controller/commands';
    node.subscribe(topic, NUMBERS, 'reliable', ({ data }) => {
      this.arrivals.push(this.clock.now());
      onCommand(data);
    });
    node.subscribe('/controller/telemetry', NUMBERS, 'reliable', ({ data }) => {
      this.rows.push(data);
    });
    node.subscribe('/policy/telemetry', NUMBERS, 'reliable', ({ data }) => {
      const [stamp = Number.NaN, inference = Number.NaN] = data;
      this.chunks.push({ inference, arrival: this.clock.now() - stamp });
    });
  }

  clear(): void {
    this.arrivals = [];
    this.rows = [];
    this.chunks = [];
  }
}
