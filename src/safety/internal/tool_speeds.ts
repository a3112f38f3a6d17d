/**
 * How fast tool centres get on a way to rest. Their speed is a promise of its own: measured where it
 * may be high, and bounded elsewhere by how far the joints have moved since the last place where it was.
 */
import { at } from '../../core/vector.js';
import type { Clearances } from './clearances.js';
import { ReachTable } from './reach_table.js';
import type { StopPath } from './stop_path.js';

/** Share of the limit that is safe: stops in ticks deviate a little. */
const ALLOWED = 0.94;
/** Share of the limit that steps are led to, and of that, up to which a tool is slow. */
const AIM = 0.92;
const SLOW = 0.8;
/** A joint that makes less than this share of the limit needs no samples of its own. */
const LITTLE = 0.01;
/** m: how far a fast tool goes from one sample to the next at most. */
const SPACING = 0.03;

export class ToolSpeeds {
  /** Greatest speed of a tool centre, m/s. */
  limit = Infinity;
  /** Greatest speed found on the way, m/s; one that is slow counts as such and no less. */
  speed = 0;
  /** m/s: slower than `slow`, no tool is looked at; faster than `allowed` is not safe. */
  slow = 0;
  allowed = 0;
  /** Tool speed that a step is led to, m/s: it nears its limit as distances near their margin. */
  aim = 0;
  /** Result of `find`, m/s. */
  found = 0;
  /** Joints that move a tool that may be fast. */
  readonly watched: Uint8Array;
  /** Parts in which a way with fast tools has to be looked at. */
  spans = 0;

  readonly #clearances: Clearances;
  readonly #joints: number;
  readonly #reach: ReachTable;
  /** Samples at which the tools were measured: those at which one may be fast. */
  readonly measured: Uint8Array;
  /** Tools that may be fast on this way. */
  readonly #fast: Uint8Array;
  /** Each tool's Jacobian where it was measured last, 3×n, and the sample where that was; −1: none. */
  readonly #jacobians: Float64Array;
  #last = -1;
  readonly #gradient: Float64Array;
  #before = 0;

  constructor(clearances: Clearances, samples: number) {
    const { joints, tools, toolReach } = clearances;
    this.#clearances = clearances;
    this.#joints = joints;
    this.#reach = new ReachTable(toolReach);
    this.measured = new Uint8Array(samples);
    this.watched = new Uint8Array(joints);
    this.#fast = new Uint8Array(tools);
    this.#jacobians = new Float64Array(3 * joints * tools);
    this.#gradient = new Float64Array(joints);
  }

  /** The robot rests. */
  start(): void {
    this.#before = 0;
  }

  /** Has the next way be compared with the one measured last, which the robot is on now. */
  adopt(): void {
    this.#before = this.speed;
  }

  /** Finds out which tools may be fast on a way of which a share `keep` of what is left is kept. */
  begin(path: StopPath, keep: number): void {
    const { starts, joints, values } = this.#reach;
    const most = AIM * this.limit;
    this.slow = SLOW * most;
    this.allowed = ALLOWED * this.limit;
    const before = Math.max(this.#before, this.slow);
    this.aim = before < most ? before + (most - before) * (1 - keep) : most;
    this.speed = 0;
    this.spans = 0;
    this.#last = -1;
    this.measured.fill(0);
    this.watched.fill(0);
    for (let tool = 0; tool < this.#fast.length; tool++) {
      const fast = !(this.#reach.travel(tool, path.speeds) <= this.slow);
      this.#fast[tool] = fast ? 1 : 0;
      if (!fast) continue;
      this.spans = Math.max(this.spans, this.#reach.travel(tool, path.ways) / SPACING);
      const end = starts[tool + 1] as number;
      for (let entry = starts[tool] as number; entry < end; entry++) {
        const joint = joints[entry] as number;
        const share = at(values, entry) * at(path.speeds, joint);
        if (!(share < LITTLE * this.limit)) this.watched[joint] = 1;
      }
    }
  }

  /** Whether no tool can be fast at sample m. */
  allSlow(path: StopPath, m: number): boolean {
    for (let tool = 0; tool < this.#fast.length; tool++) {
      if (this.#fast[tool] === 1 && !this.#isSlow(path, m, tool)) return false;
    }
    return true;
  }

  /** Measures the tools at sample m, where the robot has been placed. */
  measure(path: StopPath, m: number): void {
    for (let tool = 0; tool < this.#fast.length; tool++) {
      if (this.#fast[tool] === 0) continue;
      this.find(path, m, tool, this.#gradient);
      this.speed = Math.max(this.speed, this.found);
      this.#clearances.copyJacobian(this.#jacobians, 3 * this.#joints * tool);
    }
    this.measured[m] = 1;
    this.#last = m;
  }

  /**
   * Finds the speed of a tool centre at sample m, where the robot has been placed; in the first sample,
   * its mean over the step. Writes the gradient, over velocities (in the first sample, positions).
   */
  find(path: StopPath, m: number, tool: number, out: Float64Array): void {
    if (m > 0) {
      this.#clearances.toolSpeed(tool, path.velocities, m * this.#joints, out);
      this.found = this.#clearances.rate;
      return;
    }
    this.#clearances.toolTravel(tool, out);
    this.found = this.#clearances.rate / path.step;
    for (let i = 0; i < this.#joints; i++) out[i] = at(out, i) / path.step;
  }

  /**
   * Whether the tool is slow at sample m, by the Jacobian where it was measured last and what this can
   * have changed by since.
   */
  #isSlow(path: StopPath, m: number, tool: number): boolean {
    const n = this.#joints;
    const { starts, joints, values } = this.#reach;
    const { positions, velocities } = path;
    const jacobians = this.#jacobians;
    const bends = this.#clearances.toolBends[tool] as Float64Array;
    const from = m * n;
    const known = this.#last * n;
    const first = starts[tool] as number;
    const end = starts[tool + 1] as number;
    let sum = 0;
    if (known < 0) {
      for (let entry = first; entry < end; entry++) {
        const joint = joints[entry] as number;
        sum += at(values, entry) * Math.abs(at(velocities, from + joint));
      }
      return sum <= this.slow;
    }
    let x = 0;
    let y = 0;
    let z = 0;
    const rows = 3 * n * tool;
    for (let entry = first; entry < end; entry++) {
      const i = joints[entry] as number;
      const speed = at(velocities, from + i);
      x += at(jacobians, rows + i) * speed;
      y += at(jacobians, rows + n + i) * speed;
      z += at(jacobians, rows + 2 * n + i) * speed;
      let bend = 0;
      for (let other = first; other < end; other++) {
        const k = joints[other] as number;
        bend += at(bends, i * n + k) * Math.abs(at(positions, from + k) - at(positions, known + k));
      }
      sum += bend * Math.abs(speed);
    }
    return sum + Math.sqrt(x * x + y * y + z * z) <= this.slow;
  }
}
