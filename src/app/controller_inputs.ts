/**
 * What the controller listens to: joint states, action chunks, the e-stop, and what the safety
 * configuration names (safety_inputs.ts), into shared memory.
 */
import { type ControlMemory, Request } from '../control/control_memory.js';
import { MemoryWriter } from '../control/memory_writer.js';
import { errorLine, SinewError } from '../core/error.js';
import { RateLimiter } from '../core/rate_limiter.js';
import type { RosClock } from '../ros/clock.js';
import { JointStateReader } from '../ros/joint_state_reader.js';
import type { RosNode } from '../ros/ros_node.js';
import { TrajectoryReader } from '../ros/trajectory_reader.js';
import { Watchdog } from '../safety/watchdog.js';
import { type Config, streamQos } from './config.js';
import { SafetyInputs } from './safety_inputs.js';

/** The longest chunk that is taken; more points than any policy predicts. */
export const MAX_POINTS = 512;

interface HeldChunk {
  readonly stamp: number;
  readonly count: number;
  readonly times: Float64Array;
  readonly positions: Float64Array;
}

/** Two times closer than this are one: stamps come as whole nanoseconds. */
const SAME_TIME = 1e-6;

export class ControllerInputs {
  readonly jointStates: Watchdog;
  readonly eStopTopic: Watchdog;
  /** Whether the e-stop topic's last word was "engaged". */
  eStopHeld = false;
  /** Stamps on the loop's clock; NaN before the first. */
  jointStateStamp = Number.NaN;
  chunkStamp = Number.NaN;
  /** Why the last joint state or chunk could not be used; empty when it could. */
  jointStateFault = '';
  chunkFault = '';
  readonly safety: SafetyInputs;
  readonly #memory: ControlMemory;
  readonly #writer: MemoryWriter;
  readonly #jointReader: JointStateReader;
  readonly #chunkReader: TrajectoryReader;
  readonly #jointRate: RateLimiter;
  readonly #chunkRate: RateLimiter;
  readonly #toLoop: (stamp: number) => number;
  /** Lock-step: s from an observation until its chunk counts, and chunks that wait for that. */
  readonly #delay: number;
  #held: HeldChunk[] = [];
  /** Called after each joint state and chunk; for lock-step. */
  onInput: () => void = () => {};

  constructor(node: RosNode, clock: RosClock, config: Config, memory: ControlMemory) {
    const { controller, topics, robot, lockstep } = config;
    this.#memory = memory;
    this.#writer = new MemoryWriter(memory, lockstep ? 0 : config.latency.actuator_s);
    this.#jointReader = new JointStateReader(robot.joints, topics.joint_states);
    this.#chunkReader = new TrajectoryReader(robot.joints, MAX_POINTS, topics.action_chunk);
    this.#jointRate = new RateLimiter(controller.message_rate_hz);
    this.#chunkRate = new RateLimiter(controller.message_rate_hz / 10);
    this.jointStates = new Watchdog(controller.joint_state_timeout_s);
    this.eStopTopic = new Watchdog(controller.e_stop_timeout_s);
    this.safety = new SafetyInputs(node, clock, config, this.#writer);
    this.#delay = lockstep ? config.episode.inference_delay_s : 0;
    this.#toLoop = lockstep ? (stamp) => stamp : (stamp) => clock.toSteady(stamp);

    const jointType = 'sensor_msgs/msg/JointState';
    node.subscribeRaw(topics.joint_states, jointType, streamQos(config), (bytes, at) => {
      if (this.#jointRate.admit(at)) this.#onJointState(bytes, lockstep ? Number.NaN : at);
    });
    const chunkType = 'trajectory_msgs/msg/JointTrajectory';
    node.subscribeRaw(topics.action_chunk, chunkType, 'command', (bytes, at) => {
      if (this.#chunkRate.admit(at)) this.#onChunk(bytes);
    });
    node.subscribe(topics.e_stop, 'std_msgs/msg/Bool', 'reliable', ({ data }, at) => {
      this.eStopTopic.feed(at);
      this.eStopHeld = data;
      if (data) this.engageEStop();
    });
  }

  /** Messages that were dropped unread because too many came. */
  get dropped(): number {
    return this.#jointRate.dropped + this.#chunkRate.dropped + this.safety.dropped;
  }

  engageEStop(): void {
    this.#memory.ask(Request.eStop);
  }

  /** Lock-step: hands over the chunk whose delay has passed at `now`, s. */
  release(now: number): void {
    const [first] = this.#held;
    if (first === undefined || now < first.stamp + this.#delay - SAME_TIME) return;
    this.#held.shift();
    this.#writer.chunk(first.stamp, first.count, first.times, first.positions);
  }

  /** Lock-step: forgets chunks of an episode that has ended. */
  dropHeld(): void {
    this.#held = [];
  }

  #hold(stamp: number): void {
    const { count, times, positions } = this.#chunkReader;
    this.#held.push({ stamp, count, times: times.slice(), positions: positions.slice() });
  }

  /** @param receivedAt s, or NaN for the message's own stamp */
  #onJointState(bytes: Buffer, receivedAt: number): void {
    const reader = this.#jointReader;
    try {
      reader.read(bytes);
      const stamp = this.#toLoop(reader.stamp);
      const received = Number.isNaN(receivedAt) ? stamp : receivedAt;
      const { position, velocity, effort, hasEffort } = reader;
      const efforts = hasEffort ? effort : undefined;
      if (!this.#writer.jointState(stamp, received, position, velocity, efforts)) {
        throw new SinewError('a joint state is not finite', { expected: 'numbers' });
      }
      this.jointStates.feed(received);
      this.jointStateStamp = stamp;
      this.jointStateFault = '';
    } catch (error) {
      this.jointStateFault = errorLine(error);
      throw error;
    }
    this.onInput();
  }

  #onChunk(bytes: Buffer): void {
    const reader = this.#chunkReader;
    try {
      reader.read(bytes);
    } catch (error) {
      this.#writer.rejectChunk();
      this.chunkFault = errorLine(error);
      throw error;
    }
    try {
      const stamp = this.#toLoop(reader.stamp);
      if (this.#delay > 0) this.#hold(stamp);
      else this.#writer.chunk(stamp, reader.count, reader.times, reader.positions);
      this.chunkStamp = stamp;
      this.chunkFault = '';
    } catch (error) {
      this.chunkFault = errorLine(error);
      throw error;
    }
    this.onInput();
  }
}
