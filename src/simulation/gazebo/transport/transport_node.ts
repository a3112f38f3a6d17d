/**
 * A peer of gz-transport 8 to 15 in plain TypeScript: publishes, subscribes, asks and answers services
 * of one partition, and finds the others by multicast.
 */
import { randomUUID } from 'node:crypto';
import { SinewError } from '../../../core/error.js';
import type { Unsubscribe } from '../gazebo_world.js';
import type { MessageCodec } from '../messages/message_set.js';
import { Discovery, SERVICE_PORT, TOPIC_PORT } from './discovery.js';
import { type Advertisement, SCOPE_ALL, UNTHROTTLED } from './discovery_packet.js';
import { hostAddress } from './host_address.js';
import { connectionNotice, greetPublisher, hasControlSocket } from './new_connection.js';
import { TopicPublisher } from './publisher.js';
import { ServiceClient } from './service_client.js';
import { type ServiceHandler, ServiceServer } from './service_server.js';
import { type ReceivedMessage, TopicSubscriber } from './subscriber.js';
import { defaultPartition, qualifiedName } from './topic_name.js';
import { TransportCounters } from './transport_counters.js';

export interface TransportOptions {
  /** Default: GZ_PARTITION, IGN_PARTITION or host:user. */
  readonly partition?: string;
  /** Address of the interface to use; default: GZ_IP, IGN_IP or the first outward one. */
  readonly address?: string;
  /**
   * Whether the peers keep statistics of their topics, which changes what is on the wire; default: whether
   * GZ_TRANSPORT_TOPIC_STATISTICS or IGN_TRANSPORT_TOPIC_STATISTICS is 1, as theirs.
   */
  readonly statistics?: boolean;
}

/** A topic that this node publishes. */
export interface Publication<T> {
  /** Whether a subscriber has told that it is connected. */
  readonly connected: boolean;
  /** Resolves when the message is on its way. */
  publish(message: T): Promise<void>;
  close(): void;
}

const keepsStatistics = (env: NodeJS.ProcessEnv = process.env): boolean =>
  (env['GZ_TRANSPORT_TOPIC_STATISTICS'] ?? env['IGN_TRANSPORT_TOPIC_STATISTICS']) === '1';

type OfferListener = (offer: Advertisement, present: boolean) => void;

export class TransportNode {
  readonly partition: string;
  readonly address: string;
  readonly counters = new TransportCounters();
  readonly processUuid = randomUUID();
  readonly #nodeUuid = randomUUID();
  readonly #subscriber: TopicSubscriber;
  readonly #publisher: TopicPublisher;
  readonly #client = new ServiceClient(this.counters);
  readonly #server = new ServiceServer(this.counters);
  readonly #topics: Discovery;
  readonly #services: Discovery;
  readonly #offerListeners = new Set<OfferListener>();
  /** Own topics that somebody has connected to. */
  readonly #connectedTopics = new Set<string>();
  #closed = false;

  private constructor(options: TransportOptions) {
    this.partition = options.partition || defaultPartition();
    this.address = hostAddress(options.address);
    const statistics = options.statistics ?? keepsStatistics();
    this.#subscriber = new TopicSubscriber(
      this.counters,
      (address) => this.#announce(address),
      statistics,
    );
    this.#publisher = new TopicPublisher(
      this.counters,
      (topic) => this.#connectedTopics.add(topic),
      statistics,
    );
    const common = {
      address: this.address,
      processUuid: this.processUuid,
      partition: this.partition,
      statistics,
      counters: this.counters,
    };
    this.#topics = new Discovery({
      ...common,
      port: TOPIC_PORT,
      listener: {
        onOffer: (offer) => this.#connect(offer),
        onEnd: (offer) => {
          if (this.#subscriber.wants(offer.topic)) this.#subscriber.disconnectLater(offer);
          this.#tell(offer, false);
        },
        onConnection: (offer) => {
          if (offer.msg_pub?.ctrl === this.processUuid) this.#connectedTopics.add(offer.topic);
        },
        // A publisher that was starved for three seconds takes all its subscribers for gone, and does
        // not say so.
        onBeat: () => {
          for (const address of this.#subscriber.reachedAddresses) this.#announce(address);
        },
      },
    });
    this.#services = new Discovery({
      ...common,
      port: SERVICE_PORT,
      listener: {
        onOffer: (offer) => this.#tell(offer, true),
        onEnd: (offer) => {
          this.#client.forget(offer.address);
          this.#tell(offer, false);
        },
      },
    });
  }

  /** @throws SinewError when the network cannot be joined */
  static async open(options: TransportOptions = {}): Promise<TransportNode> {
    const node = new TransportNode(options);
    qualifiedName(node.partition, '/');
    try {
      await node.#publisher.start(node.address);
      await node.#client.start(node.address);
      await node.#server.start(node.address);
      await node.#topics.start();
      await node.#services.start();
    } catch (error) {
      await node.close();
      if (error instanceof SinewError) throw error;
      throw new SinewError('cannot listen for Gazebo', {
        where: `address ${node.address}`,
        cure: 'set GZ_IP to an address of this host',
        cause: error,
      });
    }
    return node;
  }

  /** Topics and services of others, and their ends, from now on; those known are told at once. */
  onOffer(listener: OfferListener): Unsubscribe {
    this.#offerListeners.add(listener);
    for (const discovery of [this.#topics, this.#services]) {
      for (const offer of discovery.offers()) listener(offer, true);
    }
    return () => this.#offerListeners.delete(listener);
  }

  /** Forgets a process that is known to be gone before its silence tells. */
  forget(processUuid: string): void {
    this.#topics.forget(processUuid);
    this.#services.forget(processUuid);
  }

  /** Messages of a topic as they are on the wire, from all its publishers, also later ones. */
  subscribeRaw(topic: string, listener: (message: ReceivedMessage) => void): Unsubscribe {
    const name = qualifiedName(this.partition, topic);
    if (this.#subscriber.add(name, listener)) {
      for (const offer of this.#topics.offersOf(name)) this.#connect(offer);
      this.#topics.want(name);
    }
    return () => {
      if (!this.#subscriber.remove(name, listener)) return;
      this.#topics.unwant(name);
      for (const offer of this.#topics.offersOf(name)) {
        if (!hasControlSocket(offer)) this.#topics.notify('endConnection', this.#notice(offer));
        this.#subscriber.disconnect(offer);
      }
    };
  }

  /** Messages of one type; what is of another type or cannot be decoded is counted and left out. */
  subscribe<T>(topic: string, codec: MessageCodec<T>, listener: (message: T) => void): Unsubscribe {
    return this.subscribeRaw(topic, ({ data, type }) => {
      let message: T;
      try {
        if (type !== codec.name) throw new SinewError(`${type} is not ${codec.name}`);
        message = codec.decode(data);
      } catch {
        this.counters.malformed += 1;
        return;
      }
      listener(message);
    });
  }

  /** Offers a topic. */
  advertise<T>(topic: string, codec: MessageCodec<T>): Publication<T> {
    const name = qualifiedName(this.partition, topic);
    const offer: Advertisement = {
      topic: name,
      address: this.#publisher.address,
      process_uuid: this.processUuid,
      node_uuid: this.#nodeUuid,
      scope: SCOPE_ALL,
      msg_pub: {
        ctrl: this.#publisher.controlAddress,
        msg_type: codec.name,
        msgs_per_sec: UNTHROTTLED,
      },
    };
    this.#topics.advertise(offer);
    const connectedTopics = this.#connectedTopics;
    return {
      get connected() {
        return connectedTopics.has(name);
      },
      publish: (message) => this.#publisher.publish(name, codec.encode(message), codec.name),
      close: () => {
        connectedTopics.delete(name);
        this.#topics.unadvertise(offer);
      },
    };
  }

  /**
   * Asks a service; waits for it to appear.
   * @param request `repeatable`: it may be carried out twice, and is repeated until it is answered
   * @param timeout s, for finding and answering together
   * @throws SinewError when it does not appear, refuses or does not answer
   */
  async request<Q, A>(
    topic: string,
    request: {
      readonly codec: MessageCodec<Q>;
      readonly message: Q;
      readonly repeatable?: boolean;
    },
    answer: MessageCodec<A>,
    timeout: number,
  ): Promise<A> {
    const end = performance.now() + timeout * 1000;
    const offer = await this.#findService(topic, timeout);
    const left = Math.max(0.001, (end - performance.now()) / 1000);
    const { codec, message, repeatable = false } = request;
    const data = codec.encode(message);
    this.counters.sent += 1;
    return answer.decode(await this.#client.request(offer, this.#nodeUuid, data, left, repeatable));
  }

  /** Answers a service. */
  serve<Q, A>(
    topic: string,
    request: MessageCodec<Q>,
    answer: MessageCodec<A>,
    handler: (request: Q) => A | Promise<A>,
  ): Unsubscribe {
    const name = qualifiedName(this.partition, topic);
    const raw: ServiceHandler = async (data) => answer.encode(await handler(request.decode(data)));
    const types = { request_type: request.name, response_type: answer.name };
    this.#server.add(name, { requestType: request.name, responseType: answer.name, handler: raw });
    const offer: Advertisement = {
      topic: name,
      address: this.#server.address,
      process_uuid: this.processUuid,
      node_uuid: this.#nodeUuid,
      scope: SCOPE_ALL,
      srv_pub: { socket_id: this.#server.identity, ...types },
    };
    this.#services.advertise(offer);
    return () => {
      this.#server.remove(name);
      this.#services.unadvertise(offer);
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#offerListeners.clear();
    await this.#topics.close();
    await this.#services.close();
    await this.#subscriber.close();
    await this.#publisher.close();
    await this.#client.close();
    await this.#server.close();
  }

  #connect(offer: Advertisement): void {
    if (this.#closed) return;
    if (this.#subscriber.wants(offer.topic)) {
      this.#subscriber.connect(offer);
    }
    this.#tell(offer, true);
  }

  /** Tells a publisher of the subscriptions to it. */
  #announce(address: string): void {
    if (this.#closed) return;
    for (const offer of this.#topics.offers()) {
      if (offer.address !== address || !this.#subscriber.wants(offer.topic)) continue;
      if (hasControlSocket(offer)) greetPublisher(offer, this.processUuid, this.#nodeUuid);
      else this.#topics.notify('newConnection', this.#notice(offer));
    }
  }

  #notice(offer: Advertisement): Advertisement {
    return connectionNotice(offer, this.processUuid, this.#nodeUuid);
  }

  #tell(offer: Advertisement, present: boolean): void {
    for (const listener of this.#offerListeners) listener(offer, present);
  }

  #findService(topic: string, timeout: number): Promise<Advertisement> {
    const name = qualifiedName(this.partition, topic);
    const known = this.#services.offersOf(name).at(-1);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer);
        stop();
        this.#services.unwant(name);
      };
      const timer = setTimeout(() => {
        finish();
        reject(
          new SinewError(`nobody offers it within ${timeout} s`, {
            where: `service ${topic}`,
            expected: `a Gazebo in partition '${this.partition}' on ${this.address}`,
            cure: 'check GZ_PARTITION (IGN_PARTITION) and GZ_IP (IGN_IP) of the server',
          }),
        );
      }, timeout * 1000);
      const stop = this.onOffer((offer, present) => {
        if (!present || offer.topic !== name || !offer.srv_pub) return;
        finish();
        resolve(offer);
      });
      this.#services.want(name);
    });
  }
}
