/**
 * The safety filter: last before every write, in every mode. Pure and synchronous; it has no clock,
 * does no I/O and allocates nothing in a tick. Its promises are the property tests in
 * test/safety/promises.test.ts.
 *
 * idle ──start──► running ──engage──► e-stop ──reset──► idle
 * Only `running` follows commands. In every other state the command brakes to rest and stays there.
 */
import { allFinite, at } from '../core/vector.js';
import { JointMotion } from './internal/joint_motion.js';
import { SafeCommand } from './internal/safe_command.js';
import { checkLimits, type FilterLimits, farOutside } from './limits.js';
import { Band, Reason } from './reasons.js';

export interface FilterOptions {
  /** Longest time that one tick may count for, s; a longer one is capped. Default 0.05. */
  readonly longestPeriod?: number;
  /** How far outside its range a joint may be at start, rad; beyond, `start` refuses. Default 0.1. */
  readonly grossExcess?: number;
  /** Greatest distance of the measured from the commanded position, rad. Default Infinity. */
  readonly followingError?: number;
}

/** A shorter tick, s, is no time to differentiate over: it repeats the command. */
const SHORTEST_PERIOD = 1e-5;

export type FilterState = 'idle' | 'running' | 'e_stop';

/** What `start` found: `joint` is the index of the first joint at fault. */
export type StartVerdict =
  | { readonly ready: true }
  | { readonly ready: false; readonly joint: number; readonly why: string };

export class SafetyFilter {
  readonly limits: readonly FilterLimits[];
  readonly #joints: readonly JointMotion[];
  readonly #command: SafeCommand;
  readonly #longestPeriod: number;
  readonly #grossExcess: number;
  readonly #followingError: number;
  #state: FilterState = 'idle';
  #placed = false;

  /** @throws SinewError when limits are missing or inverted */
  constructor(limits: readonly FilterLimits[], options: FilterOptions = {}) {
    checkLimits(limits);
    this.limits = limits;
    this.#joints = limits.map((joint) => new JointMotion(joint));
    this.#command = new SafeCommand(limits.length);
    this.#longestPeriod = options.longestPeriod ?? 0.05;
    this.#grossExcess = options.grossExcess ?? 0.1;
    this.#followingError = options.followingError ?? Infinity;
  }

  get state(): FilterState {
    return this.#state;
  }

  /** Positions commanded last, rad; do not write to it. */
  get position(): Float64Array {
    return this.#command.positions;
  }

  /** Velocities commanded last, rad/s; do not write to it. */
  get velocity(): Float64Array {
    return this.#command.velocities;
  }

  /** Accelerations commanded last, rad/s²; do not write to it. */
  get acceleration(): Float64Array {
    return this.#command.accelerations;
  }

  /** Whether the command neither moves nor is about to. */
  get atRest(): boolean {
    for (const joint of this.#joints) if (!joint.atRest) return false;
    return true;
  }

  /**
   * Begins at rest at the measured positions. Refused while the e-stop is latched, while the command
   * still moves, with a position that is not finite, and with one grossly outside its range.
   */
  start(measured: Float64Array): StartVerdict {
    if (this.#state === 'e_stop') return { ready: false, joint: 0, why: 'the e-stop is latched' };
    if (!this.atRest)
      return { ready: false, joint: 0, why: 'the last motion has not come to rest' };
    for (const [i, joint] of this.#joints.entries()) {
      const { name, lower, upper } = joint.limits;
      const position = at(measured, i);
      const inside = position >= lower - this.#grossExcess && position <= upper + this.#grossExcess;
      if (!inside) {
        const why = `joint "${name}" is at ${position}, its range is ${lower} to ${upper}`;
        return { ready: false, joint: i, why };
      }
    }
    for (const [i, joint] of this.#joints.entries()) joint.start(at(measured, i));
    this.#placed = true;
    this.#state = 'running';
    this.#read(Band.pass);
    return { ready: true };
  }

  /** Back to idle: what follows is a stop, until the next `start`. The e-stop stays latched. */
  release(): void {
    if (this.#state === 'running') this.#state = 'idle';
  }

  /** Latches the e-stop. */
  engage(): void {
    this.#state = 'e_stop';
  }

  /** Unlatches the e-stop. Motion needs a `start` of its own. */
  reset(): void {
    if (this.#state === 'e_stop') this.#state = 'idle';
  }

  /**
   * One tick towards `desired` (rad, filter order).
   *
   * @param period measured time since the last tick, s
   * @param measured measured positions, rad; used for the following error only, NaN counts as unknown
   * @returns the same object at every call; undefined before the first successful `start`
   */
  follow(period: number, desired: Float64Array, measured: Float64Array): SafeCommand | undefined {
    if (this.#state !== 'running') return this.stop(period);
    const reason = this.#rejection(desired, measured);
    if (reason !== Reason.none) {
      const command = this.stop(period);
      this.#command.desired.set(desired.subarray(0, this.#joints.length));
      this.#command.band = Band.reject;
      this.#command.reasons.fill(reason);
      return command;
    }
    const h = this.#admit(period);
    this.#command.desired.set(desired);
    if (h === 0) return this.#repeat();
    for (let i = 0; i < this.#joints.length; i++) this.#joints[i]?.follow(h, at(desired, i));
    return this.#read(Band.pass);
  }

  /** One tick of braking along each joint's own limits, and of holding once at rest. */
  stop(period: number): SafeCommand | undefined {
    if (!this.#placed) return undefined;
    const h = this.#admit(period);
    this.#command.desired.fill(Number.NaN);
    if (h === 0) return this.#repeat();
    for (let i = 0; i < this.#joints.length; i++) this.#joints[i]?.stop(h);
    return this.#read(Band.limit);
  }

  /** Seconds that the tick counts for: 0 when the clock gave no usable period. */
  #admit(period: number): number {
    const h = period >= SHORTEST_PERIOD ? Math.min(period, this.#longestPeriod) : 0;
    this.#command.period = h;
    return h;
  }

  #rejection(desired: Float64Array, measured: Float64Array): number {
    if (desired.length !== this.#joints.length || !allFinite(desired)) return Reason.notFinite;
    for (let i = 0; i < this.#joints.length; i++) {
      const joint = this.#joints[i] as JointMotion;
      if (farOutside(joint.limits, at(desired, i))) return Reason.absurd;
      const error = Math.abs(at(measured, i) - joint.position);
      if (error > this.#followingError) return Reason.followingError;
    }
    return Reason.none;
  }

  #repeat(): SafeCommand {
    this.#command.band = Band.reject;
    this.#command.period = 0;
    this.#command.reasons.fill(Reason.period);
    return this.#command;
  }

  #read(band: number): SafeCommand {
    const command = this.#command;
    command.band = band;
    for (let i = 0; i < this.#joints.length; i++) {
      const joint = this.#joints[i] as JointMotion;
      command.positions[i] = joint.position;
      command.velocities[i] = joint.velocity;
      command.accelerations[i] = joint.acceleration;
      command.reasons[i] = joint.reason;
      if (joint.reason !== Reason.none) command.band = Band.limit;
    }
    return command;
  }
}
