/**
 * The ROS 2 messages that recur on sinew's topics, field for field as in their `.msg` files
 * (common_interfaces, ROS 2 Kilted), and the map from type name to interface.
 */
import type { Stamp } from './stamp.js';

/** std_msgs/Header */
export interface Header {
  stamp: Stamp;
  frame_id: string;
}

export interface BoolMessage {
  data: boolean;
}

export interface StringMessage {
  data: string;
}

export interface Float64MultiArray {
  layout: {
    dim: { label: string; size: number; stride: number }[];
    data_offset: number;
  };
  data: Float64Array;
}

/** Units: rad or m, rad/s or m/s, N·m or N; each array as long as `name`, or empty. */
export interface JointState {
  header: Header;
  name: string[];
  position: Float64Array;
  velocity: Float64Array;
  effort: Float64Array;
}

/** `data` has `step * height` bytes, rows from the top, pixels from the left. */
export interface ImageMessage {
  header: Header;
  height: number;
  width: number;
  encoding: string;
  is_bigendian: number;
  step: number;
  data: Uint8Array;
}

/** `k`, `r` 3×3 and `p` 3×4 matrices, row by row; focal lengths and centre in pixels. */
export interface CameraInfo {
  header: Header;
  height: number;
  width: number;
  distortion_model: string;
  d: Float64Array;
  k: Float64Array;
  r: Float64Array;
  p: Float64Array;
  binning_x: number;
  binning_y: number;
  roi: {
    x_offset: number;
    y_offset: number;
    height: number;
    width: number;
    do_rectify: boolean;
  };
}

export interface JointTrajectoryPoint {
  positions: Float64Array;
  velocities: Float64Array;
  accelerations: Float64Array;
  effort: Float64Array;
  time_from_start: Stamp;
}

export interface JointTrajectory {
  header: Header;
  joint_names: string[];
  points: JointTrajectoryPoint[];
}

/** Position in m and unit quaternion. */
export interface PoseStamped {
  header: Header;
  pose: {
    position: { x: number; y: number; z: number };
    orientation: { x: number; y: number; z: number; w: number };
  };
}

/** Velocities in m/s and rad/s, in the axes of `header.frame_id`. */
export interface TwistStamped {
  header: Header;
  twist: {
    linear: { x: number; y: number; z: number };
    angular: { x: number; y: number; z: number };
  };
}

/** Force in N and torque in N·m, in the axes of `header.frame_id`. */
export interface WrenchStamped {
  header: Header;
  wrench: {
    force: { x: number; y: number; z: number };
    torque: { x: number; y: number; z: number };
  };
}

/** diagnostic_msgs/DiagnosticStatus; level 0 OK, 1 WARN, 2 ERROR, 3 STALE. */
export interface DiagnosticStatus {
  level: number;
  name: string;
  message: string;
  hardware_id: string;
  values: { key: string; value: string }[];
}

export interface DiagnosticArray {
  header: Header;
  status: DiagnosticStatus[];
}

export interface ClockMessage {
  clock: Stamp;
}

/** Message interfaces by ROS type name. */
export interface MessageTypes {
  'std_msgs/msg/Bool': BoolMessage;
  'std_msgs/msg/String': StringMessage;
  'std_msgs/msg/Float64MultiArray': Float64MultiArray;
  'sensor_msgs/msg/JointState': JointState;
  'sensor_msgs/msg/Image': ImageMessage;
  'sensor_msgs/msg/CameraInfo': CameraInfo;
  'trajectory_msgs/msg/JointTrajectory': JointTrajectory;
  'geometry_msgs/msg/PoseStamped': PoseStamped;
  'geometry_msgs/msg/TwistStamped': TwistStamped;
  'geometry_msgs/msg/WrenchStamped': WrenchStamped;
  'diagnostic_msgs/msg/DiagnosticArray': DiagnosticArray;
  'rosgraph_msgs/msg/Clock': ClockMessage;
}

export type MessageTypeName = keyof MessageTypes;
