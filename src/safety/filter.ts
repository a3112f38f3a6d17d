/**
 * The safety filter: last before every write, in every mode. Pure and synchronous; it has no clock,
 * does no I/O and allocates nothing in a tick. Its promises are the property tests in
 * test/safety/promises.test.ts and promises_cartesian.test.ts.
 *
 * idle ──start──► running ──engage──► e-stop ──reset──► idle
 * Only `running` follows commands. In every other state the command brakes to rest and stays there.
 *
 * A tick first prepares a step of every joint within its own limits, then has what limits several
 * joints together change the steps, and takes them at last.
 */
import { allFinite, at, clamp } from '../core/vector.js';
import { EnergyTank } from './energy_tank.js';
import type { StopKind } from './failsafe.js';
import { Barrier } from './internal/barrier.js';
import { proposeStopAlong, synchronise } from './internal/coordination.js';
import { JointMotion } from './internal/joint_motion.js';
import { SafeCommand } from './internal/safe_command.js';
import { checkLimits, type FilterLimits, farOutside } from './limits.js';
import type { BarrierSettings, FilterOptions } from './options.js';
import { Band, Reason } from './reasons.js';

export type { FilterOptions } from './options.js';

/** A shorter tick, s, is no time to differentiate over: it repeats the command. */
const SHORTEST_PERIOD = 1e-5;

export type FilterState = 'idle' | 'running' | 'e_stop';

/**
 * What `start` found, and what it is about: the index of the first joint at fault, or of one of the
 * filter's `clearances`; −1 where it is about neither.
 */
export type StartVerdict =
  | { readonly ready: true }
  | {
      readonly ready: false;
      readonly joint: number;
      readonly clearance: number;
      readonly why: string;
    };

export class SafetyFilter {
  readonly limits: readonly FilterLimits[];
  readonly #joints: readonly JointMotion[];
  readonly #command: SafeCommand;
  readonly #barrier: Barrier | undefined;
  readonly #tank: EnergyTank | undefined;
  readonly #longestPeriod: number;
  readonly #grossExcess: number;
  readonly #followingError: number;
  readonly #synchronise: boolean;
  #state: FilterState = 'idle';
  #placed = false;

  /** @throws SinewError when limits are missing or inverted, or do not fit the Cartesian ones */
  constructor(limits: readonly FilterLimits[], options: FilterOptions = {}) {
    checkLimits(limits);
    this.limits = limits;
    this.#joints = limits.map((joint) => new JointMotion(joint));
    this.#command = new SafeCommand(limits.length);
    const { cartesian, energy } = options;
    this.#barrier = cartesian === undefined ? undefined : new Barrier(this.#joints, cartesian);
    this.#tank = energy === undefined ? undefined : new EnergyTank(energy, limits.length);
    this.#longestPeriod = options.longestPeriod ?? 0.05;
    this.#grossExcess = options.grossExcess ?? 0.1;
    this.#followingError = options.followingError ?? Infinity;
    this.#synchronise = options.synchronise ?? false;
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
    for (let i = 0; i < this.#joints.length; i++) {
      if (!(this.#joints[i] as JointMotion).atRest) return false;
    }
    return true;
  }

  /** Names of what is kept apart, such as "gripper – table"; `SafeCommand.nearest` is an index. */
  get clearances(): readonly string[] {
    return this.#barrier?.names ?? [];
  }

  /** Energy left in the tank, J; NaN without one. */
  get energy(): number {
    return this.#tank === undefined ? Number.NaN : this.#tank.level;
  }

  /** Scales the speed limits of all joints: 0 to 1, and 0 for what is not a number. */
  set speedScale(scale: number) {
    const share = Number.isNaN(scale) ? 0 : clamp(scale, 0, 1);
    for (const joint of this.#joints) joint.speed = share * joint.limits.velocity;
  }

  /** Greatest speed of a tool centre, m/s; for a change of mode while running. */
  set toolSpeed(speed: number) {
    if (this.#barrier !== undefined) this.#barrier.toolSpeed = speed;
  }

  /** Sets the barrier's parameters; a value that is no number above 0 leaves all as they are. */
  set barrier(settings: BarrierSettings) {
    this.#barrier?.configure(settings);
  }

  /**
   * Begins at rest at the measured positions. Refused while the e-stop is latched, while the command
   * still moves, with a position that is not finite, with one grossly outside its range, and where
   * links overlap deeply with each other or with the scene.
   */
  start(measured: Float64Array): StartVerdict {
    const refusal = this.#refusal(measured);
    if (refusal !== undefined) return refusal;
    for (const [i, joint] of this.#joints.entries()) joint.start(at(measured, i));
    this.#tank?.reset();
    this.#placed = true;
    this.#state = 'running';
    this.#command.measured.set(measured.subarray(0, this.#joints.length));
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
   * @param measured measured positions, rad; for the following error and the record, NaN is unknown
   * @param effort measured efforts, N m; needed where there is an energy budget
   * @returns the same object at every call; undefined before the first successful `start`
   */
  follow(
    period: number,
    desired: Float64Array,
    measured: Float64Array,
    effort = UNKNOWN,
  ): SafeCommand | undefined {
    if (this.#state !== 'running') return this.stop(period, 'joint', measured, effort);
    const reason = this.#rejection(desired, measured);
    if (reason !== Reason.none) {
      const command = this.stop(period, 'joint', measured, effort);
      this.#command.desired.set(desired.subarray(0, this.#joints.length));
      this.#command.band = Band.reject;
      this.#command.reasons.fill(reason);
      return command;
    }
    const usable = this.#admit(period, measured);
    this.#command.desired.set(desired);
    if (!usable) return this.#repeat();
    this.#propose(desired);
    if (this.#synchronise) synchronise(this.#joints);
    if (this.#tank !== undefined) this.#economise(this.#tank, effort);
    this.#barrier?.shape();
    this.#take();
    this.#read(Band.pass);
    this.#tank?.spend(effort, this.velocity);
    return this.#command;
  }

  /**
   * One tick of braking, and of holding once at rest.
   *
   * @param kind along the path only as long as that is safe: else each joint by itself
   */
  stop(
    period: number,
    kind: StopKind = 'joint',
    measured = UNKNOWN,
    effort = UNKNOWN,
  ): SafeCommand | undefined {
    if (!this.#placed) return undefined;
    const usable = this.#admit(period, measured);
    this.#command.desired.fill(Number.NaN);
    if (!usable) return this.#repeat();
    for (let i = 0; i < this.#joints.length; i++) (this.#joints[i] as JointMotion).brake();
    if (kind === 'joint') this.#barrier?.stop();
    else {
      proposeStopAlong(this.#joints);
      this.#barrier?.shape(true);
    }
    this.#take();
    for (let i = 0; i < this.#joints.length; i++) (this.#joints[i] as JointMotion).rest();
    this.#read(Band.limit);
    this.#tank?.spend(effort, this.velocity);
    return this.#command;
  }

  #refusal(measured: Float64Array): StartVerdict | undefined {
    if (this.#state === 'e_stop') return refused('the e-stop is latched');
    if (!this.atRest) return refused('the last motion has not come to rest');
    for (const [i, joint] of this.#joints.entries()) {
      const { name, lower, upper } = joint.limits;
      const position = at(measured, i);
      const inside = position >= lower - this.#grossExcess && position <= upper + this.#grossExcess;
      if (!inside) {
        return refused(`joint "${name}" is at ${position}, its range is ${lower} to ${upper}`, i);
      }
    }
    const overlap = this.#barrier?.start(measured);
    return overlap === undefined ? undefined : refused(overlap, -1, this.#barrier?.nearest);
  }

  /**
   * Notes what is measured, and what the tick counts for: 0 s when the clock gave no usable period. Returns
   * whether it gave one: a caller that reads the period, running once a tick, may take long to be compiled,
   * and until then a number that it reads is allocated.
   */
  #admit(period: number, measured: Float64Array): boolean {
    const command = this.#command;
    const counted = period >= SHORTEST_PERIOD ? Math.min(period, this.#longestPeriod) : 0;
    command.period = counted;
    if (this.#barrier !== undefined) this.#barrier.period = counted;
    if (this.#tank !== undefined) this.#tank.period = counted;
    for (let i = 0; i < this.#joints.length; i++) {
      (this.#joints[i] as JointMotion).period = counted;
      command.measured[i] = measured[i] ?? Number.NaN;
    }
    return counted > 0;
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

  /**
   * Scales the steps prepared down to what the tank can pay for, between them and a stop: a joint
   * too fast for that brakes as hard as it can without swinging through.
   */
  #economise(tank: EnergyTank, effort: Float64Array): void {
    const { velocities, period: h } = this.#command;
    for (let i = 0; i < this.#joints.length; i++) {
      const joint = this.#joints[i] as JointMotion;
      velocities[i] = joint.velocity + joint.next * h;
    }
    tank.scale(effort, velocities);
    const { share } = tank;
    if (share === 1) return;
    for (let i = 0; i < this.#joints.length; i++) {
      const joint = this.#joints[i] as JointMotion;
      joint.range();
      const brake = joint.hardest;
      const paid = (share * at(velocities, i) - joint.velocity) / h;
      const least = Math.min(brake, joint.next);
      joint.next = Math.max(least, Math.min(Math.max(brake, joint.next), paid));
      joint.changed(Reason.energy);
    }
  }

  #propose(desired: Float64Array): void {
    for (let i = 0; i < this.#joints.length; i++) {
      const joint = this.#joints[i] as JointMotion;
      joint.desired = at(desired, i);
      joint.propose();
    }
  }

  #take(): void {
    for (let i = 0; i < this.#joints.length; i++) (this.#joints[i] as JointMotion).take();
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
    command.energy = this.energy;
    if (this.#barrier !== undefined) {
      command.clearance = this.#barrier.clearance;
      command.nearest = this.#barrier.nearest;
    }
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

function refused(why: string, joint = -1, clearance = -1): StartVerdict {
  return { ready: false, joint, clearance, why };
}

/** Stands for a measurement that nobody gave: reading it gives no number. */
const UNKNOWN: Float64Array = new Float64Array(0);
