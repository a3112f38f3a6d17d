/** One message of each type with a different value in every field, and its form in JSON. */
import type { MessageTypes } from '../../src/ros/message_types.js';

const f64 = (...values: number[]) => Float64Array.from(values);
const header = { stamp: { sec: 1_700_000_001, nanosec: 123_456_789 }, frame_id: 'base' };

export const samples: MessageTypes = {
  'std_msgs/msg/Bool': { data: true },
  'std_msgs/msg/String': { data: 'Grüße, 世界 🦾' },
  'std_msgs/msg/Float64MultiArray': {
    layout: { dim: [{ label: 'joint', size: 3, stride: 4 }], data_offset: 5 },
    data: f64(0.1, -2.5, 1e300),
  },
  'sensor_msgs/msg/JointState': {
    header,
    name: ['shoulder_pan', 'elbow', 'x'],
    position: f64(0.1, 0.2, 0.3),
    velocity: f64(-1, -2, -3),
    effort: f64(7, 8, 9),
  },
  'sensor_msgs/msg/Image': {
    header: { ...header, frame_id: 'wrist_camera' },
    height: 2,
    width: 3,
    encoding: 'rgb8',
    is_bigendian: 1,
    step: 9,
    data: Uint8Array.from({ length: 18 }, (_, i) => i * 13),
  },
  'sensor_msgs/msg/CameraInfo': {
    header,
    height: 96,
    width: 128,
    distortion_model: 'plumb_bob',
    d: f64(0.1, 0.2, 0.3, 0.4, 0.5),
    k: f64(1, 2, 3, 4, 5, 6, 7, 8, 9),
    r: f64(11, 12, 13, 14, 15, 16, 17, 18, 19),
    p: f64(21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32),
    binning_x: 2,
    binning_y: 3,
    roi: { x_offset: 4, y_offset: 5, height: 6, width: 7, do_rectify: true },
  },
  'trajectory_msgs/msg/JointTrajectory': {
    header: { ...header, frame_id: '' },
    joint_names: ['a', 'longer_name'],
    points: [
      {
        positions: f64(0.1, 0.2),
        velocities: f64(1, 2),
        accelerations: f64(3, 4),
        effort: f64(5, 6),
        time_from_start: { sec: 1, nanosec: 2 },
      },
      {
        positions: f64(0.3, 0.4),
        velocities: f64(),
        accelerations: f64(),
        effort: f64(),
        time_from_start: { sec: 3, nanosec: 999_999_999 },
      },
    ],
  },
  'geometry_msgs/msg/PoseStamped': {
    header,
    pose: {
      position: { x: 1, y: 2, z: 3 },
      orientation: { x: 0.1, y: 0.2, z: 0.3, w: 0.9 },
    },
  },
  'geometry_msgs/msg/TwistStamped': {
    header,
    twist: { linear: { x: 0.1, y: -0.2, z: 0.3 }, angular: { x: -1, y: 2, z: -3 } },
  },
  'geometry_msgs/msg/WrenchStamped': {
    header,
    wrench: { force: { x: 1, y: -2, z: 3 }, torque: { x: 0.4, y: 0.5, z: -0.6 } },
  },
  'diagnostic_msgs/msg/DiagnosticArray': {
    header,
    status: [
      { level: 2, name: 'n', message: 'broken', hardware_id: 'so101', values: [] },
      {
        level: 1,
        name: 'second',
        message: '',
        hardware_id: '',
        values: [
          { key: 'rate_hz', value: '99.7' },
          { key: 'über', value: 'ja' },
        ],
      },
    ],
  },
  'rosgraph_msgs/msg/Clock': { clock: { sec: 12, nanosec: 34 } },
};

/** Typed arrays as plain ones, as they come in JSON. */
export function json(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>);
  if (Array.isArray(value)) return value.map(json);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, json(item)]));
}
