/**
 * One TCP connection of Gazebo Classic's transport: whole messages in and out.
 */
import { connect, type Socket } from 'node:net';
import { SinewError } from '../../../core/error.js';
import type { TransportCounters } from '../transport/transport_counters.js';
import { encodeFrame, FrameReader } from './tcp_frames.js';
import { type Packet, packetCodec } from './tcp_messages.js';

export class TcpLink {
  readonly #socket: Socket;

  constructor(
    socket: Socket,
    counters: TransportCounters,
    take: (message: Uint8Array) => void,
    closed: () => void = () => undefined,
  ) {
    this.#socket = socket;
    const reader = new FrameReader();
    socket.setNoDelay(true);
    socket.on('data', (bytes) => {
      for (const message of reader.push(bytes)) take(message);
      if (!reader.broken) return;
      counters.malformed += 1;
      socket.destroy();
    });
    // What follows an error is 'close', which tells it.
    socket.on('error', () => undefined);
    socket.on('close', closed);
  }

  /** @throws SinewError when nobody listens there */
  static async open(
    host: string,
    port: number,
    counters: TransportCounters,
    take: (message: Uint8Array) => void,
    closed?: () => void,
  ): Promise<TcpLink> {
    const socket = connect({ host, port });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', (cause) => {
        const where = `${host}:${port}`;
        reject(new SinewError('no Gazebo Classic answers', { where, cause }));
      });
    });
    socket.removeAllListeners('error');
    return new TcpLink(socket, counters, take, closed);
  }

  send(message: Uint8Array): void {
    this.#socket.write(encodeFrame(message));
  }

  /** Wraps a message into a Packet, as the master and new connections want it. */
  sendPacket(type: string, data: Uint8Array): void {
    this.send(packetCodec.encode({ stamp: { sec: 0, nsec: 0 }, type, serialized_data: data }));
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** @returns the Packet in a message, or undefined, counted, when it is none */
export function readPacket(message: Uint8Array, counters: TransportCounters): Packet | undefined {
  try {
    return packetCodec.decode(message);
  } catch {
    counters.malformed += 1;
    return undefined;
  }
}
