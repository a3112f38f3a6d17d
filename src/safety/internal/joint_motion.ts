/**
 * One joint's command: its position, velocity and acceleration, and the step to the next tick.
 *
 * The motion is in backward differences: a' = a + j·h, v' = v + a'·h, p' = p + v'·h with |j| ≤ J,
 * so the limits hold for what anyone computes from the commands. A step is taken inside two sets
 * that such steps of any length never have to leave (see braking.ts): the hard one, from which the
 * joint can turn before its position limit, always; the soft one, from which it can come to rest
 * before the limit without swinging back, as long as the hard one agrees.
 */
import { clamp } from '../../core/vector.js';
import { peakTravel, restTravel, stopAcceleration } from '../braking.js';
import { type FilterLimits, usableAcceleration } from '../limits.js';
import { Reason } from '../reasons.js';

/** Relative slack within which a bound counts as kept; far above rounding, far below meaning. */
const SLACK = 1e-9;
/** The same for travel, rad: what is let through here has to be braked away later. */
const TRAVEL_SLACK = 1e-13;
/** Speeds below this are rest, rad/s. */
const REST_SPEED = 1e-12;
/** Share of the velocity limit allowed while a joint that started outside moves inward. */
const INWARD_SPEED = 0.25;

type Travel = typeof peakTravel;

/**
 * A step is prepared by `propose` or `brake`, may be changed by what limits several joints together
 * (`change`, inside `range`), and is taken by `take`.
 */
export class JointMotion {
  position = 0;
  velocity = 0;
  acceleration = 0;
  /** Code of Reason for the step prepared or taken last. */
  reason: number = Reason.none;
  /** Acceleration of the step being prepared, rad/s². */
  next = 0;
  /** What the acceleration of the step may be; as of the last `range`. */
  least = 0;
  most = 0;
  /** Greatest speed, rad/s: the limit, or less. */
  speed: number;

  readonly limits: FilterLimits;
  /** Greatest deceleration that the filter works with, rad/s². */
  readonly deceleration: number;
  readonly #A: number;
  readonly #J: number;
  /** What an acceleration may overstep its bounds by, rad/s². */
  readonly #slack: number;
  /** Whether the last step reached its target: the next one is then taken as it is if it is safe. */
  #tracking = false;
  /** Whether the step being prepared goes to the target to the bit. */
  #exact = false;
  /** Where the target was, and how it moves: rad, rad/s, rad/s². */
  #target = 0;
  #rate = 0;
  #bend = 0;

  // Scratch of one step: its length, and what jerk, acceleration and speed leave for it.
  #h = 0;
  #low = 0;
  #high = 0;
  #outside = false;
  #ranged = false;

  constructor(limits: FilterLimits) {
    this.limits = limits;
    this.speed = limits.velocity;
    this.#A = usableAcceleration(limits);
    this.deceleration = Math.min(this.#A, limits.deceleration ?? this.#A);
    this.#J = limits.jerk;
    this.#slack = SLACK * this.#A;
  }

  /** Starts at rest at `position`. */
  start(position: number): void {
    this.position = position;
    this.velocity = 0;
    this.acceleration = 0;
    this.reason = Reason.none;
    this.rest();
  }

  get atRest(): boolean {
    return this.velocity === 0 && this.acceleration === 0;
  }

  /** From here to the target of the step prepared, rad. */
  get distance(): number {
    return this.#target - this.position;
  }

  /** Prepares a step of h seconds towards `desired` (finite). */
  propose(h: number, desired: number): void {
    const { lower, upper } = this.limits;
    const target = clamp(desired, lower, upper);
    this.#watch(target, h);

    this.#open(h);
    const wanted = ((target - this.position) / h - this.velocity) / h;
    this.#exact = !this.#outside && this.#passes(wanted) && (this.#tracking || this.#meets(wanted));
    this.#tracking = this.#exact;
    if (this.#exact) {
      this.next = wanted;
      this.reason = target === desired ? Reason.none : Reason.position;
      return;
    }
    const chase = this.#greatest(restTravel, 1, target - this.position, this.#rate, this.#bend);
    this.range();
    this.next = clamp(chase, this.least, this.most);
    this.reason = this.#outside
      ? Reason.outside
      : target === desired
        ? this.#bindingReason(wanted)
        : Reason.position;
  }

  /** Prepares a step of h seconds towards rest, as fast as the limits let it. */
  brake(h: number): void {
    this.#open(h);
    this.#exact = false;
    this.next = this.braking();
    this.reason = Reason.stop;
  }

  /** Forgets the target: what follows a stop begins anew. */
  rest(): void {
    this.#tracking = false;
    this.#target = this.position;
    this.#rate = 0;
    this.#bend = 0;
  }

  /** Acceleration with which the step prepared would brake as fast as the limits let it. */
  braking(): number {
    this.range();
    const brake = stopAcceleration(this.velocity, this.#h, this.#J);
    return clamp(clamp(brake, this.#low, this.#high), this.least, this.most);
  }

  /** Has the step prepared take another acceleration, inside `range`, for `reason`. */
  change(next: number, reason: number): void {
    this.next = next;
    this.reason = reason;
    this.#exact = false;
    this.#tracking = false;
  }

  /** Takes the step prepared. */
  take(): void {
    const h = this.#h;
    if (this.#exact) {
      this.#settle(this.#target, (this.#target - this.position) / h, h);
      return;
    }
    const { lower, upper } = this.limits;
    let velocity = this.velocity + this.next * h;
    if (Math.abs(velocity) < REST_SPEED) velocity = 0;
    const position = this.position + velocity * h;
    // Rounding may overstep a limit by its last digit; from outside, only the way inward is open.
    const kept = clamp(position, Math.min(lower, this.position), Math.max(upper, this.position));
    this.#settle(kept, velocity + (kept - position) / h, h);
  }

  /**
   * Finds what the acceleration of the step prepared may be: what jerk, acceleration and speed leave,
   * moved as far as the soft set, then the hard one, ask; where they clash, hard wins.
   */
  range(): void {
    if (this.#ranged) return;
    this.#ranged = true;
    const { lower, upper } = this.limits;
    const up = upper - this.position;
    const down = this.position - lower;
    let low = this.#low;
    let high = this.#high;
    let hardLow = low;
    let hardHigh = high;
    // Outside, the speed range alone (no outward speed) keeps the motion inward.
    if (up >= 0) {
      high = this.#greatest(restTravel, 1, up);
      hardHigh = this.#greatest(peakTravel, 1, up);
    }
    if (down >= 0) {
      low = -this.#greatest(restTravel, -1, down);
      hardLow = -this.#greatest(peakTravel, -1, down);
    }
    this.least = clamp(low, hardLow, hardHigh);
    this.most = clamp(Math.max(low, high), hardLow, hardHigh);
  }

  /**
   * Estimates the target's speed and acceleration from its differences, allowing them to change by
   * twice what the joint's own may: a jump of the target is not taken for a motion.
   */
  #watch(target: number, h: number): void {
    const { velocity } = this.limits;
    const change = 2 * this.#A * h;
    const seen = clamp((target - this.#target) / h, -velocity, velocity);
    const rate = clamp(seen, this.#rate - change, this.#rate + change);
    const turn = 2 * this.#J * h;
    const bend = clamp((rate - this.#rate) / h, -this.#A, this.#A);
    this.#bend = clamp(bend, this.#bend - turn, this.#bend + turn);
    this.#rate = rate;
    this.#target = target;
  }

  /** Sets the range that jerk, acceleration and velocity leave for a step of h seconds. */
  #open(h: number): void {
    const { lower, upper } = this.limits;
    const above = this.position > upper;
    const below = this.position < lower;
    this.#outside = above || below;
    const inward = this.#outside ? INWARD_SPEED * this.speed : this.speed;
    const rise = this.#speedRoom((above ? 0 : inward) - this.velocity, h);
    const fall = this.#speedRoom((below ? 0 : inward) + this.velocity, h);
    const D = this.deceleration;
    const lowest = Math.max(this.acceleration - this.#J * h, this.velocity > 0 ? -D : -this.#A);
    const highest = Math.min(this.acceleration + this.#J * h, this.velocity < 0 ? D : this.#A);
    this.#h = h;
    this.#ranged = false;
    this.#low = clamp(-fall, lowest, highest);
    this.#high = clamp(rise, lowest, highest);
  }

  /**
   * Greatest a' with room for the speed it still adds while it is let go: a'·h + a'²/2J ≤ room. Where
   * the speed is too high already, the one with which it is right when the deceleration is let go.
   */
  #speedRoom(room: number, h: number): number {
    return (2 * room) / (h + Math.sqrt(h * h + (2 * Math.abs(room)) / this.#J));
  }

  /** Whether a' keeps every limit, and the joint able to come to rest inside. */
  #passes(next: number): boolean {
    const beyond = Math.abs(next - clamp(next, this.#low, this.#high));
    const { lower, upper } = this.limits;
    const up = upper - this.position;
    const down = this.position - lower;
    return (
      beyond <= this.#slack &&
      this.#leaves(restTravel, 1, next, up) &&
      this.#leaves(restTravel, -1, -next, down) &&
      this.#leaves(peakTravel, 1, next, up) &&
      this.#leaves(peakTravel, -1, -next, down)
    );
  }

  /** Whether a step with acceleration s·x leaves room to brake, to rounding: see `#excess`. */
  #leaves(travel: Travel, s: number, x: number, room: number): boolean {
    return this.#excess(travel, s, x, room) <= TRAVEL_SLACK;
  }

  /** Whether a joint that had fallen behind can go with its target from the next tick on. */
  #meets(next: number): boolean {
    const h = this.#h;
    const after = (this.#rate + this.#bend * h - this.velocity) / h - next;
    const turn = Math.max(Math.abs(after - next), Math.abs(after - this.#bend));
    return turn <= Math.min(this.#J * h, this.#A);
  }

  /**
   * By how much a step with acceleration s·x takes the joint too far: travel in direction s in this
   * tick and while braking afterwards, less `room`. Grows with x. `rate` and `bend` are the speed and
   * acceleration of what the braking is relative to.
   */
  #excess(travel: Travel, s: number, x: number, room: number, rate = 0, bend = 0): number {
    const v = s * this.velocity + x * this.#h;
    return v * this.#h + travel(v - s * rate, x - s * bend, this.deceleration, this.#J) - room;
  }

  /** Greatest x in the open range (seen in direction s) without excess; its low end if none. */
  #greatest(travel: Travel, s: number, room: number, rate = 0, bend = 0): number {
    let low = s === 1 ? this.#low : -this.#high;
    let high = s === 1 ? this.#high : -this.#low;
    let highExcess = this.#excess(travel, s, high, room, rate, bend);
    if (highExcess <= 0) return high;
    let lowExcess = this.#excess(travel, s, low, room, rate, bend);
    // Bisection and the secant in turn: the one bounds the count, the other makes it small.
    const enough = 1e-11 * this.#A;
    for (let i = 0; high - low > enough && lowExcess < -1e-15; i++) {
      const share = (i & 1) === 0 ? lowExcess / (lowExcess - highExcess) : 0.5;
      const middle = low + (high - low) * share;
      const excess = this.#excess(travel, s, middle, room, rate, bend);
      if (excess > 0) {
        high = middle;
        highExcess = excess;
      } else {
        low = middle;
        lowExcess = excess;
      }
    }
    return low;
  }

  /** Which limit kept the acceleration `wanted` from being `next`. */
  #bindingReason(wanted: number): number {
    const { next } = this;
    const s = wanted >= next ? 1 : -1;
    const bound = s === 1 ? this.#high : -this.#low;
    if (s * next < bound - this.#slack) {
      // Something inside the range: the position limit, or the way back to a target once missed.
      return this.#passes(clamp(wanted, this.#low, this.#high)) ? Reason.catchUp : Reason.position;
    }
    const strongest = s * this.velocity < 0 ? this.deceleration : this.#A;
    if (bound >= strongest * (1 - SLACK)) return Reason.acceleration;
    return bound >= (s * this.acceleration + this.#J * this.#h) * (1 - SLACK)
      ? Reason.jerk
      : Reason.velocity;
  }

  /** Takes over the state at the end of a step, the acceleration as a difference of the speeds. */
  #settle(position: number, velocity: number, h: number): void {
    this.acceleration = (velocity - this.velocity) / h;
    this.velocity = velocity;
    this.position = position;
  }
}
