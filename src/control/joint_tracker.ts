/**
 * Curves that follow a target joint by joint, smooth in position, velocity and acceleration: a third
 * order filter with one pole three times, fed with where the target is and how fast it moves. It
 * begins where the command is, so that whatever takes over does so without a step. Nothing is
 * allocated after construction.
 */
import { at } from '../core/vector.js';
import type { FadeLimits } from './fade.js';

/** The step may be at most this share of the time constant, which keeps the sums stable. */
const STEP_SHARE = 0.35;
/** Share of the limits that slowing down from the speed at the start may take. */
const SHARE = 0.8;
/** A pole that began slow comes to its own within about this time, s. */
const QUICKEN = 0.3;
/** rad/s and rad/s² that are rest. */
const REST_SPEED = 1e-4;
const REST_ACCELERATION = 5e-3;

export class JointTracker {
  /** rad, rad/s, rad/s²; set by `start` and the steps. */
  readonly position: Float64Array;
  readonly velocity: Float64Array;
  readonly acceleration: Float64Array;
  readonly #pole: number;
  /** Present pole of each joint, rad/s. */
  readonly #poles: Float64Array;
  readonly #limits: readonly FadeLimits[];

  /**
   * @param limits one entry a joint
   * @param pole rad/s; what happens faster than this is smoothed away
   */
  constructor(limits: readonly FadeLimits[], pole: number) {
    const n = limits.length;
    this.#limits = limits;
    this.#pole = pole;
    this.#poles = new Float64Array(n).fill(pole);
    this.position = new Float64Array(n);
    this.velocity = new Float64Array(n);
    this.acceleration = new Float64Array(n);
  }

  /** Begins joint j at a state; a fast one is slowed down no harder than its limits let it. */
  start(j: number, position: number, velocity: number, acceleration: number): void {
    this.position[j] = position;
    this.velocity[j] = velocity;
    this.acceleration[j] = acceleration;
    const speed = Math.abs(velocity);
    const { acceleration: A, jerk: J } = this.#limits[j] as FadeLimits;
    const gentle = Math.min(Math.sqrt((SHARE * J) / speed), (SHARE * Math.E * A) / speed);
    this.#poles[j] = Math.min(this.#pole, gentle);
  }

  /** Where joint j comes to rest when it is led there by `rest`, rad. */
  resting(j: number): number {
    const pole = at(this.#poles, j);
    const v = at(this.velocity, j);
    return at(this.position, j) + (2 * v) / pole + at(this.acceleration, j) / (pole * pole);
  }

  /** One step of h seconds of joint j towards a target (rad) that moves at `rate` (rad/s). */
  follow(j: number, h: number, target: number, rate: number): void {
    const pole = this.#quicken(j, h);
    const error = target - at(this.position, j);
    const slip = rate - at(this.velocity, j);
    const jerk = pole * (pole * (pole * error + 3 * slip) - 3 * at(this.acceleration, j));
    this.#step(j, h, jerk);
  }

  /** One step of h seconds of joint j towards rest, wherever that leads. */
  rest(j: number, h: number): void {
    const v = at(this.velocity, j);
    const a = at(this.acceleration, j);
    if (Math.abs(v) < REST_SPEED && Math.abs(a) < REST_ACCELERATION) {
      this.velocity[j] = 0;
      this.acceleration[j] = 0;
      return;
    }
    const pole = Math.min(at(this.#poles, j), STEP_SHARE / h);
    this.#step(j, h, -pole * (pole * v + 2 * a));
  }

  #quicken(j: number, h: number): number {
    const pole = Math.min(this.#pole, at(this.#poles, j) * (1 + h / QUICKEN));
    this.#poles[j] = pole;
    return Math.min(pole, STEP_SHARE / h);
  }

  #step(j: number, h: number, jerk: number): void {
    const a = at(this.acceleration, j) + jerk * h;
    const v = at(this.velocity, j) + a * h;
    this.acceleration[j] = a;
    this.velocity[j] = v;
    this.position[j] = at(this.position, j) + v * h;
  }
}
