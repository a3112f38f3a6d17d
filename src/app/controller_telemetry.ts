/**
 * Takes the records of the ticks out of shared memory, publishes them in batches on the telemetry
 * topic, and keeps the figures for diagnostics.
 */
import { type ControlMemory, TICK_RECORD } from '../control/control_memory.js';
import { Histogram } from '../core/histogram.js';
import { at } from '../core/vector.js';
import type { Publisher } from '../ros/publisher.js';
import type { RosNode } from '../ros/ros_node.js';

/** Numbers of a row on the topic: time, lateness, observation to command, limited, violations. */
const ROW = 5;
const BATCH = 2048;

export class ControllerTelemetry {
  /** s since the last activation, and since the last `newSecond`. */
  readonly lateness = new Histogram();
  readonly observationToCommand = new Histogram();
  readonly period = new Histogram();
  limitedTicks = 0;
  violations = 0;
  readonly #memory: ControlMemory;
  readonly #toRos: (time: number) => number;
  readonly #records = new Float64Array(BATCH * TICK_RECORD.width);
  readonly #publisher: Publisher<'std_msgs/msg/Float64MultiArray'>;
  readonly #execution: Publisher<'std_msgs/msg/Float64MultiArray'>;
  /** Stamp of the chunk that was followed last; NaN for none. */
  #followed = Number.NaN;

  /**
   * @param topic of the rows @param execution where the use of chunks is told
   * @param toRos ROS time of a time on the loop's clock, s
   */
  constructor(
    node: RosNode,
    { topic, execution }: { readonly topic: string; readonly execution: string },
    memory: ControlMemory,
    toRos: (time: number) => number,
  ) {
    this.#memory = memory;
    this.#toRos = toRos;
    this.#publisher = node.publisher(topic, 'std_msgs/msg/Float64MultiArray', 'reliable');
    this.#execution = node.publisher(execution, 'std_msgs/msg/Float64MultiArray', 'reliable');
  }

  /** Records of ticks and of decisions lost because the main thread came too late for them. */
  get lost(): number {
    return this.#memory.records.lost + this.#memory.decisions.lost;
  }

  /** Takes what has come since the last call, and publishes it. */
  drain(): void {
    const { width } = TICK_RECORD;
    const count = this.#memory.records.drain(this.#records);
    if (count === 0) return;
    const data = new Float64Array(count * ROW);
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < ROW; k++) data[i * ROW + k] = at(this.#records, i * width + k);
      data[i * ROW] = this.#toRos(at(this.#records, i * width + TICK_RECORD.time));
      const field = (k: number) => at(this.#records, i * width + k);
      this.lateness.add(field(TICK_RECORD.lateness));
      this.observationToCommand.add(field(TICK_RECORD.observationToCommand));
      this.period.add(field(TICK_RECORD.period));
      if (field(TICK_RECORD.limited) > 0) this.limitedTicks++;
      this.violations += field(TICK_RECORD.violations);
    }
    this.#publisher.publish({ layout: { dim: [], data_offset: 0 }, data });
    this.#tellExecution(count);
  }

  /** Tells of every tick that began with another chunk than the one before it, or with none. */
  #tellExecution(count: number): void {
    const { width } = TICK_RECORD;
    const rows: number[] = [];
    for (let i = 0; i < count; i++) {
      const chunk = at(this.#records, i * width + TICK_RECORD.chunk);
      if (Object.is(chunk, this.#followed)) continue;
      this.#followed = chunk;
      const time = this.#toRos(at(this.#records, i * width + TICK_RECORD.time));
      rows.push(time, Number.isNaN(chunk) ? chunk : this.#toRos(chunk));
    }
    if (rows.length === 0) return;
    const data = Float64Array.from(rows);
    this.#execution.publish({ layout: { dim: [], data_offset: 0 }, data });
  }

  /** Begins the figures that run from an activation. */
  restart(): void {
    this.lateness.clear();
    this.observationToCommand.clear();
    this.limitedTicks = 0;
    this.violations = 0;
  }
}
