/**
 * The publishing half of a node: one socket that all its topics go out by, so that what is published
 * on several topics arrives in the order it was sent.
 */
import { Router, Publisher as Socket } from 'zeromq';
import { drain, SendQueue } from './frames.js';
import type { TransportCounters } from './transport_counters.js';

export class TopicPublisher {
  readonly #socket = new Socket({ sendHighWaterMark: 0, linger: 0 });
  /** Subscribers of transport 8 announce themselves here; the socket filters by itself. */
  readonly #control = new Router({ linger: 0 });
  readonly #queue = new SendQueue();
  readonly #counters: TransportCounters;
  #done: Promise<void> = Promise.resolve();
  address = '';
  controlAddress = '';

  constructor(counters: TransportCounters) {
    this.#counters = counters;
  }

  /** @param host address that peers connect to */
  async start(host: string): Promise<void> {
    await this.#socket.bind(`tcp://${host}:*`);
    await this.#control.bind(`tcp://${host}:*`);
    this.address = this.#socket.lastEndpoint ?? '';
    this.controlAddress = this.#control.lastEndpoint ?? '';
    this.#done = drain(this.#control, () => undefined);
  }

  /** @param topic qualified name  @returns when the socket has taken it */
  async publish(topic: string, data: Uint8Array, type: string): Promise<void> {
    await this.#queue.send(this.#socket, [topic, this.address, data, type]);
    this.#counters.sent += 1;
  }

  async close(): Promise<void> {
    this.#socket.close();
    this.#control.close();
    await this.#done;
  }
}
