/** A publisher that serializes in sinew's own codec, into memory that it uses again. */
import { CdrWriter } from './cdr_writer.js';
import { encode } from './codec.js';
import type { MessageTypeName, MessageTypes } from './message_types.js';
import type { RclPublisher } from './rcl.js';

export class Publisher<K extends MessageTypeName> {
  readonly #writer = new CdrWriter();

  constructor(
    readonly topic: string,
    readonly type: K,
    readonly rcl: RclPublisher,
    /** True once the node has left the graph: what comes later is dropped. */
    readonly closed: () => boolean,
  ) {}

  /**
   * Sends a message, or bytes that one of the fast writers has serialized. Both are copied before
   * this returns.
   */
  publish(message: MessageTypes[K] | Buffer): void {
    if (this.closed()) return;
    this.rcl.publish(Buffer.isBuffer(message) ? message : encode(this.type, message, this.#writer));
  }

  /** Number of readers that are connected now. */
  get subscriptionCount(): number {
    return this.rcl.subscriptionCount;
  }
}
