/**
 * The fastest jerk-limited way of one joint from a speed and an acceleration to rest, sampled in time.
 * Three phases: jerk against the motion, braking held, jerk back. The same closed form as Braking.rest
 * of ../braking.js, which gives its end.
 */
import type { JointMotion } from './joint_motion.js';

export class StopProfile {
  /** Asked of `lead`. Fields, since numbers passed on may be allocated. */
  next = 0;
  step = 0;
  /** Seconds until rest. */
  duration = 0;
  /** Seconds until acceleration in the direction of motion is let go: when the speed is highest. */
  release = 0;
  /** Whether it ends without letting go of the braking, jerk being unlimited. */
  abrupt = false;
  /** How far it leads, there and back, where it ends, between what positions, rad; greatest speed, rad/s. */
  length = 0;
  end = 0;
  lowest = 0;
  highest = 0;
  fastest = 0;
  /** Asked of `locate`: seconds after the start, ≥ 0. */
  time = 0;
  /** Results of `locate`: rad and rad/s. */
  position = 0;
  velocity = 0;

  #start = 0;
  /** 1 when the braking is downwards, −1 when it is upwards; the rest is seen in this direction. */
  #side = 1;
  #v = 0;
  #a = 0;
  #bottom = 0;
  #jerk = 0;
  #first = 0;
  #hold = 0;
  #back = 0;

  /** A stop from position p at speed v and acceleration a, braking with at most D at jerk J. */
  set(p: number, v: number, a: number, D: number, J: number): void {
    this.#start = p;
    this.#v = v;
    this.#a = a;
    this.#bottom = D;
    this.#jerk = J;
    this.#divide();
    this.#span();
  }

  /** The stop of a joint that follows a step of `step` seconds with acceleration `next`. */
  lead(joint: JointMotion): void {
    const { next, step } = this;
    const velocity = joint.velocity + next * step;
    this.#start = joint.position + velocity * step;
    this.#v = velocity;
    this.#a = next;
    this.#bottom = joint.deceleration;
    this.#jerk = joint.limits.jerk;
    this.#divide();
    this.#span();
  }

  /** Finds the phases. */
  #divide(): void {
    const v = this.#v;
    const a = this.#a;
    const D = this.#bottom;
    const J = this.#jerk;
    this.#side = v + (a * Math.abs(a)) / (2 * J) >= 0 ? 1 : -1;
    this.#v = this.#side * v;
    this.#a = this.#side * a;
    this.abrupt = J === Infinity;
    if (this.abrupt) {
      this.#bottom = D;
      this.#jerk = 0;
      this.#first = 0;
      this.#hold = this.#v / D;
      this.#back = 0;
      this.release = 0;
    } else {
      this.#jerk = J;
      this.#bottom = Math.min(D, Math.sqrt(Math.max(0, J * this.#v + this.#a ** 2 / 2)));
      this.#first = Math.max(0, (this.#a + this.#bottom) / J);
      this.#back = this.#bottom / J;
      this.release = Math.max(0, this.#a / J);
      const speed = this.#v + this.#first * (this.#a - (J * this.#first) / 2);
      const left = speed - (this.#bottom * this.#back) / 2;
      this.#hold = Math.max(0, left) / D;
    }
    this.duration = this.#first + this.#hold + this.#back;
  }

  /** Finds the end and the extremes. */
  #span(): void {
    this.time = this.release;
    this.locate();
    this.fastest = Math.max(Math.abs(this.velocity), Math.abs(this.#v));
    this.time = this.duration;
    this.locate();
    this.end = this.position;
    this.lowest = Math.min(this.#start, this.end);
    this.highest = Math.max(this.#start, this.end);
    this.length = this.highest - this.lowest;
    if (this.#v >= 0) return;
    // It goes back first, until the acceleration that is there has turned it.
    const root = Math.sqrt(Math.max(0, this.#a ** 2 + 2 * this.#jerk * this.#v));
    this.time = (this.#a - root) / this.#jerk;
    this.locate();
    this.lowest = Math.min(this.lowest, this.position);
    this.highest = Math.max(this.highest, this.position);
    this.length = Math.abs(this.position - this.#start) + Math.abs(this.end - this.position);
  }

  /** Finds position and velocity at `time`; those of rest from the end on. */
  locate(): void {
    const { time } = this;
    const one = Math.min(time, this.#first);
    let p = one * (this.#v + one * (this.#a / 2 - (this.#jerk * one) / 6));
    let v = this.#v + one * (this.#a - (this.#jerk * one) / 2);
    const two = Math.min(Math.max(time - this.#first, 0), this.#hold);
    p += two * (v - (this.#bottom * two) / 2);
    v -= this.#bottom * two;
    const three = Math.min(Math.max(time - this.#first - this.#hold, 0), this.#back);
    p += three * (v + three * (-this.#bottom / 2 + (this.#jerk * three) / 6));
    v += three * (-this.#bottom + (this.#jerk * three) / 2);
    this.position = this.#start + this.#side * p;
    this.velocity = this.#side * v;
  }

  /**
   * Writes positions and velocities at the first `count` of `times` (≥ 0), the first to element `i`
   * and each further one `stride` behind the last.
   */
  sample(
    times: Float64Array,
    count: number,
    positions: Float64Array,
    velocities: Float64Array,
    i: number,
    stride: number,
  ): void {
    for (let m = 0; m < count; m++) {
      this.time = times[m] as number;
      this.locate();
      positions[m * stride + i] = this.position;
      velocities[m * stride + i] = this.velocity;
    }
  }
}
