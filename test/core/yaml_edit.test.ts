// Settings are written into a file that a person keeps.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { withYamlValue } from '../../src/core/yaml_edit.js';

const TEXT = `# My arm.
robot: so101.yaml # the one on the left

# measured
latency:
  actuator_s: 0.01 # once
safety:
  scene:
    - { name: table, offset: -0.0024 }
    - {name: wall,offset: 1 , links: [ a,b]}
`;

const set = (text: string, path: string, value: number) =>
  withYamlValue(text, 'a.yaml', path.split('.'), value);

describe('a value in a YAML file', () => {
  it('is changed in its place, and everything else stays, comments and brackets included', () => {
    expect(set(TEXT, 'latency.actuator_s', 0.062)).toBe(
      TEXT.replace('actuator_s: 0.01', 'actuator_s: 0.062'),
    );
  });

  it('that is missing gets lines of its own, at the end of its section', () => {
    expect(set(TEXT, 'latency.cameras.wrist', 0.045)).toBe(
      TEXT.replace('# once\n', '# once\n  cameras:\n    wrist: 0.045\n'),
    );
  });

  it.each([
    ['', 'a: 1\n'],
    ['# only a comment', '# only a comment\na: 1\n'],
    ['b: 2', 'b: 2\na: 1\n'],
    ['b: 2\r\n', 'b: 2\r\na: 1\r\n'],
    ['b: 2 # two', 'b: 2 # two\na: 1\n'],
    ['b: |\n  text\n# end\n', 'b: |\n  text\na: 1\n# end\n'],
    ['a:\n', 'a: 1\n'],
    ['a: # why\nb: 2\n', 'a: 1 # why\nb: 2\n'],
    ['{}\n', '{ a: 1 }\n'],
    ['{b: 2}\n', '{b: 2, a: 1}\n'],
    ['{ b: 2, c }\n', '{ b: 2, c, a: 1 }\n'],
    ['a: &here 0\nb: *here\n', 'a: &here 1\nb: *here\n'],
    ['a: "quoted"\n', 'a: 1\n'],
  ])('is put into %j', (text, expected) => {
    expect(set(text, 'a', 1)).toBe(expected);
  });

  it('is put into brackets as they are', () => {
    expect(set('a: {b: {c: 0}}', 'a.b.c', 1)).toBe('a: {b: {c: 1}}');
    expect(set('a: {b: 2}', 'a.c.d', 1)).toBe('a: {b: 2, c: { d: 1 }}');
  });

  it('makes a map of a key without a value', () => {
    expect(set('a:\nb: 2\n', 'a.c.d', 1)).toBe('a: { c: { d: 1 } }\nb: 2\n');
  });

  it('is refused where a list, an alias or a text is in its way', () => {
    for (const text of ['a: [1]', 'x: &m { b: 1 }\na: *m', 'a: text']) {
      expect(() => set(text, 'a.b', 1)).toThrow(
        /a\.yaml: a: this value cannot be set|expected a map/,
      );
    }
    expect(() => set('a: { b: 1 }', 'a', 1)).toThrow(/expected a plain value/);
    expect(() => set('a: [', 'b', 1)).toThrow(/a\.yaml: malformed YAML/);
  });
});

/** A map as somebody might write it: each part is text, and pairs know where their value stands. */
interface Written {
  readonly text: string;
  /** Path, and offset and length of its value in `text`. */
  readonly values: readonly { path: readonly string[]; at: number; length: number }[];
}

const word = fc
  .stringMatching(/^[a-z]{1,6}$/)
  .filter((w) => !['y', 'n', 'on', 'no', 'yes', 'null', 'true', 'false', 'off'].includes(w));
const blanks = fc.constantFrom('', ' ', '  ');
const scalar = fc.constantFrom('1', '-0.5', '1e-3', 'text', '"a # b"', "'it''s'", '~', '0x10');
const comment = fc.constantFrom('', ' # why', '   # {a: 1}, b: 2');

/** Joins pieces, of which some are values. */
function written(pieces: readonly (string | Written)[]): Written {
  let text = '';
  const values: { path: readonly string[]; at: number; length: number }[] = [];
  for (const piece of pieces) {
    if (typeof piece === 'string') text += piece;
    else {
      for (const { path, at, length } of piece.values)
        values.push({ path, at: text.length + at, length });
      text += piece.text;
    }
  }
  return { text, values };
}

const leaf = scalar.map(
  (text): Written => ({ text, values: [{ path: [], at: 0, length: text.length }] }),
);
const under = (key: string, { text, values }: Written): Written => ({
  text,
  values: values.map(({ path, ...rest }) => ({ path: [key, ...path], ...rest })),
});

/** A map in brackets, with any spacing. */
const brackets: fc.Arbitrary<Written> = fc.letrec<{ map: Written; value: Written }>((tie) => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leaf, tie('map')),
  map: fc
    .tuple(
      fc.uniqueArray(fc.tuple(word, tie('value'), blanks, blanks), {
        maxLength: 3,
        selector: ([key]) => key,
      }),
      blanks,
    )
    .map(([pairs, gap]) =>
      written([
        '{',
        gap,
        ...pairs.flatMap(([key, value, before, after], i) => [
          i > 0 ? `,${before} ` : before,
          `${key}: `,
          under(key, value),
          after,
        ]),
        '}',
      ]),
    ),
})).map;

/** A map in lines, indented by `indent`. */
function lines(indent: string, depth: number): fc.Arbitrary<Written> {
  const nested = depth > 0 ? [lines(`${indent}  `, depth - 1).map((map) => ({ map }))] : [];
  const value = fc.oneof(
    leaf.map((own) => ({ own })),
    brackets.map((own) => ({ own })),
    ...nested,
  );
  const between = fc.constantFrom('', `\n`, `${indent}# about it\n`, `\n${indent}# about it\n`);
  return fc
    .uniqueArray(fc.tuple(word, value, comment, between), {
      minLength: 1,
      maxLength: 4,
      selector: ([key]) => key,
    })
    .map((pairs) =>
      written(
        pairs.flatMap(([key, inner, remark, gap]) =>
          'map' in inner
            ? [gap, `${indent}${key}:${remark}\n`, under(key, inner.map)]
            : [gap, `${indent}${key}: `, under(key, inner.own), `${remark}\n`],
        ),
      ),
    );
}

describe('whatever a file looks like', () => {
  it('only the bytes of the value change', () => {
    fc.assert(
      fc.property(
        lines('', 2),
        fc.nat(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (file, pick, value) => {
          const { text, values } = file;
          const chosen = values[pick % Math.max(1, values.length)];
          if (chosen === undefined) return;
          const { path, at, length } = chosen;
          const out = withYamlValue(text, 'a.yaml', path, value);
          const before = text.slice(0, at);
          const after = text.slice(at + length);
          expect(out.startsWith(before)).toBe(true);
          expect(out.endsWith(after)).toBe(true);
          const put = out.slice(before.length, out.length - after.length);
          expect(parse(put)).toBe(value);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('a new value comes in without a change to what is there', () => {
    const maps = ({ values }: Written) => [[], ...values.map(({ path }) => path.slice(0, -1))];
    fc.assert(
      fc.property(lines('', 2), fc.nat(), word, fc.boolean(), (file, pick, key, deep) => {
        const all = maps(file);
        const above = all[pick % all.length] ?? [];
        const path = [...above, `${key}_new`, ...(deep ? ['deeper'] : [])];
        const out = withYamlValue(file.text, 'a.yaml', path, 0.25);
        let same = 0;
        while (same < file.text.length && out[same] === file.text[same]) same++;
        // What was there is what is left of the new text when one piece is taken out.
        expect(out.endsWith(file.text.slice(same))).toBe(true);
        const expected = parse(file.text);
        let inner = expected;
        for (const name of above) inner = inner[name];
        inner[`${key}_new`] = deep ? { deeper: 0.25 } : 0.25;
        expect(parse(out)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});
