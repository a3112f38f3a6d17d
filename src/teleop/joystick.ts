/**
 * A gamepad as Linux' joystick interface gives it (/dev/input/js*): events of 8 bytes, each a change of
 * one axis or button; when it is opened, one for each of them as it is. It needs no library.
 */
import { closeSync, constants, openSync, readSync } from 'node:fs';

const EVENT_BYTES = 8;
const BUTTON = 1;
const AXIS = 2;
/** In an event's type: it tells what was so before the opening. */
const INITIAL = 0x80;
/** Events read at once; more wait for the next call. */
const MOST = 64;
const FULL_TRAVEL = 32767;

/** The error codes of a read that has nothing to say yet. */
const NOTHING_YET = ['EAGAIN', 'EWOULDBLOCK'];

export class Joystick {
  /** −1 to 1 by number; 0 for one that has not spoken. */
  readonly axes = new Float64Array(32);
  readonly buttons = new Uint8Array(64);
  readonly #fd: number;
  readonly #bytes = Buffer.alloc(MOST * EVENT_BYTES);
  /** Bytes of an event that was cut in two. */
  #kept = 0;

  /** @throws Error of the file system when there is no such device, or it may not be read */
  constructor(device: string) {
    this.#fd = openSync(device, constants.O_RDONLY | constants.O_NONBLOCK);
  }

  /** Takes what has come; false when the device is gone, and with it all that was pressed. */
  poll(): boolean {
    for (;;) {
      const read = this.#read();
      if (read === 0) return true;
      if (read < 0) {
        this.axes.fill(0);
        this.buttons.fill(0);
        return false;
      }
      this.#take(this.#kept + read);
    }
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Bytes read; 0 where none have come, −1 where none will come. */
  #read(): number {
    const { length } = this.#bytes;
    try {
      const read = readSync(this.#fd, this.#bytes, this.#kept, length - this.#kept, null);
      return read === 0 ? -1 : read;
    } catch (error) {
      return NOTHING_YET.includes((error as NodeJS.ErrnoException).code ?? '') ? 0 : -1;
    }
  }

  #take(length: number): void {
    const bytes = this.#bytes;
    let at = 0;
    for (; at + EVENT_BYTES <= length; at += EVENT_BYTES) {
      const value = bytes.readInt16LE(at + 4);
      const type = bytes.readUInt8(at + 6) & ~INITIAL;
      const number = bytes.readUInt8(at + 7);
      if (type === AXIS && number < this.axes.length) {
        this.axes[number] = Math.max(-1, value / FULL_TRAVEL);
      } else if (type === BUTTON && number < this.buttons.length) {
        this.buttons[number] = value === 0 ? 0 : 1;
      }
    }
    bytes.copyWithin(0, at, length);
    this.#kept = length - at;
  }
}
