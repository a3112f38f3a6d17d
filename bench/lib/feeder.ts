/**
 * The robot of the pipeline benchmark: publishes joint states and pictures with the time at which
 * they are taken, and goes where it is commanded. The same for both sides.
 */
import { RosClock } from '../../src/ros/clock.js';
import { ImageWriter } from '../../src/ros/image_writer.js';
import { JointStateWriter } from '../../src/ros/joint_state_writer.js';
import type { RosNode } from '../../src/ros/ros_node.js';

const JOINT_PERIOD_MS = 10;
/**
 * 29.97 Hz, as video cameras have: in step with the 100 Hz of the tick, only a few phases between
 * picture and tick would ever be measured.
 */
export const FRAME_RATE_HZ = 29.97;

export interface FeederOptions {
  readonly joints: readonly string[];
  /** rad, where the robot stands before it is commanded. */
  readonly home: readonly number[];
  readonly cameras: readonly string[];
  readonly width: number;
  readonly height: number;
}

export class Feeder {
  /** rad; set it to the last command. */
  readonly position: Float64Array;
  readonly #stop: (() => void)[] = [];

  constructor(node: RosNode, { joints, home, cameras, width, height }: FeederOptions) {
    this.position = Float64Array.from(home);
    const clock = new RosClock(node);
    const states = node.publisher('/joint_states', 'sensor_msgs/msg/JointState', 'sensor');
    const state = new JointStateWriter(joints);
    this.#every(JOINT_PERIOD_MS, () => states.publish(state.write(clock.stamp(), this.position)));

    const views = cameras.map((name) => ({
      writer: new ImageWriter({ width, height, encoding: 'rgb8', frameId: name }),
      publisher: node.publisher(`/camera/${name}/image_raw`, 'sensor_msgs/msg/Image', 'sensor'),
    }));
    for (const { writer } of views) {
      for (let i = 0; i < writer.pixels.length; i++) writer.pixels[i] = (i * 37 + (i >> 7)) & 255;
    }
    let frames = 0;
    this.#every(1e3 / FRAME_RATE_HZ, () => {
      const stamp = clock.stamp();
      frames++;
      for (const { writer, publisher } of views) {
        writer.pixels.fill(frames & 255, 0, 3 * width);
        publisher.publish(writer.write(stamp));
      }
    });
  }

  stop(): void {
    for (const stop of this.#stop) stop();
  }

  /** Calls `action` every `period` ms without drift. */
  #every(period: number, action: () => void): void {
    const start = performance.now();
    let count = 0;
    let timer: NodeJS.Timeout;
    const next = () => {
      count = Math.max(count + 1, Math.ceil((performance.now() - start) / period));
      timer = setTimeout(
        () => {
          action();
          next();
        },
        start + count * period - performance.now(),
      );
    };
    next();
    this.#stop.push(() => clearTimeout(timer));
  }
}
