/**
 * Every decision of the safety filter, for people and tools: on `~/safety` at a bounded rate, each
 * message with the worst decision since the last one, and the joint limited last for diagnostics.
 */
import type { ControlMemory } from '../control/control_memory.js';
import { DECIDED, DECISION, decisionWidth } from '../control/decision_recorder.js';
import { at } from '../core/vector.js';
import type { Publisher } from '../ros/publisher.js';
import type { RosNode } from '../ros/ros_node.js';
import { REASONS, Reason } from '../safety/reasons.js';
import type { SafeCommand } from '../safety/safe_command.js';

const FIELDS = 'actual,desired,limited,reason';
/** Most decisions that are looked at together. */
const BATCH = 256;

/** A joint whose command was limited: rad, and why. */
interface LimitedJoint {
  readonly joint: string;
  readonly actual: number;
  readonly desired: number;
  readonly limited: number;
  readonly reason: string;
}

export class SafetyReport {
  readonly #joints: readonly string[];
  readonly #memory: ControlMemory;
  readonly #toRos: (time: number) => number;
  readonly #publisher: Publisher<'std_msgs/msg/Float64MultiArray'>;
  readonly #timer: NodeJS.Timeout;
  /** The worst decision since the last message, as it is sent. */
  readonly #data: Float64Array;
  readonly #rows: Float64Array;
  #pending = false;
  /** By joint: commands that were limited since the last `takeCounts`, and the latest reason. */
  readonly #counts: number[];
  readonly #reasons: string[];
  #last: LimitedJoint | undefined;
  /** Least distance, m, and its number, of the newest command; see SafeCommand. */
  clearance = Infinity;
  nearest = -1;
  /** Energy left, J; NaN where there is no budget. */
  energy = Number.NaN;

  /**
   * @param rate messages a second, at most
   * @param toRos ROS time of a time on the loop's clock, s
   */
  constructor(
    node: RosNode,
    joints: readonly string[],
    rate: number,
    memory: ControlMemory,
    toRos: (time: number) => number,
  ) {
    this.#joints = joints;
    this.#memory = memory;
    this.#toRos = toRos;
    this.#data = new Float64Array(decisionWidth(joints.length));
    this.#rows = new Float64Array(BATCH * this.#data.length);
    this.#counts = joints.map(() => 0);
    this.#reasons = joints.map(() => '');
    this.#publisher = node.publisher('~/safety', 'std_msgs/msg/Float64MultiArray', 'reliable');
    this.#timer = setInterval(() => node.guard('safety', () => this.#publish()), 1000 / rate);
  }

  /** Takes note of the newest command, and of all decisions since the last call. */
  add(command: SafeCommand): void {
    this.clearance = command.clearance;
    this.nearest = command.nearest;
    this.energy = command.energy;
    this.drain();
  }

  /** Takes note of all decisions since the last call. */
  drain(): void {
    const width = this.#data.length;
    let count: number;
    do {
      count = this.#memory.decisions.drain(this.#rows);
      for (let i = 0; i < count; i++) this.#take(this.#rows.subarray(i * width, (i + 1) * width));
    } while (count === BATCH);
  }

  /** The joints limited since the last call, with count and latest reason, and starts anew. */
  takeCounts(): string {
    const parts = this.#joints.flatMap((joint, i) =>
      this.#counts[i] === 0 ? [] : [`${joint} ${this.#counts[i]} (${this.#reasons[i]})`],
    );
    this.#counts.fill(0);
    return parts.join(', ');
  }

  /** The joint limited last, for diagnostics; empty before there was one. */
  get last(): Record<string, string | number> {
    if (this.#last === undefined) return {};
    const { joint, actual, desired, limited, reason } = this.#last;
    return {
      last_limited_joint: joint,
      last_limited_reason: reason,
      last_limited_actual_rad: actual,
      last_limited_desired_rad: desired,
      last_limited_command_rad: limited,
    };
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #take(row: Float64Array): void {
    for (let i = 0; i < this.#joints.length; i++) this.#count(row, i);
    // Of two that are as bad, the newer one.
    if (this.#pending && at(row, DECISION.band) < at(this.#data, DECISION.band)) return;
    this.#pending = true;
    this.#data.set(row);
    this.#data[DECISION.time] = this.#toRos(at(row, DECISION.time));
  }

  #count(row: Float64Array, i: number): void {
    const from = DECISION.head + DECIDED.width * i;
    const code = at(row, from + DECIDED.reason);
    // Stopping is no limiting: nothing else was asked for.
    if (code === Reason.none || code === Reason.stop) return;
    const reason = REASONS[code] ?? `reason ${code}`;
    this.#counts[i] = (this.#counts[i] ?? 0) + 1;
    this.#reasons[i] = reason;
    this.#last = {
      joint: this.#joints[i] ?? '',
      actual: at(row, from + DECIDED.actual),
      desired: at(row, from + DECIDED.desired),
      limited: at(row, from + DECIDED.limited),
      reason,
    };
  }

  #publish(): void {
    if (!this.#pending) return;
    this.#pending = false;
    const size = this.#joints.length;
    const dim = [
      { label: this.#joints.join(','), size, stride: size * DECIDED.width },
      { label: FIELDS, size: DECIDED.width, stride: DECIDED.width },
    ];
    this.#publisher.publish({ layout: { dim, data_offset: DECISION.head }, data: this.#data });
  }
}
