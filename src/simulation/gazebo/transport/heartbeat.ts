/**
 * Says each second that this process is there, from a thread of its own: a peer that is silent for
 * three seconds is taken for dead and is sent nothing any more, and a busy main thread must not look
 * like that.
 */
import { Worker } from 'node:worker_threads';

export interface HeartbeatOptions {
  /** The discovery packet that says so. */
  readonly packet: Uint8Array;
  readonly port: number;
  readonly groups: readonly string[];
  /** Address of the interface to send from. */
  readonly address: string;
  readonly periodMs: number;
}

// As text, so that it runs from TypeScript and from what is compiled alike.
const SCRIPT = `
const { createSocket } = require('node:dgram');
const { workerData: { packet, port, groups, address, periodMs } } = require('node:worker_threads');
const socket = createSocket('udp4');
// What cannot be sent now is sent a second later.
socket.on('error', () => {});
socket.bind(() => {
  try {
    socket.setMulticastInterface(address);
    socket.setMulticastTTL(1);
    socket.setMulticastLoopback(true);
  } catch {}
  const beat = () => { for (const group of groups) socket.send(packet, port, group, () => {}); };
  setInterval(beat, periodMs);
});
`;

export class Heartbeat {
  readonly #worker: Worker;

  constructor(options: HeartbeatOptions) {
    this.#worker = new Worker(SCRIPT, { eval: true, workerData: options, name: 'heartbeat' });
    // Without it the main thread's own beats still tell.
    this.#worker.on('error', () => undefined);
    this.#worker.unref();
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
