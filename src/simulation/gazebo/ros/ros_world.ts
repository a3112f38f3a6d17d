/**
 * gz-sim by ROS 2 alone: clock, pictures and world control as ros_gz_bridge carries them, joints as
 * gz_ros2_control has them. What differs from the native route: nothing tells whether a command has been
 * taken, so that two runs are alike but not equal to the bit; and a reset leaves time as it is, for
 * gz_ros2_control waits for time to pass what it has seen.
 */
import { SinewError } from '../../../core/error.js';
import type {
  GazeboCamera,
  GazeboEncoding,
  GazeboImage,
  GazeboPose,
  GazeboWorld,
  GazeboWorldOptions,
  Unsubscribe,
} from '../gazebo_world.js';
import { GzSimWorld, type RawCameraInfo, type WorldControlRequest } from '../gz_sim_world.js';
import { type CameraEvents, SAME_TIME } from '../world_events.js';
import type { GazeboRosLink, RosImage } from './ros_link.js';

/** Bytes of a pixel, by encoding; mono16 is what ros_gz calls 16 bits of grey. */
const ENCODINGS: Readonly<Record<string, readonly [GazeboEncoding, number]>> = {
  rgb8: ['rgb8', 3],
  bgr8: ['bgr8', 3],
  rgba8: ['rgba8', 4],
  mono8: ['mono8', 1],
  mono16: ['16UC1', 2],
  '16UC1': ['16UC1', 2],
  '32FC1': ['32FC1', 4],
};

export class RosWorld extends GzSimWorld {
  readonly title = 'Gazebo by ROS 2';
  protected readonly resetReach = 'nothing';
  readonly #link: GazeboRosLink;
  readonly #poses = new Map<string, GazeboPose>();
  #unreadable = 0;

  private constructor(options: GazeboWorldOptions, link: GazeboRosLink) {
    super(options);
    this.#link = link;
    link.onJoints((state) => this.takeState(state));
    link.onClock((time) => this.#takeClock(time));
    for (const model of options.tracked ?? []) {
      link.onModelPose(model, (pose) => this.#poses.set(model, pose));
    }
  }

  /** @throws SinewError when there is no clock, no joint state, or not of these joints */
  static async connect(options: GazeboWorldOptions, link: GazeboRosLink): Promise<RosWorld> {
    const world = new RosWorld(options, link);
    try {
      await world.first();
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  get counters() {
    const { counters } = this.#link;
    return { ...counters, malformed: counters.malformed + this.#unreadable };
  }

  async spawn(name: string, sdf: string, pose: GazeboPose): Promise<void> {
    this.#agreed(await this.#link.spawn(name, sdf, pose), `a model '${name}'`);
  }

  async remove(name: string): Promise<void> {
    this.#agreed(await this.#link.remove(name), `to remove model '${name}'`);
    this.#poses.delete(name);
  }

  async move(name: string, pose: GazeboPose): Promise<void> {
    this.#agreed(await this.#link.move(name, pose), `to move model '${name}'`);
  }

  pose(name: string): GazeboPose | undefined {
    return this.#poses.get(name);
  }

  override async close(): Promise<void> {
    await super.close();
    this.#link.close();
  }

  protected subscribeInfo(camera: GazeboCamera, take: (info: RawCameraInfo) => void): Unsubscribe {
    return this.#link.onCameraInfo(camera, take);
  }

  protected subscribeImages(events: CameraEvents): Unsubscribe {
    const { name } = events.camera;
    return this.#link.onImage(events.camera, (message) => {
      const image = readRosImage(name, message);
      if (image === undefined) this.#unreadable += 1;
      else events.take(image);
    });
  }

  protected async send(positions: Float64Array): Promise<void> {
    this.#link.command(positions);
  }

  protected async control(request: WorldControlRequest): Promise<void> {
    this.#agreed(await this.#link.control(request), JSON.stringify(request));
  }

  protected noteLoss(): void {
    this.#link.noteLoss();
  }

  /** gz-sim publishes its clock while it is paused, too: the same time twice tells that it is. */
  #takeClock(time: number): void {
    this.hear();
    const paused = Math.abs(time - this.clock.time) < SAME_TIME;
    const iterations = Math.round(time / this.options.timestep);
    this.events.takeClock({ time, paused, iterations });
  }

  #agreed(agreed: boolean, what: string): void {
    if (agreed) return;
    throw new SinewError(`the server refused ${what}`, { where: this.title });
  }
}

/** @returns undefined when size and encoding do not fit the data */
export function readRosImage(camera: string, message: RosImage): GazeboImage | undefined {
  const { time, width, height, step, data, bigEndian } = message;
  const [encoding, bytes] = ENCODINGS[message.encoding] ?? [undefined, 0];
  const wide = encoding === '16UC1' || encoding === '32FC1';
  if (encoding === undefined || (bigEndian && wide)) return undefined;
  if (width === 0 || height === 0 || step < width * bytes || data.length < step * height) {
    return undefined;
  }
  return { camera, time, width, height, stride: step, encoding, data };
}

/** Takes over what a link brings of a running gz-sim. */
export const connectRos = (
  options: GazeboWorldOptions,
  link: GazeboRosLink,
): Promise<GazeboWorld> => RosWorld.connect(options, link);
