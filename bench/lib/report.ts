/** How benchmarks print: tables on the terminal, verdicts on their aims, one JSON object last. */

import { readFileSync } from 'node:fs';
import { cpus, release } from 'node:os';

/** Prints rows of cells under a head; the first column is flush left, the others flush right. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((cell, i) =>
    Math.max(cell.length, ...rows.map((row) => (row[i] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  console.log(line(head));
  console.log(widths.map((width) => '─'.repeat(width)).join('──'));
  for (const row of rows) console.log(line(row));
}

/** Milliseconds of `seconds` as text; a dash when absent. */
export function ms(seconds: number | undefined, digits = 2): string {
  if (seconds === undefined || Number.isNaN(seconds)) return '–';
  return (seconds * 1e3).toFixed(digits);
}

/** An aim and what was measured of it. */
export interface Aim {
  readonly what: string;
  readonly measured: number;
  /** Greatest value that meets the aim. */
  readonly limit: number;
  /** What the values are in; ratios if absent. */
  readonly unit?: string;
}

/** Prints each aim with its verdict. */
export function printAims(aims: readonly Aim[]): void {
  for (const { what, measured, limit, unit } of aims) {
    const met = measured <= limit ? 'met' : 'MISSED';
    const end = unit === undefined ? '×' : ` ${unit}`;
    const most = Number(limit.toFixed(3));
    console.log(`aim ${met}: ${what}: ${measured.toFixed(2)}${end}, at most ${most}${end}`);
  }
}

export function aimsJson(aims: readonly Aim[]): object {
  return Object.fromEntries(
    aims.map(({ what, measured, limit }) => [
      what,
      { measured: Number(measured.toFixed(3)), limit, met: measured <= limit },
    ]),
  );
}

/** The machine in a line: figures of different machines must not be compared. */
export function machineLine(): string {
  const [first] = cpus();
  const load = readFileSync('/proc/loadavg', 'utf8').split(' ')[0];
  const model = first?.model.replace(/\s+/g, ' ').trim() ?? 'unknown processor';
  return `${cpus().length} × ${model}, Linux ${release()}, Node ${process.versions.node}, load ${load}`;
}

/** The last line of every benchmark. */
export function printJson(result: object): void {
  console.log(JSON.stringify(result));
}
