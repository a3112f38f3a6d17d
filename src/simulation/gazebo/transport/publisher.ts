/**
 * The publishing half of a node: one socket that all its topics go out by, so that what is published
 * on several topics arrives in the order it was sent.
 */
import { Router, Publisher as Socket } from 'zeromq';
import { drain, type Frames, SendQueue, textFrame } from './frames.js';
import { NEW_CONNECTION } from './new_connection.js';
import type { TransportCounters } from './transport_counters.js';

/** [sender, topic, process, node, type, code] */
const CONTROL_FRAMES = 6;

export class TopicPublisher {
  readonly #socket = new Socket({ sendHighWaterMark: 0, linger: 0 });
  /** Subscribers of transport 8 announce themselves here. */
  readonly #control = new Router({ linger: 0 });
  readonly #queue = new SendQueue();
  readonly #counters: TransportCounters;
  readonly #connected: (topic: string) => void;
  /** By topic, how many messages went out; only where statistics are kept. */
  readonly #sequence: Map<string, number> | undefined;
  #done: Promise<void> = Promise.resolve();
  address = '';
  controlAddress = '';

  /**
   * @param connected called with a topic when a subscriber of it has announced itself
   * @param statistics whether the peers keep statistics of topics
   */
  constructor(
    counters: TransportCounters,
    connected: (topic: string) => void,
    statistics: boolean,
  ) {
    this.#counters = counters;
    this.#connected = connected;
    this.#sequence = statistics ? new Map() : undefined;
  }

  /** @param host address that peers connect to */
  async start(host: string): Promise<void> {
    await this.#socket.bind(`tcp://${host}:*`);
    await this.#control.bind(`tcp://${host}:*`);
    this.address = this.#socket.lastEndpoint ?? '';
    this.controlAddress = this.#control.lastEndpoint ?? '';
    this.#done = drain(this.#control, (frames) => this.takeControl(frames));
  }

  /** @param topic qualified name  @returns when the socket has taken it */
  async publish(topic: string, data: Uint8Array, type: string): Promise<void> {
    if (this.#socket.closed) return;
    const frames = [topic, this.address, data, type];
    if (this.#sequence !== undefined) frames.push(this.#count(topic, this.#sequence));
    await this.#queue.send(this.#socket, frames);
    this.#counters.sent += 1;
  }

  /** Takes one message of a subscriber of transport 8, whatever it holds. */
  takeControl(frames: Frames): void {
    if (frames.length !== CONTROL_FRAMES) {
      this.#counters.malformed += 1;
      return;
    }
    if (textFrame(frames, 5) === NEW_CONNECTION) this.#connected(textFrame(frames, 1));
  }

  /** Time of a steady clock in ms and number of the message in its topic. */
  #count(topic: string, sequence: Map<string, number>): Uint8Array {
    const number = sequence.get(topic) ?? 0;
    sequence.set(topic, number + 1);
    const frame = Buffer.alloc(16);
    frame.writeBigUInt64LE(BigInt(Math.trunc(performance.now())), 0);
    frame.writeBigUInt64LE(BigInt(number), 8);
    return frame;
  }

  async close(): Promise<void> {
    this.#socket.close();
    this.#control.close();
    await this.#done;
  }
}
