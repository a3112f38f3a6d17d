/**
 * The quadratic program that a step is found by: its variables are where the joints rest, seen from
 * here, and its rows what came near or got fast on the way judged last, linearised where it was worst.
 */
import type { Assessment } from './assessment.js';
import type { Clearances } from './clearances.js';
import { QpStatus, QuadraticProgram } from './quadratic_program.js';
import type { StopPath } from './stop_path.js';

/** m beyond what it is led to up to which a distance makes a row. */
const BAND = 0.002;
/** m/rad: what changes less with every joint does not change. */
const FLAT = 1e-9;

/** What the rows ask for: that all is as it should be, or that it is safe. */
export const Bounds = { wish: 0, must: 1 } as const;

export class StepProgram {
  readonly program: QuadraticProgram;
  readonly #clearances: Clearances;
  readonly #path: StopPath;
  readonly #assessment: Assessment;
  readonly #joints: number;
  /** Bounds of the rows, by `Bounds`. */
  readonly #bounds: readonly [Float64Array, Float64Array];
  readonly #gradient: Float64Array;
  /** What has to be gained for a row to be as it should be, and to be safe. */
  #wish = 0;
  #must = 0;
  /** Samples that make rows. */
  readonly #wanted: Uint8Array;

  constructor(clearances: Clearances, path: StopPath, assessment: Assessment) {
    this.#clearances = clearances;
    this.#path = path;
    this.#assessment = assessment;
    this.#joints = clearances.joints;
    const most = clearances.count + clearances.tools * path.most;
    this.program = new QuadraticProgram(this.#joints, most);
    this.#bounds = [new Float64Array(most), new Float64Array(most)];
    this.#gradient = new Float64Array(this.#joints);
    this.#wanted = new Uint8Array(path.most);
  }

  /** Solves the program for bounds of `Bounds`; whether there is a solution. */
  solve(which: 0 | 1): boolean {
    this.program.bounds.set(this.#bounds[which]);
    return this.program.solve() === QpStatus.solved;
  }

  /** Makes rows of what came near on the way judged last, where it came nearest, and of what is fast. */
  linearise(): void {
    const { distances, speeds } = this.#assessment;
    const { near, count, worst } = distances;
    const wanted = this.#wanted;
    this.program.count = 0;
    wanted.fill(0);
    for (let index = 0; index < count; index++) {
      const k = near[index] as number;
      if (this.#urgent(k)) wanted[worst[k] as number] = 1;
    }
    for (let m = 0; m < this.#path.count; m++) {
      const fast = speeds.samples[m] === 1;
      if (!fast && wanted[m] === 0) continue;
      this.#path.slope(m);
      if (fast) this.#speedRows(m);
      if (wanted[m] === 0) continue;
      this.#clearances.place(this.#path.positions, m * this.#joints);
      for (let index = 0; index < count; index++) {
        const k = near[index] as number;
        if (worst[k] === m && this.#urgent(k)) this.#nearRow(k);
      }
    }
  }

  /** Whether the clearance `k` is, or may get with this step, short of what it is led to. */
  #urgent(k: number): boolean {
    const { distances, aims } = this.#assessment;
    return (distances.least[k] as number) - (aims[k] as number) <= BAND;
  }

  #nearRow(k: number): void {
    // The least on the way, which may be a little less than it is here.
    const { distances, aims, rations } = this.#assessment;
    const distance = distances.least[k] as number;
    this.#clearances.measure(k);
    this.#clearances.gradient(k, this.#gradient);
    this.#wish = (aims[k] as number) - distance;
    this.#must = (rations[k] as number) - distance;
    this.#row(1, this.#path.positionSlope);
  }

  #speedRows(m: number): void {
    const { speeds } = this.#assessment;
    const { aim, allowed } = speeds;
    for (let tool = 0; tool < this.#clearances.tools; tool++) {
      const speed = speeds.found[tool * speeds.most + m] as number;
      if (speed === 0) continue;
      speeds.gradient(this.#path, m, tool, this.#gradient);
      this.#wish = speed - aim;
      this.#must = speed - allowed;
      this.#row(-1, this.#path.velocitySlope);
    }
  }

  /** Adds a row to the program: the present gradient, times `sign`, over what the steps change. */
  #row(sign: 1 | -1, slopes: Float64Array): void {
    const { program } = this;
    const n = this.#joints;
    let steepness = 0;
    let square = 0;
    let here = 0;
    for (let i = 0; i < n; i++) {
      const slope = sign * (this.#gradient[i] as number) * (slopes[i] as number);
      program.rows[program.count * n + i] = slope;
      steepness = Math.max(steepness, Math.abs(this.#gradient[i] as number));
      square += slope * slope;
      here += slope * (this.#path.rest[i] as number);
    }
    // Where no joint has a say, the check of the true distances decides.
    if (steepness < FLAT || square === 0) return;
    const scale = 1 / Math.sqrt(square);
    for (let i = 0; i < n; i++) {
      program.rows[program.count * n + i] = scale * (program.rows[program.count * n + i] as number);
    }
    this.#bounds[Bounds.wish][program.count] = scale * (here + this.#wish);
    this.#bounds[Bounds.must][program.count] = scale * (here + Math.min(this.#wish, this.#must));
    program.count++;
  }
}
