/** What the MuJoCo simulator publishes of its world, and when: the sink of a `Simulation`. */
import type { RosNode } from '../ros/ros_node.js';
import { stampOf } from '../ros/stamp.js';
import type { FrameRenderer } from '../simulation/frame_renderer.js';
import type { Simulation, SimulationSink } from '../simulation/simulation.js';
import type { World } from '../simulation/world.js';
import type { Config } from './config.js';
import { type SimulatorOutputs, simulatorOutputs } from './simulator_outputs.js';
import type { ServoReading } from './simulator_reading.js';

export class SimulatorTopics implements SimulationSink {
  /** Set before the first output. */
  simulation: Simulation | undefined;
  /** Reads the arm in lock-step, where its driver tells the joint states. */
  reading: ServoReading | undefined;

  readonly #world: World;
  readonly #renderer: FrameRenderer;
  readonly #stamp: (time: number) => number;
  readonly #outputs: SimulatorOutputs;
  readonly #pose = new Float64Array(7);

  /** @param stamp ROS time (s) of the world's time (s since its reset), which is now */
  constructor(
    node: RosNode,
    config: Config,
    world: World,
    renderer: FrameRenderer,
    stamp: (time: number) => number,
  ) {
    this.#world = world;
    this.#renderer = renderer;
    this.#stamp = stamp;
    this.#outputs = simulatorOutputs(node, config, world.jointNames, world.scene);
  }

  stamp(time: number): number {
    return this.#stamp(time);
  }

  jointState(seconds: number): void {
    const stamp = stampOf(seconds);
    const { positions, velocities, efforts } = this.#world;
    // The clock first: who waits for simulated time must not find a state from its future.
    this.#outputs.clock(stamp);
    this.#outputs.jointState(stamp, positions, velocities, efforts);
    this.reading?.ask(seconds);
  }

  async settled(): Promise<void> {
    await this.reading?.settled();
  }

  frames(seconds: number): void {
    const stamp = stampOf(seconds);
    for (const [i, { name }] of this.#world.scene.cameras.entries()) {
      const pixels = this.#renderer.images[i];
      if (pixels !== undefined) this.#outputs.image(name, stamp, pixels);
    }
  }

  truth(seconds: number): void {
    const cube = this.#world.cubePose(this.#pose);
    this.#outputs.truth(stampOf(seconds), cube, this.simulation?.success ?? false);
  }

  /** Publishes simulated time, where it is asked for. */
  clock(seconds: number): void {
    this.#outputs.clock(stampOf(seconds));
  }
}
