/**
 * What the console says on ROS for its pages. Every message of a page becomes one message here, never
 * more: nothing is repeated on the page's behalf, so a page that falls silent falls silent everywhere.
 */
import type { RosClock } from '../ros/clock.js';
import type { Publisher } from '../ros/publisher.js';
import type { RosNode } from '../ros/ros_node.js';
import type { MessageOf } from './operator_message.js';
import type { PageSession } from './page_session.js';
import type { ConsoleTopics } from './topics.js';

const EMPTY = new Float64Array(0);

export class OperatorOutputs {
  readonly #clock: RosClock;
  readonly #authority: Publisher<'std_msgs/msg/String'>;
  readonly #jointJog: Publisher<'sensor_msgs/msg/JointState'>;
  readonly #jointTarget: Publisher<'sensor_msgs/msg/JointState'>;
  readonly #twistJog: Publisher<'geometry_msgs/msg/TwistStamped'>;
  readonly #poseTarget: Publisher<'geometry_msgs/msg/PoseStamped'>;
  readonly #episode: Publisher<'std_msgs/msg/String'>;
  /** Numbers of the heartbeats, rising for each operator. */
  readonly #sequence = new Map<string, number>();

  constructor(node: RosNode, clock: RosClock, topics: ConsoleTopics) {
    this.#clock = clock;
    const jointState = 'sensor_msgs/msg/JointState';
    this.#authority = node.publisher(topics.operatorAuthority, 'std_msgs/msg/String', 'reliable');
    this.#jointJog = node.publisher(topics.jointJog, jointState, 'command');
    this.#jointTarget = node.publisher(topics.jointTarget, jointState, 'command');
    this.#twistJog = node.publisher(topics.twistJog, 'geometry_msgs/msg/TwistStamped', 'command');
    this.#poseTarget = node.publisher(
      topics.poseTarget,
      'geometry_msgs/msg/PoseStamped',
      'command',
    );
    this.#episode = node.publisher(topics.episodeEvent, 'std_msgs/msg/String', 'reliable');
  }

  /** Passes a page's heartbeat on. */
  authority(page: PageSession, { deadman, mode, groups }: MessageOf<'authority'>): void {
    const { operator, name } = page;
    const seq = (this.#sequence.get(operator) ?? 0) + 1;
    this.#sequence.set(operator, seq);
    const data = JSON.stringify({ operator, name, seq, deadman, mode, groups });
    this.#authority.publish({ data });
  }

  jointJog({ operator }: PageSession, { velocities }: MessageOf<'joint_jog'>): void {
    this.#jointJog.publish({
      header: this.#header(operator),
      name: Object.keys(velocities),
      position: EMPTY,
      velocity: Float64Array.from(Object.values(velocities)),
      effort: EMPTY,
    });
  }

  jointTarget({ operator }: PageSession, { positions }: MessageOf<'joint_target'>): void {
    this.#jointTarget.publish({
      header: this.#header(operator),
      name: Object.keys(positions),
      position: Float64Array.from(Object.values(positions)),
      velocity: EMPTY,
      effort: EMPTY,
    });
  }

  twistJog({ operator }: PageSession, { frame, linear, angular }: MessageOf<'twist_jog'>): void {
    const xyz = ([x, y, z]: readonly [number, number, number]) => ({ x, y, z });
    this.#twistJog.publish({
      header: this.#header(`${operator}/${frame}`),
      twist: { linear: xyz(linear), angular: xyz(angular) },
    });
  }

  poseTarget({ operator }: PageSession, { position, orientation }: MessageOf<'pose_target'>): void {
    const [x, y, z] = position;
    const [qx, qy, qz, qw] = orientation;
    const length = Math.hypot(qx, qy, qz, qw);
    if (!(length > 1e-6)) return;
    this.#poseTarget.publish({
      header: this.#header(`${operator}/base`),
      pose: {
        position: { x, y, z },
        orientation: { x: qx / length, y: qy / length, z: qz / length, w: qw / length },
      },
    });
  }

  episode({ operator, name }: PageSession, { event, note }: MessageOf<'episode'>): void {
    const time = this.#clock.now();
    const extra = note === undefined ? {} : { note };
    this.#episode.publish({ data: JSON.stringify({ event, time, operator, name, ...extra }) });
  }

  /** Forgets a page that has left. */
  forget({ operator }: PageSession): void {
    this.#sequence.delete(operator);
  }

  #header(frame_id: string) {
    return { stamp: this.#clock.stamp(), frame_id };
  }
}
