/**
 * A filter under watch: every command that it gives is checked from outside, by differences of its own
 * and by the exact distances of capsules placed by a kinematics of its own.
 */
import type { SceneShape } from '../../src/description/collision_model.js';
import { CAPSULE_SIZE, trueCapsuleDistance } from '../../src/description/distance.js';
import { Kinematics } from '../../src/description/kinematics.js';
import { PlacedCapsules } from '../../src/description/placed_capsules.js';
import { fromOrigin } from '../../src/description/transform.js';
import type { StopKind } from '../../src/safety/failsafe.js';
import { SafetyFilter } from '../../src/safety/filter.js';
import type { FilterLimits } from '../../src/safety/limits.js';
import type { BarrierSettings, CartesianLimits } from '../../src/safety/options.js';
import type { SafeCommand } from '../../src/safety/safe_command.js';

/** A promise that a command broke. */
export class Violation extends Error {}

/** Share of the margin that the filter promises never to use up. */
const FLOOR = 0.5;
/** m: what the filter's smooth distance may lie below the exact one. */
const SMOOTHING = 1e-3;
const LONGEST_PERIOD = 0.05;

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
  /** s: no joint takes longer from any state to rest. */
  readonly longestStop: number;

  constructor(
    readonly limits: readonly FilterLimits[],
    readonly cartesian: CartesianLimits,
    options: { synchronise?: boolean } = {},
  ) {
    const { synchronise = false } = options;
    const filterOptions = { cartesian, longestPeriod: LONGEST_PERIOD, synchronise };
    this.filter = new SafetyFilter(limits, filterOptions);
    const n = limits.length;
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
    return true;
  }

  follow(period: number, desired: Float64Array): SafeCommand {
    const command = this.filter.follow(period, desired, this.#unknown);
    if (command === undefined) throw new Violation('no command');
    let same = true;
    for (let i = 0; i < desired.length; i++) same &&= Object.is(desired[i], command.positions[i]);
    if (!same) this.limited++;
    if (this.filter.state === 'running' && command.band === 0 && !same) {
      throw new Violation('a command that counts as passed differs from what was asked');
    }
    this.#check(period, command);
    return command;
  }

  stop(period: number, kind: StopKind = 'joint'): void {
    const command = this.filter.stop(period, kind);
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
    const v = (p - (this.position[i] ?? NaN)) / h;
    const a = (v - before) / h;
    const j = (a - (this.acceleration[i] ?? NaN)) / h;
    // Differences of rounded positions: the last digit of a position is a lot of jerk.
    const digit = 4e-16 * (1 + Math.abs(p));
    const bad = (what: string, value: number) => this.#violation(`${what} of ${name}`, value);
    if (!Number.isFinite(p)) throw bad('not finite: position', p);
    if (p > upper || p < lower) throw bad('position', p);
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

type Box = SceneShape & { readonly type: 'box' };

/** Exact distance of the capsule at `i` in `block` from a shape, m; from a box, 0 if its axis is inside. */
export function sceneDistance(block: Float64Array, i: number, shape: SceneShape): () => number {
  const radius = () => block[i + 6] ?? NaN;
  const axis = (t: number, k: number) =>
    (block[i + k] ?? NaN) + t * ((block[i + 3 + k] ?? NaN) - (block[i + k] ?? NaN));
  if (shape.type === 'half_space') {
    const [x, y, z] = shape.normal;
    const height = (t: number) => x * axis(t, 0) + y * axis(t, 1) + z * axis(t, 2) - shape.offset;
    return () => Math.min(height(0), height(1)) - radius();
  }
  if (shape.type === 'sphere') {
    const ball = Float64Array.of(...shape.center, ...shape.center, shape.radius);
    return () => trueCapsuleDistance(block, i, ball, 0);
  }
  return boxDistance(block, i, shape);
}

function boxDistance(block: Float64Array, i: number, { center, size, rpy }: Box): () => number {
  const pose = fromOrigin({ xyz: center, rpy });
  const corner = Math.hypot(...size) / 2;
  const start = new Float64Array(3);
  const way = new Float64Array(3);
  const inBox = (end: number, k: number) => {
    let along = 0;
    for (let axis = 0; axis < 3; axis++) {
      along += (pose[4 * axis + k] ?? NaN) * ((block[end + axis] ?? NaN) - (center[axis] ?? NaN));
    }
    return along;
  };
  const from = (t: number) => {
    let square = 0;
    for (let k = 0; k < 3; k++) {
      const out = Math.abs((start[k] ?? NaN) + t * (way[k] ?? NaN)) - (size[k] ?? NaN) / 2;
      if (out > 0) square += out * out;
    }
    return Math.sqrt(square);
  };
  return () => {
    for (let k = 0; k < 3; k++) {
      start[k] = inBox(i, k);
      way[k] = inBox(i + 3, k) - (start[k] ?? NaN);
    }
    const radius = block[i + 6] ?? NaN;
    const far = Math.hypot(...start) - Math.hypot(...way) - corner - radius;
    if (far > 0.2) return far; // less than the distance, and enough to know
    // The distance from a convex shape is convex along the axis: close in on its least value.
    let low = 0;
    let high = 1;
    for (let step = 0; step < 40; step++) {
      const one = low + (high - low) / 3;
      const two = high - (high - low) / 3;
      if (from(one) < from(two)) high = two;
      else low = one;
    }
    return from((low + high) / 2) - radius;
  };
}
