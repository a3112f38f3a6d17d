/**
 * An excess of force that is there already when motion begins. A stop leaves the arm pressing with
 * its last command, and only an activation, which commands it to where it is measured to be, lets
 * go. So for a moment such an excess counts only if it grows, or is a large one.
 */
/** How long it may take to fall, s. */
const MOMENT = 0.5;
/** What counts as growing: noise must not. */
const GROWTH = 1.1;
/** Multiple of a threshold beyond which nothing is excused. */
const LARGE = 3;

export class Settling {
  #share = 1;
  #until = Number.NEGATIVE_INFINITY;

  /** Motion begins at `now`, s. */
  start(now: number): void {
    this.#share = 1;
    this.#until = now + MOMENT;
  }

  /** Excuses a measurement that is `ratio` times its threshold; one that is no number is none. */
  excuse(ratio: number): void {
    if (ratio > 1) this.#share = Math.min(LARGE, Math.max(this.#share, GROWTH * ratio));
  }

  /** What the thresholds are multiplied with at `now`, at least 1. */
  share(now: number): number {
    return now < this.#until ? this.#share : 1;
  }
}
