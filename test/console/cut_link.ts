/**
 * A wire between browser and console that can be cut: what is sent meanwhile neither arrives nor fails,
 * and when it is mended, all of it arrives at once, late.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';

export class CutLink {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #cut = false;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** @param target port of the console; it may be set later, before the first connection */
  static async open(target: () => number): Promise<CutLink> {
    const server = createServer({ pauseOnConnect: true });
    const link = new CutLink(server);
    server.on('connection', (near) => {
      const far = connect(target(), '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        link.#sockets.add(from);
        from.on('data', (bytes) => to.write(bytes));
        from.on('close', () => {
          link.#sockets.delete(from);
          to.destroy();
        });
        from.on('error', () => to.destroy());
      }
      if (!link.#cut) near.resume();
      else far.pause();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return link;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  cut(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.pause();
  }

  mend(): void {
    this.#cut = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
