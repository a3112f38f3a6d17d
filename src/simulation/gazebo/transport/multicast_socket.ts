/**
 * One UDP socket on a discovery port: joins the multicast groups and sends to them.
 */
import { createSocket, type Socket } from 'node:dgram';
import { errorLine, SinewError } from '../../../core/error.js';

/** Group of transport 11 and later, and of transport 8. */
const GROUPS = ['239.255.0.7', '224.0.0.7'];

export class MulticastSocket {
  readonly #socket: Socket;
  readonly #port: number;
  /** What it sends to. */
  readonly groups: readonly string[];

  #sending: Promise<unknown> = Promise.resolve();

  private constructor(socket: Socket, port: number, groups: readonly string[]) {
    this.#socket = socket;
    this.#port = port;
    this.groups = groups;
  }

  /**
   * @param port discovery port; many processes share it
   * @param address of the interface to use
   * @throws SinewError when the port or the groups cannot be had
   */
  static async open(
    port: number,
    address: string,
    onPacket: (packet: Uint8Array) => void,
    env: NodeJS.ProcessEnv = process.env,
  ): Promise<MulticastSocket> {
    const own = env['GZ_DISCOVERY_MULTICAST_IP'] || env['IGN_DISCOVERY_MULTICAST_IP'];
    const groups = own ? [own] : GROUPS;
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once('error', reject);
        socket.bind(port, () => {
          socket.off('error', reject);
          resolve();
        });
      });
      for (const group of groups) socket.addMembership(group, address);
      socket.setMulticastInterface(address);
      socket.setMulticastTTL(1);
      socket.setMulticastLoopback(true);
    } catch (error) {
      socket.close();
      throw new SinewError(`cannot join Gazebo's discovery: ${errorLine(error)}`, {
        where: `UDP port ${port} on ${address}`,
        cure: 'set GZ_IP to the address of an interface that does multicast, such as 127.0.0.1',
        cause: error,
      });
    }
    socket.on('message', onPacket);
    // Sending fails while an interface is down; discovery repeats itself, so the next one counts.
    socket.on('error', () => undefined);
    return new MulticastSocket(socket, port, groups);
  }

  send(packet: Uint8Array): void {
    for (const group of this.groups) {
      const sent = new Promise<void>((resolve) => {
        this.#socket.send(packet, this.#port, group, () => resolve());
      });
      this.#sending = Promise.all([this.#sending, sent]);
    }
  }

  /** Closes after all that was sent, the goodbye too, is out. */
  async close(): Promise<void> {
    await this.#sending;
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}
