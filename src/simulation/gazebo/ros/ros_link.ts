/**
 * What the ROS route needs of ROS 2, as ros_gz_bridge and gz_ros2_control offer it. This room knows no
 * ROS; whoever joins the rooms gives it a link.
 */
import type { GazeboCamera, GazeboCounters, GazeboPose, Unsubscribe } from '../gazebo_world.js';
import type { NamedJoints, RawCameraInfo, WorldControlRequest } from '../gz_sim_world.js';

/** sensor_msgs/Image */
export interface RosImage {
  /** Stamp, s. */
  readonly time: number;
  readonly width: number;
  readonly height: number;
  /** Bytes of a row. */
  readonly step: number;
  readonly encoding: string;
  readonly bigEndian: boolean;
  readonly data: Uint8Array;
}

export interface GazeboRosLink {
  readonly counters: GazeboCounters;
  onJoints(listener: (state: NamedJoints) => void): void;
  /** The world's time, s; also while it stands still. */
  onClock(listener: (time: number) => void): void;
  onModelPose(model: string, listener: (pose: GazeboPose) => void): void;
  onImage(camera: GazeboCamera, listener: (image: RosImage) => void): Unsubscribe;
  onCameraInfo(camera: GazeboCamera, listener: (info: RawCameraInfo) => void): Unsubscribe;
  /** Position targets in the order of the joints. */
  command(positions: Float64Array): void;
  /**
   * ControlWorld, SpawnEntity, DeleteEntity and SetEntityPose; whether Gazebo agreed.
   *
   * @throws SinewError when nobody answers in time
   */
  control(request: WorldControlRequest): Promise<boolean>;
  spawn(name: string, sdf: string, pose: GazeboPose): Promise<boolean>;
  remove(name: string): Promise<boolean>;
  move(name: string, pose: GazeboPose): Promise<boolean>;
  /** Counts a state that did not come. */
  noteLoss(): void;
  close(): void;
}
