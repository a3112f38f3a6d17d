// Counter-based noise: the published test vectors of Philox4x32-10, and the normal distribution.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalNoise, philox4x32 } from '../../src/policy/noise.js';

describe('Philox4x32-10', () => {
  // Known answers of the generator's authors (Random123).
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)('gives the known answer for counter %j and key %j', (counter, key, answer) => {
    const words = Uint32Array.from(counter);
    philox4x32(words, key[0], key[1]);
    expect([...words]).toEqual(answer);
  });
});

describe('normal noise', () => {
  const place = { episode: 1, chunk: 2, draw: 3 };
  const draw = (seed: number, length: number, at = place): Float32Array => {
    const out = new Float32Array(length);
    normalNoise(seed, at, out);
    return out;
  };

  it('is the same for the same seed and place, whatever the length', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 0, max: 50 }), (seed, length) => {
        expect(draw(seed, length)).toEqual(draw(seed, 64).subarray(0, length));
      }),
    );
  });

  it('differs with every part of the place and with both halves of the seed', () => {
    const base = draw(7, 4);
    const others = [
      draw(8, 4),
      draw(7 + 2 ** 32, 4),
      draw(7, 4, { ...place, episode: 2 }),
      draw(7, 4, { ...place, chunk: 3 }),
      draw(7, 4, { ...place, draw: 4 }),
    ];
    for (const other of others) expect(other).not.toEqual(base);
  });

  it('has the moments and the tails of the unit normal distribution', () => {
    const values = draw(5, 200_000);
    const moment = (k: number) => values.reduce((sum, v) => sum + v ** k, 0) / values.length;
    expect(moment(1)).toBeCloseTo(0, 1.9);
    expect(moment(2)).toBeCloseTo(1, 1.9);
    expect(moment(4)).toBeCloseTo(3, 1);
    const beyond = values.filter((v) => Math.abs(v) > 1.959964).length / values.length;
    expect(Math.abs(beyond - 0.05)).toBeLessThan(0.002);
  });

  it('does not change between versions', () => {
    expect([...draw(42, 5)].map((v) => v.toFixed(6))).toMatchInlineSnapshot(`
      [
        "0.577259",
        "-1.566656",
        "-1.369645",
        "0.003182",
        "1.859909",
      ]
    `);
  });
});
