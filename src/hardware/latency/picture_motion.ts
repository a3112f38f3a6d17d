/**
 * A few numbers a picture that go with what moves in it: how much it has of each of the first principal
 * components of all pictures. Found by power iteration on the pictures' own products.
 */
import { Signal } from './signal.js';

/** Cells that a picture is averaged into, across and down. */
const GRID = 24;
const ITERATIONS = 100;
/** A camera that moves itself sees things come and go: one component would not show where it is. */
const COMPONENTS = 8;
/** Share of the first component's strength below which one is noise. */
const FAINTEST = 1e-3;

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

  /** The motion over time: scores of the first components, orthogonal to each other. */
  signals(): Signal[] {
    const gram = this.#products();
    const found: Signal[] = [];
    let strongest = 0;
    for (let k = 0; k < COMPONENTS; k++) {
      const { score, strength } = firstComponent(gram);
      strongest = Math.max(strongest, strength);
      if (!(strength > FAINTEST * strongest)) break;
      const signal = new Signal();
      for (const [i, time] of this.#times.entries()) signal.push(time, score[i] ?? 0);
      found.push(signal);
      for (const [i, row] of gram.entries()) {
        for (const j of row.keys()) {
          row[j] = (row[j] ?? 0) - strength * (score[i] ?? 0) * (score[j] ?? 0);
        }
      }
    }
    return found;
  }

  /** Inner products of all pictures, less their mean. */
  #products(): Float64Array[] {
    const mean = new Float64Array(GRID * GRID);
    for (const cells of this.#cells) {
      for (const [i, value] of cells.entries()) {
        mean[i] = (mean[i] ?? 0) + value / this.#cells.length;
      }
    }
    const centred = this.#cells.map((cells) => cells.map((value, i) => value - (mean[i] ?? 0)));
    return centred.map((a) => Float64Array.from(centred, (b) => dot(a, b)));
  }
}

/** Unit vector of the largest eigenvalue, and that eigenvalue. */
function firstComponent(gram: readonly Float64Array[]): { score: Float64Array; strength: number } {
  // A start that no motion is orthogonal to by its symmetry.
  let score = Float64Array.from(gram, (_, i) => Math.sin(1 + i * i));
  let strength = 0;
  for (let k = 0; k < ITERATIONS; k++) {
    const next = Float64Array.from(gram, (row) => dot(row, score));
    strength = Math.sqrt(dot(next, next));
    if (strength === 0) break;
    score = next.map((value) => value / strength);
  }
  return { score, strength };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
