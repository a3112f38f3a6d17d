/**
 * The page's hold on the robot: what it tells the controller while the operator commands, and when it
 * lets go. Holding is a heartbeat; when the page is hidden, loses the focus or its connection, it ends.
 */
import type { Authority, Mode } from '../protocol.js';
import type { Wish } from './wish.js';

/** Heartbeats, ms. */
export const BEAT_MS = 50;
/** A refusal that lasts this long ends the attempt, ms; so does a controller that does not hear. */
const PATIENCE_MS = 1000;

export interface Held {
  readonly mode: Mode;
  readonly groups: readonly string[];
}

export class AuthorityHold {
  readonly #send: (wish: Wish) => unknown;
  /** Called when the hold begins, changes or ends; with the reason when it ended by itself. */
  readonly #changed: (why: string | undefined) => void;
  #held: Held | undefined;
  /** Since when the controller has not granted what is asked, ms; undefined while it does. */
  #waitingSince: number | undefined;

  constructor(send: (wish: Wish) => unknown, changed: (why: string | undefined) => void) {
    this.#send = send;
    this.#changed = changed;
  }

  get held(): Held | undefined {
    return this.#held;
  }

  /** Takes over, or changes mode or groups of what is held. */
  take(mode: Mode, groups: readonly string[], now: number): void {
    if (groups.length === 0) return;
    // A new gesture begins with open hands: after a lost link nothing else counts.
    if (this.#held === undefined) {
      this.#waitingSince = now;
      this.#send({ type: 'authority', deadman: false, mode: 'hold', groups: [...groups] });
    }
    this.#held = { mode, groups };
    this.#beat();
    this.#changed(undefined);
  }

  /** Lets go: the arm holds. */
  letGo(why?: string): void {
    if (this.#held === undefined) return;
    const { groups } = this.#held;
    this.#held = undefined;
    this.#send({ type: 'authority', deadman: false, mode: 'hold', groups: [...groups] });
    this.#changed(why);
  }

  /** Gives the arm back to the policy. */
  handBack(groups: readonly string[]): void {
    this.#held = undefined;
    this.#send({ type: 'authority', deadman: false, mode: 'policy', groups: [...groups] });
    this.#changed(undefined);
  }

  /** The connection is gone, and with it the hold. */
  lost(): void {
    if (this.#held === undefined) return;
    this.#held = undefined;
    this.#changed('the connection was lost: take over anew');
  }

  /** To be called every `BEAT_MS`. */
  tick(now: number, me: string, authority: Authority | null): void {
    if (this.#held === undefined) return;
    if (authority?.phase === 'e_stop') {
      this.letGo('the e-stop is engaged: take over anew once it is reset');
      return;
    }
    // A controller that has lost this page says so by a deadman that it no longer counts as held.
    if (authority?.operator === me && authority.deadman !== false) this.#waitingSince = undefined;
    else this.#waitingSince ??= now;
    if (this.#waitingSince !== undefined && now - this.#waitingSince > PATIENCE_MS) {
      const other = authority?.operator === me ? undefined : authority?.operator;
      this.letGo(
        other
          ? `${authority?.name || other} holds authority`
          : 'the controller does not hear this page: let go; take over anew',
      );
      return;
    }
    this.#beat();
  }

  #beat(): void {
    if (this.#held === undefined) return;
    const { mode, groups } = this.#held;
    this.#send({ type: 'authority', deadman: true, mode, groups: [...groups] });
  }
}
