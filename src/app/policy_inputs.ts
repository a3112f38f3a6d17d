/** The policy's subscriptions: camera frames and joint states into the synchroniser. */
import { errorLine } from '../core/error.js';
import type { ObservationSync } from '../policy/observation_sync.js';
import type { PolicyPackageJson } from '../policy/package_schema.js';
import type { Planner } from '../policy/real_time_chunking/planner.js';
import { JointStateReader } from '../ros/joint_state_reader.js';
import type { RosNode, Subscription } from '../ros/ros_node.js';
import { secondsOf } from '../ros/stamp.js';
import { type Config, cameraTopic, streamQos } from './config.js';

export interface PolicyInputsOptions {
  /** ROS time now, s, given the stamp of what has just come. */
  readonly now: (stamp: number) => number;
  /** Called after data was taken in. */
  readonly onData: () => void;
}

/** Subscribes to what the package observes. */
export function subscribeInputs(
  node: RosNode,
  config: Config,
  spec: PolicyPackageJson,
  sync: ObservationSync,
  { now, onData }: PolicyInputsOptions,
): Subscription[] {
  const subscriptions: Subscription[] = [];
  for (const [key, input] of Object.entries(spec.observation)) {
    if (input.type !== 'image') continue;
    const topic = cameraTopic(config, input.camera);
    const delay = config.lockstep ? 0 : (config.latency.cameras[input.camera] ?? 0);
    subscriptions.push(
      node.subscribe(topic, 'sensor_msgs/msg/Image', streamQos(config), (image) => {
        // When it was seen, which is before it was stamped.
        const stamp = secondsOf(image.header.stamp) - delay;
        sync.pushImage(key, stamp, now(stamp), image);
        onData();
      }),
    );
  }
  if (sync.jointNames.length === 0) return subscriptions;
  const topic = config.topics.joint_states;
  const reader = new JointStateReader(sync.jointNames, topic);
  subscriptions.push(
    node.subscribeRaw(topic, 'sensor_msgs/msg/JointState', streamQos(config), (bytes) => {
      try {
        reader.read(bytes);
      } catch (error) {
        sync.refuseJoints(errorLine(error));
        throw error;
      }
      sync.pushJoints(reader.stamp, now(reader.stamp), reader.position);
      onData();
    }),
  );
  return subscriptions;
}

/** Tells the planner which chunks the controller executes since when, and when it executes none. */
export function subscribeExecution(node: RosNode, config: Config, planner: Planner): Subscription {
  const type = 'std_msgs/msg/Float64MultiArray';
  return node.subscribe(config.topics.execution, type, 'reliable', ({ data }) => {
    for (let i = 0; i + 1 < data.length; i += 2) {
      const [at, stamp] = [data[i] ?? Number.NaN, data[i + 1] ?? Number.NaN];
      if (Number.isNaN(stamp)) planner.interrupted(at);
      else planner.consumed(stamp, at);
    }
  });
}

/**
 * Tells of every hand-back from an operator to the policy: what was seen and planned before it is of
 * another's motion. The first word is of what was before this process listened, and is none.
 */
export function subscribeHandBacks(
  node: RosNode,
  config: Config,
  onHandBack: () => void,
): Subscription {
  let known: number | undefined;
  return node.subscribe(config.topics.authority, 'std_msgs/msg/String', 'latched', ({ data }) => {
    const { epoch } = JSON.parse(data) as { epoch: number };
    if (known !== undefined && epoch !== known) onHandBack();
    known = epoch;
  });
}
