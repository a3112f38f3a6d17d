/**
 * Answers requests of other processes.
 */
import { randomUUID } from 'node:crypto';
import { Dealer, Router } from 'zeromq';
import { drain, type Frames, SendQueue, textFrame } from './frames.js';
import type { TransportCounters } from './transport_counters.js';

/** Gives the answer's bytes; what it throws is a refusal. */
export type ServiceHandler = (request: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** [sender, topic, address, identity, node, request id, data, request type, response type] */
const REQUEST_FRAMES = 9;
/** Sockets to askers that are kept open. */
const MAX_ASKERS = 64;

interface Service {
  readonly requestType: string;
  readonly responseType: string;
  readonly handler: ServiceHandler;
}

export class ServiceServer {
  readonly identity = randomUUID();
  readonly #requests: Router;
  readonly #counters: TransportCounters;
  readonly #services = new Map<string, Service>();
  readonly #askers = new Map<string, { socket: Dealer; queue: SendQueue }>();
  #done: Promise<void> = Promise.resolve();
  address = '';

  constructor(counters: TransportCounters) {
    this.#counters = counters;
    this.#requests = new Router({ linger: 0, routingId: this.identity });
  }

  /** @param host address that askers connect to */
  async start(host: string): Promise<void> {
    await this.#requests.bind(`tcp://${host}:*`);
    this.address = this.#requests.lastEndpoint ?? '';
    this.#done = drain(this.#requests, (frames) => this.take(frames));
  }

  add(topic: string, service: Service): void {
    this.#services.set(topic, service);
  }

  remove(topic: string): void {
    this.#services.delete(topic);
  }

  /** Takes one request from the network, whatever it holds. */
  take(frames: Frames): void {
    const data = frames[6];
    const address = textFrame(frames, 2);
    if (frames.length !== REQUEST_FRAMES || data === undefined || !/^tcp:\/\/./.test(address)) {
      this.#counters.malformed += 1;
      return;
    }
    const service = this.#services.get(textFrame(frames, 1));
    const [requestType, responseType] = [textFrame(frames, 7), textFrame(frames, 8)];
    if (service?.requestType !== requestType || service.responseType !== responseType) return;
    this.#counters.received += 1;
    this.#answer(service, data, frames).catch(() => {
      this.#counters.malformed += 1;
    });
  }

  async close(): Promise<void> {
    this.#requests.close();
    await this.#done;
    for (const { socket } of this.#askers.values()) socket.close();
    this.#askers.clear();
  }

  async #answer(service: Service, data: Uint8Array, frames: Frames): Promise<void> {
    let answer: Uint8Array = new Uint8Array(0);
    let result = '1';
    try {
      answer = await service.handler(data);
    } catch {
      result = '0';
    }
    const { socket, queue } = this.#asker(textFrame(frames, 2));
    const echo = [textFrame(frames, 1), textFrame(frames, 4), textFrame(frames, 5)];
    await queue.send(socket, [...echo, answer, result]);
    this.#counters.sent += 1;
  }

  #asker(address: string): { socket: Dealer; queue: SendQueue } {
    const known = this.#askers.get(address);
    if (known !== undefined) return known;
    const [oldest] = this.#askers.keys();
    if (oldest !== undefined && this.#askers.size >= MAX_ASKERS) {
      this.#askers.get(oldest)?.socket.close();
      this.#askers.delete(oldest);
    }
    const socket = new Dealer({ linger: 0 });
    socket.connect(address);
    const asker = { socket, queue: new SendQueue() };
    this.#askers.set(address, asker);
    return asker;
  }
}
