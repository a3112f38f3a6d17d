/**
 * Every decision of the safety filter, for people and tools: on `~/safety` at a bounded rate, each
 * message with the worst decision since the last one, and the joint limited last for diagnostics.
 */
import { at } from '../core/vector.js';
import type { Publisher } from '../ros/publisher.js';
import type { RosNode } from '../ros/ros_node.js';
import { REASONS, Reason } from '../safety/reasons.js';
import type { SafeCommand } from '../safety/safe_command.js';

/** Numbers before those of the joints: ROS time (s) of the decision, its band. */
const HEAD = 2;
const FIELDS = 'actual,desired,limited,reason';
const WIDTH = FIELDS.split(',').length;

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
  readonly #publisher: Publisher<'std_msgs/msg/Float64MultiArray'>;
  readonly #timer: NodeJS.Timeout;
  readonly #data: Float64Array;
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

  /** @param rate messages a second, at most */
  constructor(node: RosNode, joints: readonly string[], rate: number) {
    this.#joints = joints;
    this.#data = new Float64Array(HEAD + joints.length * WIDTH);
    this.#counts = joints.map(() => 0);
    this.#reasons = joints.map(() => '');
    this.#publisher = node.publisher('~/safety', 'std_msgs/msg/Float64MultiArray', 'reliable');
    this.#timer = setInterval(() => node.guard('safety', () => this.#publish()), 1000 / rate);
  }

  /** Takes note of a command that was made at `time`, s ROS time. */
  add(command: SafeCommand, time: number): void {
    this.clearance = command.clearance;
    this.nearest = command.nearest;
    this.energy = command.energy;
    for (let i = 0; i < this.#joints.length; i++) this.#count(command, i);
    // Of two that are as bad, the newer one.
    if (this.#pending && command.band < at(this.#data, 1)) return;
    this.#pending = true;
    this.#data[0] = time;
    this.#data[1] = command.band;
    for (let i = 0; i < this.#joints.length; i++) {
      const from = HEAD + i * WIDTH;
      this.#data[from] = at(command.measured, i);
      this.#data[from + 1] = at(command.desired, i);
      this.#data[from + 2] = at(command.positions, i);
      this.#data[from + 3] = command.reasons[i] ?? 0;
    }
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

  #count(command: SafeCommand, i: number): void {
    const code = command.reasons[i] ?? Reason.none;
    // Stopping is no limiting: nothing else was asked for.
    if (code === Reason.none || code === Reason.stop) return;
    const reason = REASONS[code] ?? `reason ${code}`;
    this.#counts[i] = (this.#counts[i] ?? 0) + 1;
    this.#reasons[i] = reason;
    this.#last = {
      joint: this.#joints[i] ?? '',
      actual: at(command.measured, i),
      desired: at(command.desired, i),
      limited: at(command.positions, i),
      reason,
    };
  }

  #publish(): void {
    if (!this.#pending) return;
    this.#pending = false;
    const size = this.#joints.length;
    const dim = [
      { label: this.#joints.join(','), size, stride: size * WIDTH },
      { label: FIELDS, size: WIDTH, stride: WIDTH },
    ];
    this.#publisher.publish({ layout: { dim, data_offset: HEAD }, data: this.#data });
  }
}
