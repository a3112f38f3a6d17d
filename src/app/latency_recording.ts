/** What the latencies are found from: commands, joint states and pictures while a joint moves. */
import { MONITOR } from '../control/monitor_recorder.js';
import { PictureMotion } from '../hardware/latency/picture_motion.js';
import { Signal } from '../hardware/latency/signal.js';
import type { RosNode } from '../ros/ros_node.js';
import { secondsOf } from '../ros/stamp.js';
import { type Config, cameraTopic } from './config.js';

/** Bytes of a pixel by encoding, as far as pictures are looked at. */
const CHANNELS: Readonly<Record<string, number>> = {
  rgb8: 3,
  bgr8: 3,
  rgba8: 4,
  bgra8: 4,
  mono8: 1,
};

export class LatencyRecording {
  /** By ROS time, rad. */
  readonly commanded = new Signal();
  readonly measured = new Signal();
  readonly cameras = new Map<string, PictureMotion>();
  /** Whether pictures are kept; the rest always is. */
  recording = false;

  /** @param joint whose motion is recorded */
  constructor(node: RosNode, config: Config, joint: string, cameras: readonly string[]) {
    const { topics, robot } = config;
    const index = robot.joints.indexOf(joint);
    const columns = MONITOR.width;
    node.subscribe(topics.monitor, 'std_msgs/msg/Float64MultiArray', 'reliable', (message) => {
      const width = 1 + robot.joints.length * columns;
      for (let at = 0; at + width <= message.data.length; at += width) {
        const value = message.data[at + 1 + index * columns + MONITOR.commanded] ?? Number.NaN;
        this.commanded.push(message.data[at] ?? Number.NaN, value);
      }
    });
    node.subscribe(
      topics.joint_states,
      'sensor_msgs/msg/JointState',
      'sensor',
      ({ header, name, position }) => {
        this.measured.push(secondsOf(header.stamp), position[name.indexOf(joint)] ?? Number.NaN);
      },
    );
    for (const camera of cameras) {
      const motion = new PictureMotion();
      this.cameras.set(camera, motion);
      const topic = cameraTopic(config, camera);
      node.subscribe(topic, 'sensor_msgs/msg/Image', 'sensor', (image) => {
        const channels = CHANNELS[image.encoding];
        if (!this.recording || channels === undefined) return;
        const { width, height, data } = image;
        motion.push(secondsOf(image.header.stamp), data, { width, height, channels });
      });
    }
  }
}
