/**
 * One joint's command: its position, velocity and acceleration, and the step to the next tick.
 *
 * The motion is in backward differences: a' = a + j·h, v' = v + a'·h, p' = p + v'·h with |j| ≤ J,
 * so the limits hold for what anyone computes from the commands. A step is taken inside two sets
 * that such steps of any length never have to leave (see braking.ts): the hard one, from which the
 * joint can turn before its position limit, always; the soft one, from which it can come to rest
 * before the limit without swinging back, as long as the hard one agrees.
 */
import { Braking } from '../braking.js';
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

/** What a step is to leave room for: turning inside the range, resting inside it, and the target. */
const TURN = 0;
const REST = 1;
const TARGET = 2;

/**
 * A step is prepared by `propose` or `brake`, may be changed by what limits several joints together
 * (`changed`, inside `range`), and is taken by `take`.
 */
export class JointMotion {
  /** Asked of `propose` and `brake`: s; of `propose`: rad, finite. Fields, since numbers passed on may be allocated. */
  period = 0;
  desired = 0;
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
  /** What it is in a step that brakes as fast as the limits let it. */
  hardest = 0;
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

  // Scratch of one step: what is asked for, and what jerk, acceleration and speed leave.
  /** Acceleration that leads to what is asked for. */
  #wanted = 0;
  #low = 0;
  #high = 0;
  #outside = false;
  #ranged = false;
  // What `weigh` is asked about: what for, in which direction, what room there is, and the speed and
  // acceleration that the braking is relative to. Fields, since numbers passed on may be allocated.
  readonly #braking = new Braking();
  #purpose = TURN;
  #side = 1;
  #room = 0;
  #relativeRate = 0;
  #relativeBend = 0;
  /** The acceleration to be weighed, seen from `side`, and by how much it takes the joint too far. */
  #trial = 0;
  #excess = 0;
  /** Result of `greatest`. */
  #bound = 0;

  constructor(limits: FilterLimits) {
    this.limits = limits;
    this.speed = limits.velocity;
    this.#A = usableAcceleration(limits);
    this.deceleration = Math.min(this.#A, limits.deceleration ?? this.#A);
    this.#J = limits.jerk;
    this.#slack = SLACK * this.#A;
    this.#braking.A = this.deceleration;
    this.#braking.J = this.#J;
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

  /** Prepares a step of `period` towards `desired`. */
  propose(): void {
    this.#watch();
    this.#open();
    const { desired, period: h } = this;
    const target = this.#target;
    const wanted = ((target - this.position) / h - this.velocity) / h;
    this.#wanted = wanted;
    this.#exact = !this.#outside && this.#passes() && (this.#tracking || this.#meets());
    this.#tracking = this.#exact;
    if (this.#exact) {
      this.next = wanted;
      this.reason = target === desired ? Reason.none : Reason.position;
      return;
    }
    this.#greatest(TARGET, 1);
    const chase = this.#bound;
    this.range();
    this.next = Math.max(this.least, Math.min(this.most, chase));
    this.reason = this.#outside
      ? Reason.outside
      : target === desired
        ? this.#bindingReason()
        : Reason.position;
  }

  /** Prepares a step of `period` towards rest, as fast as the limits let it. */
  brake(): void {
    this.#open();
    this.#exact = false;
    this.range();
    this.next = this.hardest;
    this.reason = Reason.stop;
  }

  /** Forgets the target: what follows a stop begins anew. */
  rest(): void {
    this.#tracking = false;
    this.#target = this.position;
    this.#rate = 0;
    this.#bend = 0;
  }

  /** Notes that `next` was given another value, inside `range`, and why. */
  changed(reason: number): void {
    this.reason = reason;
    this.#exact = false;
    this.#tracking = false;
  }

  /** Takes the step prepared. */
  take(): void {
    const { lower, upper } = this.limits;
    const h = this.period;
    let position = this.#target;
    let velocity = (position - this.position) / h;
    if (!this.#exact) {
      velocity = this.velocity + this.next * h;
      if (Math.abs(velocity) < REST_SPEED) velocity = 0;
      const reached = this.position + velocity * h;
      // Rounding may overstep a limit by its last digit; from outside, only the way inward is open.
      const highest = Math.max(upper, this.position);
      position = Math.max(Math.min(lower, this.position), Math.min(highest, reached));
      velocity += (position - reached) / h;
    }
    // The acceleration as a difference of the speeds.
    this.acceleration = (velocity - this.velocity) / h;
    this.velocity = velocity;
    this.position = position;
  }

  /**
   * Finds what the acceleration of the step prepared may be: what jerk, acceleration and speed leave,
   * moved as far as the soft set, then the hard one, ask; where they clash, hard wins.
   */
  range(): void {
    if (this.#ranged) return;
    this.#ranged = true;
    const { lower, upper } = this.limits;
    let low = this.#low;
    let high = this.#high;
    let hardLow = low;
    let hardHigh = high;
    // Outside, the speed range alone (no outward speed) keeps the motion inward.
    if (this.position <= upper) {
      this.#greatest(REST, 1);
      high = this.#bound;
      this.#greatest(TURN, 1);
      hardHigh = this.#bound;
    }
    if (this.position >= lower) {
      this.#greatest(REST, -1);
      low = -this.#bound;
      this.#greatest(TURN, -1);
      hardLow = -this.#bound;
    }
    this.least = Math.max(hardLow, Math.min(hardHigh, low));
    this.most = Math.max(hardLow, Math.min(hardHigh, Math.max(low, high)));
    this.#braking.v = this.velocity;
    this.#braking.h = this.period;
    this.#braking.stop();
    const brake = this.#braking.stopping;
    this.hardest = Math.max(
      this.least,
      Math.min(this.most, Math.max(this.#low, Math.min(this.#high, brake))),
    );
  }

  /**
   * Takes over the target, the nearest to what is desired that is inside the range. Estimates its speed
   * and acceleration from its differences, allowing them to change by twice what the joint's own may: a
   * jump of the target is not taken for a motion.
   */
  #watch(): void {
    const { lower, upper, velocity } = this.limits;
    const target = Math.max(lower, Math.min(upper, this.desired));
    const h = this.period;
    const change = 2 * this.#A * h;
    const seen = Math.max(-velocity, Math.min(velocity, (target - this.#target) / h));
    const rate = Math.max(this.#rate - change, Math.min(this.#rate + change, seen));
    const turn = 2 * this.#J * h;
    const bend = Math.max(-this.#A, Math.min(this.#A, (rate - this.#rate) / h));
    this.#bend = Math.max(this.#bend - turn, Math.min(this.#bend + turn, bend));
    this.#rate = rate;
    this.#target = target;
  }

  /** Sets the range that jerk, acceleration and velocity leave for the step. */
  #open(): void {
    const { lower, upper } = this.limits;
    const h = this.period;
    const above = this.position > upper;
    const below = this.position < lower;
    this.#outside = above || below;
    const inward = this.#outside ? INWARD_SPEED * this.speed : this.speed;
    const up = (above ? 0 : inward) - this.velocity;
    const down = (below ? 0 : inward) + this.velocity;
    // The greatest a' with room for the speed it still adds while it is let go: a'·h + a'²/2J ≤ room.
    // Where the speed is too high already, the one with which it is right when the deceleration is let
    // go.
    const rise = (2 * up) / (h + Math.sqrt(h * h + (2 * Math.abs(up)) / this.#J));
    const fall = (2 * down) / (h + Math.sqrt(h * h + (2 * Math.abs(down)) / this.#J));
    const D = this.deceleration;
    const lowest = Math.max(this.acceleration - this.#J * h, this.velocity > 0 ? -D : -this.#A);
    const highest = Math.min(this.acceleration + this.#J * h, this.velocity < 0 ? D : this.#A);
    this.#ranged = false;
    this.#low = Math.max(lowest, Math.min(highest, -fall));
    this.#high = Math.max(lowest, Math.min(highest, rise));
  }

  /** Whether the step that is wanted keeps every limit, and the joint able to come to rest inside. */
  #passes(): boolean {
    const next = this.#wanted;
    const beyond = Math.abs(next - Math.max(this.#low, Math.min(this.#high, next)));
    if (!(beyond <= this.#slack)) return false;
    for (let purpose = TURN; purpose <= REST; purpose++) {
      for (let side = -1; side <= 1; side += 2) {
        this.#ask(purpose, side);
        // To rounding.
        this.#trial = side * next;
        this.#weigh();
        if (!(this.#excess <= TRAVEL_SLACK)) return false;
      }
    }
    return true;
  }

  /** Whether a joint that had fallen behind can go with its target from the next tick on. */
  #meets(): boolean {
    const h = this.period;
    const next = this.#wanted;
    const after = (this.#rate + this.#bend * h - this.velocity) / h - next;
    const turn = Math.max(Math.abs(after - next), Math.abs(after - this.#bend));
    return turn <= Math.min(this.#J * h, this.#A);
  }

  /** Sets what `weigh` is asked about. */
  #ask(purpose: number, side: number): void {
    const { lower, upper } = this.limits;
    const chasing = purpose === TARGET;
    this.#purpose = purpose;
    this.#side = side;
    if (chasing) this.#room = this.#target - this.position;
    else this.#room = side === 1 ? upper - this.position : this.position - lower;
    this.#relativeRate = chasing ? this.#rate : 0;
    this.#relativeBend = chasing ? this.#bend : 0;
  }

  /**
   * Finds by how much a step with the acceleration on trial takes the joint too far: travel to the side
   * asked about in this tick and while braking afterwards, less the room. Grows with the acceleration.
   */
  #weigh(): void {
    const s = this.#side;
    const braking = this.#braking;
    const v = s * this.velocity + this.#trial * this.period;
    braking.v = v - s * this.#relativeRate;
    braking.a = this.#trial - s * this.#relativeBend;
    if (this.#purpose === TURN) braking.peak();
    else braking.rest();
    this.#excess = v * this.period + braking.travel - this.#room;
  }

  /** Finds the greatest x in the open range (seen from `side`) without excess; its low end if none. */
  #greatest(purpose: number, side: number): void {
    this.#ask(purpose, side);
    let low = side === 1 ? this.#low : -this.#high;
    let high = side === 1 ? this.#high : -this.#low;
    this.#bound = high;
    this.#trial = high;
    this.#weigh();
    let highExcess = this.#excess;
    if (highExcess <= 0) return;
    this.#bound = low;
    this.#trial = low;
    this.#weigh();
    let lowExcess = this.#excess;
    // Bisection and the secant in turn: the one bounds the count, the other makes it small.
    const enough = 1e-11 * this.#A;
    for (let i = 0; high - low > enough && lowExcess < -1e-15; i++) {
      const share = (i & 1) === 0 ? lowExcess / (lowExcess - highExcess) : 0.5;
      const middle = low + (high - low) * share;
      this.#trial = middle;
      this.#weigh();
      if (this.#excess > 0) {
        high = middle;
        highExcess = this.#excess;
      } else {
        low = middle;
        lowExcess = this.#excess;
      }
    }
    this.#bound = low;
  }

  /** Which limit kept the acceleration that is wanted from being `next`. */
  #bindingReason(): number {
    const { next } = this;
    const wanted = this.#wanted;
    const s = wanted >= next ? 1 : -1;
    const bound = s === 1 ? this.#high : -this.#low;
    if (s * next < bound - this.#slack) {
      // Something inside the range: the position limit, or the way back to a target once missed.
      this.#wanted = Math.max(this.#low, Math.min(this.#high, wanted));
      return this.#passes() ? Reason.catchUp : Reason.position;
    }
    const strongest = s * this.velocity < 0 ? this.deceleration : this.#A;
    if (bound >= strongest * (1 - SLACK)) return Reason.acceleration;
    return bound >= (s * this.acceleration + this.#J * this.period) * (1 - SLACK)
      ? Reason.jerk
      : Reason.velocity;
  }
}
