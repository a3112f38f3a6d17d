/** Writes std_msgs/Float64MultiArray commands: everything but the numbers is written once. */
import { CdrWriter } from './cdr_writer.js';

export class FloatArrayWriter {
  readonly #writer = new CdrWriter();
  readonly #start: number;

  /** @param length number of values in every message */
  constructor(readonly length: number) {
    // No dimensions, no offset, as forward_command_controller takes it.
    this.#writer.start().uint32(0).uint32(0);
    this.#start = this.#writer.offset;
  }

  /** The serialized message, valid until the next call; publish it at once. */
  write(values: Float64Array): Buffer {
    const to = this.#writer.start();
    to.offset = this.#start;
    return to.float64Sequence(values, 0, this.length).finish();
  }
}
