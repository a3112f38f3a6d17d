/**
 * The way on from a prepared step: where all joints will be after it, and at some times while each
 * brakes to rest by itself. With it, how these positions and velocities change with the step.
 */
import { at } from '../../core/vector.js';
import type { JointMotion } from './joint_motion.js';
import { StopProfile } from './stop_profile.js';

/** Most samples of one way, the first and the last included. */
const MOST_SAMPLES = 24;
/** m: how far apart samples are, in travel of the farthest point. */
const SPACING = 0.08;

export class StopPath {
  /** Samples of the way laid last: the next position is the first, rest the last. */
  count = 1;
  /** rad and rad/s: one row of all joints for each sample. */
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  /** Between what positions each joint is on the way, rad. */
  readonly lowest: Float64Array;
  readonly highest: Float64Array;
  /** Change of the positions with each joint's acceleration in the step, s²; as of `slope`. */
  readonly positionSlope: Float64Array;
  /** Change of the velocities, s. */
  readonly velocitySlope: Float64Array;

  readonly #joints: readonly JointMotion[];
  readonly #reach: Float64Array;
  readonly #times = new Float64Array(MOST_SAMPLES);
  readonly #profiles: readonly StopProfile[];
  readonly #low: readonly StopProfile[];
  readonly #high: readonly StopProfile[];
  #h = 0;

  /** @param reach m/rad: how far a joint moves anything at most */
  constructor(joints: readonly JointMotion[], reach: Float64Array) {
    const n = joints.length;
    this.#joints = joints;
    this.#reach = reach;
    this.#profiles = joints.map(() => new StopProfile());
    this.#low = joints.map(() => new StopProfile());
    this.#high = joints.map(() => new StopProfile());
    this.positions = new Float64Array(MOST_SAMPLES * n);
    this.velocities = new Float64Array(MOST_SAMPLES * n);
    this.lowest = new Float64Array(n);
    this.highest = new Float64Array(n);
    this.positionSlope = new Float64Array(n);
    this.velocitySlope = new Float64Array(n);
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
      this.lowest[i] = Infinity;
      this.highest[i] = -Infinity;
    }
    const spans = Math.min(Math.ceil(travel / SPACING), MOST_SAMPLES - 1);
    this.count = spans + 1;
    for (let m = 0; m < this.count; m++) {
      // Braking at a constant rate, these times part the travel evenly.
      const time = m === 0 ? 0 : duration * (1 - Math.sqrt(1 - m / spans));
      this.#times[m] = time;
      for (let i = 0; i < n; i++) {
        const profile = this.#profiles[i] as StopProfile;
        profile.at(time);
        const { position } = profile;
        this.positions[m * n + i] = position;
        this.velocities[m * n + i] = profile.velocity;
        this.lowest[i] = Math.min(at(this.lowest, i), position);
        this.highest[i] = Math.max(at(this.highest, i), position);
      }
    }
  }

  /** Prepares for `slope`: secants over what the joints' steps may be. */
  spread(): void {
    for (let i = 0; i < this.#joints.length; i++) {
      const joint = this.#joints[i] as JointMotion;
      stopFrom(this.#low[i] as StopProfile, joint, joint.least, this.#h);
      stopFrom(this.#high[i] as StopProfile, joint, joint.most, this.#h);
    }
  }

  /** Finds the slopes at a sample. */
  slope(m: number): void {
    const time = at(this.#times, m);
    for (let i = 0; i < this.#joints.length; i++) {
      const { least, most } = this.#joints[i] as JointMotion;
      const low = this.#low[i] as StopProfile;
      const high = this.#high[i] as StopProfile;
      low.at(time);
      high.at(time);
      const width = most > least ? 1 / (most - least) : 0;
      this.positionSlope[i] = width * (high.position - low.position);
      this.velocitySlope[i] = width * (high.velocity - low.velocity);
    }
  }
}

/** The stop that follows a step of h seconds with acceleration `next`. */
function stopFrom(profile: StopProfile, joint: JointMotion, next: number, h: number): void {
  const velocity = joint.velocity + next * h;
  const position = joint.position + velocity * h;
  profile.set(position, velocity, next, joint.deceleration, joint.limits.jerk);
}
