/**
 * Compares numbers with those that were recorded before, so that no change of a motion goes unseen,
 * however small. Where a change is meant, record anew, look at the difference, and commit it:
 * `SINEW_RECORD=1 npx vitest run test/safety/recorded_motion.test.ts`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';

const FILE = new URL('./golden/recorded.json', import.meta.url);
/** Rounding may differ from machine to machine; a change of the program is larger. */
const TOLERANCE = 1e-9;

const recorded: Record<string, (number | null)[]> = existsSync(FILE)
  ? JSON.parse(readFileSync(FILE, 'utf8'))
  : {};

function write(name: string, values: (number | null)[]): void {
  recorded[name] = values;
  const lines = Object.keys(recorded)
    .sort()
    .map((key) => `${JSON.stringify(key)}: ${JSON.stringify(recorded[key])}`);
  writeFileSync(FILE, `{\n${lines.join(',\n')}\n}\n`);
}

/** Expects `values` to be what was recorded as `name`; what is not finite is recorded as null. */
export function expectRecorded(name: string, values: readonly number[]): void {
  const rounded = values.map((value) =>
    Number.isFinite(value) ? Number(value.toPrecision(13)) : null,
  );
  if (process.env.SINEW_RECORD === '1') write(name, rounded);
  const wanted = recorded[name] ?? [];
  expect(values.length, `${name}: count`).toBe(wanted.length);
  for (const [i, value] of values.entries()) {
    const want = wanted[i];
    const same =
      typeof want === 'number'
        ? Math.abs(value - want) <= TOLERANCE * Math.max(1, Math.abs(want))
        : !Number.isFinite(value);
    if (!same) throw new Error(`${name}: value ${i} is ${value}, recorded is ${want}`);
  }
}
