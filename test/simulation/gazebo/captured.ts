/**
 * What two real peers of a transport said to each other, as scripts/gazebo/capture_transport.mjs has
 * recorded it. Identifiers and ports are those of that run.
 */
import { readFileSync } from 'node:fs';
import {
  type DiscoveryMessage,
  decodeDiscovery,
} from '../../../src/simulation/gazebo/transport/discovery_packet.js';
import { textFrame } from '../../../src/simulation/gazebo/transport/frames.js';

interface Capture {
  readonly transport: string;
  readonly discovery: readonly { readonly port: number; readonly bytes: string }[];
  /** Messages of ZeroMQ as they are on the wire: without the sender, which its sockets put before. */
  readonly zeromq: readonly (readonly string[])[];
}

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));

/** One packet of discovery. */
export interface CapturedPacket {
  readonly port: number;
  readonly bytes: Uint8Array;
  readonly message: DiscoveryMessage;
}

/** One recorded conversation. */
export class Conversation {
  /** Name and version of the transport. */
  readonly transport: string;
  readonly packets: readonly CapturedPacket[];
  readonly #messages: readonly Uint8Array[][];

  /** @param name of the file in golden/ */
  constructor(name: string) {
    const file = new URL(`golden/${name}.json`, import.meta.url);
    const capture: Capture = JSON.parse(readFileSync(file, 'utf8'));
    this.transport = capture.transport;
    this.packets = capture.discovery.map(({ port, bytes: text }) => {
      const bytes = bytesOf(text);
      const decoded = decodeDiscovery(bytes);
      if (decoded.fault !== null) throw new Error(`a captured packet is ${decoded.fault}: ${text}`);
      return { port, bytes, message: decoded.message };
    });
    this.#messages = capture.zeromq.map((frames) => frames.map(bytesOf));
  }

  /** [topic, address of the publisher, data, type] */
  published(topic: string): Uint8Array[] {
    return this.#message(4, topic);
  }

  /** [service, address for the answer, identity, node, request, data, request type, response type] */
  requested(service: string): Uint8Array[] {
    return this.#message(8, service);
  }

  /** [service, node, request, data, '1' or '0'] */
  answered(service: string): Uint8Array[] {
    return this.#message(5, service);
  }

  /** The message with so many frames on this topic or service of partition `sinew`. */
  #message(count: number, topic: string): Uint8Array[] {
    const found = this.#messages.find(
      (frames) => frames.length === count && textFrame(frames, 0) === `@/sinew@${topic}`,
    );
    if (found === undefined) throw new Error(`no message with ${count} frames on ${topic}`);
    return found;
  }
}

export const harmonic = new Conversation('transport13');
export const jetty = new Conversation('transport15');

/** The text with what another run would have otherwise made equal: UUIDs and ports. */
export const masked = (text: string) =>
  text
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID')
    .replaceAll(/tcp:\/\/127\.0\.0\.1:\d{4,5}/g, 'ADDRESS');
