/**
 * The surroundings of the controller in the tick benchmark, a process of its own: joint states at
 * 100 Hz that echo the commands, two cameras of 96×96 at 30 Hz with a reader each, a chunk at 10 Hz.
 */

import { RosClock } from '../../src/ros/clock.js';
import { ImageWriter } from '../../src/ros/image_writer.js';
import { JointStateWriter } from '../../src/ros/joint_state_writer.js';
import { RosNode } from '../../src/ros/ros_node.js';
import { stampOf } from '../../src/ros/stamp.js';
import { TrajectoryWriter } from '../../src/ros/trajectory_writer.js';

const STEPS = 16;
const STEP_S = 1 / 15;

const joints = process.argv.slice(2);
const node = await RosNode.create({ name: 'tick_robot' });
const clock = new RosClock(node);
const position = new Float64Array(joints.length);
const velocity = new Float64Array(joints.length);

const states = node.publisher('/joint_states', 'sensor_msgs/msg/JointState', 'sensor');
const stateWriter = new JointStateWriter(joints);
const command = '/forward_position_controller/commands';
node.subscribe(command, 'std_msgs/msg/Float64MultiArray', 'command', ({ data }) => {
  position.set(data);
});
setInterval(() => states.publish(stateWriter.write(clock.stamp(), position, velocity)), 10);

for (const camera of ['wrist', 'front']) {
  const topic = `/camera/${camera}/image_raw`;
  const type = 'sensor_msgs/msg/Image';
  const publisher = node.publisher(topic, type, 'sensor');
  const writer = new ImageWriter({ width: 96, height: 96, encoding: 'rgb8', frameId: camera });
  node.subscribeRaw(topic, type, 'sensor', () => {});
  setInterval(() => publisher.publish(writer.write(clock.stamp())), 1000 / 30);
}

const chunks = node.publisher('/action_chunk', 'trajectory_msgs/msg/JointTrajectory', 'command');
const chunkWriter = new TrajectoryWriter(joints);
const positions = new Float64Array(STEPS * joints.length);
const times = Array.from({ length: STEPS }, (_, i) => i * STEP_S);
setInterval(() => {
  const now = clock.now();
  for (let i = 0; i < STEPS; i++) {
    positions.fill(0.2 * Math.sin(now + i * STEP_S), i * joints.length, (i + 1) * joints.length);
  }
  chunks.publish(chunkWriter.write(stampOf(now), STEPS, positions, times));
}, 100);
