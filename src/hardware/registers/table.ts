/** A short way to write control tables down. */
import type { Register, Sign } from './register.js';

/** Address, size, and what is not usual: `e` EEPROM, `r` read only; a sign. */
export type Entry = readonly [address: number, size: 1 | 2 | 4, flags?: string, sign?: Sign];

/** Registers by name from `entries`. */
export function controlTable<const T extends Readonly<Record<string, Entry>>>(
  entries: T,
): Readonly<Record<keyof T, Register>> {
  const registers = Object.entries(entries).map(
    ([name, [address, size, flags = '', sign = 'none']]) => [
      name,
      {
        name,
        address,
        size,
        eeprom: flags.includes('e'),
        writable: !flags.includes('r'),
        sign,
      } satisfies Register,
    ],
  );
  return Object.fromEntries(registers) as Record<keyof T, Register>;
}
