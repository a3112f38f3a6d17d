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

/** Share of its margin by which a distance is asked to be more than it should be, at most. */
const MOST_SPARE = 0.1;

/**
 * What the rows ask for: that all is as it should be; that distances are even more, by what the last program
 * missed them by; or that all is safe.
 */
export const Bounds = { wish: 0, ample: 1, must: 2 } as const;

export class StepProgram {
  readonly program: QuadraticProgram;
  /** Whether `Bounds.ample` is more than `Bounds.wish`. */
  ample = false;
  readonly #clearances: Clearances;
  readonly #path: StopPath;
  readonly #assessment: Assessment;
  readonly #joints: number;
  /** Bounds of the rows, by `Bounds`. */
  readonly #bounds: readonly [Float64Array, Float64Array, Float64Array];
  readonly #gradient: Float64Array;
  /** Of each row, its clearance, or −1; and that distance as foreseen, m: `#foreseen`, plus the row times `#lengths`. */
  readonly #sources: Int32Array;
  readonly #foreseen: Float64Array;
  readonly #lengths: Float64Array;
  /** How much less than foreseen each distance was, m. A row is about as little straight in the next tick. */
  readonly #missed: Float64Array;
  /** What has to be gained for a row to be as it should be, more than that, and to be safe. */
  #wish = 0;
  #spare = 0;
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
    this.#bounds = [new Float64Array(most), new Float64Array(most), new Float64Array(most)];
    this.#sources = new Int32Array(most);
    this.#lengths = new Float64Array(most);
    this.#foreseen = new Float64Array(most);
    this.#missed = new Float64Array(clearances.count);
    this.#gradient = new Float64Array(this.#joints);
    this.#wanted = new Uint8Array(path.most);
  }

  /** Solves the program for bounds of `Bounds`; whether there is a solution. */
  solve(which: 0 | 1 | 2): boolean {
    this.program.bounds.set(this.#bounds[which]);
    return this.program.solve() === QpStatus.solved;
  }

  /** Compares the distances on the way judged last, that of the solution, with those foreseen. */
  learn(): void {
    const { x, rows, count } = this.program;
    const { least } = this.#assessment.distances;
    const n = this.#joints;
    this.forget();
    for (let row = 0; row < count; row++) {
      const k = this.#sources[row] as number;
      if (k < 0) continue;
      let change = 0;
      for (let i = 0; i < n; i++) change += (rows[row * n + i] as number) * (x[i] as number);
      const foreseen = (this.#foreseen[row] as number) + (this.#lengths[row] as number) * change;
      const most = MOST_SPARE * (this.#clearances.margins[k] as number);
      this.#missed[k] = Math.min(Math.max(0, foreseen - (least[k] as number)), most);
    }
  }

  /** Forgets what was learned. */
  forget(): void {
    this.#missed.fill(0);
  }

  /** Makes rows of what came near on the way judged last, where it came nearest, and of what is fast. */
  linearise(): void {
    const { distances, speeds } = this.#assessment;
    const { near, count, worst } = distances;
    const wanted = this.#wanted;
    this.program.count = 0;
    this.ample = false;
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
    this.#spare = this.#missed[k] as number;
    this.#must = (rations[k] as number) - distance;
    if (this.#spare > 0) this.ample = true;
    this.#sources[this.program.count] = k;
    this.#foreseen[this.program.count] = distance;
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
      this.#spare = 0;
      this.#sources[this.program.count] = -1;
      this.#must = speed - allowed;
      this.#row(-1, this.#path.velocitySlope);
    }
  }

  /** Adds a row to the program: the present gradient, times `sign`, over what the steps change. */
  #row(sign: 1 | -1, slopes: Float64Array): void {
    const { program } = this;
    const { rows, count } = program;
    const n = this.#joints;
    let steepness = 0;
    let square = 0;
    let here = 0;
    for (let i = 0; i < n; i++) {
      const slope = sign * (this.#gradient[i] as number) * (slopes[i] as number);
      rows[count * n + i] = slope;
      steepness = Math.max(steepness, Math.abs(this.#gradient[i] as number));
      square += slope * slope;
      here += slope * (this.#path.rest[i] as number);
    }
    // Where no joint has a say, the check of the true distances decides.
    if (steepness < FLAT || square === 0) return;
    const length = Math.sqrt(square);
    const scale = 1 / length;
    for (let i = 0; i < n; i++) rows[count * n + i] = scale * (rows[count * n + i] as number);
    const wish = here + this.#wish;
    this.#bounds[Bounds.wish][count] = scale * wish;
    this.#bounds[Bounds.ample][count] = scale * (wish + this.#spare);
    this.#bounds[Bounds.must][count] = scale * Math.min(wish, here + this.#must);
    this.#lengths[count] = length;
    this.#foreseen[count] = (this.#foreseen[count] as number) - here;
    program.count++;
  }
}
