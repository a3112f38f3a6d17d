/** A hand on a sampler while it runs: how real-time chunking leads a new chunk out of the old one. */

export interface Steering {
  /**
   * Times for every step of one candidate or of all K, [steps] or [K · steps], in place of the
   * sampler's one time; asked before each model call.
   */
  timesAt?(time: number): Float32Array | null;
  /** Called once, after the start of sampling is in `x`, [K, steps, width], and before any model call. */
  begin(x: Float32Array): void;
  /** Called after each model call; may change `x` and the model's `output` in place. */
  adjust(x: Float32Array, time: number, output: Float32Array): void | Promise<void>;
  /** Called once, after the last step. */
  end(x: Float32Array): void;
}
