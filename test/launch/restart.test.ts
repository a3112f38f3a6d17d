/** How the launch files start a process of sinew again after its end, and when they no longer do. */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

/** As restart.py tells it: an action, its delay or reason, and the last argument of what it starts. */
type Answer = readonly ['TimerAction', number, string] | readonly ['Shutdown', string] | null;

interface Told {
  readonly first: readonly string[];
  readonly second: readonly string[];
  readonly nice: readonly string[];
  readonly same: Readonly<Record<string, boolean>>;
  readonly clean: readonly Answer[];
  readonly often: readonly Answer[];
  readonly seldom: readonly Answer[];
  readonly ending: readonly Answer[];
}

const AGAIN: Answer = ['TimerAction', 1, '--restarted'];
let told: Told;

beforeAll(() => {
  const folder = resolve(import.meta.dirname, '../../launch');
  const script = join(import.meta.dirname, 'restart.py');
  const { status, stdout, stderr } = spawnSync('python3', [script, folder], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  told = JSON.parse(stdout) as Told;
});

describe('a process of the launch files', () => {
  it('is told from its second start on that it was started again', () => {
    expect(told.first.slice(-2)).toEqual(['--config', 'cell.yaml']);
    expect(told.first[0]).toBe('node');
    expect(told.second).toEqual([...told.first, '--restarted']);
    expect(told.same).toEqual({ env: true, name: true, output: true });
    expect(told.nice).toEqual(['nice', '-n', '10']);
  });

  it('is started again after every clean end', () => {
    expect(told.clean).toEqual(Array(8).fill(AGAIN));
  });

  it('is given up, and the launch with it, after five failures in 30 s', () => {
    const [why, ...before] = [...told.often].reverse();
    expect(before).toEqual(Array(4).fill(AGAIN));
    expect(why).toEqual(['Shutdown', 'controller-1 keeps failing; its last line says why']);
  });

  it('is started again after failures that are further apart', () => {
    expect(told.seldom).toEqual(Array(8).fill(AGAIN));
  });

  it('is not started again while the launch ends', () => {
    expect(told.ending).toEqual([null, null]);
  });
});
