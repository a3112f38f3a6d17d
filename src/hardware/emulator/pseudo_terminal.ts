/**
 * A pseudo-terminal, opened from Node without a native addon: the master is opened here, and a short
 * Python program, which gets it as a file descriptor, unlocks it and puts the other end into raw
 * mode. Linux only; for emulators and tests.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { SinewError } from '../../core/error.js';

/** TIOCSPTLCK and TIOCGPTN of Linux; fd 3 is the master. */
const UNLOCK = `
import fcntl, os, struct, tty
fcntl.ioctl(3, 0x40045431, struct.pack('i', 0))
number = struct.unpack('i', fcntl.ioctl(3, 0x80045430, b'\\0' * 4))[0]
path = '/dev/pts/%d' % number
tty.setraw(os.open(path, os.O_RDWR | os.O_NOCTTY))
print(path, end='')
`;

export class PseudoTerminal {
  readonly #master: ReadStream;
  readonly #masterFd: number;
  readonly #slaveFd: number;
  #open = true;

  private constructor(
    /** What a program opens as its serial port. */
    readonly path: string,
    masterFd: number,
    onData: (bytes: Uint8Array) => void,
  ) {
    // Held open here too, so that the master does not fail while no program has the port.
    this.#slaveFd = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
    this.#masterFd = masterFd;
    this.#master = new ReadStream(masterFd);
    this.#master.on('data', onData);
    // The read in progress ends with EIO when the terminal is closed.
    this.#master.on('error', () => this.close());
  }

  /** @param onData what the program on the other end has written */
  static open(onData: (bytes: Uint8Array) => void): PseudoTerminal {
    const flags = constants.O_RDWR | constants.O_NOCTTY;
    const master = openSync('/dev/ptmx', flags);
    const { stdout, status, error } = spawnSync('python3', ['-I', '-S', '-c', UNLOCK], {
      stdio: ['ignore', 'pipe', 'ignore', master],
      encoding: 'utf8',
    });
    if (status === 0) return new PseudoTerminal(stdout, master, onData);
    closeSync(master);
    throw new SinewError('no pseudo-terminal for the servo emulator', {
      expected: 'Linux with python3',
      cause: error,
    });
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** Sends bytes to the program; nothing when closed. */
  write(bytes: Uint8Array): void {
    if (!this.#open) return;
    try {
      writeSync(this.#masterFd, bytes);
    } catch {
      // The other side does not read: on a real wire its bytes would be lost too.
    }
  }

  /** Speed that the program has set, bits per second; 0 when it has no standard name. */
  speed(): number {
    const { stdout } = spawnSync('stty', ['-F', this.path, 'speed'], { encoding: 'utf8' });
    return Number(stdout) || 0;
  }

  /** Ends it as pulling the plug of an adapter does. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#slaveFd);
    this.#master.destroy();
  }
}
