/** Reads the log lines of child processes (JSON by pino, or plain text) and formats them. */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

export interface LogLine {
  readonly process: string;
  readonly level: LogLevel;
  readonly text: string;
}

const LEVELS: readonly (readonly [number, LogLevel])[] = [
  [60, 'fatal'],
  [50, 'error'],
  [40, 'warn'],
  [30, 'info'],
];

/** A line of the process `name`; what is no JSON counts as a warning, since no code of ours wrote it. */
export function parseLogLine(name: string, text: string): LogLine {
  if (text.startsWith('{')) {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === 'object' && value !== null && 'msg' in value && 'level' in value) {
        const level = LEVELS.find(([least]) => Number(value.level) >= least)?.[1] ?? 'debug';
        return { process: name, level, text: String(value.msg) };
      }
    } catch {
      // Not JSON after all: shown as it is.
    }
  }
  return { process: name, level: 'warn', text };
}

/** `12:00:01 warn  policy: text` */
export function formatLogLine(line: LogLine, at = new Date()): string {
  const time = at.toTimeString().slice(0, 8);
  return `${time} ${line.level.padEnd(5)} ${line.process}: ${line.text}`;
}

/** True for what a person should see even while a status line is shown. */
export function isImportant(line: LogLine): boolean {
  return line.level === 'warn' || line.level === 'error' || line.level === 'fatal';
}
