/** Log lines of child processes. */
import { describe, expect, it } from 'vitest';
import { formatLogLine, isImportant, parseLogLine } from '../../src/app/log_line.js';

describe('a log line of a process', () => {
  it('is read from pino’s JSON with its level', () => {
    const line = parseLogLine('policy', '{"level":40,"time":1,"msg":"camera front is silent"}');
    expect(line).toEqual({ process: 'policy', level: 'warn', text: 'camera front is silent' });
    expect(isImportant(line)).toBe(true);
  });

  it('of level info is not important', () => {
    expect(isImportant(parseLogLine('policy', '{"level":30,"msg":"ready"}'))).toBe(false);
  });

  it('of rcl’s logger is read with its level', () => {
    const line = parseLogLine('policy', '[INFO] [1795253559.965965967] [policy]: policy: active');
    expect(line).toEqual({ process: 'policy', level: 'info', text: 'policy: active' });
  });

  it('that is no JSON, or other JSON, is kept whole as a warning', () => {
    for (const text of ['Segmentation fault', '{broken', '{"a":1}']) {
      expect(parseLogLine('controller', text)).toEqual({
        process: 'controller',
        level: 'warn',
        text,
      });
    }
  });

  it('is shown with time, level and process', () => {
    const at = new Date(2026, 0, 2, 3, 4, 5);
    const line = { process: 'policy', level: 'info', text: 'ready' } as const;
    expect(formatLogLine(line, at)).toBe('03:04:05 info  policy: ready');
  });
});
