/**
 * The ROS route's link over a ROS 2 node: the topics and services that ros_gz_bridge and gz_ros2_control
 * offer, as launch/gazebo_bridge.launch.py starts them.
 */
import { errorLine, SinewError } from '../core/error.js';
import type { MessageTypeName, MessageTypes } from '../ros/message_types.js';
import type { Qos } from '../ros/qos.js';
import type { RosNode, Subscription } from '../ros/ros_node.js';
import type { PoseMessage, ServiceName, ServiceTypes } from '../ros/service_types.js';
import { secondsOf } from '../ros/stamp.js';
import type { GazeboCamera, GazeboPose, Unsubscribe } from '../simulation/gazebo/gazebo_world.js';
import {
  type NamedJoints,
  poseFields,
  type RawCameraInfo,
  type WorldControlRequest,
} from '../simulation/gazebo/gz_sim_world.js';
import type { GazeboRosLink, RosImage } from '../simulation/gazebo/ros/ros_link.js';
import { modelPoseTopic, ROS_ROUTE } from '../simulation/gazebo_world/names.js';

export interface RosLinkOptions {
  /** Of the world’s own topics, such as `/gazebo`. */
  readonly namespace: string;
  /** Name of the world, which its services carry. */
  readonly world: string;
  /** Longest wait for a service, s. */
  readonly timeout: number;
}

const ENTITY_MODEL = 2;
/** No picture and no step’s state may be lost, so a few are kept. */
const STREAM: Qos = { depth: 100, reliable: true, latched: false };

export class RosNodeLink implements GazeboRosLink {
  readonly #node: RosNode;
  readonly #options: RosLinkOptions;
  readonly #subscriptions = new Set<Subscription>();
  readonly #commands;
  #sent = 0;
  #lost = 0;

  constructor(node: RosNode, options: RosLinkOptions) {
    this.#node = node;
    this.#options = options;
    const topic = `${options.namespace}/${ROS_ROUTE.commands}`;
    this.#commands = node.publisher(topic, 'std_msgs/msg/Float64MultiArray', 'command');
  }

  get counters() {
    const sum = (of: (subscription: Subscription) => number) =>
      [...this.#subscriptions].reduce((total, one) => total + of(one), 0);
    return {
      malformed: sum(({ malformed }) => malformed),
      received: sum(({ received }) => received),
      sent: this.#sent,
      wrongVersion: 0,
      otherPartition: 0,
      lost: this.#lost,
    };
  }

  onJoints(listener: (state: NamedJoints) => void): void {
    const topic = `${this.#options.namespace}/${ROS_ROUTE.jointStates}`;
    this.#subscribe(topic, 'sensor_msgs/msg/JointState', STREAM, (message) => {
      const { header, name, position, velocity, effort } = message;
      listener({
        time: secondsOf(header.stamp),
        names: name,
        positions: position,
        velocities: velocity,
        efforts: effort,
      });
    });
  }

  onClock(listener: (time: number) => void): void {
    const topic = `${this.#options.namespace}/${ROS_ROUTE.clock}`;
    // As ROS 2 subscribes its clock: a bridge may publish it either way.
    this.#subscribe(topic, 'rosgraph_msgs/msg/Clock', 'sensor', ({ clock }) =>
      listener(secondsOf(clock)),
    );
  }

  onModelPose(model: string, listener: (pose: GazeboPose) => void): void {
    const topic = `${this.#options.namespace}${modelPoseTopic(model)}`;
    this.#subscribe(topic, 'geometry_msgs/msg/PoseStamped', STREAM, ({ pose }) => {
      const { position: p, orientation: q } = pose;
      listener({ position: [p.x, p.y, p.z], quaternion: [q.x, q.y, q.z, q.w] });
    });
  }

  onImage(camera: GazeboCamera, listener: (image: RosImage) => void): Unsubscribe {
    return this.#subscribe(camera.topic, 'sensor_msgs/msg/Image', STREAM, (message) => {
      const { header, width, height, step, encoding, is_bigendian, data } = message;
      const time = secondsOf(header.stamp);
      const bigEndian = is_bigendian !== 0;
      // The message's bytes are used again when the next one comes.
      listener({ time, width, height, step, encoding, bigEndian, data: Uint8Array.from(data) });
    });
  }

  onCameraInfo(camera: GazeboCamera, listener: (info: RawCameraInfo) => void): Unsubscribe {
    const topic = camera.topic.replace(/[^/]*$/, 'camera_info');
    return this.#subscribe(topic, 'sensor_msgs/msg/CameraInfo', STREAM, listener);
  }

  command(positions: Float64Array): void {
    this.#sent += 1;
    this.#commands.publish({ layout: { dim: [], data_offset: 0 }, data: positions });
  }

  control({ pause, multi_step = 0, reset, seed = 0 }: WorldControlRequest): Promise<boolean> {
    return this.#ask('control', 'ros_gz_interfaces/srv/ControlWorld', {
      world_control: {
        pause,
        step: false,
        multi_step,
        reset: { all: reset?.all ?? false, time_only: false, model_only: false },
        seed,
        run_to_sim_time: { sec: 0, nanosec: 0 },
      },
    });
  }

  spawn(name: string, sdf: string, pose: GazeboPose): Promise<boolean> {
    return this.#ask('create', 'ros_gz_interfaces/srv/SpawnEntity', {
      entity_factory: {
        name,
        allow_renaming: false,
        sdf,
        sdf_filename: '',
        clone_name: '',
        pose: poseMessage(pose),
        relative_to: 'world',
      },
    });
  }

  remove(name: string): Promise<boolean> {
    const entity = { id: 0n, name, type: ENTITY_MODEL };
    return this.#ask('remove', 'ros_gz_interfaces/srv/DeleteEntity', { entity });
  }

  move(name: string, pose: GazeboPose): Promise<boolean> {
    const entity = { id: 0n, name, type: ENTITY_MODEL };
    const request = { entity, pose: poseMessage(pose) };
    return this.#ask('set_pose', 'ros_gz_interfaces/srv/SetEntityPose', request);
  }

  noteLoss(): void {
    this.#lost += 1;
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.close();
    this.#subscriptions.clear();
  }

  #subscribe<K extends MessageTypeName>(
    topic: string,
    type: K,
    qos: Qos,
    listener: (message: MessageTypes[K]) => void,
  ): Unsubscribe {
    const subscription = this.#node.subscribe(topic, type, qos, listener);
    this.#subscriptions.add(subscription);
    return () => {
      this.#subscriptions.delete(subscription);
      subscription.close();
    };
  }

  async #ask<S extends Extract<ServiceName, `ros_gz_interfaces/${string}`>>(
    service: string,
    type: S,
    request: ServiceTypes[S]['request'],
  ): Promise<boolean> {
    const { world, timeout } = this.#options;
    const { success } = await this.#client(`/world/${world}/${service}`, type).call(
      request,
      timeout,
    );
    return success;
  }

  #client<S extends ServiceName>(name: string, type: S) {
    try {
      return this.#node.client(name, type);
    } catch (error) {
      throw new SinewError(`ROS 2 has no ${type} (${errorLine(error)})`, {
        cure:
          'install ros-<distro>-ros-gz-interfaces and run npm run setup; with the wheels, run ' +
          'node scripts/ros_gz_messages.mjs',
        cause: error,
      });
    }
  }
}

function poseMessage(pose: GazeboPose): PoseMessage {
  const { position, orientation } = poseFields(pose);
  return { position: { ...position }, orientation: { ...orientation } };
}
