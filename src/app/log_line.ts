/** Reads the log lines of child processes (JSON by pino, lines of rcl's logger, or plain text) and formats them. */

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

/** What rcl's own logger writes: `[WARN] [1700000000.5] [policy]: text`. */
const RCL_LINE = /^\[(DEBUG|INFO|WARN|ERROR|FATAL)\] \[[\d.]+\] \[[^\]]*\]: (.*)$/;

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
  const [, level, rest] = RCL_LINE.exec(text) ?? [];
  if (level !== undefined && rest !== undefined) {
    return { process: name, level: level.toLowerCase() as LogLevel, text: rest };
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
