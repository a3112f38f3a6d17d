/**
 * One number a picture that goes with what moves in it: how much of the first principal component of
 * all pictures it has. Found by power iteration on the pictures' own products.
 */
import { Signal } from './signal.js';

/** Cells that a picture is averaged into, across and down. */
const GRID = 24;
const ITERATIONS = 200;

/** Pictures of a camera during the motion. */
export class PictureMotion {
  readonly #times: number[] = [];
  readonly #cells: Float64Array[] = [];

  get length(): number {
    return this.#times.length;
  }

  /**
   * @param time stamp, s
   * @param data rows from the top, `channels` bytes a pixel
   */
  push(
    time: number,
    data: Uint8Array,
    { width, height, channels }: { width: number; height: number; channels: number },
  ): void {
    const sums = new Float64Array(GRID * GRID);
    const counts = new Float64Array(GRID * GRID);
    for (let y = 0; y < height; y++) {
      const row = Math.floor((y * GRID) / height) * GRID;
      for (let x = 0; x < width; x++) {
        const cell = row + Math.floor((x * GRID) / width);
        const at = (y * width + x) * channels;
        for (let c = 0; c < channels; c++) sums[cell] = (sums[cell] ?? 0) + (data[at + c] ?? 0);
        counts[cell] = (counts[cell] ?? 0) + channels;
      }
    }
    this.#times.push(time);
    this.#cells.push(sums.map((sum, i) => sum / Math.max(1, counts[i] ?? 1)));
  }

  /** The motion over time, in a unit of its own. */
  signal(): Signal {
    const n = this.#cells.length;
    const mean = new Float64Array(GRID * GRID);
    for (const cells of this.#cells)
      for (const [i, v] of cells.entries()) mean[i] = (mean[i] ?? 0) + v / n;
    const centred = this.#cells.map((cells) => cells.map((v, i) => v - (mean[i] ?? 0)));
    const gram = centred.map((a) => Float64Array.from(centred, (b) => dot(a, b)));
    // A start that no motion is orthogonal to by its symmetry.
    let score = Float64Array.from({ length: n }, (_, i) => Math.sin(1 + i * i));
    for (let k = 0; k < ITERATIONS; k++) {
      const next = Float64Array.from(gram, (row) => dot(row, score));
      const length = Math.sqrt(dot(next, next));
      if (length === 0) break;
      score = next.map((v) => v / length);
    }
    const signal = new Signal();
    for (const [i, time] of this.#times.entries()) signal.push(time, score[i] ?? 0);
    return signal;
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
