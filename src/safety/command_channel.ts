/**
 * Carries safe commands from the tick thread to the thread that writes them out, in shared memory.
 * What comes out was made by the filter, because nothing else can be put in; it is checked once more
 * to be finite, last before the write.
 */

import { SeqlockBlock } from '../core/seqlock.js';
import { allFinite, at } from '../core/vector.js';
import { FIELDS, HEAD, SafeCommand } from './internal/safe_command.js';

export class CommandChannel {
  readonly #block: SeqlockBlock;
  readonly #flat: Float64Array;
  readonly #joints: number;
  readonly #received: SafeCommand;
  /** The vectors of `#received`, each with its place in the flat form. */
  readonly #vectors: readonly [into: Float64Array | Uint8Array, from: Float64Array][];
  #generation = 0;

  /** @param source `buffer` of the channel at the other end, when there is one already */
  constructor(joints: number, source?: SharedArrayBuffer) {
    const length = HEAD + joints * FIELDS + 1;
    this.#block = new SeqlockBlock(source ?? length);
    this.#flat = new Float64Array(length);
    this.#joints = joints;
    this.#received = new SafeCommand(joints);
    const { positions, velocities, accelerations, desired, measured, reasons } = this.#received;
    this.#vectors = [positions, velocities, accelerations, desired, measured, reasons].map(
      (into, i) => [into, this.#flat.subarray(HEAD + i * joints, HEAD + (i + 1) * joints)],
    );
  }

  get buffer(): SharedArrayBuffer {
    return this.#block.buffer;
  }

  /** Sends a command with the time (s, any clock) that it is for. */
  send(command: SafeCommand, time: number): void {
    const n = this.#joints;
    const flat = this.#flat;
    flat[0] = command.band;
    flat[1] = command.period;
    flat[2] = command.clearance;
    flat[3] = command.nearest;
    flat[4] = command.energy;
    flat.set(command.positions, HEAD);
    flat.set(command.velocities, HEAD + n);
    flat.set(command.accelerations, HEAD + 2 * n);
    flat.set(command.desired, HEAD + 3 * n);
    flat.set(command.measured, HEAD + 4 * n);
    flat.set(command.reasons, HEAD + 5 * n);
    flat[HEAD + FIELDS * n] = time;
    this.#block.write(flat);
  }

  /** Time of the command that `receive` returned last. */
  get time(): number {
    return at(this.#flat, HEAD + FIELDS * this.#joints);
  }

  /**
   * The newest command if it was not received before, else undefined; undefined too when it is not
   * finite. The same object at every call.
   */
  receive(): SafeCommand | undefined {
    if (this.#block.generation === this.#generation) return undefined;
    const flat = this.#flat;
    const generation = this.#block.read(flat);
    if (generation < 0) return undefined;
    this.#generation = generation;
    for (const [into, from] of this.#vectors) into.set(from);
    this.#received.band = at(flat, 0);
    this.#received.period = at(flat, 1);
    this.#received.clearance = at(flat, 2);
    this.#received.nearest = at(flat, 3);
    this.#received.energy = at(flat, 4);
    const { positions, velocities, accelerations } = this.#received;
    const finite = allFinite(positions) && allFinite(velocities) && allFinite(accelerations);
    return finite ? this.#received : undefined;
  }
}
