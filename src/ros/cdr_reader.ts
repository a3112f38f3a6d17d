/**
 * Reads CDR, the serialized form of ROS 2 messages, and never past the end of the buffer: whatever
 * comes from the network either decodes or throws a SinewError.
 */
import { SinewError } from '../core/error.js';

/** Bytes of the encapsulation header before the data; alignment counts from behind it. */
export const CDR_HEADER_BYTES = 4;

/** Most elements of a sequence of strings or structures; sequences of numbers end at the buffer. */
export const MAX_SEQUENCE_LENGTH = 65_536;

const EMPTY = new Uint8Array(0);
const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

export class CdrReader {
  /** Position of the next byte to read, from the start of the buffer. */
  offset = 0;
  #bytes: Uint8Array = EMPTY;
  #text: Buffer = Buffer.from(EMPTY.buffer);
  #view: DataView = new DataView(EMPTY.buffer);
  #end = 0;
  #little = true;

  /** @param where the message type or topic, for error lines */
  constructor(readonly where: string) {}

  /**
   * Starts on a message. One reader serves any number of messages, one after the other.
   *
   * @throws SinewError when the header is not plain CDR (version 1) of either byte order
   */
  start(bytes: Uint8Array): this {
    if (bytes.byteLength < CDR_HEADER_BYTES) this.#truncated(CDR_HEADER_BYTES);
    const kind = bytes[1] ?? 0;
    if (bytes[0] !== 0 || kind > 1) {
      throw new SinewError(`unknown encoding ${bytes[0]},${kind}`, {
        where: this.where,
        expected: 'a CDR header 0,0 or 0,1',
      });
    }
    this.#little = kind === 1;
    this.#bytes = bytes;
    this.#text = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#end = bytes.byteLength;
    this.offset = CDR_HEADER_BYTES;
    return this;
  }

  /** True when floats in the message lie as this machine keeps them. */
  get native(): boolean {
    return this.#little === hostIsLittleEndian;
  }

  uint8(): number {
    return this.#view.getUint8(this.#take(1, 1));
  }

  bool(): boolean {
    return this.uint8() !== 0;
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4, 4), this.#little);
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4, 4), this.#little);
  }

  float64(): number {
    return this.#view.getFloat64(this.#take(8, 8), this.#little);
  }

  string(): string {
    const length = this.uint32();
    if (length === 0) return '';
    const start = this.#take(length, 1);
    // The length counts the final zero, which some writers leave out.
    const end = this.#bytes[start + length - 1] === 0 ? start + length - 1 : start + length;
    return this.#text.toString('utf8', start, end);
  }

  /**
   * Length of a sequence whose elements take at least `elementBytes` each, refused when they could
   * not all be in what is left of the message.
   */
  sequenceLength(elementBytes: number, limit = MAX_SEQUENCE_LENGTH): number {
    const length = this.uint32();
    if (length > limit) {
      throw new SinewError(`a sequence of ${length} elements`, {
        where: this.where,
        expected: `at most ${limit}`,
      });
    }
    if (length * elementBytes > this.#end - this.offset) this.#truncated(length * elementBytes);
    return length;
  }

  strings(): string[] {
    const length = this.sequenceLength(4);
    const result: string[] = [];
    for (let i = 0; i < length; i++) result.push(this.string());
    return result;
  }

  /** A sequence of float64 as an array of its own. */
  float64Sequence(): Float64Array {
    const result = new Float64Array(this.float64Count());
    this.float64Into(result, result.length);
    return result;
  }

  /** Length of a sequence of float64, all of them known to be in the message. */
  float64Count(): number {
    const length = this.uint32();
    if (length === 0) return 0;
    this.#align(8);
    if (length * 8 > this.#end - this.offset) this.#truncated(length * 8);
    return length;
  }

  /** The next `count` float64 into the first places of `out`. */
  float64Into(out: Float64Array, count: number): void {
    const start = count === 0 ? this.offset : this.#take(count * 8, 8);
    if (this.native && count >= 16) {
      new Uint8Array(out.buffer, out.byteOffset, count * 8).set(
        this.#bytes.subarray(start, start + count * 8),
      );
      return;
    }
    for (let i = 0; i < count; i++) out[i] = this.#view.getFloat64(start + i * 8, this.#little);
  }

  /** The next `count` bytes as a view into the message, not a copy. */
  bytes(count: number): Uint8Array {
    const start = this.#take(count, 1);
    return this.#bytes.subarray(start, start + count);
  }

  /** Passes over `count` float64. */
  skipFloat64(count: number): void {
    if (count > 0) this.#take(count * 8, 8);
  }

  /** Where a field of that alignment would begin. */
  alignedOffset(alignment: number): number {
    this.#align(alignment);
    return this.offset;
  }

  /** Goes on at `offset`, which an earlier read of the same message has reached. */
  seek(offset: number): void {
    if (offset > this.#end) this.#truncated(offset - this.#end);
    this.offset = offset;
  }

  #align(size: number): void {
    const past = (this.offset - CDR_HEADER_BYTES) & (size - 1);
    if (past !== 0) this.offset += size - past;
  }

  #take(count: number, alignment: number): number {
    this.#align(alignment);
    const start = this.offset;
    if (count > this.#end - start) this.#truncated(count);
    this.offset = start + count;
    return start;
  }

  #truncated(wanted: number): never {
    throw new SinewError(`message of ${this.#end} bytes ends inside a field`, {
      where: this.where,
      expected: `${wanted} more bytes at ${this.offset}`,
    });
  }
}
