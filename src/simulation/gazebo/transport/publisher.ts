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
  #done: Promise<void> = Promise.resolve();
  address = '';
  controlAddress = '';

  /** @param connected called with a topic when a subscriber of it has announced itself */
  constructor(counters: TransportCounters, connected: (topic: string) => void) {
    this.#counters = counters;
    this.#connected = connected;
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
    await this.#queue.send(this.#socket, [topic, this.address, data, type]);
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

  async close(): Promise<void> {
    this.#socket.close();
    this.#control.close();
    await this.#done;
  }
}
