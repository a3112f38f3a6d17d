/**
 * The subscribing half of a node: connects to whoever offers a wanted topic and hands out what comes.
 */
import { Subscriber as Socket } from 'zeromq';
import type { Advertisement } from './discovery_packet.js';
import { drain, type Frames, textFrame } from './frames.js';
import type { TransportCounters } from './transport_counters.js';

/** What a peer published. */
export interface ReceivedMessage {
  readonly data: Uint8Array;
  readonly type: string;
}

type Listener = (message: ReceivedMessage) => void;

/** [topic, address of the publisher, data, type], and one more where statistics are kept */
const FRAMES = 4;
/** More than the peers' 1000, so that a pause of this process loses nothing at 1 kHz. */
const QUEUE = 20_000;

/** A goodbye by UDP overtakes messages by TCP; for so long they are waited for. */
const LAST_WORDS_MS = 2000;

export class TopicSubscriber {
  readonly #socket = new Socket({ receiveHighWaterMark: QUEUE, linger: 0 });
  readonly #counters: TransportCounters;
  readonly #listeners = new Map<string, Set<Listener>>();
  /** Addresses connected to, with the number of offers that each stands for. */
  readonly #connected = new Map<string, number>();
  /** Addresses that have answered. */
  readonly #answered = new Set<string>();
  readonly #leaving = new Set<NodeJS.Timeout>();
  readonly #reached: (address: string) => void;
  readonly #frames: number;
  readonly #done: Promise<void>;
  #closed = false;

  /**
   * @param reached called when a publisher can be heard: it may be told of the subscription now
   * @param statistics whether the peers keep statistics of topics
   */
  constructor(
    counters: TransportCounters,
    reached: (address: string) => void,
    statistics: boolean,
  ) {
    this.#counters = counters;
    this.#frames = statistics ? FRAMES + 1 : FRAMES;
    this.#reached = reached;
    this.#socket.events.on('handshake', ({ address }) => this.#meet(address));
    this.#socket.events.on('disconnect', ({ address }) => this.#answered.delete(address));
    this.#done = drain(this.#socket, (frames) => this.take(frames));
  }

  /** @returns whether this is the topic's first listener */
  add(topic: string, listener: Listener): boolean {
    const listeners = this.#listeners.get(topic);
    if (listeners !== undefined) {
      listeners.add(listener);
      return false;
    }
    this.#listeners.set(topic, new Set([listener]));
    if (!this.#closed) this.#socket.subscribe(topic);
    return true;
  }

  /** @returns whether it was the topic's last listener */
  remove(topic: string, listener: Listener): boolean {
    const listeners = this.#listeners.get(topic);
    if (!listeners?.delete(listener) || listeners.size > 0) return false;
    this.#listeners.delete(topic);
    if (!this.#closed) this.#socket.unsubscribe(topic);
    return true;
  }

  wants(topic: string): boolean {
    return this.#listeners.has(topic);
  }

  /** Publishers that can be heard now. */
  get reachedAddresses(): Iterable<string> {
    return this.#answered;
  }

  /** Connects to a publisher of a wanted topic. */
  connect({ address }: Advertisement): void {
    if (this.#closed) return;
    const count = this.#connected.get(address) ?? 0;
    this.#connected.set(address, count + 1);
    if (count > 0) {
      if (this.#answered.has(address)) this.#reached(address);
      return;
    }
    try {
      this.#socket.connect(address);
    } catch {
      this.#connected.delete(address);
      this.#counters.malformed += 1;
    }
  }

  /** Ends a connection to a publisher that is leaving, once what it sent last has arrived. */
  disconnectLater(offer: Advertisement): void {
    const timer = setTimeout(() => {
      this.#leaving.delete(timer);
      this.disconnect(offer);
    }, LAST_WORDS_MS);
    this.#leaving.add(timer);
  }

  disconnect({ address }: Advertisement): void {
    const count = this.#connected.get(address);
    if (count === undefined || this.#closed) return;
    if (count > 1) {
      this.#connected.set(address, count - 1);
      return;
    }
    this.#connected.delete(address);
    this.#answered.delete(address);
    this.#socket.disconnect(address);
  }

  #meet(address: string): void {
    this.#answered.add(address);
    this.#reached(address);
  }

  /** Takes one message from the network, whatever it holds. */
  take(frames: Frames): void {
    const [, , data] = frames;
    if (frames.length !== this.#frames || data === undefined) {
      this.#counters.malformed += 1;
      return;
    }
    this.#counters.received += 1;
    const message = { data, type: textFrame(frames, 3) };
    for (const listener of this.#listeners.get(textFrame(frames, 0)) ?? []) listener(message);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#leaving) clearTimeout(timer);
    this.#socket.close();
    await this.#done;
  }
}
