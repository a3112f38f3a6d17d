/** `sinew check`: what it prints and how it ends. */
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { registerCheck } from '../../src/app/check_command.js';
import { fixture, SpoiledPackage } from '../policy/packages.js';

let out: string;
let err: string;

beforeEach(() => {
  out = '';
  err = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** Runs the command as the command line does and gives its exit code. */
async function check(...args: string[]): Promise<number> {
  const program = new Command('sinew').exitOverride();
  registerCheck(program);
  await program.parseAsync(['check', ...args], { from: 'user' });
  const code = process.exitCode ?? 0;
  process.exitCode = undefined;
  return Number(code);
}

describe('sinew check', () => {
  it('says in one line that a good package is good', async () => {
    expect(await check(fixture('tiny_flow'))).toBe(0);
    expect(out).toMatch(/^.*tiny_flow: ok: tiny_flow, parity error \d\.\de-\d+ rad .*\n$/);
    expect(err).toBe('');
  });

  it('prints one line for each fault and ends with 1', async () => {
    const spoiled = new SpoiledPackage('tiny_flow').edit('policy.json', (spec) => {
      spec.horizon.execution = 9;
      spec.program.denoiser.prediction = 'epsilon';
    });
    expect(await check(spoiled.dir)).toBe(1);
    const lines = err.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain(`${spoiled.dir}: policy.json: horizon.execution 9`);
    expect(out).toBe('');
  });

  it('prints one JSON object where asked to', async () => {
    expect(await check(fixture('tiny_diffusion'), '--json')).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ ok: true, faults: [], name: 'tiny_diffusion' });
    out = '';
    expect(await check('/nowhere', '--json')).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      faults: [expect.stringContaining('policy.json')],
    });
  });

  it('refuses a thread count that is none', async () => {
    await expect(check(fixture('tiny_flow'), '--threads', '0')).rejects.toThrow(/1 or more/);
  });
});
