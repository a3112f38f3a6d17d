/**
 * Asks services of other processes. Requests go out by a socket for each replier; all answers come to
 * one socket, which the replier connects to.
 */
import { randomUUID } from 'node:crypto';
import { Dealer, Router } from 'zeromq';
import { SinewError } from '../../../core/error.js';
import type { Advertisement } from './discovery_packet.js';
import { drain, type Frames, SendQueue, textFrame } from './frames.js';
import type { TransportCounters } from './transport_counters.js';

/** [sender, topic, node, request, answer, '1' or '0'] */
const ANSWER_FRAMES = 6;
const REPEAT_MS = 1000;

interface Pending {
  /** Of the replier. */
  readonly address: string;
  resolve(data: Uint8Array): void;
  reject(error: SinewError): void;
}

export class ServiceClient {
  readonly #identity = randomUUID();
  readonly #answers: Router;
  readonly #counters: TransportCounters;
  readonly #repliers = new Map<string, { socket: Dealer; queue: SendQueue }>();
  readonly #pending = new Map<string, Pending>();
  #done: Promise<void> = Promise.resolve();
  #address = '';
  #closed = false;

  constructor(counters: TransportCounters) {
    this.#counters = counters;
    this.#answers = new Router({ linger: 0, routingId: this.#identity });
  }

  /** @param host address that repliers connect to */
  async start(host: string): Promise<void> {
    await this.#answers.bind(`tcp://${host}:*`);
    this.#address = this.#answers.lastEndpoint ?? '';
    this.#done = drain(this.#answers, (frames) => this.take(frames));
  }

  /**
   * @param offer of the service
   * @param timeout s
   * @param repeatable whether it may be carried out twice: then it is asked again each second, for a
   *     replier that has just been met drops its answer when its connection to this process is not there
   *     in time
   * @returns the answer's bytes
   * @throws SinewError when the service refuses or does not answer in time
   */
  async request(
    offer: Advertisement,
    nodeUuid: string,
    data: Uint8Array,
    timeout: number,
    repeatable: boolean,
  ): Promise<Uint8Array> {
    const { topic, address, srv_pub: service } = offer;
    if (this.#closed) throw new SinewError('the node was closed', { where: `service ${topic}` });
    const id = randomUUID();
    const answer = new Promise<Uint8Array>((resolve, reject) => {
      this.#pending.set(id, { address, resolve, reject });
    });
    const timer = setTimeout(() => {
      this.#pending
        .get(id)
        ?.reject(new SinewError(`no answer in ${timeout} s`, { where: `service ${topic}` }));
    }, timeout * 1000);
    const { socket, queue } = this.#replier(address);
    const types = [service?.request_type ?? '', service?.response_type ?? ''];
    const frames = [topic, this.#address, this.#identity, nodeUuid, id, data, ...types];
    const ask = () => {
      // Not awaited: the socket keeps it until the replier is reached, the answer says that it was.
      queue.send(socket, frames).catch((error: unknown) => {
        this.#pending
          .get(id)
          ?.reject(new SinewError('cannot be asked', { where: `service ${topic}`, cause: error }));
      });
    };
    ask();
    const again = repeatable ? setInterval(ask, REPEAT_MS) : undefined;
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
      clearInterval(again);
      this.#pending.delete(id);
    }
  }

  /** Forgets a replier that is gone; what it was asked fails. */
  forget(address: string): void {
    for (const pending of this.#pending.values()) {
      if (pending.address === address) pending.reject(new SinewError('the server is gone'));
    }
    this.#repliers.get(address)?.socket.close();
    this.#repliers.delete(address);
  }

  /** Takes one answer from the network, whatever it holds. */
  take(frames: Frames): void {
    const data = frames[4];
    if (frames.length !== ANSWER_FRAMES || data === undefined) {
      this.#counters.malformed += 1;
      return;
    }
    const pending = this.#pending.get(textFrame(frames, 3));
    // An answer after its timeout is late, not wrong.
    if (pending === undefined) return;
    this.#counters.received += 1;
    if (textFrame(frames, 5) === '1') pending.resolve(data);
    else {
      const where = `service ${textFrame(frames, 1)}`;
      pending.reject(new SinewError('the server refused the request', { where }));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const address of [...this.#repliers.keys()]) this.forget(address);
    for (const { reject } of this.#pending.values()) reject(new SinewError('the node was closed'));
    this.#answers.close();
    await this.#done;
  }

  #replier(address: string): { socket: Dealer; queue: SendQueue } {
    const known = this.#repliers.get(address);
    if (known !== undefined) return known;
    const socket = new Dealer({ linger: 0 });
    socket.connect(address);
    const replier = { socket, queue: new SendQueue() };
    this.#repliers.set(address, replier);
    return replier;
  }
}
