/**
 * Keeps a late reply from being taken for the answer to the next request. A reply carries only its
 * servo's id and its length, so the request after a time-out asks for a few bytes more: the late one
 * then has the wrong length.
 */

/** s that a reply may be late at most; adapters and servos forget it long before. */
const FORGET_AFTER = 1;
/** Bytes that are read beyond what is asked for, at most; tables have room for them. */
const MOST_EXTRA = 12;

export class LateReplies {
  /** When a reply of `id` with a length was given up, s; key `id * 1024 + length`. */
  readonly #missing = new Map<number, number>();

  /** Notes that the reply of `id` with `length` bytes of data did not come in time. */
  note(id: number, length: number, now: number): void {
    this.#missing.set(id * 1024 + length, now);
  }

  /** Bytes to ask for beyond `length` so that no late reply of these servos fits. */
  extra(ids: readonly number[], length: number, now: number): number {
    if (this.#missing.size === 0) return 0;
    for (const [key, at] of this.#missing) if (now - at > FORGET_AFTER) this.#missing.delete(key);
    for (let extra = 0; extra < MOST_EXTRA; extra++) {
      if (!ids.some((id) => this.#missing.has(id * 1024 + length + extra))) return extra;
    }
    return 0;
  }
}
