/** How fast tool centres get on a way to rest. Their speed is a promise of its own. */
import type { Clearances } from './clearances.js';
import { ReachTable } from './reach_table.js';
import type { StopPath } from './stop_path.js';
import type { ToolMotion } from './tool_motion.js';

/** Share of the limit that is safe: stops in ticks deviate a little. */
const ALLOWED = 0.94;
/** Share of the limit that steps are led to, and of that, up to which a tool is slow. */
const AIM = 0.92;
const SLOW = 0.8;
/** A joint that makes less than this share of the limit needs no samples of its own. */
const LITTLE = 0.01;
/**
 * m: how far a fast tool goes from one sample to the next at most; and parts of its way at least: joints that
 * brake one after the other may make it fastest in between.
 */
const SPACING = 0.05;
const LEAST_SPANS = 16;

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
  /** Joints that move a tool that may be fast. */
  readonly watched: Uint8Array;
  /** Parts in which a way with fast tools has to be looked at. */
  spans = 0;

  /** Samples at which a tool is fast. */
  readonly samples: Uint8Array;
  /**
   * Speed found at each sample, m/s, a row of `most` for each tool; 0 where it is slow. In the first, it is
   * the mean over the step.
   */
  readonly found: Float64Array;
  readonly most: number;
  /** Tools that may be fast on this way. */
  readonly #fast: Uint8Array;
  readonly #motions: readonly ToolMotion[];
  readonly #reach: ReachTable;
  readonly #joints: number;
  #before = 0;

  constructor({ joints, tools, toolReach, toolMotions }: Clearances, samples: number) {
    this.#joints = joints;
    this.#reach = new ReachTable(toolReach);
    this.#motions = toolMotions;
    this.most = samples;
    this.samples = new Uint8Array(samples);
    this.watched = new Uint8Array(joints);
    this.#fast = new Uint8Array(tools);
    this.found = new Float64Array(samples * tools);
  }

  /** The robot rests. */
  start(): void {
    this.#before = 0;
    for (const motion of this.#motions) motion.forget();
  }

  /** Has the next way be compared with the one measured last, which the robot is on now. */
  adopt(): void {
    this.#before = this.speed;
  }

  /** Finds out which tools may be fast on a way; a share `keep` of what a speed has left is to be kept. */
  begin(path: StopPath, { keep }: { readonly keep: number }): void {
    const { starts, joints, values } = this.#reach;
    const most = AIM * this.limit;
    this.slow = SLOW * most;
    this.allowed = ALLOWED * this.limit;
    const before = Math.max(this.#before, this.slow);
    // Infinite both without a limit.
    const left = before === most ? 0 : most - before;
    this.aim = Math.min(before + left * (1 - keep), this.allowed);
    this.speed = 0;
    this.spans = 0;
    this.watched.fill(0);
    for (let tool = 0; tool < this.#fast.length; tool++) {
      this.#reach.travel(tool, path.speeds);
      const fast = !(this.#reach.sum <= this.slow);
      this.#fast[tool] = fast ? 1 : 0;
      if (!fast) continue;
      this.#reach.travel(tool, path.ways);
      this.spans = Math.max(this.spans, LEAST_SPANS, this.#reach.sum / SPACING);
      const end = starts[tool + 1] as number;
      for (let entry = starts[tool] as number; entry < end; entry++) {
        const joint = joints[entry] as number;
        const share = (values[entry] as number) * (path.speeds[joint] as number);
        if (!(share < LITTLE * this.limit)) this.watched[joint] = 1;
      }
    }
  }

  /** Measures the tools where they may be fast on the way, which has been sampled. */
  measure(path: StopPath): void {
    const { most } = this;
    this.samples.fill(0);
    for (let tool = 0; tool < this.#fast.length; tool++) {
      this.found.fill(0, tool * most, (tool + 1) * most);
      if (this.#fast[tool] === 1) this.#follow(path, tool);
    }
  }

  #follow(path: StopPath, tool: number): void {
    const motion = this.#motions[tool] as ToolMotion;
    const row = tool * this.most;
    for (let m = 0; m < path.count; m++) {
      this.#reach.pace(tool, path.velocities, m * this.#joints);
      if (this.#reach.sum <= this.slow) continue;
      this.#find(path, m, motion);
      const { speed } = motion;
      this.speed = Math.max(this.speed, speed);
      if (speed < this.slow) continue;
      this.found[row + m] = speed;
      this.samples[m] = 1;
    }
  }

  /** Writes the gradient of a speed found over the velocities. */
  gradient(path: StopPath, m: number, tool: number, out: Float64Array): void {
    const motion = this.#motions[tool] as ToolMotion;
    this.#find(path, m, motion);
    motion.gradient(out);
  }

  #find(path: StopPath, m: number, motion: ToolMotion): void {
    const n = this.#joints;
    const { positions, velocities } = path;
    if (!motion.reaches(positions, m * n)) {
      // As far on as this sample can share: it then serves as many after that one.
      let on = m;
      while (on + 1 < path.count && motion.together(positions, m * n, (on + 1) * n)) on++;
      motion.learn(positions, on * n);
    }
    // A step goes straight, so halfway its mean speed is its speed.
    motion.back = m === 0 ? path.step / 2 : 0;
    motion.measure(positions, velocities, m * n);
  }
}
