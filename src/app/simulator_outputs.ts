/**
 * The topics of a simulated robot, whichever engine moves it: joint states, pictures with their
 * camera info, truth for evaluation, simulated time.
 */
import { ImageWriter } from '../ros/image_writer.js';
import { JointStateWriter } from '../ros/joint_state_writer.js';
import type { CameraInfo } from '../ros/message_types.js';
import type { RosNode } from '../ros/ros_node.js';
import type { Stamp } from '../ros/stamp.js';
import { type CameraIntrinsics, intrinsicsOf } from '../simulation/camera_model.js';
import type { SceneConfig } from '../simulation/scene_config.js';
import { type Config, cameraTopic, streamQos } from './config.js';

export interface SimulatorOutputs {
  /** rad, rad/s, N·m, in the order of the robot's joints. */
  jointState(
    stamp: Stamp,
    position: Float64Array,
    velocity: Float64Array,
    effort: Float64Array,
  ): void;
  /** One picture: rgb8, rows from the top. */
  image(camera: string, stamp: Stamp, pixels: Uint8Array): void;
  /** The cube: x, y, z and quaternion w, x, y, z. */
  truth(stamp: Stamp, cube: ArrayLike<number>, success: boolean): void;
  /** Simulated time, where it is asked for. */
  clock(stamp: Stamp): void;
}

export function simulatorOutputs(
  node: RosNode,
  config: Config,
  joints: readonly string[],
  scene: SceneConfig,
): SimulatorOutputs {
  const { topics } = config;
  const frame = config.robot.baseLink;
  const writer = new JointStateWriter(joints, frame);
  // Emulated servos have a driver of their own, which tells their joint states.
  const states = config.simulator?.servo_buses
    ? undefined
    : node.publisher(topics.joint_states, 'sensor_msgs/msg/JointState', streamQos(config));
  const cubePose = node.publisher(topics.cube_pose, 'geometry_msgs/msg/PoseStamped', 'reliable');
  const success = node.publisher(topics.success, 'std_msgs/msg/Bool', 'reliable');
  const clock = config.ros.use_sim_time
    ? node.publisher('/clock', 'rosgraph_msgs/msg/Clock', 'latest')
    : undefined;
  const cameras = new Map(
    scene.cameras.map((camera) => {
      const { name } = camera;
      return [name, cameraPublisher(node, config, name, intrinsicsOf(camera))];
    }),
  );
  return {
    jointState: (stamp, ...columns) => states?.publish(writer.write(stamp, ...columns)),
    image: (camera, stamp, pixels) => cameras.get(camera)?.(stamp, pixels),
    truth: (stamp, cube, done) => {
      cubePose.publish(poseMessage(cube, stamp, frame));
      success.publish({ data: done });
    },
    clock: (stamp) => clock?.publish({ clock: stamp }),
  };
}

/** A function that publishes a picture of the camera and its info under one stamp. */
function cameraPublisher(
  node: RosNode,
  config: Config,
  name: string,
  intrinsics: CameraIntrinsics,
): (stamp: Stamp, pixels: Uint8Array) => void {
  const frameId = `${name}_optical_frame`;
  const topic = cameraTopic(config, name);
  const qos = streamQos(config);
  const { width, height } = intrinsics;
  const writer = new ImageWriter({ width, height, encoding: 'rgb8', frameId });
  const images = node.publisher(topic, 'sensor_msgs/msg/Image', qos);
  const infoTopic = topic.replace(/[^/]*$/, 'camera_info');
  const infos = node.publisher(infoTopic, 'sensor_msgs/msg/CameraInfo', qos);
  const info = cameraInfo(intrinsics, frameId);
  return (stamp, pixels) => {
    writer.pixels.set(pixels);
    images.publish(writer.write(stamp));
    info.header.stamp = stamp;
    infos.publish(info);
  };
}

function cameraInfo(intrinsics: CameraIntrinsics, frameId: string): CameraInfo {
  const { width, height, fx, fy } = intrinsics;
  // ROS counts from the centre of the first pixel, the renderer from its corner.
  const [cx, cy] = [intrinsics.cx - 0.5, intrinsics.cy - 0.5];
  return {
    header: { stamp: { sec: 0, nanosec: 0 }, frame_id: frameId },
    width,
    height,
    distortion_model: 'plumb_bob',
    d: new Float64Array(5),
    k: Float64Array.of(fx, 0, cx, 0, fy, cy, 0, 0, 1),
    r: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
    p: Float64Array.of(fx, 0, cx, 0, 0, fy, cy, 0, 0, 0, 1, 0),
    binning_x: 0,
    binning_y: 0,
    roi: { x_offset: 0, y_offset: 0, height: 0, width: 0, do_rectify: false },
  };
}

function poseMessage(pose: ArrayLike<number>, stamp: Stamp, frameId: string) {
  const [x = 0, y = 0, z = 0, qw = 1, qx = 0, qy = 0, qz = 0] = Array.from(pose);
  return {
    header: { stamp, frame_id: frameId },
    pose: { position: { x, y, z }, orientation: { x: qx, y: qy, z: qz, w: qw } },
  };
}
