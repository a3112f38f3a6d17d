/**
 * A double of what launch/gazebo_bridge.launch.py starts, over real ROS 2 with the real messages: the
 * world's topics as ros_gz_bridge and gz_ros2_control publish them, and the services of ros_gz. Each
 * joint goes to its command within a step; time goes on for ever, as gz_ros2_control wants it.
 */
import { RosNode } from '../../src/ros/ros_node.js';
import type { PoseMessage } from '../../src/ros/service_types.js';

const STEP_NS = 1_000_000;
/** One loop of the server, ms: it tells its clock in each, also while it is paused. */
const LOOP_MS = 5;

export interface FakeRosGzOptions {
  readonly world: string;
  readonly namespace: string;
  /** In the order of the commands. */
  readonly joints: readonly string[];
  readonly cameras: readonly { name: string; width: number; height: number }[];
  /** Physics steps between two pictures. */
  readonly pictureSteps: number;
}

export class FakeRosGz {
  readonly models = new Map<string, PoseMessage>([
    ['cube', poseAt(0.2, 0, 0.0125)],
    ['target', poseAt(0, 0, 0)],
  ]);
  readonly controls: unknown[] = [];
  targets: Float64Array;
  paused = false;
  #steps = 0;
  #pending = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(
    readonly node: RosNode,
    { world, namespace, joints, cameras, pictureSteps }: FakeRosGzOptions,
  ) {
    this.targets = new Float64Array(joints.length);
    const at = (topic: string) => `${namespace}/${topic}`;
    const states = node.publisher(at('joint_states'), 'sensor_msgs/msg/JointState', 'reliable');
    const clock = node.publisher(at('clock'), 'rosgraph_msgs/msg/Clock', 'reliable');
    const pose = node.publisher(at('model/cube/pose'), 'geometry_msgs/msg/PoseStamped', 'reliable');
    const pictures = cameras.map((camera) => ({
      ...camera,
      image: node.publisher(
        at(`camera/${camera.name}/image_raw`),
        'sensor_msgs/msg/Image',
        'reliable',
      ),
      info: node.publisher(
        at(`camera/${camera.name}/camera_info`),
        'sensor_msgs/msg/CameraInfo',
        'reliable',
      ),
    }));
    const commands = at('forward_position_controller/commands');
    node.subscribe(commands, 'std_msgs/msg/Float64MultiArray', 'reliable', ({ data }) => {
      this.targets = Float64Array.from(data);
    });
    const stamp = () => {
      const ns = this.#steps * STEP_NS;
      return { sec: Math.floor(ns / 1e9), nanosec: ns % 1e9 };
    };
    const header = (frame_id: string) => ({ stamp: stamp(), frame_id });
    const advance = () => {
      this.#steps += 1;
      // In another order than the commands: whoever reads has to go by the names.
      const position = this.targets.slice().reverse();
      const velocity = new Float64Array(joints.length);
      const effort = new Float64Array(joints.length).fill(0.5);
      states.publish({
        header: header(''),
        name: [...joints].reverse(),
        position,
        velocity,
        effort,
      });
      const cube = this.models.get('cube');
      if (cube !== undefined) pose.publish({ header: header('sinew'), pose: cube });
      if (this.#steps % pictureSteps !== 0) return;
      for (const { name, width, height, image, info } of pictures) {
        image.publish({
          header: header(name),
          width,
          height,
          encoding: 'rgb8',
          is_bigendian: 0,
          step: width * 3,
          data: new Uint8Array(width * height * 3).fill(this.#steps % 251),
        });
        info.publish({
          header: header(name),
          width,
          height,
          distortion_model: 'plumb_bob',
          d: new Float64Array(5),
          k: Float64Array.of(80, 0, width / 2, 0, 80, height / 2, 0, 0, 1),
          r: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1),
          p: new Float64Array(12),
          binning_x: 0,
          binning_y: 0,
          roi: { x_offset: 0, y_offset: 0, height: 0, width: 0, do_rectify: false },
        });
      }
    };
    const service = (name: string) => `/world/${world}/${name}`;
    node.service(service('control'), 'ros_gz_interfaces/srv/ControlWorld', ({ world_control }) => {
      const { pause, multi_step, reset, seed } = world_control;
      this.controls.push({ pause, multi_step, all: reset.all, seed });
      this.paused = pause;
      this.#pending += multi_step;
      return { success: true };
    });
    node.service(service('create'), 'ros_gz_interfaces/srv/SpawnEntity', ({ entity_factory }) => {
      const { name, pose: where } = entity_factory;
      if (this.models.has(name)) return { success: false };
      this.models.set(name, where);
      return { success: true };
    });
    node.service(service('remove'), 'ros_gz_interfaces/srv/DeleteEntity', ({ entity }) => ({
      success: this.models.delete(entity.name),
    }));
    node.service(
      service('set_pose'),
      'ros_gz_interfaces/srv/SetEntityPose',
      ({ entity, pose: to }) => {
        if (!this.models.has(entity.name)) return { success: false };
        this.models.set(entity.name, to);
        return { success: true };
      },
    );
    this.#timer = setInterval(() => {
      if (!this.paused) for (let i = 0; i < LOOP_MS; i++) advance();
      for (; this.#pending > 0; this.#pending -= 1) advance();
      clock.publish({ clock: stamp() });
    }, LOOP_MS);
  }

  static async start(domainId: number, options: FakeRosGzOptions): Promise<FakeRosGz> {
    return new FakeRosGz(await RosNode.create({ name: 'ros_gz', domainId }), options);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.node.close();
  }
}

function poseAt(x: number, y: number, z: number): PoseMessage {
  return { position: { x, y, z }, orientation: { x: 0, y: 0, z: 0, w: 1 } };
}
