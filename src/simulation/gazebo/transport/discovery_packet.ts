/**
 * The discovery packet of gz-transport: two bytes of length, little-endian, then a Discovery message.
 */
import { SinewError } from '../../../core/error.js';
import { DISCOVERY_TEXT } from '../messages/discovery_text.js';
import { MessageSet } from '../messages/message_set.js';

/** Version on the wire of transports 8 to 15. */
export const WIRE_VERSION = 10;
/** The same with topic statistics; peers with and without them do not hear each other. */
export const STATISTICS_VERSION = WIRE_VERSION + 100;

export const DiscoveryType = {
  advertise: 1,
  subscribe: 2,
  unadvertise: 3,
  heartbeat: 4,
  bye: 5,
  newConnection: 6,
  endConnection: 7,
  /** Who listens to what, for the peers' command line; nobody need answer. */
  subscribersRequest: 8,
  subscribersReply: 9,
} as const;

/** Scope "all": seen by every host. */
export const SCOPE_ALL = 2;

/** Who offers a topic or a service. */
export interface Advertisement {
  /** Fully qualified: @/partition@/topic. */
  readonly topic: string;
  /** Where it is to be had: tcp://host:port. */
  readonly address: string;
  readonly process_uuid: string;
  readonly node_uuid: string;
  readonly scope: number;
  readonly msg_pub?: {
    readonly ctrl: string;
    readonly msg_type: string;
    /** uint64: what comes from a peer is kept as it is, to be told back to it. */
    readonly msgs_per_sec?: unknown;
  } | null;
  readonly srv_pub?: {
    readonly socket_id: string;
    readonly request_type: string;
    readonly response_type: string;
  } | null;
}

export interface DiscoveryMessage {
  readonly version: number;
  readonly process_uuid: string;
  readonly type: number;
  readonly sub?: { readonly topic: string } | null;
  readonly pub?: Advertisement | null;
}

/** `msgs_per_sec` of a topic without a limit. */
export const UNTHROTTLED = '18446744073709551615';

const codec = new MessageSet(DISCOVERY_TEXT, 'gz.msgs').codec<DiscoveryMessage>('Discovery');

export function encodeDiscovery(message: DiscoveryMessage): Uint8Array {
  const body = codec.encode(message);
  const packet = new Uint8Array(body.length + 2);
  new DataView(packet.buffer).setUint16(0, body.length, true);
  packet.set(body, 2);
  return packet;
}

/** Writes the packets of one process. */
export class PacketWriter {
  readonly #head: { readonly version: number; readonly process_uuid: string };

  constructor(uuid: string, version: number = WIRE_VERSION) {
    this.#head = { version, process_uuid: uuid };
  }

  /** A heartbeat or a goodbye: it names the process and nothing that is offered. */
  presence(type: 'heartbeat' | 'bye'): Uint8Array {
    const { process_uuid } = this.#head;
    const pub = { topic: '', address: '', process_uuid, node_uuid: '', scope: SCOPE_ALL };
    return encodeDiscovery({ ...this.#head, type: DiscoveryType[type], pub });
  }

  /** A question who offers a topic, by its qualified name. */
  question(topic: string): Uint8Array {
    return encodeDiscovery({ ...this.#head, type: DiscoveryType.subscribe, sub: { topic } });
  }

  /** Something about an offer: that it is there, that it ends, that a subscriber connects or leaves. */
  offer(
    type: 'advertise' | 'unadvertise' | 'newConnection' | 'endConnection',
    pub: Advertisement,
  ): Uint8Array {
    return encodeDiscovery({ ...this.#head, type: DiscoveryType[type], pub });
  }
}

/** What became of a received packet. */
export type DecodedDiscovery =
  | { readonly fault: 'malformed' | 'wrongVersion' }
  | { readonly fault: null; readonly message: DiscoveryMessage };

const MALFORMED: DecodedDiscovery = { fault: 'malformed' };

/** Reads a packet of anybody, which must be of this version; never throws. */
export function decodeDiscovery(
  packet: Uint8Array,
  version: number = WIRE_VERSION,
): DecodedDiscovery {
  if (packet.length < 2) return MALFORMED;
  const length = new DataView(packet.buffer, packet.byteOffset).getUint16(0, true);
  // Peers before transport 8 count the length's own two bytes, and are ignored like this.
  if (length === 0 || length !== packet.length - 2) return MALFORMED;
  let message: DiscoveryMessage;
  try {
    message = codec.decode(packet.subarray(2, 2 + length));
  } catch (error) {
    if (error instanceof SinewError) return MALFORMED;
    throw error;
  }
  if (message.version !== version) return { fault: 'wrongVersion' };
  return isComplete(message) ? { fault: null, message } : MALFORMED;
}

/** Whether all is there that the message's type needs. */
function isComplete({ process_uuid, type, sub, pub }: DiscoveryMessage): boolean {
  if (process_uuid === '') return false;
  switch (type) {
    case DiscoveryType.heartbeat:
    case DiscoveryType.bye:
    case DiscoveryType.subscribersRequest:
    case DiscoveryType.subscribersReply:
      return true;
    case DiscoveryType.subscribe:
      return typeof sub?.topic === 'string' && sub.topic !== '';
    case DiscoveryType.advertise:
    case DiscoveryType.unadvertise:
    case DiscoveryType.newConnection:
    case DiscoveryType.endConnection:
      return pub !== null && pub !== undefined && pub.topic !== '';
    default:
      return false;
  }
}
