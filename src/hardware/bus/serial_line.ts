/**
 * A serial port as bytes in and out. It is opened, locked and set up by serialport's binding; bytes
 * are then read and written at once on its file descriptor, without the two turns through the thread
 * pool that a stream takes for each, because a bus cycle is made of many short packets.
 */
import { readSync, writeSync } from 'node:fs';
import { SerialPort } from 'serialport';
import { SinewError } from '../../core/error.js';
import { inUseFault, lostFault, openFault, type PortLost, portHolders } from './port_faults.js';

/** What a line tells its user. */
export interface LineListener {
  /** The bytes are valid during the call only. */
  data(bytes: Uint8Array): void;
  /** The port is gone; told once, and not after `close`. */
  lost(fault: PortLost): void;
}

/** The part of the binding that is used, on systems with file descriptors. */
interface Binding {
  readonly fd: number | null;
  readonly poller: {
    once(event: 'readable', listener: (error: Error | null) => void): unknown;
  };
  update(options: { baudRate: number }): Promise<void>;
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** Longest that a write may wait for the driver's buffer, in attempts. */
const WRITE_ATTEMPTS = 1000;

export class SerialLine {
  readonly #binding: Binding;
  readonly #listener: LineListener;
  readonly #buffer = new Uint8Array(4096);
  #state: 'open' | 'lost' | 'closed' = 'open';
  #baud: number;

  private constructor(
    readonly path: string,
    baud: number,
    binding: Binding,
    listener: LineListener,
  ) {
    this.#baud = baud;
    this.#binding = binding;
    this.#listener = listener;
    this.#await();
  }

  /**
   * Opens the port, which no other program may have open, and locks it against them.
   *
   * @param baud bits per second
   * @throws SinewError: no such port, no permission, in use, or not a serial port
   */
  static async open(path: string, baud: number, listener: LineListener): Promise<SerialLine> {
    try {
      const binding: unknown = await SerialPort.binding.open({ path, baudRate: baud, lock: true });
      if (!isBinding(binding)) throw new SinewError('servo buses need Linux or macOS');
      // Few programs ask for a lock, so that having got it does not say that nobody else is there.
      const holders = portHolders(path);
      if (holders.length > 0) {
        await binding.close();
        throw inUseFault(path, holders);
      }
      return new SerialLine(path, baud, binding, listener);
    } catch (error) {
      if (error instanceof SinewError) throw error;
      throw openFault(path, error, await portPaths());
    }
  }

  get baud(): number {
    return this.#baud;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** @throws PortLost when the port is gone */
  write(bytes: Uint8Array): void {
    let written = 0;
    for (let attempt = 0; written < bytes.length; attempt++) {
      const { fd } = this.#binding;
      if (this.#state !== 'open' || fd === null) throw lostFault(this.path);
      try {
        written += writeSync(fd, bytes, written);
      } catch (error) {
        const full = codeOf(error) === 'EAGAIN';
        if (full && attempt < WRITE_ATTEMPTS) continue;
        const fault = lostFault(this.path, error);
        this.#lose(fault);
        throw fault;
      }
    }
  }

  /** Changes the speed, bits per second. */
  async setBaud(baud: number): Promise<void> {
    if (!this.isOpen) throw lostFault(this.path);
    try {
      await this.#binding.update({ baudRate: baud });
    } catch (error) {
      throw new SinewError(`the port cannot run at ${baud} baud`, {
        where: this.path,
        cause: error,
      });
    }
    this.#baud = baud;
  }

  /** Sends what is still in the driver, and closes; harmless when closed. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    const lost = this.#state === 'lost';
    this.#state = 'closed';
    // What is written to a port that is gone never drains.
    if (!lost) await this.#binding.drain().catch(() => undefined);
    await this.#binding.close().catch(() => undefined);
  }

  #await(): void {
    this.#binding.poller.once('readable', (error) => {
      if (this.#state !== 'open') return;
      if (error !== null && error !== undefined) this.#lose(lostFault(this.path, error));
      else if (this.#read()) this.#await();
    });
  }

  #read(): boolean {
    for (;;) {
      const { fd } = this.#binding;
      if (fd === null || !this.isOpen) return false;
      let length: number;
      try {
        length = readSync(fd, this.#buffer, 0, this.#buffer.length, null);
      } catch (error) {
        if (codeOf(error) === 'EAGAIN' || codeOf(error) === 'EINTR') return true;
        this.#lose(lostFault(this.path, error));
        return false;
      }
      if (length === 0) {
        // Readable and yet without a byte: the other end has hung up.
        this.#lose(lostFault(this.path));
        return false;
      }
      this.#listener.data(this.#buffer.subarray(0, length));
      if (length < this.#buffer.length) return true;
    }
  }

  #lose(fault: PortLost): void {
    if (this.#state !== 'open') return;
    this.#state = 'lost';
    this.#listener.lost(fault);
  }
}

/** Paths of the serial ports of this computer that have a device behind them. */
export async function portPaths(): Promise<string[]> {
  const ports = await SerialPort.list().catch(() => []);
  return ports.map(({ path }) => path).filter((path) => !/ttyS\d+$/.test(path));
}

function isBinding(value: unknown): value is Binding {
  return typeof value === 'object' && value !== null && 'fd' in value && 'poller' in value;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
