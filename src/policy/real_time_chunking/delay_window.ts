/**
 * How long chunks take from their observation until the controller executes them, as measured. The
 * first one after a beginning waits for graphs, caches and the activation: it serves as a guess where
 * nothing else was measured, and no longer.
 */
export class DelayWindow {
  readonly #delays: number[] = [];
  readonly #length: number;
  #skip = true;
  #guess: number | undefined;

  /** @param length of so many delays measured last the longest counts */
  constructor(length: number) {
    this.#length = length;
  }

  /** Begins anew; what was measured before stays as the best guess. */
  begin(): void {
    this.#skip = true;
  }

  /** @param delay s from the observation to the first command of its chunk */
  add(delay: number): void {
    if (this.#skip) {
      this.#skip = false;
      this.#guess = delay;
      return;
    }
    this.#delays.push(delay);
    if (this.#delays.length > this.#length) this.#delays.shift();
  }

  /** The longest of the window, s; undefined before anything was measured. */
  get longest(): number | undefined {
    return this.#delays.length === 0 ? this.#guess : Math.max(...this.#delays);
  }
}
