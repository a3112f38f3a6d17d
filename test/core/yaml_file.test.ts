/** Settings files: what is wrong is said with its place. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadYaml, parseYaml } from '../../src/core/yaml_file.js';

const schema = z.strictObject({
  name: z.string(),
  rate: z.number().positive().default(100),
  mode: z.enum(['soft', 'hard']).default('soft'),
  joints: z.array(z.strictObject({ name: z.string(), limit: z.number() })).default([]),
  deep: z.strictObject({ timeout_s: z.number().default(1) }).prefault({}),
  output: z
    .union([
      z.strictObject({ kind: z.literal('a'), gain: z.number() }),
      z.strictObject({ kind: z.literal('b') }),
    ])
    .optional(),
});

const parse = (text: string) => parseYaml(text, 'robot.yaml', schema);
const message = (text: string) => {
  try {
    parse(text);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error('was accepted');
};

describe('a settings file', () => {
  it('gives its values with defaults filled in', () => {
    expect(parse('name: arm\njoints:\n  - {name: a, limit: 1.5}\n')).toEqual({
      name: 'arm',
      rate: 100,
      mode: 'soft',
      joints: [{ name: 'a', limit: 1.5 }],
      deep: { timeout_s: 1 },
    });
  });

  it('names line, column, path and the known keys for an unknown key', () => {
    expect(message('name: arm\ndeep:\n  timeout: 3\n')).toBe(
      'robot.yaml:3:3: deep.timeout: unknown key; expected one of timeout_s',
    );
    expect(message('name: arm\njoints:\n  - name: a\n    limit: 1\n    lmt: 2\n')).toMatch(
      /^robot\.yaml:5:5: joints\[0\]\.lmt: unknown key; expected one of name, limit$/,
    );
  });

  it('names line, column and path for a wrong type', () => {
    expect(message('name: arm\nrate: fast\n')).toBe(
      'robot.yaml:2:7: rate: "fast" is not allowed; expected number',
    );
    expect(message('name: [1]\n')).toMatch(/^robot\.yaml:1:7: name: not allowed; expected string/);
  });

  it('names the place of a value out of range or outside an enumeration', () => {
    expect(message('name: arm\nrate: -1\n')).toMatch(/^robot\.yaml:2:7: rate: "-1" is not allowed/);
    expect(message('name: arm\nmode: firm\n')).toMatch(
      /^robot\.yaml:2:7: mode: "firm".*soft.*hard/,
    );
  });

  it.each([
    ['a bound that does not count itself', z.number().positive(), '0', 'a number above 0'],
    ['and the other way', z.number().negative(), '0', 'a number below 0'],
    ['a bound that does', z.number().min(2), '1', 'a number of at least 2'],
    ['and the other way', z.int().max(2), '3', 'a number of at most 2'],
    ['a number that is not whole', z.int(), '1.5', 'a whole number'],
    ['an empty text', z.string().min(1), '""', 'a text that is not empty'],
    ['a long text', z.string().max(2), 'abc', 'a text of at most 2 characters'],
    ['a short list', z.array(z.number()).min(1), '[]', 'at least 1 entry'],
    ['a long list', z.array(z.number()).max(2), '[1, 2, 3]', 'at most 2 entries'],
    ['a list of another length', z.array(z.number()).length(3), '[1]', 'exactly 3 entries'],
    ['none of several words', z.enum(['soft', 'hard']), 'firm', 'one of soft, hard'],
    ['not the one word', z.literal('soft'), 'firm', 'soft'],
    ['none of several kinds', z.union([z.boolean(), z.literal('probe')]), '3', 'boolean or probe'],
    [
      'no form that there is',
      z.discriminatedUnion('is', [
        z.strictObject({ is: z.literal('a') }),
        z.strictObject({ is: z.literal('b') }),
      ]),
      '{ is: c }',
      'one of a, b',
    ],
    [
      'a name that is none',
      z.record(z.string().regex(/^a/, 'an a'), z.number()),
      '{ b: 1 }',
      'an a',
    ],
    ['what has words of its own', z.string().regex(/^a/, 'an a'), 'b', 'an a'],
  ])('says what was expected in place of %s', (_, value, text, expected) => {
    const refused = () => parseYaml(`value: ${text}\n`, 'x.yaml', z.strictObject({ value }));
    expect(refused).toThrow(
      new RegExp(`^x\\.yaml:1:\\d+: value.*not allowed; expected ${expected}$`),
    );
  });

  it('says which key is missing and where its map stands', () => {
    expect(message('name: arm\njoints:\n  - name: a\n')).toBe(
      'robot.yaml:3:5: joints[0].limit: missing; expected number',
    );
    expect(message('')).toMatch(/^robot\.yaml:1:1: name: missing/);
  });

  it('reports the first of several faults and how many follow', () => {
    expect(message('rate: x\nname: 1\n')).toMatch(/^robot\.yaml:1:7: rate: .*\(and 1 more\)/);
  });

  it('looks into the branch of a union that comes closest', () => {
    expect(message('name: arm\noutput:\n  kind: a\n  gain: high\n')).toMatch(
      /^robot\.yaml:4:9: output\.gain: "high" is not allowed; expected number/,
    );
  });

  it.each([
    ['not finite', 'name: arm\nrate: .inf\n', /^robot\.yaml:2:7: rate/],
    ['not a number', 'name: arm\nrate: .nan\n', /^robot\.yaml:2:7: rate/],
    ['a key twice', 'name: arm\nname: leg\n', /^robot\.yaml:2:1: malformed YAML: .*unique/],
    ['an open bracket', 'name: [arm\n', /^robot\.yaml:2:1: malformed YAML/],
    ['a tab for indent', 'deep:\n\ttimeout_s: 3\n', /^robot\.yaml:2:1: malformed YAML/],
    ['a list at the top', '- 1\n', /^robot\.yaml:1:1: the file: not allowed; expected object/],
  ])('refuses %s with its place', (_, text, expected) => {
    expect(message(text)).toMatch(expected);
  });

  it('refuses aliases that unfold without end', () => {
    const levels = ['a: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 9; i++) {
      levels.push(
        `b${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    }
    expect(message(levels.join('\n'))).toMatch(/^robot\.yaml:1:1: malformed YAML: .*alias/);
  });

  it('says that a file cannot be read, and reads one that can', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sinew-yaml-'));
    try {
      const file = join(folder, 'robot.yaml');
      expect(() => loadYaml(file, schema)).toThrow(`${file}: cannot read the file`);
      writeFileSync(file, 'name: arm\n');
      expect(loadYaml(file, schema).name).toBe('arm');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
