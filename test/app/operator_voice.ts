/** Operators as they are heard on ROS: heartbeats that go on, and commands of joints. */
import type { AuthorityReport } from '../../src/app/authority_report.js';
import type { Publisher } from '../../src/ros/publisher.js';
import type { RosNode } from '../../src/ros/ros_node.js';

const BEAT_MS = 50;

export interface Beat {
  readonly deadman: boolean;
  readonly mode: string;
  readonly groups?: readonly string[];
}

export class OperatorVoice {
  readonly #authority: Publisher<'std_msgs/msg/String'>;
  readonly #commands: Publisher<'trajectory_msgs/msg/JointTrajectory'>;
  readonly #timer: NodeJS.Timeout;
  readonly #joints: readonly string[];
  /** What is said 20 times a second; nothing while undefined. */
  #beat: Beat | undefined;
  /** rad, and rad/s: what is commanded; nothing while undefined. */
  motion: { position: Float64Array; velocity: Float64Array } | undefined;
  /** Heartbeats that were sent, as they were. */
  readonly sent: string[] = [];
  #seq = 0;
  #moved = performance.now();

  constructor(
    node: RosNode,
    readonly id: string,
    joints: readonly string[],
  ) {
    this.#joints = joints;
    this.#authority = node.publisher('/operator/authority', 'std_msgs/msg/String', 'reliable');
    const type = 'trajectory_msgs/msg/JointTrajectory';
    this.#commands = node.publisher('/operator/command', type, 'command');
    this.#timer = setInterval(() => {
      this.#speak();
      this.#move();
    }, BEAT_MS / 2);
  }

  /** Says it at once, and then again and again. */
  say(beat: Beat | undefined): void {
    this.#beat = beat;
    this.#speak();
  }

  /** Sends a text as it is. */
  repeat(text: string): void {
    this.#authority.publish({ data: text });
  }

  /** Sends one command: rad, and rad/s. */
  command(position: Float64Array, velocity: Float64Array): void {
    const none = new Float64Array(0);
    this.#commands.publish({
      header: { stamp: { sec: 0, nanosec: 0 }, frame_id: this.id },
      joint_names: [...this.#joints],
      points: [
        {
          positions: position,
          velocities: velocity,
          accelerations: none,
          effort: none,
          time_from_start: { sec: 0, nanosec: 0 },
        },
      ],
    });
  }

  get connected(): boolean {
    return this.#authority.subscriptionCount > 0 && this.#commands.subscriptionCount > 0;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #speak(): void {
    if (this.#beat === undefined) return;
    const text = JSON.stringify({ operator: this.id, seq: this.#seq++, ...this.#beat });
    this.sent.push(text);
    this.repeat(text);
  }

  #move(): void {
    const now = performance.now();
    const passed = Math.min(0.1, (now - this.#moved) / 1e3);
    this.#moved = now;
    if (this.motion === undefined) return;
    const { position, velocity } = this.motion;
    for (const j of position.keys()) {
      position[j] = (position[j] ?? 0) + (velocity[j] ?? 0) * passed;
    }
    this.command(position, velocity);
  }
}

/** Keeps the newest word of the controller on who commands. */
export function listenToAuthority(node: RosNode): { readonly reports: AuthorityReport[] } {
  const reports: AuthorityReport[] = [];
  node.subscribe('/controller/authority', 'std_msgs/msg/String', 'latched', ({ data }) => {
    reports.push(JSON.parse(data) as AuthorityReport);
  });
  return { reports };
}
