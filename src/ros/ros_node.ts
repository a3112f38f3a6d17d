/**
 * A ROS 2 node on the main thread of the process: makes publishers, subscriptions, services and
 * clients, and keeps an error in any callback from taking the process down.
 */
import { steadyNow } from '../core/clock.js';
import { errorLine, SinewError } from '../core/error.js';
import { CdrReader } from './cdr_reader.js';
import { decode } from './codec.js';
import type { MessageTypeName, MessageTypes } from './message_types.js';
import { Publisher } from './publisher.js';
import { type Qos, RELIABLE, rclQos, TRANSIENT_LOCAL } from './qos.js';
import { loadRcl, type Rcl, type RclContext, type RclLogger, type RclNode } from './rcl.js';
import { ServiceClient } from './service_client.js';
import type { ServiceName, ServiceTypes } from './service_types.js';
import { stopSpinning } from './stop_spinning.js';

export interface RosNodeOptions {
  readonly name: string;
  /** Default '', the root. */
  readonly namespace?: string;
  /** Default: ROS_DOMAIN_ID of the environment. */
  readonly domainId?: number;
  /** Command line; what follows `--ros-args` in it (names, remappings, parameters) is used. */
  readonly argv?: readonly string[];
  /**
   * Told what went wrong in a callback or with a message, at most once a second for each source.
   * Default: the node's log.
   */
  readonly onError?: (error: Error, where: string) => void;
}

export interface Subscription {
  readonly topic: string;
  /** Messages taken, and of these the ones that could not be read. */
  readonly received: number;
  readonly malformed: number;
  close(): void;
}

export interface TopicEndpoint {
  /** Full name, such as `/controller`. */
  readonly node: string;
  readonly type: string;
  readonly reliable: boolean;
  readonly latched: boolean;
}

/**
 * Milliseconds that rclnodejs's thread waits at a time. Making or removing a subscription, service
 * or client while spinning holds the main thread for up to this long.
 */
const SPIN_MS = 10;
const REPORT_INTERVAL_S = 1;

export class RosNode {
  static readonly #open = new Set<RosNode>();
  readonly #rcl: Rcl;
  readonly #context: RclContext;
  readonly #clients = new Map<string, unknown>();
  readonly #reported = new Map<string, number>();
  readonly #onError: (error: Error, where: string) => void;
  #closing: Promise<void> | undefined;

  /** The node of rclnodejs; for the files of this room. */
  readonly rcl: RclNode;

  private constructor(rcl: Rcl, context: RclContext, options: RosNodeOptions) {
    this.#rcl = rcl;
    this.#context = context;
    this.#onError =
      options.onError ?? ((error, where) => this.log.error(`${where}: ${error.message}`));
    this.rcl = new rcl.Node(options.name, options.namespace ?? '', context, {
      startParameterServices: false,
      // Parameters given on the command line; `declareParameters` takes them from here.
      automaticallyDeclareParametersFromOverrides: true,
    });
    // An exception that left this call would end the process in native code.
    const execute = this.rcl.execute.bind(this.rcl);
    this.rcl.execute = (handles) => this.guard('ros', () => execute(handles));
  }

  /**
   * Starts a node and its spinning.
   *
   * @throws SinewError when ROS 2 is missing or the name is not a valid node name
   */
  static async create(options: RosNodeOptions): Promise<RosNode> {
    const rcl = await loadRcl();
    const { domainId } = options;
    const context = new rcl.Context(domainId === undefined ? undefined : BigInt(domainId));
    try {
      await rcl.init(context, [...(options.argv ?? [])]);
      const node = new RosNode(rcl, context, options);
      node.rcl.spin(SPIN_MS);
      RosNode.#open.add(node);
      return node;
    } catch (error) {
      throw new SinewError(errorLine(error), { where: `ROS node "${options.name}"`, cause: error });
    }
  }

  /** Closes every node of this process. */
  static async closeAll(): Promise<void> {
    for (const node of RosNode.#open) await node.close();
  }

  /** Full name, such as `/controller`, after remapping. */
  get name(): string {
    return this.rcl.getFullyQualifiedName();
  }

  /** Writes to the terminal and to `/rosout`. */
  get log(): RclLogger {
    return this.rcl.getLogger();
  }

  publisher<K extends MessageTypeName>(topic: string, type: K, qos: Qos): Publisher<K> {
    const options = { qos: rclQos(this.#rcl, qos) };
    return new Publisher(
      topic,
      type,
      this.rcl.createPublisher(type, topic, options),
      () => this.closed,
    );
  }

  /**
   * Receives messages. What cannot be read is counted and reported, and `callback` not called.
   *
   * @param callback gets the message and the time of its arrival, seconds on the steady clock
   */
  subscribe<K extends MessageTypeName>(
    topic: string,
    type: K,
    qos: Qos,
    callback: (message: MessageTypes[K], receivedAt: number) => void,
  ): Subscription {
    const reader = new CdrReader(`${topic} (${type})`);
    return this.subscribeRaw(topic, type, qos, (bytes, receivedAt) => {
      callback(decode(type, bytes, reader), receivedAt);
    });
  }

  /**
   * Receives messages as they came, serialized, for one of the fast readers or another process.
   * A SinewError that `callback` throws counts the message as malformed.
   *
   * @param type any message type that the ROS installation has
   */
  subscribeRaw(
    topic: string,
    type: string,
    qos: Qos,
    callback: (bytes: Buffer, receivedAt: number) => void,
  ): Subscription {
    const state = { topic, received: 0, malformed: 0, close: () => {} };
    const receive = (bytes: Buffer) => {
      const receivedAt = steadyNow();
      state.received++;
      try {
        callback(bytes, receivedAt);
      } catch (error) {
        if (error instanceof SinewError) state.malformed++;
        this.report(error, topic);
      }
    };
    const options = { qos: rclQos(this.#rcl, qos), isRaw: true };
    const subscription = this.rcl.createSubscription(type, topic, options, receive);
    state.close = () => {
      if (!this.closed) this.rcl.destroySubscription(subscription);
    };
    return state;
  }

  /**
   * Offers a service. A callback that throws is answered with `refusal(line)` if given, else not
   * answered, so that the caller's time-out tells.
   */
  service<S extends ServiceName>(
    name: string,
    type: S,
    callback: (
      request: ServiceTypes[S]['request'],
    ) => ServiceTypes[S]['response'] | Promise<ServiceTypes[S]['response']>,
    refusal?: (line: string) => ServiceTypes[S]['response'],
  ): void {
    this.rcl.createService(type, name, (request, response) => {
      const answer = async () => callback(request as ServiceTypes[S]['request']);
      answer()
        .catch((error: unknown) => {
          this.report(error, name);
          return refusal?.(errorLine(error));
        })
        .then((reply) => {
          if (reply !== undefined && !this.closed) response.send(reply);
        })
        .catch((error: unknown) => this.report(error, name));
    });
  }

  /** A client of a service; made once for each name and type. */
  client<S extends ServiceName>(name: string, type: S): ServiceClient<S> {
    const key = `${type} ${name}`;
    const known = this.#clients.get(key);
    if (known !== undefined) return known as ServiceClient<S>;
    const client = new ServiceClient<S>(name, type, this.rcl.createClient(type, name));
    this.#clients.set(key, client);
    return client;
  }

  publisherCount(topic: string): number {
    return this.rcl.countPublishers(topic);
  }

  subscriberCount(topic: string): number {
    return this.rcl.countSubscribers(topic);
  }

  /** Who publishes on a topic: two entries on a command topic mean two masters. */
  publishersOf(topic: string): TopicEndpoint[] {
    return this.rcl.getPublishersInfoByTopic(topic).map((endpoint) => ({
      node: `${endpoint.node_namespace.replace(/\/$/, '')}/${endpoint.node_name}`,
      type: endpoint.topic_type,
      reliable: endpoint.qos_profile.reliability === RELIABLE,
      latched: endpoint.qos_profile.durability === TRANSIENT_LOCAL,
    }));
  }

  /** Full names of the nodes in the graph. */
  nodeNames(): string[] {
    return this.rcl
      .getNodeNamesAndNamespaces()
      .map(({ name, namespace }) => `${namespace.replace(/\/$/, '')}/${name}`);
  }

  /** Runs `action`; what it throws is reported instead. */
  guard(where: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.report(error, where);
    }
  }

  /** Tells `onError`, at most once a second for each `where`. */
  report(error: unknown, where: string): void {
    const now = steadyNow();
    if (now - (this.#reported.get(where) ?? Number.NEGATIVE_INFINITY) < REPORT_INTERVAL_S) return;
    this.#reported.set(where, now);
    this.#onError(error instanceof Error ? error : new Error(String(error)), where);
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * Leaves the graph, and resolves when it has. No callback is called from now on. Can be called
   * twice.
   */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    await stopSpinning(this.rcl);
    this.#context.shutdown();
    RosNode.#open.delete(this);
  }
}
