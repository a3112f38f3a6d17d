/**
 * A bus of servos: ping, read, write, sync read and write, bulk read, one transaction at a time,
 * with a bounded number of repeats.
 */
import { steadyNow } from '../../core/clock.js';
import { SinewError } from '../../core/error.js';
import * as instructions from '../protocol/instructions.js';
import {
  BROADCAST_ID,
  type InstructionPacket,
  MAX_SERVO_ID,
  type StatusPacket,
  type WireProtocol,
} from '../protocol/packet.js';
import type { BusCounts } from './bus_counts.js';
import { probeEcho } from './echo_probe.js';
import { LateReplies } from './late_replies.js';
import type { PortLost } from './port_faults.js';
import { type Awaited, Transport } from './transport.js';

export interface BusOptions {
  /** Serial port, such as `/dev/ttyACM0`. */
  readonly path: string;
  /** Bits per second. */
  readonly baud: number;
  readonly protocol: WireProtocol;
  /** ms that replies may take beyond their time on the wire; default 15 (adapters buffer). */
  readonly replyTimeoutMs?: number;
  /** How often a request without a reply is sent again; default 2. */
  readonly retries?: number;
  /** Whether the adapter returns what is sent; found out when the bus is opened by default. */
  readonly echo?: boolean | 'probe';
}

/** A servo that has answered a ping. */
export interface Presence {
  readonly id: number;
  readonly error: number;
}

export class ServoBus {
  readonly #transport: Transport;
  readonly #late = new LateReplies();
  readonly #retries: number;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly options: BusOptions,
    transport: Transport,
  ) {
    this.#transport = transport;
    this.#retries = options.retries ?? 2;
  }

  /**
   * Opens the port and, where asked to, finds out whether it echoes.
   *
   * @throws SinewError: no such port, no permission, in use, or not a serial port
   */
  static async open(options: BusOptions): Promise<ServoBus> {
    const { replyTimeoutMs = 15, echo = 'probe' } = options;
    const transport = await Transport.open({ ...options, replyTimeoutMs });
    if (echo === 'probe') await probeEcho(transport, replyTimeoutMs);
    else transport.echo = echo;
    return new ServoBus(options, transport);
  }

  get path(): string {
    return this.options.path;
  }

  get protocol(): WireProtocol {
    return this.options.protocol;
  }

  get baud(): number {
    return this.#transport.line.baud;
  }

  get counts(): Readonly<BusCounts> {
    return this.#transport.counts;
  }

  get isOpen(): boolean {
    return this.#transport.line.isOpen;
  }

  /** Called once when the port goes away. */
  set onLost(listener: (fault: PortLost) => void) {
    this.#transport.onLost = listener;
  }

  /** Whether a servo answers; a single attempt, unless `attempts` says more. */
  async ping(id: number, attempts = 1): Promise<Presence | undefined> {
    // A Feetech servo answers without data, a Dynamixel with its model and firmware.
    const length = this.protocol.name === 'feetech' ? 0 : 3;
    const [reply] = await this.#ask(instructions.ping(id), [{ id, length }], attempts - 1);
    return reply === undefined ? undefined : { id, error: reply.error };
  }

  /**
   * Bytes of registers.
   *
   * @throws SinewError when the servo does not answer
   */
  async read(id: number, address: number, length: number): Promise<Uint8Array> {
    const [reply] = await this.tryRead(id, address, length);
    if (reply === undefined) throw this.#silent(id);
    return reply.data.subarray(0, length);
  }

  /** As `read`, with the error byte; undefined when the servo does not answer. */
  async tryRead(id: number, address: number, length: number): Promise<[StatusPacket | undefined]> {
    const [reply] = await this.#repeat([id], length, (missing, wanted) => [
      instructions.read(this.protocol, { id, address, length: wanted }),
      missing.map((servo) => ({ id: servo, length: wanted })),
    ]);
    return [reply];
  }

  /**
   * Writes registers.
   *
   * @param deferred the servo keeps it until `action`
   * @returns the error byte of the reply; 0 after a broadcast, which nobody answers
   * @throws SinewError when the servo does not answer
   */
  async write(id: number, address: number, data: Uint8Array, deferred = false): Promise<number> {
    const packet = instructions.write(this.protocol, id, address, data, deferred);
    if (id === BROADCAST_ID) {
      await this.#ask(packet, []);
      return 0;
    }
    const [reply] = await this.#ask(packet, [{ id, length: 0 }], this.#retries);
    if (reply === undefined) throw this.#silent(id);
    return reply.error;
  }

  /** Has all servos carry out what was written deferred. */
  async action(): Promise<void> {
    await this.#ask(instructions.action(BROADCAST_ID), []);
  }

  /** Starts a servo anew, which clears its latched faults. */
  async reboot(id: number): Promise<void> {
    await this.#ask(instructions.reboot(id), []);
  }

  /**
   * The same registers of several servos.
   *
   * @returns a reply for each id, undefined for one that did not answer; its data may be longer than
   *   `length`
   */
  syncRead(
    address: number,
    length: number,
    ids: readonly number[],
  ): Promise<(StatusPacket | undefined)[]> {
    return this.#repeat(ids, length, (missing, wanted) => [
      instructions.syncRead(this.protocol, address, wanted, missing),
      missing.map((id) => ({ id, length: wanted })),
    ]);
  }

  /** Writes the same registers of several servos; no servo confirms it. */
  async syncWrite(
    address: number,
    ids: readonly number[],
    data: readonly Uint8Array[],
  ): Promise<void> {
    await this.#ask(instructions.syncWrite(this.protocol, address, ids, data), []);
  }

  /** Other registers of each servo; Dynamixel only. Replies as of `syncRead`. */
  bulkRead(spans: readonly instructions.Span[]): Promise<(StatusPacket | undefined)[]> {
    const awaited = spans.map(({ id, length }) => ({ id, length }));
    return this.#ask(instructions.bulkRead(this.protocol, spans), awaited, this.#retries);
  }

  /** Servos that answer, ids ascending. */
  async scan(from = 0, to = MAX_SERVO_ID): Promise<Presence[]> {
    const found: Presence[] = [];
    for (let id = from; id <= to; id++) {
      const presence = await this.ping(id);
      if (presence !== undefined) found.push(presence);
    }
    return found;
  }

  /** Whether anything at all answers at this speed within `ms`, garbled or not. */
  hears(ms: number): Promise<boolean> {
    return this.#inTurn(async () => {
      const bytes = this.protocol.encodeInstruction(instructions.ping(BROADCAST_ID));
      const heard = await this.#transport.listen(bytes, ms);
      return heard.length > (this.#transport.echo ? bytes.length : 0);
    });
  }

  /** Changes the speed of this side; the servos keep theirs. */
  setBaud(baud: number): Promise<void> {
    return this.#inTurn(() => this.#transport.line.setBaud(baud));
  }

  /** Waits for the transaction that runs, and closes the port. */
  close(): Promise<void> {
    return this.#inTurn(() => this.#transport.close());
  }

  /** Reads with repeats for those that are missing, longer after a time-out; see `LateReplies`. */
  #repeat(
    ids: readonly number[],
    length: number,
    make: (ids: readonly number[], length: number) => [InstructionPacket, Awaited[]],
  ): Promise<(StatusPacket | undefined)[]> {
    return this.#inTurn(async () => {
      const replies = new Map<number, StatusPacket>();
      let missing = ids;
      for (let attempt = 0; attempt <= this.#retries && missing.length > 0; attempt++) {
        if (attempt > 0) this.#transport.counts.retries++;
        const wanted = length + this.#late.extra(missing, length, steadyNow());
        const [packet, awaited] = make(missing, wanted);
        for (const reply of await this.#transport.exchange(packet, awaited)) {
          if (reply !== undefined) replies.set(reply.id, reply);
        }
        missing = ids.filter((id) => !replies.has(id));
        for (const id of missing) this.#late.note(id, wanted, steadyNow());
        // Servos may wait for the one before them; so the first that is silent goes last.
        missing = [...missing.slice(1), ...missing.slice(0, 1)];
      }
      return ids.map((id) => replies.get(id));
    });
  }

  #ask(
    packet: InstructionPacket,
    awaited: readonly Awaited[],
    retries = 0,
  ): Promise<(StatusPacket | undefined)[]> {
    return this.#inTurn(async () => {
      for (let attempt = 0; ; attempt++) {
        const replies = await this.#transport.exchange(packet, awaited);
        if (!replies.includes(undefined) || retries === 0) return replies;
        // All these replies have the same length: let a late one pass before the next request.
        await this.#transport.drain(this.options.replyTimeoutMs ?? 15);
        if (attempt >= retries) return replies;
        this.#transport.counts.retries++;
      }
    });
  }

  #inTurn<T>(transaction: () => Promise<T>): Promise<T> {
    const result = this.#last.then(transaction);
    this.#last = result.catch(() => undefined);
    return result;
  }

  #silent(id: number): SinewError {
    const { badChecksums } = this.counts;
    const garbled = badChecksums > 0 ? `, ${badChecksums} garbled replies on this bus so far` : '';
    return new SinewError(`servo ${id} does not answer${garbled}`, {
      where: `${this.path} at ${this.baud} baud`,
      cure:
        'check its power, cable and id (sinew servo scan finds ids and baud rates); garbled replies ' +
        'mean two servos with one id',
    });
  }
}
