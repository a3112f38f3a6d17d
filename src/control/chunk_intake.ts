/** Takes new chunks out of shared memory into the executor, after a look at what they ask for. */
import { at } from '../core/vector.js';
import { type FilterLimits, farOutside } from '../safety/limits.js';
import type { CommandState } from './command_mixer.js';
import { CHUNK_HEAD, type ControlMemory } from './control_memory.js';
import type { Executor } from './executors/executor.js';

export class ChunkIntake {
  readonly #memory: ControlMemory;
  readonly #executor: Executor;
  readonly #limits: readonly FilterLimits[];
  readonly #row: Float64Array;
  readonly #predicted: Float64Array;
  #generation = 0;

  constructor(memory: ControlMemory, executor: Executor, limits: readonly FilterLimits[]) {
    this.#memory = memory;
    this.#executor = executor;
    this.#limits = limits;
    this.#row = new Float64Array(memory.chunk.length);
    this.#predicted = new Float64Array(limits.length);
  }

  /** Copies a chunk that is new into the executor's `incoming`; false when there is none. */
  read(): boolean {
    const block = this.#memory.chunk;
    if (block.generation === this.#generation) return false;
    const row = this.#row;
    const generation = block.read(row);
    if (generation < 0) return false;
    this.#generation = generation;
    const chunk = this.#executor.incoming;
    const { maxPoints, joints } = this.#memory;
    chunk.stamp = at(row, 0);
    chunk.count = at(row, 1);
    for (let i = 0; i < chunk.count; i++) chunk.times[i] = at(row, CHUNK_HEAD + i);
    for (let i = 0; i < chunk.count * joints; i++) {
      chunk.positions[i] = at(row, CHUNK_HEAD + maxPoints + i);
    }
    return true;
  }

  /** Whether no step of the chunk read last lies so far outside that it must be in another unit. */
  plausible(): boolean {
    const { positions, count } = this.#executor.incoming;
    const { joints } = this.#memory;
    for (let i = 0; i < count * joints; i++) {
      if (farOutside(this.#limits[i % joints] as FilterLimits, at(positions, i))) return false;
    }
    return true;
  }

  /**
   * Offers the chunk read last to the executor.
   *
   * @param command what it takes over from, as of the last tick
   * @param h what the present tick counts for, s
   * @returns a code of Verdict
   */
  offer(now: number, { position, velocity, acceleration }: CommandState, h: number): number {
    // Where the command will be after this tick if it goes on as it does.
    for (let j = 0; j < this.#predicted.length; j++) {
      const speed = at(velocity, j) + at(acceleration, j) * h;
      this.#predicted[j] = at(position, j) + speed * h;
    }
    return this.#executor.offer(now, this.#predicted, velocity, acceleration);
  }
}
