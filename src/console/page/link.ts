/**
 * The connection to the console's server. It numbers what the page sends, echoes the newest state,
 * and comes back by itself; motion does not, it needs a new gesture.
 */
import {
  type ChunkMessage,
  FRAME_CAMERA,
  FRAME_MONITOR,
  type HealthMessage,
  type Notice,
  type ServerMessage,
  type StateMessage,
  type Welcome,
} from '../protocol.js';
import type { Wish } from './wish.js';

export interface LinkHandler {
  welcome(message: Welcome): void;
  state(message: StateMessage): void;
  health(message: HealthMessage): void;
  chunk(message: ChunkMessage): void;
  notice(message: Notice): void;
  camera(frame: ArrayBuffer): void;
  monitor(frame: ArrayBuffer): void;
  lost(): void;
}

const RETRY_MS = 700;

export class Link {
  readonly #handler: LinkHandler;
  readonly #url: string;
  readonly #token: string | undefined;
  readonly #name: () => string;
  #socket: WebSocket | undefined;
  #session = '';
  #seq = 0;
  #echo = 0;
  /** When the last state came, ms on the page's clock. */
  heardAt = Number.NEGATIVE_INFINITY;
  open = false;

  constructor(url: string, token: string | undefined, name: () => string, handler: LinkHandler) {
    this.#url = url;
    this.#token = token;
    this.#name = name;
    this.#handler = handler;
    this.#connect();
  }

  /** Sends a wish; its number, or undefined while there is no connection. */
  send(wish: Wish): number | undefined {
    const socket = this.#socket;
    if (!this.open || socket === undefined) return undefined;
    const seq = ++this.#seq;
    socket.send(JSON.stringify({ ...wish, session: this.#session, seq, echo: this.#echo }));
    return seq;
  }

  #connect(): void {
    const socket = new WebSocket(this.#url);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.onopen = () => {
      const token = this.#token === undefined ? {} : { token: this.#token };
      socket.send(JSON.stringify({ type: 'hello', name: this.#name(), ...token }));
    };
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = () => {
      this.open = false;
      this.#handler.lost();
      setTimeout(() => this.#connect(), RETRY_MS);
    };
  }

  #receive(data: unknown): void {
    if (data instanceof ArrayBuffer) {
      const kind = new Uint8Array(data)[0];
      if (kind === FRAME_CAMERA) this.#handler.camera(data);
      else if (kind === FRAME_MONITOR) this.#handler.monitor(data);
      return;
    }
    const message = JSON.parse(String(data)) as ServerMessage;
    switch (message.type) {
      case 'welcome':
        this.#session = message.session;
        this.#seq = 0;
        this.#echo = 0;
        this.open = true;
        this.#handler.welcome(message);
        return;
      case 'state':
        this.#echo = message.n;
        this.heardAt = performance.now();
        this.#handler.state(message);
        return;
      case 'health':
        this.#handler.health(message);
        return;
      case 'chunk':
        this.#handler.chunk(message);
        return;
      case 'notice':
        this.#handler.notice(message);
    }
  }
}
