/** What the simulator publishes: joint states, pictures with their camera info, truth, clock. */
import { ImageWriter } from '../ros/image_writer.js';
import { JointStateWriter } from '../ros/joint_state_writer.js';
import type { CameraInfo } from '../ros/message_types.js';
import type { Qos } from '../ros/qos.js';
import type { RosNode } from '../ros/ros_node.js';
import { type Stamp, stampOf } from '../ros/stamp.js';
import type { CameraIntrinsics } from '../simulation/camera_model.js';
import type { FrameRenderer } from '../simulation/frame_renderer.js';
import type { Simulation, SimulationSink } from '../simulation/simulation.js';
import type { World } from '../simulation/world.js';
import { type Config, cameraTopic, streamQos } from './config.js';
import type { ServoReading } from './simulator_reading.js';

export class SimulatorTopics implements SimulationSink {
  /** Set before the first output. */
  simulation: Simulation | undefined;
  /** Reads the arm in lock-step, where its driver tells the joint states. */
  reading: ServoReading | undefined;

  readonly #stamp: (time: number) => number;
  readonly #publish: {
    jointState(time: Stamp): void;
    frames(time: Stamp): void;
    truth(time: Stamp): void;
    clock(time: Stamp): void;
  };

  /** @param stamp ROS time (s) of the world's time (s since its reset), which is now */
  constructor(
    node: RosNode,
    config: Config,
    world: World,
    renderer: FrameRenderer,
    stamp: (time: number) => number,
  ) {
    this.#stamp = stamp;
    const jointStates = new JointStateWriter(world.jointNames, config.robot.baseLink);
    const { topics } = config;
    const qos = streamQos(config);
    const jointState = config.simulator?.servo_buses
      ? undefined
      : node.publisher(topics.joint_states, 'sensor_msgs/msg/JointState', qos);
    const cubePose = node.publisher(topics.cube_pose, 'geometry_msgs/msg/PoseStamped', 'reliable');
    const success = node.publisher(topics.success, 'std_msgs/msg/Bool', 'reliable');
    const clock = config.ros.use_sim_time
      ? node.publisher('/clock', 'rosgraph_msgs/msg/Clock', 'latest')
      : undefined;
    const cameras = world.scene.cameras.map((camera, i) =>
      cameraPublisher(node, cameraTopic(config, camera.name), qos, {
        name: camera.name,
        intrinsics: world.cameraIntrinsics(camera.name),
        image: renderer.images[i] ?? new Uint8Array(0),
      }),
    );
    const pose = new Float64Array(7);
    this.#publish = {
      jointState: (stamp) =>
        jointState?.publish(
          jointStates.write(stamp, world.positions, world.velocities, world.efforts),
        ),
      frames: (stamp) => {
        for (const publish of cameras) publish(stamp);
      },
      truth: (stamp) => {
        cubePose.publish(poseMessage(world.cubePose(pose), stamp, config.robot.baseLink));
        success.publish({ data: this.simulation?.success ?? false });
      },
      clock: (stamp) => clock?.publish({ clock: stamp }),
    };
  }

  stamp(time: number): number {
    return this.#stamp(time);
  }

  jointState(seconds: number): void {
    const stamp = stampOf(seconds);
    // The clock first: who waits for simulated time must not find a state from its future.
    this.#publish.clock(stamp);
    this.#publish.jointState(stamp);
    this.reading?.ask(seconds);
  }

  async settled(): Promise<void> {
    await this.reading?.settled();
  }

  frames(seconds: number): void {
    this.#publish.frames(stampOf(seconds));
  }

  truth(seconds: number): void {
    this.#publish.truth(stampOf(seconds));
  }

  /** Publishes simulated time, where it is asked for. */
  clock(seconds: number): void {
    this.#publish.clock(stampOf(seconds));
  }
}

/** A function that publishes the camera's picture and its info under one stamp. */
function cameraPublisher(
  node: RosNode,
  topic: string,
  qos: Qos,
  camera: { name: string; intrinsics: CameraIntrinsics; image: Uint8Array },
): (stamp: Stamp) => void {
  const { intrinsics, image } = camera;
  const frameId = `${camera.name}_optical_frame`;
  const { width, height } = intrinsics;
  const writer = new ImageWriter({ width, height, encoding: 'rgb8', frameId });
  const images = node.publisher(topic, 'sensor_msgs/msg/Image', qos);
  const infoTopic = topic.replace(/[^/]*$/, 'camera_info');
  const infos = node.publisher(infoTopic, 'sensor_msgs/msg/CameraInfo', qos);
  const info = cameraInfo(intrinsics, frameId);
  return (stamp) => {
    writer.pixels.set(image);
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

function poseMessage(pose: Float64Array, stamp: Stamp, frameId: string) {
  const [x = 0, y = 0, z = 0, qw = 1, qx = 0, qy = 0, qz = 0] = pose;
  return {
    header: { stamp, frame_id: frameId },
    pose: { position: { x, y, z }, orientation: { x: qx, y: qy, z: qz, w: qw } },
  };
}
