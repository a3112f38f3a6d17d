/**
 * Topics of Gazebo Classic's own TCP transport. The master tells who publishes and who subscribes; the
 * messages themselves go from process to process.
 */
import { createServer, type Server } from 'node:net';
import { SinewError } from '../../../core/error.js';
import type { Unsubscribe } from '../gazebo_world.js';
import type { MessageCodec } from '../messages/message_set.js';
import type { TransportCounters } from '../transport/transport_counters.js';
import { readPacket, TcpLink } from './tcp_link.js';
import { type Publish, publishCodec, type Subscribe, subscribeCodec } from './tcp_messages.js';

export interface MasterAddress {
  readonly host: string;
  readonly port: number;
}

/** Where the master listens unless GAZEBO_MASTER_URI says otherwise. */
export function masterAddress(env: NodeJS.ProcessEnv = process.env): MasterAddress {
  const uri = env['GAZEBO_MASTER_URI'] || 'http://127.0.0.1:11345';
  const match = /^\w+:\/\/([^:/]+):(\d+)\/?$/.exec(uri);
  if (match?.[1] === undefined) {
    throw new SinewError(`GAZEBO_MASTER_URI is '${uri}'`, { expected: 'http://HOST:PORT' });
  }
  return { host: match[1], port: Number(match[2]) };
}

/** A topic that this process publishes. */
export interface TcpPublication<T> {
  readonly topic: string;
  /** Sends to all who have subscribed. @returns their number */
  publish(message: T): number;
}

interface Subscription {
  readonly type: string;
  readonly take: (message: Uint8Array) => void;
}

export class TcpTopics {
  readonly #counters: TransportCounters;
  readonly #host: string;
  readonly #server: Server;
  #master: TcpLink | undefined;
  /** Connections by the topic that they want of this process. */
  readonly #readers = new Map<string, Set<TcpLink>>();
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #links = new Set<TcpLink>();
  /** Connections to publishers, by topic. */
  readonly #sources = new Map<string, Set<TcpLink>>();
  /** Publishers connected to, as topic host:port. */
  readonly #publishers = new Set<string>();
  readonly #waiting = new Map<string, Set<() => void>>();

  private constructor(host: string, counters: TransportCounters) {
    this.#host = host;
    this.#counters = counters;
    this.#server = createServer((socket) => {
      const link: TcpLink = new TcpLink(
        socket,
        counters,
        (message) => this.#takeReader(link, message),
        () => this.#drop(link),
      );
      this.#links.add(link);
    });
  }

  /**
   * @param host address that the server reaches this process by
   * @param lost called once when the master is gone
   * @throws SinewError when no master answers
   */
  static async open(
    master: MasterAddress,
    host: string,
    counters: TransportCounters,
    lost: () => void,
  ): Promise<TcpTopics> {
    const topics = new TcpTopics(host, counters);
    topics.#master = await TcpLink.open(
      master.host,
      master.port,
      counters,
      (message) => topics.#takeMaster(message),
      lost,
    );
    await new Promise<void>((resolve, reject) => {
      topics.#server.once('error', reject);
      topics.#server.listen(0, host, resolve);
    });
    return topics;
  }

  /** Offers a topic; resolves when the server has connected to it. */
  async advertise<T>(
    topic: string,
    codec: MessageCodec<T>,
    timeout: number,
  ): Promise<TcpPublication<T>> {
    const offer: Publish = { topic, msg_type: codec.name, ...this.#own() };
    const connected = this.#readerOf(topic, timeout);
    this.#master?.sendPacket('advertise', publishCodec.encode(offer));
    await connected;
    return {
      topic,
      publish: (message) => {
        const bytes = codec.encode(message);
        const readers = this.#readers.get(topic) ?? new Set();
        for (const link of readers) link.send(bytes);
        this.#counters.sent += readers.size;
        return readers.size;
      },
    };
  }

  /** Messages of a topic, from all its publishers; what cannot be decoded is counted. */
  subscribe<T>(topic: string, codec: MessageCodec<T>, listener: (message: T) => void): Unsubscribe {
    this.#subscriptions.set(topic, {
      type: codec.name,
      take: (bytes) => {
        let message: T;
        try {
          message = codec.decode(bytes);
        } catch {
          this.#counters.malformed += 1;
          return;
        }
        this.#counters.received += 1;
        listener(message);
      },
    });
    this.#master?.sendPacket('subscribe', this.#subscribe(topic, codec.name));
    return () => {
      this.#subscriptions.delete(topic);
      this.#master?.sendPacket('unsubscribe', this.#subscribe(topic, codec.name));
      for (const link of this.#sources.get(topic) ?? []) link.close();
      this.#sources.delete(topic);
    };
  }

  async close(): Promise<void> {
    this.#master?.close();
    for (const link of this.#links) link.close();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #own(): { host: string; port: number } {
    const address = this.#server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return { host: this.#host, port };
  }

  #subscribe(topic: string, type: string): Uint8Array {
    const message: Subscribe = { topic, msg_type: type, ...this.#own(), latching: false };
    return subscribeCodec.encode(message);
  }

  #readerOf(topic: string, timeout: number): Promise<void> {
    if ((this.#readers.get(topic)?.size ?? 0) > 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(topic) ?? new Set();
      this.#waiting.set(topic, waiting);
      const done = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(done);
        const cure = 'check the name of the world';
        reject(
          new SinewError(`the server did not connect in ${timeout} s`, { where: topic, cure }),
        );
      }, timeout * 1000);
      waiting.add(done);
    });
  }

  /** A message of a process that connected to this one: it says which topic it wants. */
  #takeReader(link: TcpLink, message: Uint8Array): void {
    const packet = readPacket(message, this.#counters);
    if (packet?.type !== 'sub') return;
    let wanted: Subscribe;
    try {
      wanted = subscribeCodec.decode(packet.serialized_data);
    } catch {
      this.#counters.malformed += 1;
      return;
    }
    const readers = this.#readers.get(wanted.topic) ?? new Set();
    this.#readers.set(wanted.topic, readers.add(link));
    const waiting = this.#waiting.get(wanted.topic) ?? [];
    this.#waiting.delete(wanted.topic);
    for (const done of waiting) done();
  }

  #takeMaster(message: Uint8Array): void {
    const packet = readPacket(message, this.#counters);
    if (packet?.type !== 'publisher_subscribe' && packet?.type !== 'publisher_advertise') return;
    let offer: Publish;
    try {
      offer = publishCodec.decode(packet.serialized_data);
    } catch {
      this.#counters.malformed += 1;
      return;
    }
    const own = this.#own();
    if (offer.host === own.host && offer.port === own.port) return;
    const subscription = this.#subscriptions.get(offer.topic);
    if (subscription !== undefined) void this.#connect(offer, subscription);
  }

  async #connect(offer: Publish, { type, take }: Subscription): Promise<void> {
    const key = `${offer.topic} ${offer.host}:${offer.port}`;
    if (this.#publishers.has(key)) return;
    this.#publishers.add(key);
    try {
      const link: TcpLink = await TcpLink.open(offer.host, offer.port, this.#counters, take, () => {
        this.#publishers.delete(key);
        this.#links.delete(link);
        this.#sources.get(offer.topic)?.delete(link);
      });
      this.#links.add(link);
      const sources = this.#sources.get(offer.topic) ?? new Set();
      this.#sources.set(offer.topic, sources.add(link));
      link.sendPacket('sub', this.#subscribe(offer.topic, type));
    } catch {
      // The publisher went away between the master's word and now; the master tells of the next.
      this.#publishers.delete(key);
    }
  }

  #drop(link: TcpLink): void {
    this.#links.delete(link);
    for (const readers of this.#readers.values()) readers.delete(link);
  }
}
