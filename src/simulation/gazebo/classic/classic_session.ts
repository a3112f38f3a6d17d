/**
 * One life of a Gazebo Classic server, from finding it to its end: the connections, and what is asked
 * of the world over them.
 */
import { SinewError } from '../../../core/error.js';
import type {
  GazeboClock,
  GazeboJointState,
  GazeboPose,
  GazeboReset,
  GazeboWorldOptions,
  Unsubscribe,
} from '../gazebo_world.js';
import type { RawImage } from '../image_message.js';
import { isPlaced, settle } from '../settle.js';
import type { TransportNode } from '../transport/transport_node.js';
import { Listeners } from '../world_events.js';
import { findManager, Introspection } from './introspection.js';
import { JointCommands } from './joint_commands.js';
import { ModelControl } from './model_control.js';
import {
  imageStampedCodec,
  secondsOf,
  type WorldControl,
  worldControlCodec,
  worldStatisticsCodec,
} from './tcp_messages.js';
import { type MasterAddress, type TcpPublication, TcpTopics } from './tcp_topics.js';

export interface SessionOptions extends GazeboWorldOptions {
  readonly master: MasterAddress;
  readonly timeout: number;
}

export interface SessionListener {
  onJoints(state: GazeboJointState): void;
  onClock(clock: GazeboClock): void;
  /** The server is gone. */
  onEnd(): void;
  /** A state was not sent, and a step more is made for the next. */
  onLoss(): void;
}

/** Longest wait for the state after a step while connecting, s; then another step is made. */
const FIRST_STATE = 0.5;
/** A state that has not come so long after its step is looked for, s. */
const LOST_STATE = 2;
/** Time goes back at a reset, so the controllers leave the first step out and forget in the second. */
const WASH_STEPS = 2;

export class ClassicSession {
  readonly models: ModelControl;
  readonly commands: JointCommands;
  #poses: ReadonlyMap<string, GazeboPose> = new Map();
  #joints: GazeboJointState | undefined;
  #clock: GazeboClock | undefined;
  readonly #options: SessionOptions;
  readonly #topics: TcpTopics;
  readonly #introspection: Introspection;
  readonly #control: TcpPublication<WorldControl>;
  readonly #states: Listeners<GazeboJointState>;
  readonly #clocks: Listeners<GazeboClock>;
  readonly #lose: () => void;

  private constructor(parts: {
    options: SessionOptions;
    topics: TcpTopics;
    introspection: Introspection;
    control: TcpPublication<WorldControl>;
    models: ModelControl;
    commands: JointCommands;
    states: Listeners<GazeboJointState>;
    clocks: Listeners<GazeboClock>;
    lose: () => void;
  }) {
    this.#options = parts.options;
    this.#topics = parts.topics;
    this.#introspection = parts.introspection;
    this.#control = parts.control;
    this.models = parts.models;
    this.commands = parts.commands;
    this.#states = parts.states;
    this.#clocks = parts.clocks;
    this.#lose = parts.lose;
  }

  /** @throws SinewError when there is no server, or not with this world, model and joints */
  static async open(
    node: TransportNode,
    options: SessionOptions,
    listener: SessionListener,
  ): Promise<ClassicSession> {
    const { world, model, joints, tracked = [], timeout, master } = options;
    const prefix = `/gazebo/${world}`;
    let session: ClassicSession | undefined;
    let process: string | undefined;
    const topics = await TcpTopics.open(master, node.address, node.counters, () => {
      if (process !== undefined) node.forget(process);
      listener.onEnd();
    });
    const states = new Listeners<GazeboJointState>();
    const clocks = new Listeners<GazeboClock>();
    let commands: JointCommands | undefined;
    try {
      const manager = await findManager(node, timeout);
      process = manager.process;
      const introspection = new Introspection(
        node,
        manager.id,
        { world, model, joints, tracked },
        ({ joints: state, poses }) => {
          if (session === undefined) return;
          session.#joints = state;
          session.#poses = poses;
          states.emit(state);
          listener.onJoints(state);
        },
      );
      await introspection.start(timeout);
      commands = new JointCommands(node, model, joints, options.gains ?? {}, timeout);
      session = new ClassicSession({
        options,
        topics,
        introspection,
        control: await topics.advertise(`${prefix}/world_control`, worldControlCodec, timeout),
        models: await ModelControl.open(topics, prefix, timeout),
        commands,
        states,
        clocks,
        lose: () => listener.onLoss(),
      });
      const opened = session;
      topics.subscribe(`${prefix}/world_stats`, worldStatisticsCodec, (message) => {
        const { paused, iterations, sim_time } = message;
        const clock = { time: secondsOf(sim_time), paused, iterations: Number(iterations) };
        opened.#clock = clock;
        clocks.emit(clock);
        listener.onClock(clock);
      });
      await opened.#firstState();
      return opened;
    } catch (error) {
      commands?.close();
      await topics.close();
      throw error;
    }
  }

  get joints(): GazeboJointState {
    if (this.#joints === undefined)
      throw new SinewError('no state yet', { where: 'Gazebo Classic' });
    return this.#joints;
  }

  pose(name: string): GazeboPose | undefined {
    return this.#poses.get(name);
  }

  async pause(paused: boolean): Promise<void> {
    const { timeout } = this.#options;
    const told = this.#clocks.wait(
      (clock) => clock.paused === paused,
      timeout,
      paused ? 'pause' : 'running world',
    );
    this.#control.publish({ pause: paused });
    const clock = await told;
    // The last states before the pause may still be under way.
    if (paused) await this.#stateAt(this.#index(clock.time));
  }

  async step(n: number): Promise<GazeboJointState> {
    await this.commands.confirm();
    const start = this.#index(this.joints.time);
    const { state, steps } = await this.#make(start, n);
    const made = this.#index(state.time) - start;
    if (made === steps) return state;
    throw new SinewError(`the world made ${made} steps`, {
      where: 'Gazebo Classic',
      expected: `${steps}`,
      cure: 'pause it first, and let nobody else step it',
    });
  }

  async reset({ seed, positions }: GazeboReset): Promise<GazeboJointState> {
    if (this.#clock?.paused !== true) await this.pause(true);
    // A world that has just started is at time 0 as it will be after: tell the two apart.
    if (this.#clock?.iterations === 0) await this.step(1);
    const targets = positions ?? new Float64Array(this.#options.joints.length);
    await this.#restart(seed);
    const state = await this.#place(targets);
    const placed = this.#options.linkPoses !== undefined || positions === undefined;
    if (placed && isPlaced(targets, state.positions)) return state;
    return settle(this.#options, targets, state, (n) => this.step(n));
  }

  /**
   * Pictures of a topic as it is called in SDF and on gz-transport, where they are cut to 50 a second
   * of real time; therefore they come by TCP.
   */
  subscribeImages(topic: string, listener: (image: RawImage) => void): Unsubscribe {
    return this.#topics.subscribe(
      imageTopic(topic, this.#options.world),
      imageStampedCodec,
      ({ time, image }) =>
        listener({ ...image, format: image.pixel_format, time: secondsOf(time) }),
    );
  }

  /** Follows models that came or went. */
  async track(): Promise<void> {
    await this.#introspection.start(this.#options.timeout);
  }

  async close(): Promise<void> {
    this.#introspection.stop();
    this.commands.close();
    await this.#topics.close();
  }

  /**
   * Makes `n` steps. A state is sent once, and not at all while the server takes this process for gone,
   * as it does after it was starved for some seconds. When the clock, which comes another way, tells
   * that the steps were made and no state has come, one step more is made for the next state.
   */
  async #make(start: number, n: number): Promise<{ state: GazeboJointState; steps: number }> {
    const end = performance.now() + this.#options.timeout * 1000;
    let steps = n;
    this.#control.publish({ multi_step: n });
    for (;;) {
      try {
        return { state: await this.#stateAt(start + steps, LOST_STATE), steps };
      } catch (error) {
        if (performance.now() > end) throw error;
      }
      if (this.#clock === undefined || this.#index(this.#clock.time) < start + steps) continue;
      steps += 1;
      this.#lose();
      this.#control.publish({ multi_step: 1 });
    }
  }

  /** A paused world tells nothing until it is stepped. */
  async #firstState(): Promise<void> {
    const { timeout } = this.#options;
    const clock =
      this.#clock ?? (await this.#clocks.wait(() => true, timeout, 'word of the world'));
    // What comes first may be of before the step, and the subscription may not be there for the first.
    const next = this.#index(clock.time) + 1;
    const end = performance.now() + timeout * 1000;
    for (;;) {
      if (clock.paused) this.#control.publish({ multi_step: 1 });
      try {
        await this.#stateAt(next, FIRST_STATE);
        return;
      } catch (error) {
        if (performance.now() > end) throw error;
      }
    }
  }

  async #restart(seed: number): Promise<void> {
    const { timeout } = this.#options;
    const done = this.#clocks.wait(({ iterations }) => iterations === 0, timeout, 'reset');
    this.#control.publish({ pause: true, seed, reset: { all: true } });
    await done;
    this.#joints = { ...this.joints, time: 0 };
  }

  /** The first step after a restart, with the links where the joints shall be if that is known. */
  async #place(targets: ArrayLike<number>): Promise<GazeboJointState> {
    const { linkPoses, model } = this.#options;
    if (linkPoses !== undefined) await this.models.moveLinks(model, linkPoses(targets));
    await this.commands.wash(targets);
    await this.step(WASH_STEPS);
    await this.commands.restore(targets);
    return this.step(1);
  }

  #index(time: number): number {
    return Math.round(time / this.#options.timestep);
  }

  #stateAt(index: number, timeout = this.#options.timeout): Promise<GazeboJointState> {
    const now = this.#joints;
    if (now !== undefined && this.#index(now.time) >= index) return Promise.resolve(now);
    const what = `joint state of step ${index}`;
    return this.#states.wait((state) => this.#index(state.time) >= index, timeout, what);
  }
}

/** @returns the name of a topic on Classic's own transport */
export function imageTopic(topic: string, world: string): string {
  if (topic.startsWith('~/')) return `/gazebo/${world}/${topic.slice(2)}`;
  if (topic.startsWith('/gazebo/')) return topic;
  return `/gazebo${topic.startsWith('/') ? '' : '/'}${topic}`;
}
