/**
 * A robot and its cameras played by the test itself, so that they can send what no simulator sends:
 * nothing, wrong names, other sizes, NaN. It stands still at home.
 */
import { stampOf } from '../../src/ros/stamp.js';
import { type Harness, JOINTS } from './harness.js';

const PERIOD_MS = 10;
/** Joint states to one picture. */
const PICTURE_EVERY = 3;

export class RobotDouble {
  /** What is sent; change it at any time. */
  joints = true;
  names = [...JOINTS];
  position = [0, -1, 0.4, 1.5, 0, 0.6];
  cameras: ('wrist' | 'front')[] = ['wrist', 'front'];
  size = { width: 24, height: 24 };
  encoding = 'rgb8';
  readonly #timer: NodeJS.Timeout;
  #count = 0;

  constructor(harness: Harness) {
    const { node, clock } = harness;
    const joints = node.publisher('/joint_states', 'sensor_msgs/msg/JointState', 'sensor');
    const image = (name: string) =>
      node.publisher(`/camera/${name}/image_raw`, 'sensor_msgs/msg/Image', 'sensor');
    const pictures = { wrist: image('wrist'), front: image('front') };
    this.#timer = setInterval(() => {
      const header = { stamp: stampOf(clock.now()), frame_id: '' };
      if (this.joints) {
        const position = Float64Array.from(this.names, (_, i) => this.position[i] ?? 0);
        const none = new Float64Array(0);
        joints.publish({ header, name: this.names, position, velocity: none, effort: none });
      }
      if (this.#count++ % PICTURE_EVERY !== 0) return;
      const { width, height } = this.size;
      // Noise, since a picture that never changes is a frozen camera.
      const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => i * this.#count);
      for (const name of this.cameras) {
        pictures[name].publish({
          header,
          width,
          height,
          encoding: this.encoding,
          is_bigendian: 0,
          step: width * 3,
          data,
        });
      }
    }, PERIOD_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
