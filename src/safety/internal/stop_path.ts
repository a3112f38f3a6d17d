/**
 * The way on from a prepared step: where all joints will be after it, and at some times while each
 * brakes to rest by itself. With it, how these positions and velocities change with the step.
 */
import { at } from '../../core/vector.js';
import type { JointMotion } from './joint_motion.js';
import { StopProfile } from './stop_profile.js';

/** Most samples of one way, the first and the last included. */
export const MOST_SAMPLES = 6;
/** Samples lie about this far apart, m of travel of the farthest point. */
const SPACING = 0.04;

/** Slopes are secants over this share of what a joint's step may be, to either side. */
const NEAR = 0.02;

export class StopPath {
  /** Samples of the way laid last: the next position is the first, rest the last. */
  count = 1;
  /** rad and rad/s: one row of all joints for each sample. */
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  /** Their change with the acceleration of the joint's step: s² and s. As of the last `slope`. */
  readonly positionSlopes: Float64Array;
  readonly velocitySlopes: Float64Array;

  readonly #joints: readonly JointMotion[];
  readonly #reach: Float64Array;
  readonly #times = new Float64Array(MOST_SAMPLES);
  readonly #profiles: readonly StopProfile[];
  readonly #low = new StopProfile();
  readonly #high = new StopProfile();
  #h = 0;

  /** @param reach m/rad: how far a joint moves anything at most */
  constructor(joints: readonly JointMotion[], reach: Float64Array) {
    const size = MOST_SAMPLES * joints.length;
    this.#joints = joints;
    this.#reach = reach;
    this.#profiles = joints.map(() => new StopProfile());
    this.positions = new Float64Array(size);
    this.velocities = new Float64Array(size);
    this.positionSlopes = new Float64Array(size);
    this.velocitySlopes = new Float64Array(size);
  }

  /** Lays the way on from the steps of h seconds that the joints have prepared. */
  lay(h: number): void {
    this.#h = h;
    const n = this.#joints.length;
    let duration = 0;
    let travel = 0;
    for (let i = 0; i < n; i++) {
      const profile = this.#profiles[i] as StopProfile;
      const joint = this.#joints[i] as JointMotion;
      stopFrom(profile, joint, joint.next, h);
      duration = Math.max(duration, profile.duration);
      profile.at(0);
      const here = profile.position;
      profile.at(profile.duration);
      travel += at(this.#reach, i) * Math.abs(profile.position - here);
    }
    const spans = travel > 0 ? Math.min(Math.ceil(travel / SPACING), MOST_SAMPLES - 1) : 0;
    this.count = spans + 1;
    for (let m = 0; m < this.count; m++) {
      // Braking at a constant rate, these times part the travel evenly.
      const time = m === 0 ? 0 : duration * (1 - Math.sqrt(1 - m / spans));
      this.#times[m] = time;
      for (let i = 0; i < n; i++) {
        const profile = this.#profiles[i] as StopProfile;
        profile.at(time);
        this.positions[m * n + i] = profile.position;
        this.velocities[m * n + i] = profile.velocity;
      }
    }
  }

  /** Finds the slopes at the samples laid, as short secants. */
  slope(): void {
    const n = this.#joints.length;
    for (let i = 0; i < n; i++) {
      const joint = this.#joints[i] as JointMotion;
      const { least, most, next } = joint;
      const low = Math.max(least, next - NEAR * (most - least));
      const high = Math.min(most, next + NEAR * (most - least));
      const width = high > low ? 1 / (high - low) : 0;
      stopFrom(this.#low, joint, low, this.#h);
      stopFrom(this.#high, joint, high, this.#h);
      for (let m = 0; m < this.count; m++) {
        this.#low.at(at(this.#times, m));
        this.#high.at(at(this.#times, m));
        this.positionSlopes[m * n + i] = width * (this.#high.position - this.#low.position);
        this.velocitySlopes[m * n + i] = width * (this.#high.velocity - this.#low.velocity);
      }
    }
  }
}

/** The stop that follows a step of h seconds with acceleration `next`. */
function stopFrom(profile: StopProfile, joint: JointMotion, next: number, h: number): void {
  const velocity = joint.velocity + next * h;
  const position = joint.position + velocity * h;
  profile.set(position, velocity, next, joint.deceleration, joint.limits.jerk);
}
