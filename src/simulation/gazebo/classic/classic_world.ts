/**
 * Gazebo Classic 11 as a {@link GazeboWorld}: states, pictures and commands by gz-transport 8, control
 * over the world by Classic's own TCP transport. Finds the server again when it was started anew.
 */
import { SinewError } from '../../../core/error.js';
import { BaseWorld, DEFAULT_TIMEOUT } from '../base_world.js';
import type {
  GazeboJointState,
  GazeboPose,
  GazeboReset,
  GazeboWorld,
  GazeboWorldOptions,
  Unsubscribe,
} from '../gazebo_world.js';
import { readImage } from '../image_message.js';
import { TransportNode } from '../transport/transport_node.js';
import type { CameraEvents } from '../world_events.js';
import { ClassicSession, type SessionOptions } from './classic_session.js';
import { type MasterAddress, masterAddress } from './tcp_topics.js';

export interface ClassicOptions extends GazeboWorldOptions {
  /** Default: GAZEBO_MASTER_URI, else 127.0.0.1:11345. */
  readonly master?: MasterAddress;
}

const RETRY_MS = 300;
/** Simulated time between two looks for a first picture, s. */
const PICTURE_STEP = 0.01;

export class ClassicWorld extends BaseWorld {
  readonly title = 'Gazebo Classic 11';
  readonly #options: SessionOptions;
  readonly #node: TransportNode;
  /** Ends of the subscriptions, by camera that has listeners. */
  readonly #pictures = new Map<string, Unsubscribe>();
  #session: ClassicSession | undefined;
  #closed = false;
  #retry: NodeJS.Timeout | undefined;

  private constructor(options: SessionOptions, node: TransportNode) {
    super(options);
    this.#options = options;
    this.#node = node;
  }

  /** @throws SinewError when there is no server, or not with this world, model and joints */
  static async connect(options: ClassicOptions): Promise<ClassicWorld> {
    const node = await TransportNode.open({ ...options, statistics: false });
    const full = {
      ...options,
      master: options.master ?? masterAddress(),
      timeout: options.timeout ?? DEFAULT_TIMEOUT,
    };
    const world = new ClassicWorld(full, node);
    try {
      await world.#open();
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  get counters() {
    return this.#node.counters;
  }

  protected subscribeImages(events: CameraEvents): Unsubscribe {
    const { name } = events.camera;
    this.#watch(events);
    return () => {
      this.#pictures.get(name)?.();
      this.#pictures.delete(name);
      events.forget();
    };
  }

  async command(positions: ArrayLike<number>): Promise<void> {
    await this.#live().commands.send(positions);
  }

  async pause(paused: boolean): Promise<void> {
    await this.#live().pause(paused);
  }

  async step(n: number): Promise<GazeboJointState> {
    return this.#live().step(n);
  }

  async reset(reset: GazeboReset): Promise<GazeboJointState> {
    await this.#firstPictures();
    const state = await this.#live().reset(reset);
    for (const camera of this.events.cameras.values()) camera.clear();
    return state;
  }

  async spawn(name: string, sdf: string, pose: GazeboPose): Promise<void> {
    await this.#live().models.spawn(name, sdf, pose);
    if (this.#options.tracked?.includes(name)) await this.#live().track();
  }

  async remove(name: string): Promise<void> {
    await this.#live().models.remove(name);
    if (this.#options.tracked?.includes(name)) await this.#live().track();
  }

  async move(name: string, pose: GazeboPose): Promise<void> {
    await this.#live().models.move(name, pose);
  }

  pose(name: string): GazeboPose | undefined {
    return this.#session?.pose(name);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#session?.close();
    this.#session = undefined;
    await this.#node.close();
  }

  /**
   * Steps until each camera that is listened to has given a picture: a subscription takes a moment, and
   * after the reset none may be missing.
   */
  async #firstPictures(): Promise<void> {
    const session = this.#live();
    const waiting = () => [...this.events.cameras.values()].find((camera) => camera.silent);
    if (waiting() === undefined) return;
    await session.pause(true);
    const end = performance.now() + this.timeout * 1000;
    for (let camera = waiting(); camera !== undefined; camera = waiting()) {
      if (performance.now() > end) {
        throw new SinewError(`no picture within ${this.timeout} s`, {
          where: `camera '${camera.camera.name}', topic ${camera.camera.topic}`,
          cure: "check the topic, and that the server has a display (its output says 'render')",
        });
      }
      await session.step(Math.max(1, Math.round(PICTURE_STEP / this.#options.timestep)));
    }
  }

  #watch(events: CameraEvents): void {
    const { name, topic, depth = false } = events.camera;
    const stop = this.#session?.subscribeImages(topic, (image) => {
      try {
        events.take(readImage(name, image, depth));
      } catch {
        this.#node.counters.malformed += 1;
      }
    });
    if (stop !== undefined) this.#pictures.set(name, stop);
  }

  #live(): ClassicSession {
    if (this.#session !== undefined) return this.#session;
    throw new SinewError('the server is gone', { where: this.title, cure: 'start it again' });
  }

  async #open(): Promise<void> {
    let ended = false;
    const session = await ClassicSession.open(this.#node, this.#options, {
      onJoints: (state) => this.events.takeJoints(state),
      onClock: (clock) => this.events.takeClock(clock),
      onEnd: () => {
        ended = true;
        this.#lose();
      },
      onLoss: () => {
        this.#node.counters.lost += 1;
      },
    });
    if (ended || this.#closed) {
      await session.close();
      throw new SinewError('the server ended while it was asked', { where: this.title });
    }
    this.#session = session;
    for (const camera of this.events.cameras.values()) {
      if (camera.images.size > 0) this.#watch(camera);
    }
    this.events.setConnected(true);
  }

  #lose(): void {
    const session = this.#session;
    if (session === undefined || this.#closed) return;
    this.#session = undefined;
    this.#pictures.clear();
    for (const camera of this.events.cameras.values()) camera.forget();
    this.events.setConnected(false);
    void session.close().then(() => this.#seek());
  }

  /** Tries until the server is there again. */
  #seek(): void {
    if (this.#closed) return;
    this.#retry = setTimeout(() => {
      this.#open().catch(() => this.#seek());
    }, RETRY_MS);
  }
}

/** Connects to a running Gazebo Classic. */
export const connectClassic = (options: ClassicOptions): Promise<GazeboWorld> =>
  ClassicWorld.connect(options);
