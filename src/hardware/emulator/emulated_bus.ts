/** Emulated servos on one wire: who answers an instruction, with what, and after which delay. */
import {
  BROADCAST_ID,
  Instruction,
  type InstructionPacket,
  type StatusPacket,
  type WireProtocol,
} from '../protocol/packet.js';
import type { EmulatedServo } from './emulated_servo.js';

/** A reply as it goes onto the wire. */
export interface EmulatedReply {
  readonly id: number;
  readonly bytes: Uint8Array;
  /** s of silence before it. */
  readonly delay: number;
}

/** Dynamixel's error number for an instruction that cannot be carried out. */
const INSTRUCTION_ERROR = 2;
const NONE = new Uint8Array(0);

interface Deferred {
  readonly address: number;
  readonly data: Uint8Array;
}

export class EmulatedBus {
  readonly #deferred = new Map<EmulatedServo, Deferred>();

  constructor(
    readonly protocol: WireProtocol,
    readonly servos: EmulatedServo[],
  ) {}

  /** The servo with that id; the first of them when several have it. */
  servo(id: number): EmulatedServo {
    const servo = this.servos.find((candidate) => candidate.id === id);
    if (servo === undefined) throw new RangeError(`no emulated servo ${id}`);
    return servo;
  }

  /** Lets `dt` seconds pass for all servos. */
  advance(dt: number): void {
    for (const servo of this.servos) servo.advance(dt);
  }

  /** Carries out an instruction; replies in the order in which they follow each other. */
  handle(packet: InstructionPacket): EmulatedReply[] {
    for (const servo of this.servos) servo.heard();
    const { id, instruction, parameters } = packet;
    if (instruction === Instruction.syncRead) return this.#syncRead(parameters);
    if (instruction === Instruction.bulkRead) return this.#bulkRead(parameters);
    if (instruction === Instruction.syncWrite) return this.#syncWrite(parameters);
    const addressed = this.servos
      .filter((servo) => id === BROADCAST_ID || servo.id === id)
      .sort((a, b) => a.id - b.id);
    const writes = instruction === Instruction.write || instruction === Instruction.regWrite;
    if (writes && id !== BROADCAST_ID) {
      // Those that follow another obey in silence.
      const followers = this.servos.filter((servo) => servo.id !== id && servo.obeys(id));
      for (const servo of followers) this.#one(servo, instruction, parameters);
    }
    const answers = id !== BROADCAST_ID || instruction === Instruction.ping;
    const replies = addressed.map((servo) => this.#one(servo, instruction, parameters));
    return answers ? this.#onWire(replies.filter((reply) => reply !== undefined)) : [];
  }

  #one(
    servo: EmulatedServo,
    instruction: number,
    parameters: Uint8Array,
  ): [EmulatedServo, StatusPacket] | undefined {
    const { id } = servo;
    const dynamixel = this.protocol.name === 'dynamixel';
    const answer = (data: Uint8Array, error = 0): [EmulatedServo, StatusPacket] => [
      servo,
      { id, error: error | servo.errorByte, data },
    ];
    const width = this.protocol.addressBytes;
    const address = this.#word(parameters, 0);
    switch (instruction) {
      case Instruction.ping: {
        const number = servo.get('model_number');
        const data = [number & 0xff, number >> 8, servo.get('firmware') & 0xff];
        return answer(dynamixel ? Uint8Array.from(data) : NONE);
      }
      case Instruction.read:
        return answer(this.#registers(servo, address, this.#word(parameters, 1)));
      case Instruction.write: {
        const refusal = servo.write(address, parameters.subarray(width));
        return servo.answersWrites ? answer(NONE, dynamixel ? refusal : 0) : undefined;
      }
      case Instruction.regWrite:
        this.#deferred.set(servo, { address, data: parameters.slice(width) });
        return servo.answersWrites ? answer(NONE) : undefined;
      case Instruction.action: {
        const deferred = this.#deferred.get(servo);
        this.#deferred.delete(servo);
        if (deferred !== undefined) servo.write(deferred.address, deferred.data);
        return answer(NONE, deferred === undefined && dynamixel ? INSTRUCTION_ERROR : 0);
      }
      case Instruction.reboot:
        servo.powerCycle();
        return dynamixel ? answer(NONE) : undefined;
      default:
        return dynamixel ? answer(NONE, INSTRUCTION_ERROR) : undefined;
    }
  }

  #syncRead(parameters: Uint8Array): EmulatedReply[] {
    const address = this.#word(parameters, 0);
    const length = this.#word(parameters, 1);
    const ids = parameters.subarray(2 * this.protocol.addressBytes);
    return this.#chain(Array.from(ids, (id) => ({ id, address, length })));
  }

  #bulkRead(parameters: Uint8Array): EmulatedReply[] {
    const size = 1 + 2 * this.protocol.addressBytes;
    const spans = Array.from({ length: Math.floor(parameters.length / size) }, (_, i) => {
      const span = parameters.subarray(i * size, (i + 1) * size);
      const rest = span.subarray(1);
      return { id: span[0] ?? 0, address: this.#word(rest, 0), length: this.#word(rest, 1) };
    });
    return this.#chain(spans);
  }

  /** Each servo answers once it has heard the one before it; a missing one silences the rest. */
  #chain(spans: readonly { id: number; address: number; length: number }[]): EmulatedReply[] {
    const replies: [EmulatedServo, StatusPacket][] = [];
    for (const { id, address, length } of spans) {
      const servos = this.servos.filter((servo) => servo.id === id);
      if (servos.length === 0) break;
      for (const servo of servos) {
        const data = this.#registers(servo, address, length);
        replies.push([servo, { id, error: servo.errorByte, data }]);
      }
    }
    return this.#onWire(replies);
  }

  #syncWrite(parameters: Uint8Array): EmulatedReply[] {
    const address = this.#word(parameters, 0);
    const length = this.#word(parameters, 1);
    const start = 2 * this.protocol.addressBytes;
    for (let at = start; at + length < parameters.length; at += length + 1) {
      const data = parameters.subarray(at + 1, at + 1 + length);
      for (const servo of this.servos) {
        if (servo.obeys(parameters[at] ?? BROADCAST_ID)) servo.write(address, data);
      }
    }
    return [];
  }

  #registers(servo: EmulatedServo, address: number, length: number): Uint8Array {
    return Uint8Array.from({ length }, (_, i) => servo.memory[address + i] ?? 0);
  }

  /** The `index`th address or length in parameters. */
  #word(parameters: Uint8Array, index: number): number {
    const width = this.protocol.addressBytes;
    const low = parameters[index * width] ?? 0;
    return width === 1 ? low : low | ((parameters[index * width + 1] ?? 0) << 8);
  }

  /** Replies in bytes. Two servos with one id speak at once, and neither is understood. */
  #onWire(replies: readonly (readonly [EmulatedServo, StatusPacket])[]): EmulatedReply[] {
    const out: EmulatedReply[] = [];
    for (const [servo, packet] of replies) {
      const bytes = this.protocol.encodeStatus(packet);
      const previous = out.at(-1);
      if (previous?.id === packet.id) {
        out[out.length - 1] = { ...previous, bytes: collide(previous.bytes, bytes) };
        continue;
      }
      const delay = servo.get('return_delay') * servo.model.returnDelayUnit;
      out.push({ id: packet.id, bytes, delay });
    }
    return out;
  }
}

/** Two packets at once, the second one byte behind: the wire is low where either pulls it down. */
function collide(a: Uint8Array, b: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: Math.max(a.length, b.length + 1) }, (_, i) => {
    return (a[i] ?? 0xff) & (b[i - 1] ?? 0xff);
  });
}
