/**
 * How fast a tool centre moves. Its Jacobian is computed at a few configurations only and serves all that
 * is near: the column of joint i changes with joint k by w × c, w being the axis of the one nearer to the
 * base and c the column of the other. What is left out of a speed is at most ½ NEAR² · Σ|q̇| · R, with R
 * the greatest distance of the tool from an axis: half a percent of what all joints together could make.
 */
import type { Kinematics } from '../../description/kinematics.js';

/** How far configurations may be from one whose Jacobian they use: sum over the joints, rad (m). */
const NEAR = 0.1;
/** Configurations kept: the oldest makes room for another. */
const KEPT = 16;
/** Numbers of a joint in a Jacobian: how the tool moves, and how it turns. */
const COLUMN = 6;

export class ToolMotion {
  /** Seconds by which positions are taken earlier, along their velocities. */
  back = 0;
  /** Result of `measure`: speed of the tool centre, m/s. */
  speed = 0;

  readonly #kinematics: Kinematics;
  readonly #link: number;
  /** The joints that move the tool, from the base outwards, and what a change of each counts. */
  readonly #movers: Int32Array;
  readonly #weights: Float64Array;
  /** For each configuration kept: the positions of the movers, and their columns. */
  readonly #known: Float64Array;
  readonly #columns: Float64Array;
  /** Configuration in use; and that which is replaced next. */
  #used = 0;
  #next = 0;
  #count = 0;
  /** Of the sample measured last: changes of the movers since the configuration, direction, turn by them all. */
  readonly #change: Float64Array;
  #x = 0;
  #y = 0;
  #z = 0;
  #turnX = 0;
  #turnY = 0;
  #turnZ = 0;

  /** @param kinematics to be moved at will */
  constructor(kinematics: Kinematics, link: string) {
    this.#kinematics = kinematics;
    this.#link = kinematics.linkOffset(link);
    const { joints, multipliers } = kinematics.moversOf(this.#link);
    this.#movers = joints;
    this.#weights = multipliers.map(Math.abs);
    const count = this.#movers.length;
    this.#known = new Float64Array(KEPT * count);
    this.#columns = new Float64Array(COLUMN * KEPT * count);
    this.#change = new Float64Array(count);
  }

  /** Forgets all configurations: what follows does not depend on what was before. */
  forget(): void {
    this.#count = 0;
    this.#next = 0;
    this.#used = 0;
  }

  /** Whether the positions in `q` from `from` on are near a configuration kept, which then is used. */
  reaches(q: Float64Array, from: number): boolean {
    // The one in use first, then those added after it: ways follow each other.
    for (let tried = 0; tried < this.#count; tried++) {
      const other = this.#used + tried;
      const index = other < this.#count ? other : other - this.#count;
      if (!this.#isNear(index, q, from)) continue;
      this.#used = index;
      return true;
    }
    return false;
  }

  /** Whether positions from `one` and from `other` on could share a configuration at either. */
  together(q: Float64Array, one: number, other: number): boolean {
    const movers = this.#movers;
    let sum = 0;
    for (let i = 0; i < movers.length; i++) {
      const joint = movers[i] as number;
      sum +=
        (this.#weights[i] as number) *
        Math.abs((q[one + joint] as number) - (q[other + joint] as number));
    }
    return sum <= NEAR;
  }

  /** Computes the Jacobian at the positions in `q` from `from` on, and uses it. */
  learn(q: Float64Array, from: number): void {
    const movers = this.#movers;
    const index = this.#next;
    this.#kinematics.moveTo(q, from);
    this.#kinematics.placeLink(this.#link);
    this.#kinematics.moverColumns(this.#link, this.#columns, index * COLUMN * movers.length);
    for (let i = 0; i < movers.length; i++) {
      this.#known[index * movers.length + i] = q[from + (movers[i] as number)] as number;
    }
    this.#used = index;
    this.#next = index + 1 < KEPT ? index + 1 : 0;
    this.#count = Math.max(this.#count, index + 1);
  }

  #isNear(index: number, q: Float64Array, from: number): boolean {
    const movers = this.#movers;
    const known = index * movers.length;
    let sum = 0;
    for (let i = 0; i < movers.length; i++) {
      const change =
        (q[from + (movers[i] as number)] as number) - (this.#known[known + i] as number);
      sum += (this.#weights[i] as number) * Math.abs(change);
      if (sum > NEAR) return false;
    }
    // What is not a number is near nothing.
    return sum <= NEAR;
  }

  /** Finds the speed at the positions in `q` and the velocities in `v` from `from` on. */
  measure(q: Float64Array, v: Float64Array, from: number): void {
    const { back } = this;
    const movers = this.#movers;
    const columns = this.#columns;
    const known = this.#used * movers.length;
    let x = 0;
    let y = 0;
    let z = 0;
    let turnX = 0;
    let turnY = 0;
    let turnZ = 0;
    let spinX = 0;
    let spinY = 0;
    let spinZ = 0;
    for (let i = 0; i < movers.length; i++) {
      const joint = from + (movers[i] as number);
      const own = (known + i) * COLUMN;
      const rate = v[joint] as number;
      const change = (q[joint] as number) - back * rate - (this.#known[known + i] as number);
      const cx = columns[own] as number;
      const cy = columns[own + 1] as number;
      const cz = columns[own + 2] as number;
      const wx = columns[own + 3] as number;
      const wy = columns[own + 4] as number;
      const wz = columns[own + 5] as number;
      turnX += wx * change;
      turnY += wy * change;
      turnZ += wz * change;
      // What its own speed makes of the turns up to it, and its own change of the speeds before it.
      const sx = rate * turnX + change * spinX;
      const sy = rate * turnY + change * spinY;
      const sz = rate * turnZ + change * spinZ;
      x += rate * cx + sy * cz - sz * cy;
      y += rate * cy + sz * cx - sx * cz;
      z += rate * cz + sx * cy - sy * cx;
      spinX += wx * rate;
      spinY += wy * rate;
      spinZ += wz * rate;
      this.#change[i] = change;
    }
    this.speed = Math.sqrt(x * x + y * y + z * z);
    const scale = this.speed > 0 ? 1 / this.speed : 0;
    this.#x = scale * x;
    this.#y = scale * y;
    this.#z = scale * z;
    this.#turnX = turnX;
    this.#turnY = turnY;
    this.#turnZ = turnZ;
  }

  /** Writes the gradient over the velocities of all joints, of the speed measured last, to `out`. */
  gradient(out: Float64Array): void {
    const movers = this.#movers;
    const columns = this.#columns;
    const known = this.#used * movers.length;
    let turnX = this.#turnX;
    let turnY = this.#turnY;
    let turnZ = this.#turnZ;
    // How the changes of the joints farther out move the tool.
    let x = 0;
    let y = 0;
    let z = 0;
    out.fill(0);
    for (let i = movers.length - 1; i >= 0; i--) {
      const joint = movers[i] as number;
      const own = (known + i) * COLUMN;
      const change = this.#change[i] as number;
      const cx = columns[own] as number;
      const cy = columns[own + 1] as number;
      const cz = columns[own + 2] as number;
      const wx = columns[own + 3] as number;
      const wy = columns[own + 4] as number;
      const wz = columns[own + 5] as number;
      const jx = cx + turnY * cz - turnZ * cy + wy * z - wz * y;
      const jy = cy + turnZ * cx - turnX * cz + wz * x - wx * z;
      const jz = cz + turnX * cy - turnY * cx + wx * y - wy * x;
      out[joint] = (out[joint] as number) + this.#x * jx + this.#y * jy + this.#z * jz;
      x += cx * change;
      y += cy * change;
      z += cz * change;
      turnX -= wx * change;
      turnY -= wy * change;
      turnZ -= wz * change;
    }
  }
}
