/** The bridge process in lock-step, whatever it reaches Gazebo by: how it starts, and a first step of it. */
import type { RosNode } from '../../src/ros/ros_node.js';
import { secondsOf } from '../../src/ros/stamp.js';
import { until } from '../integration/until.js';
import { ask, SimulatorProcess } from './simulator_process.js';

export const JOINTS = [
  'shoulder_pan',
  'shoulder_lift',
  'elbow_flex',
  'wrist_flex',
  'wrist_roll',
  'gripper',
];

/** @param gazebo the section of that name, between its braces */
export function startBridge(
  domainId: number,
  gazebo: string,
  args: readonly string[] = [],
): SimulatorProcess {
  const settings = [
    'ros: { use_sim_time: true }',
    'simulator: { timestep_s: 0.001 }',
    `gazebo: { ${gazebo} }`,
  ];
  return new SimulatorProcess(domainId, settings, args, 'gazebo');
}

/** What a bridge publishes, from before it starts. */
export class BridgeTopics {
  /** Of the newest joint state, s. */
  stamp = 0;
  position = new Float64Array(0);
  readonly #node: RosNode;
  /** Stamps of the pictures. */
  readonly #frames = new Set<string>();

  constructor(node: RosNode, camera: string) {
    this.#node = node;
    node.subscribe('/joint_states', 'sensor_msgs/msg/JointState', 'reliable', (message) => {
      this.stamp = secondsOf(message.header.stamp);
      this.position = Float64Array.from(message.position);
    });
    const topic = `/camera/${camera}/image_raw`;
    node.subscribe(topic, 'sensor_msgs/msg/Image', 'reliable', ({ header }) =>
      this.#frames.add(secondsOf(header.stamp).toFixed(6)),
    );
  }

  /** Resolves when a reset and a step were made, and the picture and the joint state of them are there. */
  async resetAndStep(): Promise<void> {
    const start = await ask(this.#node, 'reset');
    const frame = (start.frame ?? Number.NaN).toFixed(6);
    await until(() => this.#frames.has(frame), 'the pictures of the reset');
    const after = await ask(this.#node, 'step');
    if (after.time <= start.time) throw new Error(`a step from ${start.time} to ${after.time} s`);
    await until(() => Math.abs(this.stamp - after.time) < 1e-6, 'the joint state of the step');
  }
}
