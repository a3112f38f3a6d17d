/**
 * A filter under watch: every command that it gives is checked from outside, by differences of its own
 * and by the exact distances of capsules placed by a kinematics of its own.
 */
import { CAPSULE_SIZE, trueCapsuleDistance } from '../../src/description/distance.js';
import { Kinematics } from '../../src/description/kinematics.js';
import { PlacedCapsules } from '../../src/description/placed_capsules.js';
import type { StopKind } from '../../src/safety/failsafe.js';
import { SafetyFilter } from '../../src/safety/filter.js';
import type { FilterLimits } from '../../src/safety/limits.js';
import type { BarrierSettings, CartesianLimits, EnergyBudget } from '../../src/safety/options.js';
import { Reason } from '../../src/safety/reasons.js';
import type { SafeCommand } from '../../src/safety/safe_command.js';
import { sceneDistance } from '../description/exact_distance.js';
import { EnergyWatch } from './energy_watch.js';

/** A promise that a command broke. */
export class Violation extends Error {}

/** Share of the margin that the filter promises never to use up. */
const FLOOR = 0.5;
/** m: what the filter's smooth distance may lie below the exact one. */
const SMOOTHING = 1e-3;
const LONGEST_PERIOD = 0.05;
/** Share of its speed limit at which a joint comes back from outside its range. */
const INWARD = 0.25;

/** One distance that is kept: its present value, and which setting its floor comes from. */
interface Kept {
  readonly name: string;
  readonly measure: () => number;
  readonly floor: (barrier: BarrierSettings) => number;
}

export class SpatialWatch {
  readonly filter: SafetyFilter;
  readonly position: Float64Array;
  readonly velocity: Float64Array;
  readonly acceleration: Float64Array;
  ticks = 0;
  /** Ticks whose command was not the one asked for. */
  limited = 0;
  /** Ticks whose command was scaled for want of energy. */
  starved = 0;
  /** Least exact distance so far beyond what is never used up, m. */
  closest = Infinity;
  #barrier: BarrierSettings;
  #toolSpeed: number;
  /** Until a lowered limit must be kept, s; and what was allowed before. */
  #grace = 0;
  #speedScale = 1;
  readonly #kinematics: Kinematics;
  readonly #capsules: PlacedCapsules;
  readonly #kept: readonly Kept[];
  readonly #least: Float64Array;
  #startedClear = false;
  readonly #tools: readonly number[];
  readonly #toolAt: Float64Array;
  readonly #middle: Float64Array;
  readonly #unknown: Float64Array;
  readonly #energy: EnergyWatch;
  /** s: no joint takes longer from any state to rest. */
  readonly longestStop: number;

  constructor(
    readonly limits: readonly FilterLimits[],
    readonly cartesian: CartesianLimits,
    options: { synchronise?: boolean; energy?: EnergyBudget } = {},
  ) {
    const { synchronise = false, energy } = options;
    this.filter = new SafetyFilter(limits, {
      cartesian,
      longestPeriod: LONGEST_PERIOD,
      synchronise,
      ...(energy === undefined ? {} : { energy }),
    });
    const n = limits.length;
    this.#energy = new EnergyWatch(limits, energy);
    this.position = new Float64Array(n);
    this.velocity = new Float64Array(n);
    this.acceleration = new Float64Array(n);
    this.#middle = new Float64Array(n);
    this.#unknown = new Float64Array(n).fill(Number.NaN);
    const { model, tools, barrier, toolSpeed } = cartesian;
    this.#barrier = barrier;
    this.#toolSpeed = toolSpeed;
    const { description, joints, base, fixed } = model;
    this.#kinematics = new Kinematics(description, { joints, base, fixed, tool: tools[0] ?? base });
    this.#capsules = new PlacedCapsules(model.capsules, this.#kinematics);
    this.#tools = tools.map((tool) => this.#kinematics.linkOffset(tool));
    this.#toolAt = new Float64Array(3 * tools.length);
    this.#kept = [...this.#pairs(), ...this.#scene(), ...this.#workspace()];
    this.#least = new Float64Array(this.#kept.length);
    this.longestStop = Math.max(
      ...limits.map(({ velocity, acceleration, deceleration = acceleration, jerk }) => {
        const usable = Math.min(deceleration, Math.sqrt(2 * jerk * velocity));
        return 2 * (velocity / usable + acceleration / jerk + (2 * usable) / jerk) + 0.3;
      }),
    );
  }

  /** Exact distances at `q`, m, the least beyond its floor first: name and value. */
  nearest(q: ArrayLike<number>): { name: string; distance: number; spare: number } {
    this.#place(q);
    let best = { name: '', distance: Infinity, spare: Infinity };
    for (const { name, measure, floor } of this.#kept) {
      const distance = measure();
      const spare = distance - floor(this.#barrier);
      if (spare < best.spare) best = { name, distance, spare };
    }
    return best;
  }

  /** Starts the filter at rest at `q`; whether it let it. */
  start(q: ArrayLike<number>): boolean {
    if (!this.filter.start(Float64Array.from(q)).ready) return false;
    this.position.set(q);
    this.velocity.fill(0);
    this.acceleration.fill(0);
    this.#place(q);
    this.#kept.forEach(({ measure, floor }, k) => {
      this.#least[k] = Math.min(measure(), floor(this.#barrier));
    });
    this.#startedClear = this.#least.every((least) => least >= 0);
    this.#readTools();
    this.#energy.start();
    return true;
  }

  follow(period: number, desired: Float64Array): SafeCommand {
    const effort = this.#energy.efforts();
    const command = this.filter.follow(period, desired, this.#unknown, effort);
    if (command === undefined) throw new Violation('no command');
    let same = true;
    for (let i = 0; i < desired.length; i++) same &&= Object.is(desired[i], command.positions[i]);
    if (!same) this.limited++;
    if (command.reasons.includes(Reason.energy)) this.starved++;
    if (this.filter.state === 'running' && command.band === 0 && !same) {
      throw new Violation('a command that counts as passed differs from what was asked');
    }
    this.#check(period, command);
    return command;
  }

  stop(period: number, kind: StopKind = 'joint'): void {
    const effort = this.#energy.efforts();
    const command = this.filter.stop(period, kind, this.#unknown, effort);
    if (command === undefined) throw new Violation('no command');
    this.#check(period, command);
  }

  /** Stops, and has to be at rest within the longest stop; then has to stay where it is. */
  stopToRest(period: () => number, kind: StopKind = 'joint'): void {
    let left = kind === 'joint' ? this.longestStop : 4 * this.longestStop;
    for (; left > 0 && !this.filter.atRest; ) {
      const h = period();
      this.stop(h, kind);
      left -= Math.min(h, LONGEST_PERIOD);
    }
    if (!this.filter.atRest) throw new Violation(`no rest ${kind} after a stop`);
    const rest = Float64Array.from(this.position);
    this.stop(period());
    if (!this.position.every((value, i) => value === rest[i])) throw new Violation('rest moves');
  }

  set toolSpeed(speed: number) {
    this.filter.toolSpeed = speed;
    if (speed < this.#toolSpeed) this.#grace = this.longestStop;
    this.#toolSpeed = speed;
  }

  set speedScale(scale: number) {
    this.filter.speedScale = scale;
    if (scale < this.#speedScale) this.#grace = this.longestStop;
    this.#speedScale = scale;
  }

  set barrier(settings: BarrierSettings) {
    this.filter.barrier = settings;
    this.#barrier = settings;
  }

  #check(period: number, command: SafeCommand): void {
    const h = Math.min(period, LONGEST_PERIOD);
    this.ticks++;
    this.#grace -= h;
    for (let i = 0; i < this.limits.length; i++)
      this.#checkJoint(i, h, command.positions[i] ?? NaN);
    // Half-way between two commands as well: where a robot goes that interpolates them.
    for (let i = 0; i < this.limits.length; i++) {
      const p = command.positions[i] ?? NaN;
      this.#middle[i] = (p + (this.position[i] ?? NaN)) / 2;
      const v = (p - (this.position[i] ?? NaN)) / h;
      this.acceleration[i] = (v - (this.velocity[i] ?? NaN)) / h;
      this.velocity[i] = v;
      this.position[i] = p;
    }
    const over = this.#energy.book(this.velocity, this.acceleration, h);
    if (over > 0) throw this.#violation('put out more energy than its budget and stops, J', over);
    this.#place(this.#middle);
    for (const { name, measure } of this.#kept) {
      const distance = measure();
      if (distance < 0 && this.#startedClear) throw this.#violation(`${name} overlap`, distance);
    }
    this.#place(this.position);
    this.#kept.forEach(({ name, measure, floor }, k) => {
      const distance = measure();
      const aim = floor(this.#barrier);
      const least = Math.min(this.#least[k] ?? NaN, aim);
      const slack = least < aim ? SMOOTHING : 1e-7;
      if (!(distance >= least - slack)) throw this.#violation(`${name} below ${least}`, distance);
      this.closest = Math.min(this.closest, distance - least);
      // While it moves, the filter counts how near its way to rest leads, not where it is.
      const gained = this.filter.atRest ? distance - SMOOTHING : least;
      this.#least[k] = Math.min(Math.max(least, gained), aim);
    });
    this.#checkTools(h);
  }

  #checkJoint(i: number, h: number, p: number): void {
    const limits = this.limits[i] as FilterLimits;
    const { name, lower, upper, velocity, acceleration, jerk } = limits;
    const { deceleration = acceleration } = limits;
    const before = this.velocity[i] ?? NaN;
    const from = this.position[i] ?? NaN;
    const v = (p - from) / h;
    const a = (v - before) / h;
    const j = (a - (this.acceleration[i] ?? NaN)) / h;
    // Differences of rounded positions: the last digit of a position is a lot of jerk.
    const digit = 4e-16 * (1 + Math.abs(p));
    const bad = (what: string, value: number) => this.#violation(`${what} of ${name}`, value);
    if (!Number.isFinite(p)) throw bad('not finite: position', p);
    const outside = from > upper ? 1 : from < lower ? -1 : 0;
    if (outside === 0 && (p > upper || p < lower)) throw bad('position', p);
    if (outside * (p - from) > 0) throw bad('outward: position', p);
    if (outside !== 0 && Math.abs(v) > INWARD * velocity * (1 + 1e-6) + digit / h) {
      throw bad('velocity outside', v);
    }
    if (Math.abs(v) > velocity * (1 + 1e-6) + digit / h) throw bad('velocity', v);
    const scaled = velocity * this.#speedScale;
    if (this.#grace <= 0 && Math.abs(v) > scaled * (1 + 1e-6) + 1e-6 + digit / h) {
      throw bad(`velocity scaled by ${this.#speedScale}`, v);
    }
    const most = before * a < 0 && Math.abs(before) > 1e-9 ? deceleration : acceleration;
    if (Math.abs(a) > most * (1 + 1e-6) + (4 * digit) / h ** 2 + 1e-9) throw bad('acceleration', a);
    if (Math.abs(j) > jerk * (1 + 1e-6) + (8 * digit) / h ** 3 + 1e-6) throw bad('jerk', j);
  }

  #checkTools(h: number): void {
    const poses = this.#kinematics.linkPoses;
    this.#tools.forEach((at, tool) => {
      let square = 0;
      for (let axis = 0; axis < 3; axis++) {
        const now = poses[at + 3 + 4 * axis] ?? NaN;
        square += (now - (this.#toolAt[3 * tool + axis] ?? NaN)) ** 2;
      }
      const speed = Math.sqrt(square) / h;
      const most = this.#grace > 0 ? Infinity : this.#toolSpeed;
      if (!(speed <= most * (1 + 1e-6) + 1e-9 / h))
        throw this.#violation(`tool speed above ${most}, period ${h}`, speed);
    });
    this.#readTools();
  }

  #readTools(): void {
    const poses = this.#kinematics.linkPoses;
    this.#tools.forEach((at, tool) => {
      for (let axis = 0; axis < 3; axis++) {
        this.#toolAt[3 * tool + axis] = poses[at + 3 + 4 * axis] ?? NaN;
      }
    });
  }

  #violation(what: string, value: number): Violation {
    return new Violation(`tick ${this.ticks}: ${what}: ${value}`);
  }

  #place(q: ArrayLike<number>): void {
    this.#kinematics.update(q);
    this.#capsules.update();
  }

  #pairs(): Kept[] {
    const { model } = this.cartesian;
    const { world } = this.#capsules;
    return model.pairs.map(({ first, second }) => ({
      name: `${model.capsules[first]?.link} and ${model.capsules[second]?.link}`,
      measure: () => trueCapsuleDistance(world, first * CAPSULE_SIZE, world, second * CAPSULE_SIZE),
      floor: ({ selfMargin }) => FLOOR * selfMargin,
    }));
  }

  #scene(): Kept[] {
    const { model } = this.cartesian;
    return model.scene.map(({ shape, capsule }) => ({
      name: `${model.capsules[capsule]?.link} and ${shape.name}`,
      measure: sceneDistance(this.#capsules.world, capsule * CAPSULE_SIZE, shape),
      floor: ({ sceneMargin }) => FLOOR * sceneMargin,
    }));
  }

  #workspace(): Kept[] {
    const poses = this.#kinematics.linkPoses;
    return this.#tools.flatMap((at) =>
      this.cartesian.workspace.map(({ name, normal: [nx, ny, nz], offset }) => ({
        name: `tool and ${name}`,
        measure: () =>
          nx * (poses[at + 3] ?? NaN) +
          ny * (poses[at + 7] ?? NaN) +
          nz * (poses[at + 11] ?? NaN) -
          offset,
        floor: () => 0,
      })),
    );
  }
}
