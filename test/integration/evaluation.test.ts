/** `sinew eval`: repeatable in lock-step, and with all its figures in real time. */
import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { type Child, descendants } from './child.js';
import { Harness, SETUP } from './harness.js';

const open: Harness[] = [];

async function newHarness(): Promise<Harness> {
  const harness = await Harness.open();
  open.push(harness);
  return harness;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((harness) => harness.close()));
});

/** The last line of an evaluation as an object. */
function result(child: Child): Record<string, unknown> {
  if (child.end?.code !== 0) throw new Error(`eval failed:\n${child.lines.join('\n')}`);
  return JSON.parse(child.output.at(-1) ?? '');
}

/** Runs an evaluation in lock-step in a domain of its own; gives its result and all commands. */
async function lockstep(...set: string[]) {
  const harness = await newHarness();
  const limits = ['episode.time_limit_s=1', ...set].flatMap((value) => ['--set', value]);
  const run = ['--config', SETUP, '--lockstep', '--episodes', '2', '--seed', '5', '--json'];
  const child = harness.run('eval', ...run, ...limits);
  await child.ended();
  await harness.heardAll();
  const { episodes, successes, success_rate, failed_seeds, limit_violations } = result(child);
  return {
    result: { episodes, successes, success_rate, failed_seeds, limit_violations },
    commands: harness.commands.map((row) => [...row].join()),
    chunks: harness.chunks.map(({ points }) => points.map((point) => point.positions.join())),
  };
}

/** The lists agree from their ends on; what a slow discovery kept from the test may be missing. */
function expectSameEnds(a: readonly unknown[], b: readonly unknown[], least: number): void {
  const length = Math.min(a.length, b.length);
  expect(length).toBeGreaterThanOrEqual(least);
  expect(b.slice(-length)).toEqual(a.slice(-length));
}

describe('sinew eval --lockstep', () => {
  it('gives the same result and the same commands to the bit for the same seed', async () => {
    const first = await lockstep();
    const second = await lockstep();
    const other = await lockstep('policy.seed=1');
    expect(first.result).toEqual({
      episodes: 2,
      successes: 0,
      success_rate: 0,
      failed_seeds: [5, 6],
      limit_violations: 0,
    });
    expect(second.result).toEqual(first.result);
    expectSameEnds(first.commands, second.commands, 150);
    expectSameEnds(first.chunks, second.chunks, 10);
    // Other noise gives other commands: the comparison is able to fail.
    expect(other.commands.slice(-100)).not.toEqual(first.commands.slice(-100));
  });
});

describe('sinew eval', () => {
  it('ends with one line of JSON that has every figure promised', async () => {
    const harness = await newHarness();
    const options = ['--episodes', '1', '--seed', '3', '--json'];
    const limit = ['--set', 'episode.time_limit_s=3'];
    const child = harness.run('eval', '--config', SETUP, ...options, ...limit);
    await child.ended();
    const quantiles = Object.fromEntries(
      ['p50', 'p99', 'p999', 'max'].map((key) => [key, expect.any(Number)]),
    );
    const figures = result(child);
    expect(figures).toMatchObject({
      episodes: 1,
      successes: 0,
      success_rate: 0,
      limit_violations: 0,
      failed_seeds: [3],
      tick_lateness_ms: quantiles,
      chunk_ms: quantiles,
      observation_to_command_ms: quantiles,
    });
    expect(figures['ticks']).toBeGreaterThan(0);
    expect(child.output).toHaveLength(1);
  });

  it('ends in order on Ctrl-C, with a line that says so and nothing left running', async () => {
    const harness = await newHarness();
    const child = harness.run('eval', '--config', SETUP, '--episodes', '1');
    await harness.until(() => harness.commands.length > 20, 'commands');
    const processes = descendants(child.pid);
    expect(processes.length).toBeGreaterThanOrEqual(3);
    child.kill('SIGINT');
    expect((await child.ended()).code).toBe(1);
    expect(child.errors.at(-1)).toMatch(/interrupted/);
    const alive = processes.filter((pid) => existsSync(`/proc/${pid}`));
    expect(alive).toEqual([]);
  });

  it('says which process keeps failing, and gives up', async () => {
    const harness = await newHarness();
    const set = ['supervisor.restart_limit=1', 'supervisor.restart_window_s=600'];
    const options = set.flatMap((value) => ['--set', value]);
    const port = 'simulator.joint_state_rate_hz=900';
    const child = harness.run('eval', '--config', SETUP, '--set', port, ...options);
    expect((await child.ended()).code).toBe(1);
    expect(child.errors.at(-1)).toMatch(/process "simulator" exited with code 1; given up/);
    expect(child.said(/joint_state_rate_hz/)).toBe(true);
  });
});
