// Pictures become network inputs as in training: equal to the NumPy reference to the bit, and within
// rounding of PyTorch's resize (golden/preprocess.json).
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ImagePreprocessor } from '../../src/policy/image_preprocessor.js';
import type { ImageInput } from '../../src/policy/package_schema.js';

interface GoldenCase {
  name: string;
  source: { height: number; width: number };
  crop: ImageInput['crop'];
  resize: ImageInput['resize'];
  picture: number[];
  exact: number[];
  torch: number[];
}

const KEY = 'observation.images.front';
const golden = JSON.parse(
  readFileSync(new URL('./golden/preprocess.json', import.meta.url), 'utf8'),
) as { scale: number; statistics: { mean: number[]; std: number[] }; cases: GoldenCase[] };

function inputOf({ source, crop, resize }: Pick<GoldenCase, 'source' | 'crop' | 'resize'>) {
  return {
    type: 'image',
    camera: 'front',
    encoding: 'rgb8',
    source,
    crop,
    resize,
    layout: 'chw',
    scale: golden.scale,
    normalization: 'mean_std',
  } satisfies ImageInput;
}

const statistics = { [KEY]: golden.statistics };

describe('a picture', () => {
  it.each(golden.cases.map((test) => [test.name, test] as const))('%s', (_, test) => {
    const preprocessor = new ImagePreprocessor(inputOf(test), statistics, KEY);
    const out = new Float32Array(preprocessor.outputLength);
    preprocessor.run(Uint8Array.from(test.picture), out);
    expect(out).toEqual(Float32Array.from(test.exact));
    for (const [i, value] of out.entries()) expect(value).toBeCloseTo(test.torch[i] ?? 0, 5);
  });

  it('of one colour keeps it through any resize', () => {
    const sizes = { source: { height: 13, width: 17 }, crop: null };
    for (const antialias of [true, false]) {
      const resize = { height: 5, width: 24, antialias };
      const preprocessor = new ImagePreprocessor(inputOf({ ...sizes, resize }), statistics, KEY);
      const out = new Float32Array(preprocessor.outputLength);
      preprocessor.run(new Uint8Array(13 * 17 * 3).fill(100), out);
      const { mean, std } = golden.statistics;
      const expected = (100 * golden.scale - (mean[2] ?? 0)) / (std[2] ?? 1);
      for (const value of out.subarray(2 * 5 * 24)) expect(value).toBeCloseTo(expected, 5);
    }
  });

  it('of another length is refused', () => {
    const size = { source: { height: 2, width: 2 }, crop: null, resize: null };
    const preprocessor = new ImagePreprocessor(inputOf(size), statistics, KEY);
    expect(() => preprocessor.run(new Uint8Array(11), new Float32Array(12))).toThrow(
      /11 bytes; expected 12 bytes/,
    );
  });
});
