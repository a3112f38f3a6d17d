/** The supervisor with real child processes that really die. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FAREWELL } from '../../src/app/farewell.js';
import { Supervisor } from '../../src/app/supervisor.js';

/** A polite process takes far less than the 3 s to end, even on a busy machine. */
const POLICY = { limit: 2, windowS: 60, delayS: 0.01, stopTimeoutS: 3 };
/** Far longer than anything takes on a slow, busy machine; ends only what has failed. */
const PATIENCE_MS = 100_000;
let folder: string;
let supervisor: Supervisor | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sinew-supervisor-'));
});

afterEach(async () => {
  await supervisor?.stop();
  supervisor = undefined;
  rmSync(folder, { recursive: true });
});

/** A child that runs `source`; the clock in it keeps it alive. */
function child(name: string, source: string, nice = 0) {
  const module = join(folder, `${name}.mjs`);
  writeFileSync(module, `${source}\nsetInterval(() => {}, 1000);`);
  return { name, module, args: [], env: { SINEW_TEST_NAME: name }, nice };
}

function linesOf(target: Supervisor): string[] {
  const lines: string[] = [];
  target.on('log', ({ process, text }) => lines.push(`${process}:${text}`));
  return lines;
}

describe('the supervisor', () => {
  it('starts its processes with their environment and niceness and passes their lines on', async () => {
    const source = `import { getPriority } from 'node:os';
      console.log(process.env.SINEW_TEST_NAME + ' nice ' + getPriority());`;
    supervisor = new Supervisor([child('a', source), child('b', source, 7)], POLICY);
    const lines = linesOf(supervisor);
    supervisor.start();
    await vi.waitFor(
      () => expect([...lines].sort()).toEqual(['a:a nice 0', 'b:b nice 7']),
      PATIENCE_MS,
    );
  });

  it('starts again what was killed with -9, and tells it so', async () => {
    const source = 'console.log(["up", ...process.argv.slice(2)].join(" "))';
    supervisor = new Supervisor([child('a', source)], POLICY);
    const lines = linesOf(supervisor);
    supervisor.start();
    await vi.waitFor(() => expect(lines).toEqual(['a:up']), PATIENCE_MS);
    const before = supervisor.status()[0]?.pid;
    if (before === undefined) throw new Error('no process');
    process.kill(before, 'SIGKILL');
    await vi.waitFor(() => expect(lines).toEqual(['a:up', 'a:up --restarted']), PATIENCE_MS);
    expect(supervisor.status()[0]).toMatchObject({ state: 'running', restarts: 1 });
    expect(supervisor.status()[0]?.pid).not.toBe(before);
  });

  it('gives up after the allowed restarts and says how the process ended', async () => {
    supervisor = new Supervisor([child('a', 'process.exit(3)')], POLICY);
    const failures: string[] = [];
    supervisor.on('state', (name, state, reason) => {
      if (state === 'failed') failures.push(`${name} ${reason}`);
    });
    supervisor.start();
    await vi.waitFor(() => expect(failures).toHaveLength(1), PATIENCE_MS);
    expect(failures[0]).toBe('a exited with code 3; given up after 2 restarts in 60 s');
  });

  it('kills what says that it ends and hangs, and starts it again', async () => {
    const hanging = `console.log('up'); process.send('${FAREWELL}', () => { for (;;); });`;
    const policy = { ...POLICY, stopTimeoutS: 0.1 };
    supervisor = new Supervisor([child('a', hanging)], policy);
    const lines = linesOf(supervisor);
    const reasons: string[] = [];
    supervisor.on('state', (_, state, reason) => {
      if (state === 'restarting') reasons.push(reason);
    });
    supervisor.start();
    await vi.waitFor(() => expect(lines.length).toBeGreaterThan(1), PATIENCE_MS);
    expect(reasons[0]).toBe('was killed by SIGKILL');
  });

  it('stops in reverse order, and kills what ignores the request', async () => {
    const polite = `process.on('SIGTERM', () => process.exit(0)); console.log('up');`;
    const deaf = `process.on('SIGTERM', () => {}); console.log('up');`;
    supervisor = new Supervisor([child('first', polite), child('second', deaf)], POLICY);
    const lines = linesOf(supervisor);
    const ends: string[] = [];
    supervisor.on('state', (name, state, reason) => {
      if (state === 'stopped') ends.push(`${name} ${reason}`);
    });
    supervisor.start();
    await vi.waitFor(() => expect(lines).toHaveLength(2), PATIENCE_MS);
    await supervisor.stop();
    expect(ends).toEqual(['second was killed by SIGKILL', 'first exited with code 0']);
  });

  it('does not start anything again while it stops', async () => {
    supervisor = new Supervisor([child('a', 'console.log("up")')], POLICY);
    const lines = linesOf(supervisor);
    supervisor.start();
    await vi.waitFor(() => expect(lines).toHaveLength(1), PATIENCE_MS);
    await supervisor.stop();
    expect(supervisor.status()[0]).toMatchObject({ state: 'stopped', restarts: 0, pid: undefined });
  });
});
