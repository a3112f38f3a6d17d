/**
 * Emulated servos behind a pseudo-terminal, which any program opens as its serial port. Faults of the
 * wire and of single servos can be injected; with `timing: 'wire'` each reply comes when the last bit
 * of it would have come over a wire.
 */
import { steadyNow } from '../../core/clock.js';
import type { InstructionPacket } from '../protocol/packet.js';
import { PacketParser } from '../protocol/packet_parser.js';
import type { EmulatedBus } from './emulated_bus.js';
import { PseudoTerminal } from './pseudo_terminal.js';
import { damaged, WireFaults } from './wire_faults.js';

export interface EmulatorOptions {
  /** `none`: replies come at once. `wire`: after their time on the wire, which costs a processor. */
  readonly timing?: 'none' | 'wire';
  /** Return what is sent, as adapters do that have both lines on one wire. */
  readonly echo?: boolean;
  /** Understand only a program that has set the servos' baud rate; off by default. */
  readonly baud?: boolean;
  /** s on the clock that moves the servos; the steady clock by default. */
  readonly now?: () => number;
  /** Brings the servos to the present in place of that clock: a simulation that moves them. */
  readonly catchUp?: (() => void) | undefined;
}

/** How long the loop is kept turning after the last instruction, s: the next one is heard at once. */
const AWAKE = 0.02;
/** After this silence (s) the program may have set another speed. */
const SPEED_MAY_HAVE_CHANGED = 0.005;

export class ServoEmulator {
  readonly faults = new WireFaults();
  /** Instructions understood since the start. */
  received = 0;

  readonly #options: Required<EmulatorOptions>;
  readonly #parser: PacketParser<InstructionPacket>;
  #terminal: PseudoTerminal;
  #moved: number;
  #lastByte = 0;
  #speed = 0;
  /** When the wire is free again, s. */
  #free = 0;
  /** When the newest bytes came, s. */
  #heard = 0;
  #turning = false;
  #queue: { at: number; bytes: Uint8Array }[] = [];
  #late: { left: number; bytes: Uint8Array }[] = [];

  constructor(
    readonly bus: EmulatedBus,
    options: EmulatorOptions = {},
  ) {
    const defaults = { timing: 'none', echo: false, baud: false, now: steadyNow } as const;
    this.#options = { ...defaults, catchUp: undefined, ...options };
    this.#parser = new PacketParser(bus.protocol.instructions);
    this.#moved = this.#options.now();
    this.#terminal = PseudoTerminal.open((bytes) => this.#take(bytes));
  }

  /** The serial port to open. */
  get path(): string {
    return this.#terminal.path;
  }

  /** Brings the servos to the present. */
  advance(): void {
    const { catchUp } = this.#options;
    if (catchUp !== undefined) {
      catchUp();
      return;
    }
    const now = this.#options.now();
    this.bus.advance(Math.max(0, now - this.#moved));
    this.#moved = now;
  }

  /** Pulls the plug: whoever has the port open finds it gone. */
  unplug(): void {
    this.#terminal.close();
  }

  /** Plugs it in again; the port may have another path. */
  replug(): void {
    this.#terminal = PseudoTerminal.open((bytes) => this.#take(bytes));
  }

  close(): void {
    this.#queue = [];
    this.#terminal.close();
  }

  #take(bytes: Uint8Array): void {
    this.#heard = steadyNow();
    if (this.#options.echo) this.#terminal.write(bytes);
    if (!this.#understands()) return;
    this.advance();
    this.#parser.push(bytes, (packet) => this.#answer(packet));
  }

  #understands(): boolean {
    if (!this.#options.baud) return true;
    const now = steadyNow();
    if (now - this.#lastByte > SPEED_MAY_HAVE_CHANGED) this.#speed = this.#terminal.speed();
    this.#lastByte = steadyNow();
    return this.#speed === this.#servoBaud();
  }

  #servoBaud(): number {
    const [servo] = this.bus.servos;
    return servo?.model.baudRates.get(servo.get('baud_rate')) ?? 0;
  }

  #answer(packet: InstructionPacket): void {
    this.received++;
    this.#release();
    const wire = this.#options.timing === 'wire';
    const byteTime = 10 / this.#servoBaud();
    if (wire) {
      const sent = this.bus.protocol.encodeInstruction(packet).length * byteTime;
      // Counted from when the bytes came: a servo takes no time to think about them.
      this.#free = Math.max(this.#free, this.#heard) + sent;
    }
    for (const { id, bytes, delay } of this.bus.handle(packet)) {
      const fault = this.faults.next(id);
      const arriving = damaged(bytes, fault);
      this.#free += delay + bytes.length * byteTime;
      if (fault?.kind === 'late') this.#late.push({ left: fault.after, bytes: arriving });
      else if (wire) this.#schedule(this.#free, arriving);
      else this.#terminal.write(arriving);
    }
  }

  /** Sends the replies that were kept back for long enough. */
  #release(): void {
    for (const late of this.#late) {
      late.left--;
      if (late.left === 0) this.#terminal.write(late.bytes);
    }
    this.#late = this.#late.filter(({ left }) => left > 0);
  }

  /**
   * Timers are too coarse for a wire: the loop is kept turning until the time has come, and for a
   * while longer, since a process that sleeps would hear the next instruction late.
   */
  #schedule(at: number, bytes: Uint8Array): void {
    this.#queue.push({ at, bytes });
    if (this.#turning) return;
    this.#turning = true;
    const turn = () => {
      const now = steadyNow();
      for (let next = this.#queue[0]; next !== undefined && next.at <= now; next = this.#queue[0]) {
        this.#terminal.write(next.bytes);
        this.#queue.shift();
      }
      this.#turning = this.#queue.length > 0 || now - this.#heard < AWAKE;
      if (this.#turning) setImmediate(turn);
    };
    turn();
  }
}
