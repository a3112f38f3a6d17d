/** The command line as a user meets it: help with examples, one clear line for what is wrong. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Child, ROOT, sinew } from './child.js';
import { SETUP } from './harness.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sinew-commands-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs `sinew` to its end. */
async function run(...args: string[]): Promise<Child> {
  const child = sinew(args);
  await child.ended();
  return child;
}

/** A copy of the test set-up with a part of its text replaced; also the line it stands in. */
function spoiled(before: string, after: string): { file: string; line: number } {
  const text = readFileSync(SETUP, 'utf8').replace('../../config/', `${ROOT}/config/`);
  if (!text.includes(before)) throw new Error(`no "${before}" in the set-up`);
  const changed = text.replace(before, after);
  const file = join(folder, 'setup.yaml');
  writeFileSync(file, changed);
  return { file, line: changed.slice(0, changed.indexOf(after)).split('\n').length };
}

describe('sinew --help', () => {
  it('names every command, and each command’s help has an example with that command', async () => {
    const help = await run('--help');
    expect(help.end?.code).toBe(0);
    const section = help.output.slice(help.output.indexOf('Commands:') + 1);
    const names = section.flatMap((line) => /^ {2}(\w+)\b/.exec(line)?.[1] ?? []);
    expect(names).toEqual(expect.arrayContaining(['check', 'doctor', 'eval', 'up']));
    for (const name of names.filter((candidate) => candidate !== 'help')) {
      const own = await run(name, '--help');
      expect(own.end?.code, name).toBe(0);
      const example = own.output.slice(own.output.indexOf('Example:') + 1).join('\n');
      expect(example, name).toContain(`npx sinew ${name}`);
    }
  });
});

describe('a command line that is wrong', () => {
  it.each([
    ['an unknown command', ['fly'], /unknown command 'fly'/],
    ['an unknown option', ['eval', '--config', SETUP, '--fast'], /unknown option '--fast'/],
    ['a missing option', ['up'], /--config <file>' not specified/],
    ['a number that is none', ['eval', '--config', SETUP, '--seed', 'x'], /whole number/],
  ])('ends at %s with one line that says so', async (_, args, message) => {
    const child = await run(...args);
    expect(child.end?.code).toBe(1);
    expect(child.errors[0]).toMatch(message);
    expect(child.errors.filter((line) => line !== '')).toHaveLength(2);
    expect(child.errors.at(-1)).toContain('--help');
    expect(child.output).toEqual([]);
  });
});

describe('a set-up file that is wrong', () => {
  it.each([
    ['an unknown key', 'rate_hz: 100', 'rate_hertz: 100', /unknown key.*rate_hz/],
    ['a wrong type', 'rate_hz: 100', 'rate_hz: fast', /controller\.rate_hz.*number/],
    ['a value out of range', 'rate_hz: 100', 'rate_hz: 5000', /controller\.rate_hz.*1000/],
    ['a deep key', 'fovy_deg: 72', 'fov: 72', /cameras\[0\]\.fov/],
    ['broken YAML', 'policy:', 'policy: [', /YAML/],
  ])(
    'ends at %s with its path and line, before anything starts',
    async (_, before, after, text) => {
      const { file, line } = spoiled(before, after);
      const child = await run('up', '--config', file, '--headless');
      expect(child.end?.code).toBe(1);
      expect(child.errors).toHaveLength(1);
      if (after.includes('[')) expect(child.errors[0]).toMatch(/setup\.yaml:\d+/);
      else expect(child.errors[0]).toContain(`setup.yaml:${line}:`);
      expect(child.errors[0]).toMatch(text);
      expect(child.output).toEqual([]);
    },
  );

  it('is refused by each process as well, and so is a file that is not there', async () => {
    const { file, line } = spoiled('rate_hz: 100', 'rate_hertz: 100');
    for (const name of ['simulator', 'policy', 'controller']) {
      const child = new Child(name, [`${ROOT}/dist/app/${name}.js`, '--config', file], {});
      expect(await child.ended()).toEqual({ code: 1, signal: null });
      expect(child.lines).toHaveLength(1);
      expect(child.lines[0]).toContain(`setup.yaml:${line}:`);
    }
    const missing = await run('eval', '--config', join(folder, 'none.yaml'));
    expect(missing.end?.code).toBe(1);
    expect(missing.errors).toHaveLength(1);
    expect(missing.errors[0]).toMatch(/none\.yaml/);
  });

  it('may be mended, or spoiled, from the command line with --set', async () => {
    const set = ['--set', 'controller.rate_hertz=100'];
    const child = await run('eval', '--config', SETUP, ...set);
    expect(child.end?.code).toBe(1);
    expect(child.errors).toHaveLength(1);
    expect(child.errors[0]).toMatch(/controller\.rate_hertz/);
  });
});

describe('sinew check', () => {
  it('passes the test package and fails a folder that is none, saying what it lacks', async () => {
    const good = await run('check', 'test/integration/fixtures/circle');
    expect(good.end?.code).toBe(0);
    const bad = await run('check', 'test/integration/fixtures');
    expect(bad.end?.code).toBe(1);
    expect([...bad.output, ...bad.errors].join('\n')).toContain('policy.json');
  });
});
