/**
 * The way on from a prepared step: where all joints will be after it, and at some times while each
 * brakes to rest by itself. With it, how these positions and velocities change with the step.
 */
import type { JointMotion } from './joint_motion.js';
import { StopProfile } from './stop_profile.js';

/** Parts of a way, at least and at most. */
const LEAST_SPANS = 8;
const MOST_SPANS = 60;
/** Seconds from the step to the first early sample; each further one is twice as far. */
const EARLY = 0.005;
const MOST_EARLY = 6;
/** Samples for joints that are at rest long before others, at most. */
const MOST_OWN = 40;

/** Secants span this share of what a joint's step may be, to either side. */
const NEAR = 0.05;
/** A way to rest is found to this share of what the step can change, or in so many turns. */
const EXACT = 1e-9;
const TURNS = 64;
/** A change of where a joint rests by this share of what the step can change is none. */
const SAME = 1e-8;

export class StopPath {
  /** Seconds that the step takes. */
  step = 0;
  /** Parts in which the way is to be sampled at least, as far as that is not too many. */
  spans = 0;
  /** The same by joint: parts in which the way of each is to be sampled at least. */
  readonly parts: Float64Array;
  /** Samples of the way laid last, of at most `most`, in order: the next position first, rest last. */
  count = 0;
  readonly most: number;
  /** rad and rad/s: one row of all joints for each sample. */
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  /** Where each joint is now, rad. */
  readonly here: Float64Array;
  /** How far each joint goes on the way, between what positions it is, and its greatest speed. */
  readonly ways: Float64Array;
  readonly lowest: Float64Array;
  readonly highest: Float64Array;
  readonly speeds: Float64Array;
  /** Where each joint comes to rest, rad: on the way laid, and on the one kept. */
  readonly end: Float64Array;
  readonly kept: Float64Array;
  /** Where each joint comes to rest from here, rad: as the way leads, braking, at least, at most. */
  readonly rest: Float64Array;
  readonly brakeRest: Float64Array;
  readonly leastRest: Float64Array;
  readonly mostRest: Float64Array;
  /** Change of positions (rad/rad) and velocities (1/s) at a sample with where the joints rest. */
  readonly positionSlope: Float64Array;
  readonly velocitySlope: Float64Array;

  readonly #joints: readonly JointMotion[];
  readonly #times: Float64Array;
  readonly #profiles: readonly StopProfile[];
  readonly #low: readonly StopProfile[];
  readonly #high: readonly StopProfile[];
  /** One over what the secants span, 1/rad. */
  readonly #scale: Float64Array;
  readonly #trial = new StopProfile();
  #duration = 0;
  // Asked of `seek`, rad, and its result, rad/s². Fields, since numbers passed on may be allocated.
  #wanted = 0;
  #found = 0;

  constructor(joints: readonly JointMotion[]) {
    const n = joints.length;
    const most = 1 + MOST_SPANS + MOST_EARLY + MOST_OWN + n;
    this.most = most;
    this.#joints = joints;
    this.#times = new Float64Array(most);
    this.#profiles = joints.map(() => new StopProfile());
    this.#low = joints.map(() => new StopProfile());
    this.#high = joints.map(() => new StopProfile());
    this.positions = new Float64Array(most * n);
    this.velocities = new Float64Array(most * n);
    this.parts = new Float64Array(n);
    this.here = new Float64Array(n);
    this.ways = new Float64Array(n);
    this.lowest = new Float64Array(n);
    this.highest = new Float64Array(n);
    this.speeds = new Float64Array(n);
    this.end = new Float64Array(n);
    this.kept = new Float64Array(n);
    this.#scale = new Float64Array(n);
    this.rest = new Float64Array(n);
    this.brakeRest = new Float64Array(n);
    this.leastRest = new Float64Array(n);
    this.mostRest = new Float64Array(n);
    this.positionSlope = new Float64Array(n);
    this.velocitySlope = new Float64Array(n);
  }

  /** Lays the way on from the steps that the joints have prepared, without samples. */
  lay(): void {
    this.count = 0;
    this.#duration = 0;
    for (let i = 0; i < this.#joints.length; i++) {
      const profile = this.#profiles[i] as StopProfile;
      const joint = this.#joints[i] as JointMotion;
      profile.step = this.step;
      profile.next = joint.next;
      profile.lead(joint);
      this.here[i] = joint.position;
      this.#duration = Math.max(this.#duration, profile.duration);
      this.lowest[i] = profile.lowest;
      this.highest[i] = profile.highest;
      this.ways[i] = profile.length;
      this.speeds[i] = profile.fastest;
      this.end[i] = profile.end;
    }
  }

  /** Keeps where the way laid last ends. */
  keep(): void {
    this.kept.set(this.end);
  }

  /**
   * Samples the way.
   *
   * @param watched joints for which not 0: a tool may be fastest in between, so there are more samples
   *   while they still accelerate, and where one stops at once
   */
  sample(watched: Uint8Array): void {
    const { spans } = this;
    const n = this.#joints.length;
    this.#times[0] = 0;
    this.count = 1;
    // Whatever is no number asks for the most.
    const wanted = spans <= MOST_SPANS ? Math.ceil(spans) : MOST_SPANS;
    const parts = wanted > 0 ? Math.max(wanted, LEAST_SPANS) : 0;
    for (let m = 1; m <= parts; m++) {
      // Braking at a constant rate, these times part the travel evenly.
      this.#times[this.count++] = this.#duration * (1 - Math.sqrt(1 - m / parts));
    }
    if (parts > 0) {
      this.#refine(parts);
      this.#divide(watched);
    }
    for (let i = 0; i < n; i++) {
      const profile = this.#profiles[i] as StopProfile;
      profile.sample(this.#times, this.count, this.positions, this.velocities, i, n);
    }
  }

  /** Adds samples for joints that go far, but rest so soon that too few of the `spread` samples see them move. */
  #refine(spread: number): void {
    let left = MOST_OWN;
    for (let i = 0; i < this.#joints.length; i++) {
      const { duration } = this.#profiles[i] as StopProfile;
      const own = Math.min(Math.ceil(this.parts[i] as number), left);
      const later = 1 - duration / this.#duration;
      if (!(own > 1 && own > spread * (1 - later * later))) continue;
      left -= own;
      for (let m = 1; m <= own; m++) {
        this.#times[this.count] = duration * (1 - Math.sqrt(1 - m / own));
        this.#settle();
      }
    }
  }

  /** Adds samples for the joints that are watched. */
  #divide(watched: Uint8Array): void {
    let early = 0;
    for (let i = 0; i < this.#joints.length; i++) {
      if (watched[i] === 0) continue;
      const profile = this.#profiles[i] as StopProfile;
      early = Math.max(early, profile.release, this.#times[1] as number);
      if (!profile.abrupt || profile.duration === this.#duration) continue;
      this.#times[this.count] = profile.duration;
      this.#settle();
    }
    let time = EARLY;
    for (let k = 0; k < MOST_EARLY && time < early; k++) {
      this.#times[this.count] = time;
      this.#settle();
      time *= 2;
    }
  }

  /** Takes in the time behind those of the samples, where it belongs. */
  #settle(): void {
    const times = this.#times;
    let m = this.count++;
    const time = times[m] as number;
    for (; (times[m - 1] as number) > time; m--) times[m] = times[m - 1] as number;
    times[m] = time;
  }

  /** Finds where the steps of the joints, braking, and the least and most they may be, lead to rest. */
  spread(): void {
    const trial = this.#trial;
    trial.step = this.step;
    for (let i = 0; i < this.#joints.length; i++) {
      const joint = this.#joints[i] as JointMotion;
      this.rest[i] = (this.end[i] as number) - joint.position;
      trial.next = joint.least;
      trial.lead(joint);
      this.leastRest[i] = trial.end - joint.position;
      trial.next = joint.most;
      trial.lead(joint);
      this.mostRest[i] = trial.end - joint.position;
      trial.next = joint.hardest;
      trial.lead(joint);
      this.brakeRest[i] = trial.end - joint.position;
      this.#bracket(i, joint);
    }
  }

  /** Lays two ways to either side of the one that joint i's step leads on. */
  #bracket(i: number, joint: JointMotion): void {
    const { least, most, next } = joint;
    const low = this.#low[i] as StopProfile;
    const high = this.#high[i] as StopProfile;
    const near = NEAR * (most - least);
    low.step = this.step;
    low.next = Math.max(next - near, least);
    low.lead(joint);
    high.step = this.step;
    high.next = Math.min(next + near, most);
    high.lead(joint);
    this.#scale[i] = high.end > low.end ? 1 / (high.end - low.end) : 0;
  }

  /** Finds the slopes at a sample, as short secants. */
  slope(m: number): void {
    const time = this.#times[m] as number;
    for (let i = 0; i < this.#joints.length; i++) {
      const low = this.#low[i] as StopProfile;
      const high = this.#high[i] as StopProfile;
      const scale = this.#scale[i] as number;
      low.time = time;
      low.locate();
      high.time = time;
      high.locate();
      this.positionSlope[i] = scale * (high.position - low.position);
      this.velocitySlope[i] = scale * (high.velocity - low.velocity);
    }
  }

  /**
   * Has the joints take the steps that lead to rest at `x` from here, or as near as their ranges let
   * them; those that do already are left alone.
   */
  redirect(x: Float64Array, reason: number): void {
    for (let i = 0; i < this.#joints.length; i++) {
      const least = this.leastRest[i] as number;
      const most = this.mostRest[i] as number;
      const wanted = Math.max(least, Math.min(most, x[i] as number));
      if (Math.abs(wanted - (this.rest[i] as number)) <= SAME * (most - least)) continue;
      const joint = this.#joints[i] as JointMotion;
      this.#wanted = wanted;
      this.#seek(i, joint);
      joint.next = this.#found;
      joint.changed(reason);
    }
  }

  /** Finds the acceleration, inside its range, with which joint i comes to rest where it is wanted. */
  #seek(i: number, joint: JointMotion): void {
    const rest = this.#wanted;
    const trial = this.#trial;
    let low = joint.least;
    let high = joint.most;
    let lowRest = this.leastRest[i] as number;
    let highRest = this.mostRest[i] as number;
    const enough = EXACT * (highRest - lowRest);
    this.#found = low;
    // The way grows with the step. Secant and bisection in turn.
    for (let turn = 0; turn < TURNS && highRest - lowRest > enough; turn++) {
      const share = (turn & 1) === 0 ? (rest - lowRest) / (highRest - lowRest) : 0.5;
      const middle = low + (high - low) * share;
      trial.next = middle;
      trial.lead(joint);
      const middleRest = trial.end - joint.position;
      this.#found = middle;
      if (Math.abs(middleRest - rest) <= enough) return;
      if (middleRest > rest) {
        high = middle;
        highRest = middleRest;
      } else {
        low = middle;
        lowRest = middleRest;
      }
    }
  }
}
