/**
 * One page's connection: its greeting, its messages through the gate, and what is sent to it. A page
 * that reads too slowly misses pictures and rows; they are dropped, never queued.
 */
import type { WebSocket } from 'ws';
import { steadyNow } from '../core/clock.js';
import { helloSchema, type OperatorMessage, operatorSchema } from './operator_message.js';
import type { Notice, Role, ServerMessage, StateMessage } from './protocol.js';
import { SessionGate } from './session_gate.js';

/** Bytes that may wait for a page before pictures and rows are dropped, and before it is given up. */
const FULL = 256 * 1024;
const GIVEN_UP = 8 * 1024 * 1024;
/** Close codes: policy violation, and a page that reads too slowly. */
const VIOLATION = 1008;
const TOO_SLOW = 1013;
/** Faulty messages, or dropped ones, after which a page is turned away. */
const MOST_FAULTS = 20;
const MOST_DROPPED = 2000;
/** For the page's answer to a close, which may stand behind all that it has sent. */
const CLOSING_MS = 5000;

export interface SessionOptions {
  readonly session: string;
  /** Name on `/operator/authority`. */
  readonly operator: string;
  readonly rate: number;
  readonly linkTimeout: number;
  /** Whether the token lets the page operate. */
  readonly authorise: (token: string | undefined) => { role: Role; why?: string };
}

export interface SessionHandler {
  /** The page has greeted; answers with a welcome. */
  greeted(session: PageSession): void;
  /** A message that counts. */
  operate(session: PageSession, message: OperatorMessage): void;
  closed(session: PageSession): void;
}

export class PageSession {
  readonly #socket: WebSocket;
  readonly #options: SessionOptions;
  readonly #handler: SessionHandler;
  #gate: SessionGate | undefined;
  #faults = 0;
  #closing = false;
  /** As the person at the page calls himself. */
  name = '';
  role: Role = 'viewer';
  /** Why the page may only look. */
  why: string | undefined;
  /** Pictures and rows that were not sent because the page read too slowly. */
  skipped = 0;

  constructor(socket: WebSocket, options: SessionOptions, handler: SessionHandler) {
    this.#socket = socket;
    this.#options = options;
    this.#handler = handler;
    socket.on('message', (data, binary) => this.#receive(data.toString(), binary));
    socket.on('close', () => handler.closed(this));
    // A broken frame or one too large: the connection closes, which is all there is to do.
    socket.on('error', () => {});
  }

  get session(): string {
    return this.#options.session;
  }

  get operator(): string {
    return this.#options.operator;
  }

  get greeted(): boolean {
    return this.#gate !== undefined;
  }

  /** Messages that did not count, by reason. */
  get refused(): ReadonlyMap<string, number> {
    return this.#gate?.refused ?? new Map();
  }

  send(message: ServerMessage): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > GIVEN_UP) {
      this.close(TOO_SLOW, 'this page reads too slowly');
      return;
    }
    this.#socket.send(JSON.stringify(message));
  }

  /** Sends what the page answers to with its motion. */
  sendState(message: StateMessage, now: number): void {
    if (this.#gate === undefined || this.#socket.bufferedAmount > FULL) {
      this.skipped++;
      return;
    }
    this.#gate.stateSent(message.n, now);
    this.send(message);
  }

  /** Sends a picture or rows, unless the last ones are still under way. */
  sendFrame(frame: Buffer): void {
    if (this.#gate === undefined || this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > FULL) {
      this.skipped++;
      return;
    }
    this.#socket.send(frame, { binary: true });
  }

  notice(level: Notice['level'], text: string, seq?: number): void {
    this.send({ type: 'notice', level, text, ...(seq === undefined ? {} : { seq }) });
  }

  close(code: number, reason: string): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#socket.close(code, reason);
    setTimeout(() => this.#socket.terminate(), CLOSING_MS).unref();
  }

  #receive(text: string, binary: boolean): void {
    if (binary) {
      this.#fault('a binary message');
      return;
    }
    const now = steadyNow();
    const gate = this.#gate;
    if (gate === undefined) {
      this.#greet(text);
      return;
    }
    // An e-stop is read however many messages came before it.
    if (!gate.admit(now) && !text.includes('"e_stop"')) {
      if (gate.dropped > MOST_DROPPED) this.close(VIOLATION, 'too many messages');
      return;
    }
    const message = operatorSchema.safeParse(parsed(text));
    if (!message.success) {
      this.#fault(message.error.issues[0]?.message ?? 'not a message');
      return;
    }
    const refusal = gate.judge(message.data, now);
    if (refusal === undefined) this.#handler.operate(this, message.data);
    else if ((gate.refused.get(refusal) ?? 0) <= 3 || message.data.type !== 'authority') {
      this.notice('warn', refusal, message.data.seq);
    }
  }

  #greet(text: string): void {
    const hello = helloSchema.safeParse(parsed(text));
    if (!hello.success) {
      this.close(VIOLATION, 'no greeting');
      return;
    }
    const { session, rate, linkTimeout, authorise } = this.#options;
    const { role, why } = authorise(hello.data.token);
    this.role = role;
    this.why = why;
    this.name = hello.data.name;
    this.#gate = new SessionGate({ session, role, rate, linkTimeout });
    this.#handler.greeted(this);
  }

  #fault(what: string): void {
    this.#faults++;
    this.notice('warn', `message refused: ${what}`);
    if (this.#faults >= MOST_FAULTS) this.close(VIOLATION, 'too many faulty messages');
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
