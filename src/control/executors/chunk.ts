/** One action chunk in memory, and the curve through its steps. */
import { at } from '../../core/vector.js';
import {
  hermite,
  hermiteBend,
  hermiteSlope,
  type Interpolation,
  monotoneSlopes,
} from '../interpolation.js';

/** `count` points of absolute times (s, rising) and positions (rad, row by row). */
export class Chunk {
  /** Time of the newest observation that it was computed from, s on the loop's clock. */
  stamp = Number.NaN;
  count = 0;
  readonly joints: number;
  readonly times: Float64Array;
  readonly positions: Float64Array;
  /** rad/s, set by `prepare`. */
  readonly slopes: Float64Array;
  /** How many predictions each point is made of; more than one only with temporal ensembling. */
  readonly predictions: Uint16Array;

  constructor(joints: number, maxPoints: number) {
    this.joints = joints;
    this.times = new Float64Array(maxPoints);
    this.positions = new Float64Array(maxPoints * joints);
    this.slopes = new Float64Array(maxPoints * joints);
    this.predictions = new Uint16Array(maxPoints);
  }

  get start(): number {
    return at(this.times, 0);
  }

  get end(): number {
    return at(this.times, this.count - 1);
  }

  /** Computes the slopes of the cubics, after times and positions were filled in. */
  prepare(): void {
    monotoneSlopes(this.times, this.positions, this.slopes, this.count, this.joints);
  }

  /** Index i of the span from point i to i + 1 that `time` lies in; the first or last beyond. */
  spanAt(time: number, guess = 0): number {
    let i = time < at(this.times, guess) ? 0 : guess;
    while (i < this.count - 2 && time >= at(this.times, i + 1)) i++;
    return i;
  }

  /**
   * Sets position and its derivatives of joint `j` at `time`, which lies in span `i`. Before the
   * first point the curve waits there.
   */
  sample(
    time: number,
    i: number,
    j: number,
    interpolation: Interpolation,
    position: Float64Array,
    velocity: Float64Array,
    acceleration: Float64Array,
  ): void {
    const start = at(this.times, i);
    const k = i * this.joints + j;
    const q0 = at(this.positions, k);
    position[j] = this.positionAt(time, i, j, interpolation);
    if (time <= start || this.count === 1) {
      velocity[j] = 0;
      acceleration[j] = 0;
      return;
    }
    const h = at(this.times, i + 1) - start;
    const s = (time - start) / h;
    const q1 = at(this.positions, k + this.joints);
    if (interpolation === 'linear') {
      velocity[j] = (q1 - q0) / h;
      acceleration[j] = 0;
      return;
    }
    const v0 = at(this.slopes, k);
    const v1 = at(this.slopes, k + this.joints);
    velocity[j] = hermiteSlope(s, h, q0, v0, q1, v1);
    acceleration[j] = hermiteBend(s, h, q0, v0, q1, v1);
  }

  /** Position of joint `j` at `time` inside the chunk, rad. */
  positionAt(time: number, i: number, j: number, interpolation: Interpolation): number {
    const start = at(this.times, i);
    const k = i * this.joints + j;
    const q0 = at(this.positions, k);
    if (time <= start || this.count === 1) return q0;
    const h = at(this.times, i + 1) - start;
    const s = (time - start) / h;
    const q1 = at(this.positions, k + this.joints);
    if (interpolation === 'linear') return q0 + s * (q1 - q0);
    return hermite(s, h, q0, at(this.slopes, k), q1, at(this.slopes, k + this.joints));
  }
}
