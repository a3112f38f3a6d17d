/**
 * The only door to rclnodejs: the part of it that sinew uses, as types, and its loading with errors
 * that say what to do. Loaded late, so that programs which need no ROS run without it.
 */
import { errorLine, SinewError } from '../core/error.js';
import { loadNative } from './rcl_native.js';

/** Opaque native handle of an entity. */
export type RclHandle = object;

export interface RclPublisher {
  readonly subscriptionCount: number;
  publish(message: Buffer | object): void;
}

export interface RclSubscription {
  readonly topic: string;
}

export interface RclResponse {
  send(response: object): void;
}

export interface RclService {
  readonly serviceName: string;
}

export interface RclClient {
  isServiceServerAvailable(): boolean;
  sendRequestAsync(request: object, options: { timeout: number }): Promise<unknown>;
}

export interface RclGuardCondition {
  trigger(): void;
}

/** What the graph knows of one end of a topic. */
export interface RclEndpoint {
  readonly node_name: string;
  readonly node_namespace: string;
  readonly topic_type: string;
  readonly qos_profile: { readonly reliability: number; readonly durability: number };
}

export interface RclOptions {
  readonly qos?: object;
  readonly isRaw?: boolean;
  readonly enableTypedArray?: boolean;
}

export interface RclParameter {
  readonly name: string;
  readonly value: unknown;
}

export interface RclLogger {
  debug(line: string): void;
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
}

export interface RclNode {
  name(): string;
  namespace(): string;
  getFullyQualifiedName(): string;
  getLogger(): RclLogger;
  spin(timeoutMs: number): void;
  stop(): void;
  destroy(): void;
  createPublisher(type: string, topic: string, options: RclOptions): RclPublisher;
  createSubscription(
    type: string,
    topic: string,
    options: RclOptions,
    callback: (message: Buffer) => void,
  ): RclSubscription;
  createService(
    type: string,
    name: string,
    callback: (request: unknown, response: RclResponse) => void,
  ): RclService;
  createClient(type: string, name: string, options?: RclOptions): RclClient;
  destroyPublisher(publisher: RclPublisher): void;
  destroySubscription(subscription: RclSubscription): void;
  destroyClient(client: RclClient): void;
  createGuardCondition(callback: () => void): RclGuardCondition;
  countPublishers(topic: string): number;
  countSubscribers(topic: string): number;
  getPublishersInfoByTopic(topic: string): RclEndpoint[];
  getNodeNamesAndNamespaces(): { name: string; namespace: string }[];
  getParameters(): RclParameter[];
  setParameters(parameters: object[]): unknown;
  /** Called by rclnodejs on the main thread with the handles that have something to take. */
  execute(handles: RclHandle[]): void;
}

export interface RclContext {
  shutdown(): void;
}

export interface Rcl {
  Context: new (domainId?: bigint) => RclContext;
  Node: new (name: string, namespace: string, context: RclContext, options: object) => RclNode;
  QoS: new (
    history: number,
    depth: number,
    reliability: number,
    durability: number,
    liveliness: number,
  ) => object;
  Parameter: new (name: string, type: number, value: unknown) => object;
  init(context: RclContext, argv: string[]): Promise<void>;
  removeSignalHandlers(): void;
}

const CURE = 'run "npm run setup", then "npx sinew doctor" names what is missing';

let loading: Promise<Rcl> | undefined;
let loaded: Rcl | undefined;

/**
 * rclnodejs, loaded once.
 *
 * @throws SinewError when no ROS 2 environment is set or rclnodejs does not load in it
 */
export function loadRcl(): Promise<Rcl> {
  loading ??= load();
  return loading;
}

/** rclnodejs, in code that has a node and so runs after its loading. */
export function loadedRcl(): Rcl {
  if (loaded === undefined)
    throw new SinewError('ROS 2 is not loaded', { cure: 'make a node first' });
  return loaded;
}

async function load(): Promise<Rcl> {
  for (const name of ['ROS_DISTRO', 'AMENT_PREFIX_PATH']) {
    if (process.env[name] === undefined) {
      throw new SinewError(`ROS 2 is not in the environment (${name} is not set)`, { cure: CURE });
    }
  }
  loadNative();
  try {
    const module = (await import('rclnodejs')) as unknown as { default: Rcl };
    const rcl = module.default;
    // The application orders the shutdown; rclnodejs would pull the context from under it.
    rcl.removeSignalHandlers();
    loaded = rcl;
    return rcl;
  } catch (error) {
    throw new SinewError(`rclnodejs does not load: ${errorLine(error)}`, {
      cure: CURE,
      cause: error,
    });
  }
}
