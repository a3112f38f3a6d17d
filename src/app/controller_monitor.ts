/** Publishes what every tick measured, was asked for and commanded, joint by joint, in batches. */
import type { ControlMemory } from '../control/control_memory.js';
import { MONITOR, monitorWidth } from '../control/monitor_recorder.js';
import { at } from '../core/vector.js';
import type { Publisher } from '../ros/publisher.js';
import type { RosNode } from '../ros/ros_node.js';

/** Most ticks of a message. */
const BATCH = 256;
/** What the two clocks may drift apart before times follow, s. */
const DRIFT = 1e-3;

export class ControllerMonitor {
  readonly #memory: ControlMemory;
  readonly #toRos: (time: number) => number;
  readonly #label: string;
  readonly #width: number;
  readonly #rows: Float64Array;
  /** ROS time less the loop's, s: kept, so that times from tick to tick are exact. */
  #offset = Number.NaN;
  readonly #publisher: Publisher<'std_msgs/msg/Float64MultiArray'>;

  /** @param toRos ROS time of a time on the loop's clock, s */
  constructor(
    node: RosNode,
    topic: string,
    joints: readonly string[],
    memory: ControlMemory,
    toRos: (time: number) => number,
  ) {
    this.#memory = memory;
    this.#toRos = toRos;
    this.#label = ['time', ...joints].join(';');
    this.#width = monitorWidth(joints.length);
    this.#rows = new Float64Array(BATCH * this.#width);
    this.#publisher = node.publisher(topic, 'std_msgs/msg/Float64MultiArray', 'reliable');
  }

  /** Takes what has come since the last call, and publishes it where anybody listens. */
  drain(): void {
    const count = this.#memory.monitor.drain(this.#rows);
    if (count === 0 || this.#publisher.subscriptionCount === 0) return;
    const width = this.#width;
    const data = this.#rows.slice(0, count * width);
    const offset = this.#toRos(at(data, 0)) - at(data, 0);
    if (!(Math.abs(offset - this.#offset) < DRIFT)) this.#offset = offset;
    for (let i = 0; i < count; i++) data[i * width] = at(data, i * width) + this.#offset;
    const dim = [
      { label: 'ticks', size: count, stride: count * width },
      { label: this.#label, size: width, stride: width },
      { label: COLUMNS, size: MONITOR.width, stride: MONITOR.width },
    ];
    this.#publisher.publish({ layout: { dim, data_offset: 0 }, data });
  }
}

const COLUMNS = 'measured;policy;operator;commanded;reason';
