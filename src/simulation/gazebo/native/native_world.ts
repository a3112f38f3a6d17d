/**
 * gz-sim (Fortress to Jetty) as a {@link GazeboWorld}, by gz-transport alone. The world file must have
 * the systems JointStatePublisher, JointPositionController, UserCommands, SceneBroadcaster and, for
 * cameras, Sensors.
 */
import { errorLine, SinewError } from '../../../core/error.js';
import type {
  GazeboCameraInfo,
  GazeboClock,
  GazeboImage,
  GazeboJointState,
  GazeboPose,
  GazeboReset,
  GazeboWorld,
  GazeboWorldOptions,
  Unsubscribe,
} from '../gazebo_world.js';
import { rawImage, readImage } from '../image_message.js';
import type { MessageCodec } from '../messages/message_set.js';
import { type Publication, TransportNode } from '../transport/transport_node.js';
import { WorldEvents } from '../world_events.js';
import {
  ENTITY_MODEL,
  type NativeMessages,
  type NativeModel,
  type NativePose,
  type NativeWorldControl,
  nativeMessages,
  nativeSeconds,
} from './native_messages.js';
import { NATIVE_PROFILES, type NativeProfile, type NativeVersion } from './versions.js';

export interface NativeOptions extends GazeboWorldOptions {
  readonly version: NativeVersion;
  /** Command topic of a joint; default /model/MODEL/joint/JOINT/cmd_pos. */
  readonly commandTopic?: (joint: string) => string;
}

/** A joint nearer than this to where a reset wants it is there (rad or m). */
const PLACED = 0.02;
const AT_REST = 0.01;
/** Simulated time between two looks at moving joints, and the longest for all, s. */
const SETTLE_STEP = 0.05;
const SETTLE_TIME = 10;
/** Silence after which a running server is gone, ms. */
const SILENCE_MS = 3000;

export class NativeWorld implements GazeboWorld {
  readonly title: string;
  readonly jointNames: readonly string[];
  readonly #options: NativeOptions & { readonly timeout: number };
  readonly #profile: NativeProfile;
  readonly #messages: NativeMessages;
  readonly #node: TransportNode;
  readonly #events: WorldEvents;
  readonly #index: ReadonlyMap<string, number>;
  readonly #commands: readonly Publication<{ readonly data: number }>[];
  readonly #poses = new Map<string, GazeboPose>();
  readonly #watchdog: NodeJS.Timeout;
  #heard = 0;

  private constructor(options: NativeOptions, node: TransportNode) {
    this.#options = { ...options, timeout: options.timeout ?? 10 };
    this.#profile = NATIVE_PROFILES[options.version];
    this.title = this.#profile.title;
    this.#messages = nativeMessages(this.#profile.messages);
    this.#node = node;
    this.jointNames = [...options.joints];
    this.#index = new Map(options.joints.map((name, i) => [name, i]));
    this.#events = new WorldEvents(options.joints.length, options.cameras);
    const topic =
      options.commandTopic ?? ((joint) => `/model/${options.model}/joint/${joint}/cmd_pos`);
    this.#commands = options.joints.map((joint) =>
      node.advertise(topic(joint), this.#messages.double),
    );
    const world = `/world/${options.world}`;
    node.subscribe(`${world}/model/${options.model}/joint_state`, this.#messages.model, (model) =>
      this.#takeState(model),
    );
    node.subscribe(`${world}/stats`, this.#messages.statistics, (message) => {
      this.#hear();
      const { paused, iterations } = message;
      const time = nativeSeconds(message.sim_time);
      this.#events.takeClock({ time, paused, iterations: Number(iterations) });
    });
    const tracked = new Set(options.tracked);
    if (tracked.size > 0) {
      node.subscribe(`${world}/dynamic_pose/info`, this.#messages.poses, ({ pose }) => {
        for (const one of pose) {
          const name = one.name ?? '';
          if (tracked.has(name)) this.#poses.set(name, fromNative(one));
        }
      });
    }
    this.#watchdog = setInterval(() => this.#watch(), SILENCE_MS / 4);
    this.#watchdog.unref();
  }

  /** @throws SinewError when there is no server, or not with this world, model and joints */
  static async connect(options: NativeOptions): Promise<NativeWorld> {
    const node = await TransportNode.open(options);
    const world = new NativeWorld(options, node);
    try {
      await world.#first();
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  get connected(): boolean {
    return this.#events.connected;
  }

  get counters() {
    return this.#node.counters;
  }

  get joints(): GazeboJointState {
    return this.#events.joints;
  }

  get clock(): GazeboClock {
    return this.#events.clock;
  }

  onJoints(listener: (state: GazeboJointState) => void): Unsubscribe {
    return this.#events.onJoints.add(listener);
  }

  onClock(listener: (clock: GazeboClock) => void): Unsubscribe {
    return this.#events.onClock.add(listener);
  }

  onConnection(listener: (connected: boolean) => void): Unsubscribe {
    return this.#events.onConnection.add(listener);
  }

  onImage(camera: string, listener: (image: GazeboImage) => void): Unsubscribe {
    const events = this.#events.camera(camera);
    const { topic, depth = false } = events.camera;
    return events.listen(listener, () =>
      this.#node.subscribe(topic, this.#messages.image, (message) => {
        try {
          events.take(readImage(camera, rawImage(message), depth));
        } catch {
          this.#node.counters.malformed += 1;
        }
      }),
    );
  }

  onCameraInfo(camera: string, listener: (info: GazeboCameraInfo) => void): Unsubscribe {
    const events = this.#events.camera(camera);
    const topic = `${events.camera.topic.replace(/\/[^/]*$/, '')}/camera_info`;
    const stop = this.#node.subscribe(topic, this.#messages.cameraInfo, (message) => {
      const { width, height } = message;
      const [fx = 0, , cx = 0, , fy = 0, cy = 0] = message.intrinsics?.k ?? [];
      if (fx > 0 && fy > 0) events.takeInfo({ camera, width, height, fx, fy, cx, cy });
    });
    const remove = events.onInfo(listener);
    return () => {
      stop();
      remove();
    };
  }

  imageAt(camera: string, time: number): Promise<GazeboImage> {
    return this.#events.camera(camera).at(time, this.#options.timeout);
  }

  async command(positions: ArrayLike<number>): Promise<void> {
    for (const [i, command] of this.#commands.entries()) {
      const data = positions[i] ?? Number.NaN;
      if (!Number.isFinite(data)) {
        const where = this.jointNames[i] ?? '';
        throw new SinewError(`position target ${data}`, { where, expected: 'a number' });
      }
      await command.publish({ data });
    }
  }

  async pause(paused: boolean): Promise<void> {
    await this.#control({ pause: paused });
    if (this.clock.paused === paused) return;
    const what = paused ? 'pause' : 'running world';
    await this.#events.onClock.wait(
      (clock) => clock.paused === paused,
      this.#options.timeout,
      what,
    );
  }

  async step(n: number): Promise<GazeboJointState> {
    const start = this.#stepOf(this.joints.time);
    const arrived = this.#stateAt(start + n);
    // Nobody but the timeout tells of a step that is not made.
    arrived.catch(() => undefined);
    await this.#control({ pause: true, multi_step: n });
    const state = await arrived;
    const made = this.#stepOf(state.time) - start;
    if (made === n) return state;
    const cure = 'pause it first, and let nobody else step it';
    throw new SinewError(`the world made ${made} steps`, {
      where: this.title,
      expected: `${n}`,
      cure,
    });
  }

  async reset({ seed, positions }: GazeboReset): Promise<GazeboJointState> {
    const targets = positions ?? new Float64Array(this.jointNames.length);
    await this.pause(true);
    // Where a reset leaves the joints alone they are put in place before, so that time begins after.
    if (!this.#profile.resetsJoints) await this.#settle(targets);
    await this.#control({ pause: true, reset: { all: true }, seed });
    await this.command(targets);
    this.#events.joints = { ...this.joints, time: 0 };
    for (const camera of this.#events.cameras.values()) camera.clear();
    const state = await this.step(1);
    return this.#profile.resetsJoints ? this.#settle(targets) : state;
  }

  async spawn(name: string, sdf: string, pose: GazeboPose): Promise<void> {
    const { factory } = this.#messages;
    await this.#ask('create', factory, { sdf, name, pose: toNative(pose), allow_renaming: false });
  }

  async remove(name: string): Promise<void> {
    await this.#ask('remove', this.#messages.entity, { name, type: ENTITY_MODEL });
    this.#poses.delete(name);
  }

  async move(name: string, pose: GazeboPose): Promise<void> {
    await this.#ask('set_pose', this.#messages.pose, { ...toNative(pose), name });
  }

  pose(name: string): GazeboPose | undefined {
    return this.#poses.get(name);
  }

  async close(): Promise<void> {
    clearInterval(this.#watchdog);
    await this.#node.close();
  }

  #takeState({ header, joint }: NativeModel): void {
    const count = this.jointNames.length;
    const state: GazeboJointState = {
      time: nativeSeconds(header?.stamp),
      positions: new Float64Array(count).fill(Number.NaN),
      velocities: new Float64Array(count).fill(Number.NaN),
      efforts: new Float64Array(count).fill(Number.NaN),
    };
    for (const { name, axis1 } of joint) {
      // Some versions scope the name by the model.
      const i = this.#index.get(name) ?? this.#index.get(name.replace(/^.*::/, ''));
      if (i === undefined || !axis1) continue;
      state.positions[i] = axis1.position;
      state.velocities[i] = axis1.velocity;
      state.efforts[i] = axis1.force;
    }
    this.#hear();
    this.#events.takeJoints(state);
  }

  #hear(): void {
    this.#heard = performance.now();
    this.#events.setConnected(true);
  }

  #watch(): void {
    if (performance.now() - this.#heard > SILENCE_MS) this.#events.setConnected(false);
  }

  async #first(): Promise<void> {
    const { timeout, model, world } = this.#options;
    const { onJoints } = this.#events;
    const first = onJoints.wait(() => true, timeout, `joint state of '${model}' in '${world}'`);
    // A paused world tells nothing until it is stepped; one that runs is left running.
    first.catch(() => undefined);
    const clock = await this.#events.onClock.wait(() => true, timeout, `word of world '${world}'`);
    if (clock.paused) await this.#control({ pause: true, multi_step: 1 });
    const missing = (await first).positions.findIndex(Number.isNaN);
    if (missing < 0) return;
    throw new SinewError(`no joint '${this.jointNames[missing]}'`, {
      where: `model '${model}' of world '${world}' in ${this.title}`,
      cure: 'check the names in the world file and its JointStatePublisher',
    });
  }

  async #settle(targets: ArrayLike<number>): Promise<GazeboJointState> {
    const steps = Math.max(1, Math.round(SETTLE_STEP / this.#options.timestep));
    await this.command(targets);
    for (let time = 0; time < SETTLE_TIME; time += SETTLE_STEP) {
      const { positions, velocities } = this.joints;
      const placed = positions.every((q, i) => Math.abs(q - (targets[i] ?? 0)) < PLACED);
      if (placed && velocities.every((v) => Math.abs(v) < AT_REST)) return this.joints;
      await this.step(steps);
    }
    const where = `${this.title}, model '${this.#options.model}'`;
    const cure = 'check the gains of its JointPositionController systems';
    throw new SinewError('the joints do not come to rest where a reset wants them', {
      where,
      cure,
    });
  }

  #control(message: NativeWorldControl): Promise<void> {
    return this.#ask('control', this.#messages.control, message);
  }

  async #ask<Q>(service: string, codec: MessageCodec<Q>, message: Q): Promise<void> {
    const topic = `/world/${this.#options.world}/${service}`;
    const { boolean } = this.#messages;
    try {
      const { timeout } = this.#options;
      const { data } = await this.#node.request(topic, { codec, message }, boolean, timeout);
      if (data) return;
    } catch (error) {
      throw new SinewError(errorLine(error), { where: this.title, cause: error });
    }
    throw new SinewError('the server refused', { where: `${this.title}, ${topic}` });
  }

  #stepOf(time: number): number {
    return Math.round(time / this.#options.timestep);
  }

  #stateAt(step: number): Promise<GazeboJointState> {
    const fits = (state: GazeboJointState) => this.#stepOf(state.time) >= step;
    return this.#events.onJoints.wait(fits, this.#options.timeout, `joint state of step ${step}`);
  }
}

function fromNative({ position: p, orientation: q }: NativePose): GazeboPose {
  return {
    position: [p?.x ?? 0, p?.y ?? 0, p?.z ?? 0],
    quaternion: [q?.x ?? 0, q?.y ?? 0, q?.z ?? 0, q?.w ?? 1],
  };
}

function toNative({ position, quaternion }: GazeboPose): NativePose {
  return {
    position: { x: position[0], y: position[1], z: position[2] },
    orientation: { x: quaternion[0], y: quaternion[1], z: quaternion[2], w: quaternion[3] },
  };
}

/** Connects to a running gz-sim. */
export const connectNative = (options: NativeOptions): Promise<GazeboWorld> =>
  NativeWorld.connect(options);
