/**
 * Writes CDR, the serialized form of ROS 2 messages, into a buffer that grows and is used again for
 * the next message.
 */
import { CDR_HEADER_BYTES } from './cdr_reader.js';

const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

export class CdrWriter {
  /** Bytes written so far, header included. */
  offset = CDR_HEADER_BYTES;
  #buffer: Buffer;
  #view: DataView;

  /** @param capacity bytes to begin with */
  constructor(capacity = 256) {
    this.#buffer = Buffer.alloc(Math.max(capacity, CDR_HEADER_BYTES));
    this.#buffer[1] = 1; // CDR, little endian
    this.#view = viewOf(this.#buffer);
  }

  /** Starts a new message in the same memory: what `finish` returned before becomes invalid. */
  start(): this {
    this.offset = CDR_HEADER_BYTES;
    return this;
  }

  /** The message: a view of the writer's memory, valid until the next `start`. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.offset);
  }

  uint8(value: number): this {
    const at = this.#reserve(1, 1);
    this.#buffer[at] = value;
    return this;
  }

  bool(value: boolean): this {
    return this.uint8(value ? 1 : 0);
  }

  int32(value: number): this {
    const at = this.#reserve(4, 4);
    this.#view.setInt32(at, value, true);
    return this;
  }

  uint32(value: number): this {
    const at = this.#reserve(4, 4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  float64(value: number): this {
    const at = this.#reserve(8, 8);
    this.#view.setFloat64(at, value, true);
    return this;
  }

  string(value: string): this {
    const length = Buffer.byteLength(value, 'utf8');
    this.uint32(length + 1);
    const at = this.#reserve(length + 1, 1);
    this.#buffer.write(value, at, length, 'utf8');
    this.#buffer[at + length] = 0;
    return this;
  }

  strings(values: readonly string[]): this {
    this.uint32(values.length);
    for (const value of values) this.string(value);
    return this;
  }

  /** A sequence of `count` float64 from `values`, beginning at `from`. */
  float64Sequence(values: ArrayLike<number>, from = 0, count = values.length - from): this {
    this.uint32(count);
    // An empty sequence has no elements to align.
    return count === 0 ? this : this.float64Array(values, from, count);
  }

  /** `count` float64 without a length before them. */
  float64Array(values: ArrayLike<number>, from = 0, count = values.length - from): this {
    const at = this.#reserve(count * 8, 8);
    if (hostIsLittleEndian && count >= 16 && values instanceof Float64Array) {
      const bytes = new Uint8Array(values.buffer, values.byteOffset + from * 8, count * 8);
      this.#buffer.set(bytes, at);
      return this;
    }
    for (let i = 0; i < count; i++) this.#view.setFloat64(at + i * 8, values[from + i] ?? 0, true);
    return this;
  }

  /** Bytes without a length before them. */
  bytes(values: Uint8Array): this {
    const at = this.#reserve(values.byteLength, 1);
    this.#buffer.set(values, at);
    return this;
  }

  /** Leaves room for `count` bytes and returns where they begin. */
  skip(count: number): number {
    return this.#reserve(count, 1);
  }

  /** Aligns, makes room and returns where to write. Padding is zero, so that bytes repeat. */
  #reserve(count: number, alignment: number): number {
    const past = (this.offset - CDR_HEADER_BYTES) & (alignment - 1);
    const at = past === 0 ? this.offset : this.offset + alignment - past;
    const end = at + count;
    if (end > this.#buffer.byteLength) this.#grow(end);
    if (at !== this.offset) this.#buffer.fill(0, this.offset, at);
    this.offset = end;
    return at;
  }

  #grow(needed: number): void {
    const larger = Buffer.alloc(Math.max(needed, this.#buffer.byteLength * 2));
    larger.set(this.#buffer);
    this.#buffer = larger;
    this.#view = viewOf(larger);
  }
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
