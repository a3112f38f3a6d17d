/**
 * Decides for one page which of its messages count. What is dropped, replayed, late or too much
 * moves nothing: after any of these, motion needs a new gesture. Pure, with time from outside.
 */
import { RateLimiter } from '../core/rate_limiter.js';
import { moves, type OperatorMessage } from './operator_message.js';
import type { Role } from './protocol.js';

export interface GateOptions {
  readonly session: string;
  readonly role: Role;
  /** Messages a second in the long run. */
  readonly rate: number;
  /** Oldest state of ours that a motion message may answer to, s. */
  readonly linkTimeout: number;
}

/** Why a message does not count; the page is told. */
export type Refusal =
  | 'view only: this page was opened without the token'
  | 'another session'
  | 'replayed or out of order'
  | 'too many messages'
  | 'a message was lost: let go and take over anew'
  | 'late: the page did not see the arm as it is now'
  | 'motion without the deadman';

/** State messages whose time of sending is remembered. */
const REMEMBERED = 256;

export class SessionGate {
  readonly #options: GateOptions;
  readonly #limiter: RateLimiter;
  readonly #sentAt = new Float64Array(REMEMBERED).fill(Number.NEGATIVE_INFINITY);
  #newestState = -1;
  #seq = 0;
  /** Whether motion waits for the operator to let go first. */
  #broken = false;
  /** When the deadman was last accepted; steady clock, s. */
  #heldAt = Number.NEGATIVE_INFINITY;
  readonly refused = new Map<Refusal, number>();

  constructor(options: GateOptions) {
    this.#options = options;
    this.#limiter = new RateLimiter(options.rate, Math.max(10, options.rate / 4));
  }

  /** Notes that the page was sent state number `n` at `now`, s. */
  stateSent(n: number, now: number): void {
    this.#sentAt[n % REMEMBERED] = now;
    this.#newestState = n;
  }

  /** Whether another message may be read at all; to be asked before it is parsed. */
  admit(now: number): boolean {
    if (this.#limiter.admit(now)) return true;
    this.#note('too many messages');
    this.#lose();
    return false;
  }

  /** Messages that `admit` has turned away. */
  get dropped(): number {
    return this.#limiter.dropped;
  }

  /** Whether the deadman counts as held at `now`. */
  held(now: number): boolean {
    return now - this.#heldAt <= this.#options.linkTimeout;
  }

  /** undefined when the message counts. An e-stop of an operator always does. */
  judge(message: OperatorMessage, now: number): Refusal | undefined {
    const refusal = this.#refusal(message, now);
    if (refusal !== undefined) this.#note(refusal);
    else if (message.type === 'authority') {
      this.#heldAt = message.deadman ? now : Number.NEGATIVE_INFINITY;
    }
    return refusal;
  }

  #refusal(message: OperatorMessage, now: number): Refusal | undefined {
    const { role, session } = this.#options;
    if (role !== 'operator') return 'view only: this page was opened without the token';
    if (message.session !== session) return 'another session';
    if (message.type === 'e_stop') {
      this.#seq = Math.max(this.#seq, message.seq);
      this.#lose();
      return undefined;
    }
    if (message.seq <= this.#seq) return 'replayed or out of order';
    if (message.seq !== this.#seq + 1) this.#lose();
    this.#seq = message.seq;
    // Letting go is what mends a broken link.
    if (message.type === 'authority' && !message.deadman) this.#broken = false;
    if (!moves(message)) return undefined;
    if (this.#broken) return 'a message was lost: let go and take over anew';
    if (!this.#sees(message.echo, now)) {
      this.#lose();
      return 'late: the page did not see the arm as it is now';
    }
    if (message.type !== 'authority' && !this.held(now)) return 'motion without the deadman';
    return undefined;
  }

  /** Whether state `n` was sent recently enough for motion to answer to it. */
  #sees(n: number, now: number): boolean {
    if (n > this.#newestState || n <= this.#newestState - REMEMBERED) return false;
    const sent = this.#sentAt[n % REMEMBERED] ?? Number.NEGATIVE_INFINITY;
    return now - sent <= this.#options.linkTimeout;
  }

  #lose(): void {
    this.#broken = true;
    this.#heldAt = Number.NEGATIVE_INFINITY;
  }

  #note(refusal: Refusal): void {
    this.refused.set(refusal, (this.refused.get(refusal) ?? 0) + 1);
  }
}
