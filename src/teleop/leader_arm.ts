/**
 * Another arm that leads this one. At a grasp its pose is laid over where this arm is commanded to
 * be; what is between the two is then slid away, and from there on this arm does what the leader does.
 */
import { at } from '../core/vector.js';

export interface LeaderOptions {
  /** Who commands by it; empty for whoever holds authority. */
  readonly operator: string;
  /** Speed at which the offset is let go, rad/s. */
  readonly slide: number;
  /** Speed of a leader's joint that is a grasp, rad/s. */
  readonly motion: number;
  /** A leader at rest for so long has been let go, s. */
  readonly release: number;
}

/** Speeds of the leader are smoothed over about this time, s. */
const SMOOTH = 0.03;
/** Motion has to go on for so long to be a grasp: a knock is none, s. */
const GRASP = 0.06;

export class LeaderArm {
  /** rad and rad/s: what the arm is to do; set by `lead`. */
  readonly position: Float64Array;
  readonly velocity: Float64Array;
  /** Whether somebody moves the leader. */
  grasped = false;
  readonly #options: LeaderOptions;
  readonly #leader: Float64Array;
  readonly #speed: Float64Array;
  readonly #offset: Float64Array;
  #received = Number.NaN;
  #movingSince = Number.NaN;
  #movedAt = Number.NEGATIVE_INFINITY;
  #clutched = false;

  constructor(joints: number, options: LeaderOptions) {
    this.#options = options;
    this.position = new Float64Array(joints);
    this.velocity = new Float64Array(joints);
    this.#leader = new Float64Array(joints);
    this.#speed = new Float64Array(joints);
    this.#offset = new Float64Array(joints);
  }

  get operator(): string {
    return this.#options.operator;
  }

  /** Seconds since the leader was heard last; Infinity before the first time. */
  silence(now: number): number {
    return Number.isNaN(this.#received) ? Number.POSITIVE_INFINITY : now - this.#received;
  }

  /** The leader's joints, rad, in the order and sense of the robot's, at `now` (s). */
  hear(position: Float64Array, now: number): void {
    const gap = now - this.#received;
    let fastest = 0;
    for (let j = 0; j < this.#leader.length; j++) {
      const moved = at(position, j) - at(this.#leader, j);
      const speed = gap > 0 ? moved / gap : 0;
      const share = gap > 0 ? gap / (gap + SMOOTH) : 0;
      this.#speed[j] = at(this.#speed, j) + share * (speed - at(this.#speed, j));
      fastest = Math.max(fastest, Math.abs(at(this.#speed, j)));
    }
    this.#leader.set(position);
    this.#received = now;
    this.#judge(fastest, now);
  }

  /** Lays the leader over `commanded` (rad) at the next `lead`. */
  unclutch(): void {
    this.#clutched = false;
  }

  /**
   * Sets what the arm is to do.
   *
   * @param h s since the last call
   * @param commanded where the arm is commanded to be, rad
   */
  lead(h: number, commanded: Float64Array): void {
    for (let j = 0; j < this.#leader.length; j++) {
      if (!this.#clutched) this.#offset[j] = at(commanded, j) - at(this.#leader, j);
      const offset = at(this.#offset, j);
      const slid = Math.sign(offset) * Math.min(Math.abs(offset), this.#options.slide * h);
      this.#offset[j] = offset - slid;
      this.position[j] = at(this.#leader, j) + at(this.#offset, j);
      this.velocity[j] = at(this.#speed, j) - (h > 0 ? slid / h : 0);
    }
    this.#clutched = true;
  }

  #judge(fastest: number, now: number): void {
    const { motion, release } = this.#options;
    if (fastest > motion) {
      if (Number.isNaN(this.#movingSince)) this.#movingSince = now;
      if (now - this.#movingSince >= GRASP) this.grasped = true;
      this.#movedAt = now;
      return;
    }
    this.#movingSince = Number.NaN;
    if (now - this.#movedAt > release) this.grasped = false;
  }
}
