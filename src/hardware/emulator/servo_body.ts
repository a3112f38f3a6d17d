/** What an emulated servo moves: by itself a shaft without a load; a simulated arm behind it else. */

/** What the servo's control asks of its body for the next instant. */
export interface Drive {
  /** Angle of the shaft to go to, rad; undefined with torque off. */
  readonly goal: number | undefined;
  /** rad/s, at most. */
  readonly velocity: number;
  /** rad/s². */
  readonly acceleration: number;
  /** Share of the stall torque that may be used, 0 to 1. */
  readonly effort: number;
}

export interface ServoBody {
  /** Angle of the shaft, rad; counts from 0 at the zero of the bare encoder. */
  readonly position: number;
  /** rad/s. */
  readonly velocity: number;
  /** Share of the stall torque, −1 to 1. */
  readonly load: number;
  /** Lets `dt` seconds pass. */
  advance(dt: number, drive: Drive): void;
}

/** Longest step of the profile, s. */
const STEP = 0.001;
/** Share of the stall torque that acceleration takes at most. */
const MOVING_LOAD = 0.3;

/** A free shaft that follows a trapezoid of velocity, and can be jammed. */
export class FreeShaft implements ServoBody {
  velocity = 0;
  load = 0;
  /** Something holds it: it does not move, and the motor pulls with all it has. */
  jammed = false;

  constructor(public position = Math.PI) {}

  advance(dt: number, drive: Drive): void {
    for (let left = dt; left > 1e-9; left -= STEP) this.#step(Math.min(left, STEP), drive);
  }

  #step(dt: number, { goal, velocity: most, acceleration, effort }: Drive): void {
    const distance = goal === undefined ? 0 : goal - this.position;
    if (this.jammed) {
      this.velocity = 0;
      this.load =
        goal === undefined || Math.abs(distance) < 0.01 ? 0 : effort * Math.sign(distance);
      return;
    }
    const before = this.velocity;
    // The fastest from which it still stops at the goal.
    const stopping = Math.sqrt(2 * acceleration * Math.abs(distance));
    const wanted = goal === undefined ? 0 : Math.sign(distance) * Math.min(most, stopping);
    const change = acceleration * dt;
    this.velocity = Math.min(before + change, Math.max(before - change, wanted));
    const step = this.velocity * dt;
    const arrives = Math.abs(step) >= Math.abs(distance) && Math.abs(wanted) <= 2 * change;
    if (goal !== undefined && arrives) {
      this.position = goal;
      this.velocity = 0;
    } else {
      this.position += step;
    }
    this.load = (MOVING_LOAD * (this.velocity - before)) / change;
  }
}
