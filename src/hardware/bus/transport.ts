/**
 * One request and its replies at a time on a serial line: takes off the echo of adapters that hear
 * themselves, finds the replies in whatever else arrives, and gives up after a time.
 */
import type { InstructionPacket, StatusPacket, WireProtocol } from '../protocol/packet.js';
import { PacketParser } from '../protocol/packet_parser.js';
import { type BusCounts, zeroCounts } from './bus_counts.js';
import { patience, startPatience } from './patience.js';
import type { PortLost } from './port_faults.js';
import { SerialLine } from './serial_line.js';

/** A reply to wait for. */
export interface Awaited {
  readonly id: number;
  /** Bytes of data in it; a reply with any length is taken where it is undefined. */
  readonly length?: number;
}

export interface TransportOptions {
  readonly path: string;
  /** Bits per second. */
  readonly baud: number;
  readonly protocol: WireProtocol;
  /** ms that replies may take beyond their time on the wire. */
  readonly replyTimeoutMs: number;
}

interface Exchange {
  readonly awaited: readonly Awaited[];
  readonly replies: (StatusPacket | undefined)[];
  missing: number;
  readonly finish: (fault?: PortLost) => void;
}

/** A byte on the wire: start bit, eight bits, stop bit. */
export const BITS_A_BYTE = 10;

export class Transport {
  readonly protocol: WireProtocol;
  readonly counts: BusCounts = zeroCounts();
  /** Whether the adapter returns what is sent; see `probeEcho`. */
  echo = false;

  readonly #parser: PacketParser<StatusPacket>;
  readonly #timeoutMs: number;
  #line: SerialLine | undefined;
  #exchange: Exchange | undefined;
  #echoLeft: Uint8Array = new Uint8Array(0);
  #raw: ((bytes: Uint8Array) => void) | undefined;
  #onLost: ((fault: PortLost) => void) | undefined;

  private constructor({ protocol, replyTimeoutMs }: TransportOptions) {
    this.protocol = protocol;
    this.#timeoutMs = replyTimeoutMs;
    this.#parser = new PacketParser(protocol.statuses);
  }

  /** @throws SinewError as `SerialLine.open` */
  static async open(options: TransportOptions): Promise<Transport> {
    const transport = new Transport(options);
    transport.#line = await SerialLine.open(options.path, options.baud, {
      data: (bytes) => transport.#take(bytes),
      lost: (fault) => transport.#lose(fault),
    });
    return transport;
  }

  get line(): SerialLine {
    if (this.#line === undefined) throw new RangeError('the transport is not open');
    return this.#line;
  }

  /** Called once when the port goes away. */
  set onLost(listener: (fault: PortLost) => void) {
    this.#onLost = listener;
  }

  /**
   * Sends a request and waits for its replies; only one at a time.
   *
   * @returns a reply for each awaited one, undefined where it did not come in time
   * @throws PortLost when the port is gone
   */
  exchange(
    packet: InstructionPacket,
    awaited: readonly Awaited[],
  ): Promise<(StatusPacket | undefined)[]> {
    const bytes = this.protocol.encodeInstruction(packet);
    this.#discard();
    this.counts.requests++;
    return new Promise((resolve, reject) => {
      if (this.echo) this.#echoLeft = bytes;
      if (awaited.length === 0) {
        this.#send(bytes, reject);
        resolve([]);
        return;
      }
      const allowed = this.#allowance(bytes.length, awaited);
      const stop = startPatience(allowed, () => exchange.finish());
      const exchange: Exchange = {
        awaited,
        replies: new Array<StatusPacket | undefined>(awaited.length).fill(undefined),
        missing: awaited.length,
        finish: (fault) => {
          stop();
          this.#exchange = undefined;
          this.counts.timeouts += exchange.missing;
          if (fault === undefined) resolve(exchange.replies);
          else reject(fault);
        },
      };
      this.#exchange = exchange;
      this.#send(bytes, (fault) => exchange.finish(fault));
    });
  }

  /**
   * Sends bytes as they are and collects what arrives within `ms`, or until it is `enough`.
   *
   * @throws PortLost when the port is gone
   */
  async listen(bytes: Uint8Array, ms: number, enough = Infinity): Promise<Uint8Array> {
    const heard: number[] = [];
    this.#discard();
    const { promise, resolve } = over();
    const stop = startPatience(ms, resolve);
    this.#raw = (received) => {
      heard.push(...received);
      if (heard.length >= enough) resolve();
    };
    try {
      this.line.write(bytes);
      await promise;
    } finally {
      stop();
      this.#raw = undefined;
    }
    return Uint8Array.from(heard);
  }

  /** Throws away what arrives within `ms`. */
  async drain(ms: number): Promise<void> {
    await patience(ms);
    this.#discard();
  }

  async close(): Promise<void> {
    await this.line.close();
  }

  #send(bytes: Uint8Array, fail: (fault: PortLost) => void): void {
    try {
      this.line.write(bytes);
    } catch (fault) {
      fail(fault as PortLost);
    }
  }

  /** ms until replies are given up: their time on the wire, and the allowance. */
  #allowance(sent: number, awaited: readonly Awaited[]): number {
    const bytes = awaited.reduce(
      (sum, { length = 0 }) => sum + this.protocol.statusLength(length),
      sent,
    );
    return Math.ceil((bytes * BITS_A_BYTE * 1000) / this.line.baud + this.#timeoutMs);
  }

  #take(received: Uint8Array): void {
    if (this.#raw !== undefined) {
      this.#raw(received);
      return;
    }
    const bytes = this.#withoutEcho(received);
    const exchange = this.#exchange;
    if (exchange === undefined) {
      this.counts.strayBytes += bytes.length;
      return;
    }
    this.#parser.push(
      bytes,
      (packet) => this.#settle(packet),
      (stream, at, length) => this.#wanted(stream, at, length),
    );
  }

  #withoutEcho(received: Uint8Array): Uint8Array {
    let same = 0;
    while (same < received.length && same < this.#echoLeft.length) {
      if (received[same] !== this.#echoLeft[same]) {
        // Not what was sent: somebody else spoke at the same time.
        this.#echoLeft = new Uint8Array(0);
        break;
      }
      same++;
    }
    this.#echoLeft = this.#echoLeft.subarray(same);
    return received.subarray(same);
  }

  #wanted(stream: Uint8Array, at: number, length: number): boolean {
    const id = stream[at + this.protocol.statuses.idOffset];
    const stuffing = this.protocol.name === 'dynamixel';
    return (
      this.#exchange?.awaited.some((awaited, i) => {
        if (awaited.id !== id || this.#exchange?.replies[i] !== undefined) return false;
        if (awaited.length === undefined) return true;
        const whole = this.protocol.statusLength(awaited.length);
        // Stuffing adds a byte for every three at most.
        return stuffing ? length >= whole && length <= whole * 1.34 : length === whole;
      }) ?? false
    );
  }

  #settle(packet: StatusPacket): void {
    const exchange = this.#exchange;
    const index = exchange?.awaited.findIndex(
      ({ id, length }, i) =>
        id === packet.id &&
        exchange.replies[i] === undefined &&
        (length === undefined || length === packet.data.length),
    );
    if (exchange === undefined || index === undefined || index < 0) return;
    exchange.replies[index] = packet;
    this.counts.replies++;
    if (--exchange.missing === 0) exchange.finish();
  }

  /** Before a request: what came until now answers nothing that will be asked. */
  #discard(): void {
    this.#parser.reset();
    this.#echoLeft = new Uint8Array(0);
    const { counts } = this.#parser;
    this.counts.strayBytes += counts.skippedBytes;
    this.counts.badChecksums += counts.badChecksums;
    counts.skippedBytes = 0;
    counts.badChecksums = 0;
  }

  #lose(fault: PortLost): void {
    this.#exchange?.finish(fault);
    this.#onLost?.(fault);
  }
}

/** A promise and what ends it. */
function over(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
