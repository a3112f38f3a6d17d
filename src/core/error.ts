/**
 * The one error type that users see: a single line that says what went wrong, where, what was
 * expected and what to do about it.
 */

/** The parts of the line beside the statement of the fault itself. */
export interface SinewErrorOptions {
  /** File, path, line, topic or joint concerned. */
  readonly where?: string;
  /** What would have been right. */
  readonly expected?: string;
  /** What the reader can do now. */
  readonly cure?: string;
  readonly cause?: unknown;
}

/** An error whose `message` is one line fit for a terminal. */
export class SinewError extends Error {
  override readonly name = 'SinewError';

  constructor(what: string, options: SinewErrorOptions = {}) {
    const { where, expected, cure, cause } = options;
    const parts = [where === undefined ? what : `${where}: ${what}`];
    if (expected !== undefined) parts.push(`expected ${expected}`);
    if (cure !== undefined) parts.push(cure);
    super(parts.join('; ').replace(/\s+/g, ' '), cause === undefined ? {} : { cause });
  }
}

/** The one-line text of anything thrown. */
export function errorLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? '';
}
