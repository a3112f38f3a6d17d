/** An episode has succeeded when the world has said so for a while, not for one lucky instant. */

export class SuccessHold {
  readonly #duration: number;
  #since: number | undefined;
  #reached = false;

  /** @param duration s for which success has to last */
  constructor(duration: number) {
    this.#duration = duration;
  }

  /** True from the end of the first success that lasted, until `reset`. */
  get reached(): boolean {
    return this.#reached;
  }

  /** Tells how it looks at `time` (s). */
  update(success: boolean, time: number): void {
    if (!success) this.#since = undefined;
    else this.#since ??= time;
    if (this.#since !== undefined && time - this.#since >= this.#duration - 1e-9) {
      this.#reached = true;
    }
  }

  reset(): void {
    this.#since = undefined;
    this.#reached = false;
  }
}
