/** What the Gazebo bridge publishes, and when: the sink of a `GazeboSimulation`. */
import type { RosNode } from '../ros/ros_node.js';
import { stampOf } from '../ros/stamp.js';
import type { GazeboImage, GazeboJointState } from '../simulation/gazebo/gazebo_world.js';
import type { GazeboSink } from '../simulation/gazebo_world/gazebo_simulation.js';
import { copyRgb } from '../simulation/gazebo_world/picture.js';
import type { SceneConfig } from '../simulation/scene_config.js';
import type { Pose } from '../simulation/scene_random.js';
import type { Config } from './config.js';
import { type SimulatorOutputs, simulatorOutputs } from './simulator_outputs.js';

const NONE = new Float64Array(0);

export class GazeboTopics implements GazeboSink {
  readonly #outputs: SimulatorOutputs;
  readonly #stamp: (time: number) => number;
  readonly #pixels: ReadonlyMap<string, Uint8Array>;

  /** @param stamp ROS time (s) of the simulation's time (s since its reset) */
  constructor(node: RosNode, config: Config, scene: SceneConfig, stamp: (time: number) => number) {
    this.#outputs = simulatorOutputs(node, config, config.robot.joints, scene);
    this.#stamp = stamp;
    this.#pixels = new Map(
      scene.cameras.map(({ name, width, height }) => [name, new Uint8Array(width * height * 3)]),
    );
  }

  jointState(time: number, { positions, velocities, efforts }: GazeboJointState): void {
    const stamp = stampOf(this.#stamp(time));
    // The clock first: who waits for simulated time must not find a state from its future.
    this.#outputs.clock(stamp);
    const known = efforts.every((effort) => !Number.isNaN(effort));
    this.#outputs.jointState(stamp, positions, velocities, known ? efforts : NONE);
  }

  image(time: number, image: GazeboImage): void {
    const pixels = this.#pixels.get(image.camera);
    if (pixels === undefined) return;
    copyRgb(image, pixels);
    this.#outputs.image(image.camera, stampOf(this.#stamp(time)), pixels);
  }

  truth(time: number, { position, quaternion }: Pose, success: boolean): void {
    this.#outputs.truth(stampOf(this.#stamp(time)), [...position, ...quaternion], success);
  }

  /** Publishes the ROS time `seconds`. */
  clock(seconds: number): void {
    this.#outputs.clock(stampOf(seconds));
  }
}
