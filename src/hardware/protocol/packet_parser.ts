/**
 * Cuts packets out of a byte stream that may hold anything: halves, noise, packets of others. After
 * a wrong checksum it goes on one byte later, not after the supposed packet, because the length that
 * it read may have been noise as well.
 */
import type { PacketFormat } from './packet.js';

/** What a parser has seen that was not a packet. */
export interface ParserCounts {
  /** Packets handed out. */
  packets: number;
  /** Bytes that belonged to no packet. */
  skippedBytes: number;
  /** Packets whose checksum did not fit. */
  badChecksums: number;
}

export class PacketParser<P> {
  readonly counts: ParserCounts = { packets: 0, skippedBytes: 0, badChecksums: 0 };

  #buffer: Uint8Array;
  #start = 0;
  #end = 0;

  /**
   * @param capacity bytes kept for an incomplete packet; more than the longest packet
   */
  constructor(
    readonly format: PacketFormat<P>,
    capacity = 4096,
  ) {
    this.#buffer = new Uint8Array(capacity);
  }

  /** Bytes that wait for the rest of their packet. */
  get pending(): number {
    return this.#end - this.#start;
  }

  /** Forgets an incomplete packet; its bytes count as skipped. */
  reset(): void {
    this.counts.skippedBytes += this.pending;
    this.#start = 0;
    this.#end = 0;
  }

  /**
   * Takes the next bytes of the stream.
   *
   * @param onPacket called for each whole packet, in order; its data are its own copy
   * @param wanted says of a start (offset in `bytes`) whether such a packet is awaited; a start that
   *   is not is skipped at once instead of waiting for the length that it claims
   */
  push(
    bytes: Uint8Array,
    onPacket: (packet: P) => void,
    wanted?: (bytes: Uint8Array, at: number, length: number) => boolean,
  ): void {
    let offset = 0;
    while (offset < bytes.length) {
      const taken = this.#append(bytes, offset);
      offset += taken;
      this.#scan(onPacket, wanted);
    }
  }

  #append(bytes: Uint8Array, offset: number): number {
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    const room = this.#buffer.length - this.#end;
    const taken = Math.min(room, bytes.length - offset);
    this.#buffer.set(bytes.subarray(offset, offset + taken), this.#end);
    this.#end += taken;
    return taken;
  }

  #scan(
    onPacket: (packet: P) => void,
    wanted?: (bytes: Uint8Array, at: number, length: number) => boolean,
  ): void {
    const { format } = this;
    while (this.pending >= format.headerLength) {
      const length = format.length(this.#buffer, this.#start);
      const possible =
        length > 0 &&
        length <= this.#buffer.length &&
        wanted?.(this.#buffer, this.#start, length) !== false;
      if (!possible) {
        this.#skip();
        continue;
      }
      if (this.pending < length) return;
      const packet = format.decode(this.#buffer, this.#start, length);
      if (packet === undefined) {
        this.counts.badChecksums++;
        this.#skip();
        continue;
      }
      this.#start += length;
      this.counts.packets++;
      onPacket(packet);
    }
  }

  #skip(): void {
    this.#start++;
    this.counts.skippedBytes++;
  }
}
