/**
 * gz-sim (Fortress to Jetty) by gz-transport alone, with no ros_gz. The world file must have the
 * systems JointStatePublisher, JointPositionController, UserCommands, SceneBroadcaster and, for
 * cameras, Sensors.
 */
import { errorLine, SinewError } from '../../../core/error.js';
import type {
  GazeboCamera,
  GazeboPose,
  GazeboWorld,
  GazeboWorldOptions,
  Unsubscribe,
} from '../gazebo_world.js';
import {
  GzSimWorld,
  poseFields,
  type RawCameraInfo,
  type WorldControlRequest,
} from '../gz_sim_world.js';
import { rawImage, readImage } from '../image_message.js';
import type { MessageCodec } from '../messages/message_set.js';
import { type Publication, TransportNode } from '../transport/transport_node.js';
import type { CameraEvents } from '../world_events.js';
import {
  ENTITY_MODEL,
  type NativeMessages,
  type NativePose,
  nativeMessages,
  nativeSeconds,
} from './native_messages.js';
import { NATIVE_PROFILES, type NativeVersion } from './versions.js';

export interface NativeOptions extends GazeboWorldOptions {
  readonly version: NativeVersion;
  /** Command topic of a joint; default /model/MODEL/joint/JOINT/cmd_pos. */
  readonly commandTopic?: (joint: string) => string;
}

export class NativeWorld extends GzSimWorld {
  readonly title: string;
  protected readonly resetReach;
  readonly #messages: NativeMessages;
  readonly #node: TransportNode;
  readonly #commands: readonly Publication<{ readonly data: number }>[];
  readonly #poses = new Map<string, GazeboPose>();

  private constructor(options: NativeOptions, node: TransportNode) {
    super(options);
    const { title, messages, resetReach } = NATIVE_PROFILES[options.version];
    this.title = title;
    this.resetReach = resetReach;
    this.#messages = nativeMessages(messages);
    this.#node = node;
    const topic =
      options.commandTopic ?? ((joint) => `/model/${options.model}/joint/${joint}/cmd_pos`);
    this.#commands = options.joints.map((joint) =>
      node.advertise(topic(joint), this.#messages.double),
    );
    const world = `/world/${options.world}`;
    const states = `${world}/model/${options.model}/joint_state`;
    node.subscribe(states, this.#messages.model, ({ header, joint }) => {
      const of = (field: 'position' | 'velocity' | 'force') =>
        joint.map(({ axis1 }) => axis1?.[field] ?? Number.NaN);
      this.takeState({
        time: nativeSeconds(header?.stamp),
        names: joint.map(({ name }) => name),
        positions: of('position'),
        velocities: of('velocity'),
        efforts: of('force'),
      });
    });
    node.subscribe(`${world}/stats`, this.#messages.statistics, (message) => {
      this.hear();
      const { paused, iterations } = message;
      const time = nativeSeconds(message.sim_time);
      this.events.takeClock({ time, paused, iterations: Number(iterations) });
    });
    const tracked = new Set(options.tracked);
    if (tracked.size === 0) return;
    node.subscribe(`${world}/dynamic_pose/info`, this.#messages.poses, ({ pose }) => {
      for (const one of pose) {
        const name = one.name ?? '';
        if (tracked.has(name)) this.#poses.set(name, fromNative(one));
      }
    });
  }

  /** @throws SinewError when there is no server, or not with this world, model and joints */
  static async connect(options: NativeOptions): Promise<NativeWorld> {
    const node = await TransportNode.open(options);
    const world = new NativeWorld(options, node);
    try {
      await world.first();
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  get counters() {
    return this.#node.counters;
  }

  async spawn(name: string, sdf: string, pose: GazeboPose): Promise<void> {
    const { factory } = this.#messages;
    await this.#ask('create', factory, {
      sdf,
      name,
      pose: poseFields(pose),
      allow_renaming: false,
    });
  }

  async remove(name: string): Promise<void> {
    await this.#ask('remove', this.#messages.entity, { name, type: ENTITY_MODEL });
    this.#poses.delete(name);
  }

  async move(name: string, pose: GazeboPose): Promise<void> {
    await this.#ask('set_pose', this.#messages.pose, { ...poseFields(pose), name }, true);
  }

  pose(name: string): GazeboPose | undefined {
    return this.#poses.get(name);
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#node.close();
  }

  protected subscribeInfo(
    { topic }: GazeboCamera,
    take: (info: RawCameraInfo) => void,
  ): Unsubscribe {
    const beside = `${topic.replace(/\/[^/]*$/, '')}/camera_info`;
    return this.#node.subscribe(
      beside,
      this.#messages.cameraInfo,
      ({ width, height, intrinsics }) => take({ width, height, k: intrinsics?.k ?? [] }),
    );
  }

  protected subscribeImages(events: CameraEvents): Unsubscribe {
    const { name, topic, depth = false } = events.camera;
    return this.#node.subscribe(topic, this.#messages.image, (message) => {
      try {
        events.take(readImage(name, rawImage(message), depth));
      } catch {
        this.#node.counters.malformed += 1;
      }
    });
  }

  protected async send(positions: Float64Array): Promise<void> {
    for (const [i, command] of this.#commands.entries()) {
      await command.publish({ data: positions[i] ?? 0 });
    }
  }

  protected noteLoss(): void {
    this.#node.counters.lost += 1;
  }

  protected control(request: WorldControlRequest): Promise<void> {
    return this.#ask('control', this.#messages.control, request, request.multi_step === undefined);
  }

  async #ask<Q>(
    service: string,
    codec: MessageCodec<Q>,
    message: Q,
    repeatable = false,
  ): Promise<void> {
    const topic = `/world/${this.options.world}/${service}`;
    const { boolean } = this.#messages;
    const request = { codec, message, repeatable };
    try {
      const { data } = await this.#node.request(topic, request, boolean, this.timeout);
      if (data) return;
    } catch (error) {
      throw new SinewError(errorLine(error), { where: this.title, cause: error });
    }
    throw new SinewError('the server refused', { where: `${this.title}, ${topic}` });
  }
}

function fromNative({ position: p, orientation: q }: NativePose): GazeboPose {
  return {
    position: [p?.x ?? 0, p?.y ?? 0, p?.z ?? 0],
    quaternion: [q?.x ?? 0, q?.y ?? 0, q?.z ?? 0, q?.w ?? 1],
  };
}

/** Connects to a running gz-sim. */
export const connectNative = (options: NativeOptions): Promise<GazeboWorld> =>
  NativeWorld.connect(options);
