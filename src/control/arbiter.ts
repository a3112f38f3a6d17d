/** Decides who commands: the first source, in order of priority, that has something to say. */

/** Something that can command the robot: a policy's chunks, later an operator. */
export interface CommandSource {
  readonly name: string;
  /** rad and rad/s, set by `sample`. */
  readonly position: Float64Array;
  readonly velocity: Float64Array;
  /** Evaluates the source for the time `now`; false when it has nothing valid to command. */
  sample(now: number): boolean;
}

export class Arbiter {
  readonly #sources: readonly CommandSource[];

  /** @param sources highest priority first */
  constructor(sources: readonly CommandSource[]) {
    this.#sources = sources;
  }

  /** The source in command at `now`; undefined means hold. */
  choose(now: number): CommandSource | undefined {
    for (let i = 0; i < this.#sources.length; i++) {
      const source = this.#sources[i] as CommandSource;
      if (source.sample(now)) return source;
    }
    return undefined;
  }
}
