/**
 * Framing of Gazebo Classic's own TCP transport: eight ASCII hexadecimal digits of length, then the
 * message.
 */

const HEADER = 8;
/** No message is longer: a point cloud of 4k pixels fits. */
export const MAX_FRAME = 256 * 1024 * 1024;

/** @returns header and message in one */
export function encodeFrame(message: Uint8Array): Uint8Array {
  const header = message.length.toString(16).padStart(HEADER, '0');
  return Buffer.concat([Buffer.from(header, 'latin1'), message]);
}

/** Cuts a byte stream into messages. */
export class FrameReader {
  #chunks: Uint8Array[] = [];
  #size = 0;
  #broken = false;

  /** Whether a header was no length: nothing after it can be understood, so close the connection. */
  get broken(): boolean {
    return this.#broken;
  }

  /** @returns the messages that the bytes complete */
  push(bytes: Uint8Array): Uint8Array[] {
    if (this.#broken) return [];
    this.#chunks.push(bytes);
    this.#size += bytes.length;
    const messages: Uint8Array[] = [];
    for (;;) {
      const length = this.#length();
      if (length === undefined || this.#size < HEADER + length) return messages;
      const all = this.#joined();
      messages.push(all.subarray(HEADER, HEADER + length));
      const rest = all.subarray(HEADER + length);
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#size = rest.length;
    }
  }

  /** Length of the message at the front; undefined while its header is not there. */
  #length(): number | undefined {
    if (this.#size < HEADER) return undefined;
    const first = this.#chunks[0];
    const head = first !== undefined && first.length >= HEADER ? first : this.#joined();
    const text = Buffer.from(head.subarray(0, HEADER)).toString('latin1');
    const length = /^[0-9a-fA-F]{8}$/.test(text) ? Number.parseInt(text, 16) : Number.NaN;
    if (length <= MAX_FRAME) return length;
    this.#broken = true;
    this.#chunks = [];
    return undefined;
  }

  #joined(): Uint8Array {
    const [first] = this.#chunks;
    const all = this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}
