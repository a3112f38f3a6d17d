/** Registers of a servo's control table, and how their values lie in bytes. */
import { SinewError } from '../../core/error.js';

/**
 * How a negative value is written: not at all, as two's complement, or as a magnitude with the sign
 * in one bit.
 */
export type Sign = 'none' | 'twos' | { readonly bit: number };

/** One entry of a control table. */
export interface Register {
  readonly name: string;
  readonly address: number;
  /** Bytes, low byte first. */
  readonly size: 1 | 2 | 4;
  /** What survives a power cut; the servo writes it only with its lock or its torque off. */
  readonly eeprom: boolean;
  readonly writable: boolean;
  readonly sign: Sign;
}

/** Smallest and largest value that the register can hold. */
export function registerRange({ size, sign }: Register): {
  readonly min: number;
  readonly max: number;
} {
  const all = 2 ** (8 * size);
  if (sign === 'none') return { min: 0, max: all - 1 };
  if (sign === 'twos') return { min: -all / 2, max: all / 2 - 1 };
  const magnitude = 2 ** sign.bit - 1;
  return { min: -magnitude, max: magnitude };
}

/**
 * The bytes of a value.
 *
 * @throws SinewError naming the register when the value is no whole number or out of its range
 */
export function encodeRegister(register: Register, value: number): Uint8Array {
  const { min, max } = registerRange(register);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new SinewError(`${value} does not fit the register ${register.name}`, {
      expected: `a whole number from ${min} to ${max}`,
    });
  }
  const { sign, size } = register;
  let raw = value;
  if (value < 0) raw = typeof sign === 'object' ? -value + 2 ** sign.bit : value + 2 ** (8 * size);
  return Uint8Array.from({ length: size }, (_, i) => Math.floor(raw / 256 ** i) % 256);
}

/** The value that lies in `bytes` from `offset` on. */
export function decodeRegister(register: Register, bytes: Uint8Array, offset = 0): number {
  const { sign, size } = register;
  let raw = 0;
  for (let i = size - 1; i >= 0; i--) raw = raw * 256 + (bytes[offset + i] ?? 0);
  if (sign === 'none') return raw;
  if (sign === 'twos') return raw >= 2 ** (8 * size - 1) ? raw - 2 ** (8 * size) : raw;
  const magnitude = raw % 2 ** sign.bit;
  // Bits above the sign's mean something else, if anything.
  const negative = Math.floor(raw / 2 ** sign.bit) % 2 === 1;
  return negative && magnitude > 0 ? -magnitude : magnitude;
}
