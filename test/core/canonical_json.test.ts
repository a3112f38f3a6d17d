/** Canonical JSON: one text for equal values. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/core/canonical_json.js';

/** The same value with the keys of every object in another order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}

describe('canonical JSON', () => {
  it('does not depend on the order of keys, and is JSON of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('keeps limits that are not finite apart from one another and from null', () => {
    const texts = [Infinity, -Infinity, Number.NaN, null, 0].map((upper) =>
      canonicalJson({ upper }),
    );
    expect(new Set(texts).size).toBe(5);
    expect(canonicalJson(-0)).toBe(canonicalJson(0));
  });

  it('writes maps and arrays of numbers as objects and lists, and leaves out what is undefined', () => {
    expect(
      canonicalJson(
        new Map([
          ['b', 1],
          ['a', 2],
        ]),
      ),
    ).toBe('{"a":2,"b":1}');
    expect(canonicalJson({ q: Float64Array.of(1, 2), none: undefined })).toBe('{"q":[1,2]}');
  });
});
