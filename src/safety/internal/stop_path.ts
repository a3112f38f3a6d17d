/**
 * The way on from a prepared step: where all joints will be after it, and at some times while each
 * brakes to rest by itself. With it, how these positions and velocities change with the step.
 */
import { at, clamp } from '../../core/vector.js';
import type { JointMotion } from './joint_motion.js';
import { StopProfile } from './stop_profile.js';

/** Parts of a way, at least and at most. */
const LEAST_SPANS = 8;
const MOST_SPANS = 60;
/** Seconds from the step to the first early sample; each further one is twice as far. */
const EARLY = 0.005;
const MOST_EARLY = 6;
/** How far apart samples are, in travel of the farthest point: in margins, and at most so many m. */
const SPACING = 4;
const WIDEST = 0.03;

/** Secants span this share of what a joint's step may be, to either side. */
const NEAR = 0.05;
/** A way to rest is found to this share of what the step can change, or in so many turns. */
const EXACT = 1e-9;
const TURNS = 64;

export class StopPath {
  /**
   * Samples of the way laid last, of at most `most`: the next position is number 0, rest is number
   * `last`. A tool may be fastest in between: those behind it are where single joints are fastest,
   * where they stop, and some early ones.
   */
  count = 1;
  last = 0;
  readonly most: number;
  /** The least margin that is to be kept on the way, m. */
  margin = Infinity;
  /** rad and rad/s: one row of all joints for each sample. */
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  /** Between what positions each joint is on the way, rad. */
  readonly lowest: Float64Array;
  readonly highest: Float64Array;
  /** Where each joint comes to rest from here, rad: as the way leads, braking, at least, at most. */
  readonly rest: Float64Array;
  readonly brakeRest: Float64Array;
  readonly leastRest: Float64Array;
  readonly mostRest: Float64Array;
  /** Change of positions (rad/rad) and velocities (1/s) at a sample with where the joints rest. */
  readonly positionSlope: Float64Array;
  readonly velocitySlope: Float64Array;

  /** Where each joint comes to rest on the way kept last, rad. */
  readonly restBefore: Float64Array;

  readonly #joints: readonly JointMotion[];
  readonly #reach: Float64Array;
  readonly #times: Float64Array;
  readonly #profiles: readonly StopProfile[];
  readonly #low: readonly StopProfile[];
  readonly #high: readonly StopProfile[];
  /** One over what the secants span, 1/rad. */
  readonly #scale: Float64Array;
  readonly #trial = new StopProfile();
  #h = 0;

  /** @param reach m/rad: how far a joint moves anything at most */
  constructor(joints: readonly JointMotion[], reach: Float64Array) {
    const n = joints.length;
    const most = 1 + MOST_SPANS + MOST_EARLY + 2 * n;
    this.most = most;
    this.#joints = joints;
    this.#reach = reach;
    this.#times = new Float64Array(most);
    this.#profiles = joints.map(() => new StopProfile());
    this.#low = joints.map(() => new StopProfile());
    this.#high = joints.map(() => new StopProfile());
    this.positions = new Float64Array(most * n);
    this.velocities = new Float64Array(most * n);
    this.lowest = new Float64Array(n);
    this.highest = new Float64Array(n);
    this.#scale = new Float64Array(n);
    this.rest = new Float64Array(n);
    this.restBefore = new Float64Array(n);
    this.brakeRest = new Float64Array(n);
    this.leastRest = new Float64Array(n);
    this.mostRest = new Float64Array(n);
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
    this.#divide(travel, duration);
    for (let m = 0; m < this.count; m++) {
      const time = at(this.#times, m);
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

  /** Keeps where the way laid last ends. */
  keep(): void {
    const from = this.last * this.#joints.length;
    for (let i = 0; i < this.#joints.length; i++) this.restBefore[i] = at(this.positions, from + i);
  }

  /** Sets the times of the samples of a way of `travel` m at most. */
  #divide(travel: number, duration: number): void {
    const spans = Math.ceil(travel / Math.min(WIDEST, SPACING * this.margin));
    this.last = travel > 0 ? clamp(spans, LEAST_SPANS, MOST_SPANS) : 0;
    this.count = 1;
    if (this.last === 0) return;
    for (let m = 1; m <= this.last; m++) {
      // Braking at a constant rate, these times part the travel evenly.
      this.#times[this.count++] = duration * (1 - Math.sqrt(1 - m / this.last));
    }
    let early = at(this.#times, 1);
    for (let i = 0; i < this.#joints.length; i++) {
      const profile = this.#profiles[i] as StopProfile;
      early = Math.max(early, profile.release);
      if (profile.release > 0) this.#times[this.count++] = profile.release;
      if (profile.duration < duration) this.#times[this.count++] = profile.duration;
    }
    let time = EARLY;
    for (let k = 0; k < MOST_EARLY && time < early; k++) {
      this.#times[this.count++] = time;
      time *= 2;
    }
  }

  /** Finds where the steps of the joints, braking, and the least and most they may be, lead to rest. */
  spread(): void {
    for (let i = 0; i < this.#joints.length; i++) {
      const joint = this.#joints[i] as JointMotion;
      const { least, most, next } = joint;
      this.rest[i] = this.#lead(this.#trial, joint, next);
      this.leastRest[i] = this.#lead(this.#trial, joint, least);
      this.mostRest[i] = this.#lead(this.#trial, joint, most);
      this.brakeRest[i] = this.#lead(this.#trial, joint, joint.braking());
      const near = NEAR * (most - least);
      const low = this.#lead(this.#low[i] as StopProfile, joint, Math.max(next - near, least));
      const high = this.#lead(this.#high[i] as StopProfile, joint, Math.min(next + near, most));
      this.#scale[i] = high > low ? 1 / (high - low) : 0;
    }
  }

  /** Finds the slopes at a sample, as short secants. */
  slope(m: number): void {
    const time = at(this.#times, m);
    for (let i = 0; i < this.#joints.length; i++) {
      const low = this.#low[i] as StopProfile;
      const high = this.#high[i] as StopProfile;
      const scale = at(this.#scale, i);
      low.at(time);
      high.at(time);
      this.positionSlope[i] = scale * (high.position - low.position);
      this.velocitySlope[i] = scale * (high.velocity - low.velocity);
    }
  }

  /** Acceleration, inside its range, of the step with which joint i comes to rest `rest` from here. */
  towards(i: number, rest: number): number {
    const joint = this.#joints[i] as JointMotion;
    let low = joint.least;
    let high = joint.most;
    let lowRest = at(this.leastRest, i);
    let highRest = at(this.mostRest, i);
    const enough = EXACT * (highRest - lowRest);
    // The way grows with the step. Secant and bisection in turn.
    for (let turn = 0; turn < TURNS && highRest - lowRest > enough; turn++) {
      const share = (turn & 1) === 0 ? (rest - lowRest) / (highRest - lowRest) : 0.5;
      const middle = low + (high - low) * share;
      const middleRest = this.#lead(this.#trial, joint, middle);
      if (Math.abs(middleRest - rest) <= enough) return middle;
      if (middleRest > rest) {
        high = middle;
        highRest = middleRest;
      } else {
        low = middle;
        lowRest = middleRest;
      }
    }
    return low;
  }

  /** Sets a stop after a step with acceleration `next`; how far from here it leads. */
  #lead(profile: StopProfile, joint: JointMotion, next: number): number {
    stopFrom(profile, joint, next, this.#h);
    profile.at(profile.duration);
    return profile.position - joint.position;
  }
}

/** The stop that follows a step of h seconds with acceleration `next`. */
function stopFrom(profile: StopProfile, joint: JointMotion, next: number, h: number): void {
  const velocity = joint.velocity + next * h;
  const position = joint.position + velocity * h;
  profile.set(position, velocity, next, joint.deceleration, joint.limits.jerk);
}
