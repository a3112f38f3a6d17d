/**
 * Who offers what: one of these for topics, one for services. Announces its own offers each second,
 * answers who asks, and forgets a process that has long been silent or says goodbye.
 */
import {
  type Advertisement,
  type DecodedDiscovery,
  type DiscoveryMessage,
  DiscoveryType,
  decodeDiscovery,
  PacketWriter,
  STATISTICS_VERSION,
  WIRE_VERSION,
} from './discovery_packet.js';
import { Heartbeat } from './heartbeat.js';
import { MulticastSocket } from './multicast_socket.js';
import { partitionPrefix } from './topic_name.js';
import type { TransportCounters } from './transport_counters.js';

export const TOPIC_PORT = 10317;
export const SERVICE_PORT = 10318;
const HEARTBEAT_MS = 1000;
/**
 * The peers' own limit is 3 s. Here it is longer, because what a living but starved server sends while
 * it counts as gone is lost; one that ends takes back its offers.
 */
const SILENCE_MS = 10_000;

export interface DiscoveryListener {
  /** A process offers a topic or service that was not known yet. */
  onOffer(offer: Advertisement): void;
  /** An offer ended; also for each offer of a process that is gone. */
  onEnd(offer: Advertisement): void;
  /** A subscriber tells that it has connected (transport 11 and later). */
  onConnection?(offer: Advertisement): void;
  /** Each second. */
  onBeat?(): void;
}

export interface DiscoveryOptions {
  readonly port: number;
  readonly address: string;
  readonly processUuid: string;
  readonly partition: string;
  /** Whether the peers keep statistics of their topics. */
  readonly statistics: boolean;
  readonly counters: TransportCounters;
  readonly listener: DiscoveryListener;
}

const keyOf = ({ topic, address, node_uuid }: Advertisement) => `${topic} ${address} ${node_uuid}`;

export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #prefix: string;
  readonly #version: number;
  readonly #packets: PacketWriter;
  readonly #own = new Map<string, Advertisement>();
  /** By process: when it was last heard (ms, steady) and what it offers. */
  readonly #peers = new Map<string, { heard: number; offers: Map<string, Advertisement> }>();
  /** Topics asked for: asked again with each heartbeat until somebody offers them. */
  readonly #wanted = new Set<string>();
  #socket: MulticastSocket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #heartbeat: Heartbeat | undefined;
  #lastBeat = performance.now();

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.#prefix = partitionPrefix(options.partition);
    this.#version = options.statistics ? STATISTICS_VERSION : WIRE_VERSION;
    this.#packets = new PacketWriter(options.processUuid, this.#version);
  }

  /** Joins the network. @throws SinewError when it cannot */
  async start(): Promise<void> {
    const { port, address } = this.#options;
    this.#socket = await MulticastSocket.open(port, address, (packet) => this.receive(packet));
    this.#timer = setInterval(() => this.#beat(), HEARTBEAT_MS);
    const packet = this.#packets.presence('heartbeat');
    this.#socket.send(packet);
    this.#heartbeat = new Heartbeat({
      packet,
      port,
      groups: this.#socket.groups,
      address,
      periodMs: HEARTBEAT_MS,
    });
  }

  /** All offers of other processes known now. */
  *offers(): Generator<Advertisement> {
    for (const { offers } of this.#peers.values()) yield* offers.values();
  }

  /** Offers of one topic, by its qualified name. */
  offersOf(topic: string): Advertisement[] {
    return [...this.offers()].filter((offer) => offer.topic === topic);
  }

  /** Asks who offers a topic, now and until somebody does. */
  want(topic: string): void {
    this.#wanted.add(topic);
    this.#ask(topic);
  }

  unwant(topic: string): void {
    this.#wanted.delete(topic);
  }

  /** Announces an offer, now and each second. */
  advertise(offer: Advertisement): void {
    this.#own.set(keyOf(offer), offer);
    this.#tell('advertise', offer);
  }

  unadvertise(offer: Advertisement): void {
    if (this.#own.delete(keyOf(offer))) this.#tell('unadvertise', offer);
  }

  /** Tells a publisher that a subscriber has connected, or is leaving. */
  notify(type: 'newConnection' | 'endConnection', offer: Advertisement): void {
    this.#tell(type, offer);
  }

  /** Forgets a process that is known to be gone, and tells the end of its offers. */
  forget(uuid: string): void {
    const peer = this.#peers.get(uuid);
    this.#peers.delete(uuid);
    for (const offer of peer?.offers.values() ?? []) this.#options.listener.onEnd(offer);
  }

  /** Takes one packet from the network, whatever it holds. */
  receive(packet: Uint8Array): void {
    const { counters, processUuid } = this.#options;
    const decoded: DecodedDiscovery = decodeDiscovery(packet, this.#version);
    if (decoded.fault !== null) {
      counters[decoded.fault] += 1;
      return;
    }
    const { message } = decoded;
    if (message.process_uuid === processUuid) return;
    // A peer's heartbeat and goodbye have an offer without a topic: they are of no partition.
    const topic = message.pub?.topic || message.sub?.topic;
    if (topic && !topic.startsWith(this.#prefix)) {
      counters.otherPartition += 1;
      return;
    }
    this.#take(message);
  }

  /** Says goodbye and leaves the network. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    const socket = this.#socket;
    if (socket === undefined) return;
    // Nothing may follow the goodbye.
    await this.#heartbeat?.stop();
    socket.send(this.#packets.presence('bye'));
    this.#socket = undefined;
    await socket.close();
  }

  #take(message: DiscoveryMessage): void {
    const { listener } = this.#options;
    const { process_uuid: uuid, pub, sub } = message;
    if (message.type === DiscoveryType.bye) {
      this.forget(uuid);
      return;
    }
    const peer = this.#peers.get(uuid) ?? { heard: 0, offers: new Map() };
    this.#peers.set(uuid, peer);
    peer.heard = performance.now();
    if (message.type === DiscoveryType.subscribe && sub) this.#answer(sub.topic);
    if (!pub) return;
    const key = keyOf(pub);
    if (message.type === DiscoveryType.advertise && !peer.offers.has(key)) {
      peer.offers.set(key, pub);
      listener.onOffer(pub);
    } else if (message.type === DiscoveryType.unadvertise && peer.offers.delete(key)) {
      listener.onEnd(pub);
    } else if (message.type === DiscoveryType.newConnection) {
      listener.onConnection?.(pub);
    }
  }

  #answer(topic: string): void {
    for (const offer of this.#own.values()) {
      if (offer.topic === topic) this.#tell('advertise', offer);
    }
  }

  #beat(): void {
    const now = performance.now();
    // After a time in which this process could not listen, silence says nothing about the others.
    const listened = now - this.#lastBeat < 2 * HEARTBEAT_MS;
    this.#lastBeat = now;
    for (const [uuid, peer] of this.#peers) {
      if (!listened) peer.heard = now;
      else if (now - peer.heard > SILENCE_MS) this.forget(uuid);
    }
    this.#socket?.send(this.#packets.presence('heartbeat'));
    for (const offer of this.#own.values()) this.#tell('advertise', offer);
    for (const topic of this.#wanted) if (this.offersOf(topic).length === 0) this.#ask(topic);
    this.#options.listener.onBeat?.();
  }

  #ask(topic: string): void {
    this.#socket?.send(this.#packets.question(topic));
  }

  #tell(type: Parameters<PacketWriter['offer']>[0], offer: Advertisement): void {
    this.#socket?.send(this.#packets.offer(type, offer));
  }
}
