/**
 * A gz-sim server for protocol tests: topics, services and types as the real one has them, and a world
 * in which each joint goes to its command within a step.
 */
import { imageCodec } from '../../../src/simulation/gazebo/image_message.js';
import { nativeMessages } from '../../../src/simulation/gazebo/native/native_messages.js';
import {
  NATIVE_PROFILES,
  type NativeVersion,
} from '../../../src/simulation/gazebo/native/versions.js';
import {
  type Publication,
  TransportNode,
} from '../../../src/simulation/gazebo/transport/transport_node.js';

const STEP_NS = 1_000_000;

export interface FakeScene {
  readonly world: string;
  readonly model: string;
  readonly cameras: readonly {
    readonly name: string;
    readonly width: number;
    readonly height: number;
  }[];
  /** Physics steps between two pictures. */
  readonly pictureSteps: number;
}

const SMALL: FakeScene = {
  world: 'w',
  model: 'm',
  cameras: [{ name: 'front', width: 2, height: 1 }],
  pictureSteps: 10,
};

export class FakeGzSim {
  readonly seeds: number[] = [];
  readonly models = new Map<string, { x: number; y: number; z: number }>();
  #iterations = 0;
  #time = 0;
  #paused = true;
  readonly #targets: number[];
  readonly #positions: number[];
  readonly #timer: NodeJS.Timeout;

  private constructor(
    readonly node: TransportNode,
    version: NativeVersion,
    joints: readonly string[],
    { world, model, cameras, pictureSteps }: FakeScene,
  ) {
    const profile = NATIVE_PROFILES[version];
    const messages = nativeMessages(profile.messages);
    this.#targets = joints.map(() => 0);
    this.#positions = joints.map(() => 0);
    const state = node.advertise(`/world/${world}/model/${model}/joint_state`, messages.model);
    const stats = node.advertise(`/world/${world}/stats`, messages.statistics);
    const poses = node.advertise(`/world/${world}/dynamic_pose/info`, messages.poses);
    const pictures = cameras.map((camera) => ({
      ...camera,
      image: node.advertise(`/camera/${camera.name}/image_raw`, imageCodec(profile.messages)),
      info: node.advertise(`/camera/${camera.name}/camera_info`, messages.cameraInfo),
    }));
    for (const [i, joint] of joints.entries()) {
      node.subscribe(`/model/${model}/joint/${joint}/cmd_pos`, messages.double, ({ data }) => {
        this.#targets[i] = data;
      });
    }
    const stamp = () => ({ sec: Math.floor(this.#time / 1e9), nsec: this.#time % 1e9 });
    const tell = <T>(topic: Publication<T>, message: T) => void topic.publish(message);
    const advance = () => {
      this.#iterations += 1;
      this.#time += STEP_NS;
      this.#targets.forEach((target, i) => {
        this.#positions[i] = target;
      });
      tell(state, {
        header: { stamp: stamp() },
        name: model,
        joint: joints.map((name, i) => ({
          name,
          axis1: { position: this.#positions[i] ?? 0, velocity: 0, force: 0.5 },
        })),
      });
      const pose = [...this.models].map(([name, position]) => ({
        name,
        position,
        orientation: { x: 0, y: 0, z: 0, w: 1 },
      }));
      tell(poses, { pose });
      if (this.#iterations % pictureSteps !== 0) return;
      for (const { width, height, image, info } of pictures) {
        tell(info, { width, height, intrinsics: { k: [5, 0, 1, 0, 6, 0.5, 0, 0, 1] } });
        const data = new Uint8Array(width * height * 3);
        for (let i = 0; i < data.length; i += 4) data[i] = 255;
        const size = { width, height, step: width * 3 };
        tell(image, { header: { stamp: stamp() }, ...size, data, pixel_format_type: 3 });
      }
    };
    node.serve(`/world/${world}/control`, messages.control, messages.boolean, (control) => {
      const { pause = false, multi_step = 0, reset, seed = 0 } = control;
      this.#paused = pause;
      if (seed > 0) this.seeds.push(seed);
      if (reset?.all) {
        this.#iterations = 0;
        this.#time = 0;
        if (profile.resetReach === 'all') this.#positions.fill(0);
      }
      for (let i = 0; i < multi_step; i += 1) advance();
      return { data: true };
    });
    node.serve(`/world/${world}/create`, messages.factory, messages.boolean, ({ name, pose }) => {
      if (this.models.has(name)) return { data: false };
      this.models.set(name, pose.position ?? { x: 0, y: 0, z: 0 });
      return { data: true };
    });
    node.serve(`/world/${world}/remove`, messages.entity, messages.boolean, ({ name }) => ({
      data: this.models.delete(name),
    }));
    node.serve(
      `/world/${world}/set_pose`,
      messages.pose,
      messages.boolean,
      ({ name = '', position }) => {
        this.models.set(name, position ?? { x: 0, y: 0, z: 0 });
        return { data: true };
      },
    );
    this.#timer = setInterval(() => {
      if (!this.#paused) advance();
      tell(stats, { sim_time: stamp(), paused: this.#paused, iterations: this.#iterations });
    }, 10);
  }

  static async start(
    version: NativeVersion,
    partition: string,
    joints: readonly string[],
    scene: FakeScene = SMALL,
  ): Promise<FakeGzSim> {
    const node = await TransportNode.open({ partition, address: '127.0.0.1' });
    return new FakeGzSim(node, version, joints, scene);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.node.close();
  }
}
