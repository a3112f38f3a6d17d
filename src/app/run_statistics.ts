/** Collects what controller and policy report about their timing, for `sinew eval` and `sinew up`. */
import type { RosNode } from '../ros/ros_node.js';
import type { Config } from './config.js';

/** Fields of one tick's row on the telemetry topic; see docs/topics.md. */
const ROW = { time: 0, lateness: 1, observationToCommand: 2, limited: 3, violations: 4, length: 5 };

/** Samples since the start or the last `clear`, in milliseconds. */
export class RunStatistics {
  tickLatenessMs: number[] = [];
  observationToCommandMs: number[] = [];
  chunkMs: number[] = [];
  ticks = 0;
  limitedTicks = 0;
  limitViolations = 0;

  constructor(node: RosNode, config: Config) {
    const type = 'std_msgs/msg/Float64MultiArray';
    node.subscribe(config.topics.telemetry, type, 'reliable', ({ data }) => this.#addTicks(data));
    node.subscribe(config.topics.policy_telemetry, type, 'reliable', ({ data }) => {
      const seconds = data[1];
      if (seconds !== undefined) this.chunkMs.push(seconds * 1000);
    });
  }

  /** Forgets all samples, so that figures cover a recent time only. */
  clear(): void {
    this.tickLatenessMs = [];
    this.observationToCommandMs = [];
    this.chunkMs = [];
    this.ticks = 0;
    this.limitedTicks = 0;
    this.limitViolations = 0;
  }

  #addTicks(data: Float64Array): void {
    for (let row = 0; row + ROW.length <= data.length; row += ROW.length) {
      const field = (offset: number) => data[row + offset] ?? Number.NaN;
      this.ticks++;
      this.tickLatenessMs.push(field(ROW.lateness) * 1000);
      const latency = field(ROW.observationToCommand);
      if (!Number.isNaN(latency)) this.observationToCommandMs.push(latency * 1000);
      if (field(ROW.limited) > 0) this.limitedTicks++;
      this.limitViolations += field(ROW.violations);
    }
  }
}
