/**
 * The surroundings of the controller in the takeover benchmark: a robot that goes where it is told, a
 * policy that swings two joints, and an operator.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuthorityReport } from '../../src/app/authority_report.js';
import { SinewError } from '../../src/core/error.js';
import { RosClock } from '../../src/ros/clock.js';
import { JointStateWriter } from '../../src/ros/joint_state_writer.js';
import type { RosNode } from '../../src/ros/ros_node.js';
import { stampOf } from '../../src/ros/stamp.js';
import { TrajectoryWriter } from '../../src/ros/trajectory_writer.js';
import type { TakeoverRecord } from './takeover_record.js';

const STEPS = 16;
const STEP_S = 1 / 15;
const OPERATOR = 'bench';
const BEAT_MS = 50;
/** Joints that the policy swings: pan and roll of an SO-101, which meet nothing. */
const SWUNG = new Set([0, 4]);

export class TakeoverRobot {
  mode = '';
  /** What the controller says of itself. */
  phase = '';
  readonly position: Float64Array;
  readonly #clock: RosClock;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #speak: (deadman: boolean, mode: string) => void;
  readonly #velocity: Float64Array;
  readonly #wanted: Float64Array;
  #jogging = 0;
  #beat: { deadman: boolean; mode: string } | undefined;
  #last = Number.NaN;
  #seq = 0;

  constructor(node: RosNode, joints: readonly string[], record: TakeoverRecord) {
    const n = joints.length;
    this.#clock = new RosClock(node);
    this.position = Float64Array.of(0, -1, 0.4, 1.2, 0, 0.6).slice(0, n);
    const home = this.position.slice();
    this.#velocity = new Float64Array(n);
    this.#wanted = new Float64Array(n);
    const numbers = 'std_msgs/msg/Float64MultiArray';
    const depth = { depth: 1000, reliable: true, latched: false };
    node.subscribe('/forward_position_controller/commands', numbers, depth, ({ data }) => {
      const now = this.#clock.now();
      record.command(data, now);
      const passed = now - this.#last;
      this.#last = now;
      const moved = (data[0] ?? 0) - (this.position[0] ?? 0);
      if (passed > 0) this.#velocity[0] = moved / passed;
      this.position.set(data);
    });
    node.subscribe('/controller/monitor', numbers, depth, ({ data }) => record.rows(data));
    const word = 'std_msgs/msg/String';
    node.subscribe('/controller/authority', word, 'latched', ({ data }) => {
      const report = JSON.parse(data) as AuthorityReport;
      this.mode = report.mode;
      this.phase = `${report.phase}: ${report.reason}`;
    });
    const states = node.publisher('/joint_states', 'sensor_msgs/msg/JointState', 'sensor');
    const stateWriter = new JointStateWriter(joints);
    const still = new Float64Array(n);
    this.#every(10, () =>
      states.publish(stateWriter.write(this.#clock.stamp(), this.position, still)),
    );

    const type = 'trajectory_msgs/msg/JointTrajectory';
    const chunks = node.publisher('/action_chunk', type, 'command');
    const chunkWriter = new TrajectoryWriter(joints);
    const points = new Float64Array(STEPS * n);
    const times = Array.from({ length: STEPS }, (_, i) => i * STEP_S);
    this.#every(50, () => {
      const now = this.#clock.now();
      for (let i = 0; i < STEPS; i++) {
        const swing = 0.4 * Math.sin(3 * (now + i * STEP_S));
        for (let j = 0; j < n; j++) points[i * n + j] = (home[j] ?? 0) + (SWUNG.has(j) ? swing : 0);
      }
      chunks.publish(chunkWriter.write(stampOf(now), STEPS, points, times));
    });

    const authority = node.publisher('/operator/authority', word, 'reliable');
    this.#speak = (deadman, mode) => {
      const beat = { operator: OPERATOR, seq: this.#seq++, deadman, mode };
      authority.publish({ data: JSON.stringify(beat) });
    };
    const commands = node.publisher('/operator/command', type, 'command');
    const commandWriter = new TrajectoryWriter(joints, OPERATOR);
    const speeds = new Float64Array(n);
    this.#every(10, () => {
      if (this.#jogging === 0) return;
      speeds[0] = this.#jogging;
      this.#wanted[0] = (this.#wanted[0] ?? 0) + this.#jogging * 0.01;
      commands.publish(commandWriter.write(stampOf(0), 1, this.#wanted, [0.01], speeds));
    });
    this.#every(BEAT_MS, () => {
      if (this.#beat !== undefined) this.#speak(this.#beat.deadman, this.#beat.mode);
    });
  }

  /** Speed of the first joint, rad/s. */
  get speed(): number {
    return Math.abs(this.#velocity[0] ?? 0);
  }

  /** Presses the deadman; ROS time at which that was sent, s. */
  take(): number {
    return this.#gesture({ deadman: true, mode: 'operator' });
  }

  handBack(): number {
    this.#jogging = 0;
    const at = this.#gesture({ deadman: false, mode: 'policy' });
    this.#beat = undefined;
    return at;
  }

  /** Moves the first joint, rad/s. */
  jog(speed: number): void {
    this.#wanted.set(this.position);
    this.#jogging = speed;
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    const end = performance.now() + 20_000;
    while (!condition()) {
      if (performance.now() > end) {
        throw new SinewError(`waited in vain for ${what}`, { where: `phase ${this.phase}` });
      }
      await sleep(1);
    }
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #gesture(beat: { deadman: boolean; mode: string }): number {
    this.#beat = beat;
    const at = this.#clock.now();
    this.#speak(beat.deadman, beat.mode);
    return at;
  }

  #every(period: number, action: () => void): void {
    this.#timers.push(setInterval(action, period));
  }
}
