/**
 * Camera picture → network input: crop, scale to 0 … 1, bilinear resize, normalise; 8-bit HWC in,
 * float32 CHW out, into buffers made once. Same order and formulas as the training.
 */
import { SinewError } from '../core/error.js';
import { Normalizer } from './normalizer.js';
import type { ImageInput } from './package_schema.js';
import { type AxisWeights, bilinearAxis } from './resize.js';
import type { Statistics } from './statistics.js';

const CHANNELS = 3;
const { fround } = Math;
const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

export class ImagePreprocessor {
  /** Size of the output, pixels. */
  readonly height: number;
  readonly width: number;
  /** Bytes of a source picture: height·width·3. */
  readonly sourceBytes: number;
  readonly #spec: ImageInput;
  readonly #normalizer: Normalizer;
  /** Scaled, and without a resize also normalised, value of each byte for each channel. */
  readonly #table: Float32Array;
  readonly #axes: { readonly x: AxisWeights; readonly y: AxisWeights } | null;
  /** True when all pixels are used and come in whole groups of four. */
  readonly #wholeWords: boolean;
  /** Rows of the crop resampled along x, for the two-pass resize. */
  readonly #rows: Float64Array;

  /**
   * @param key name of the observation, and of its statistics (three numbers a row)
   * @throws SinewError when the crop leaves the source or the statistics do not fit
   */
  constructor(spec: ImageInput, statistics: Statistics, key: string) {
    const { source, resize } = spec;
    const crop = spec.crop ?? { top: 0, left: 0, ...source };
    if (crop.top + crop.height > source.height || crop.left + crop.width > source.width) {
      throw new SinewError(`crop of "${key}" leaves the picture`, {
        expected: `at most ${source.width}x${source.height}`,
      });
    }
    this.#spec = { ...spec, crop };
    this.height = resize?.height ?? crop.height;
    this.width = resize?.width ?? crop.width;
    this.sourceBytes = source.height * source.width * CHANNELS;
    this.#normalizer = new Normalizer(statistics, key, spec.normalization, CHANNELS);
    const same = this.height === crop.height && this.width === crop.width;
    this.#axes = same
      ? null
      : {
          x: bilinearAxis(crop.width, this.width, resize?.antialias ?? true),
          y: bilinearAxis(crop.height, this.height, resize?.antialias ?? true),
        };
    this.#wholeWords =
      LITTLE_ENDIAN && spec.crop === null && (source.height * source.width) % 4 === 0;
    this.#rows = new Float64Array(same ? 0 : crop.height * this.width);
    this.#table = new Float32Array(CHANNELS * 256);
    for (let i = 0; i < this.#table.length; i++) {
      const value = fround((i & 255) * fround(spec.scale));
      this.#table[i] = same ? this.#normalizer.in(i >> 8, value) : value;
    }
  }

  /** Number of float32 values that `run` writes: 3·height·width. */
  get outputLength(): number {
    return CHANNELS * this.height * this.width;
  }

  /** @param out `outputLength` values, channel by channel */
  run(source: Uint8Array, out: Float32Array): void {
    if (source.length !== this.sourceBytes || out.length !== this.outputLength) {
      throw new SinewError(`picture of ${source.length} bytes`, {
        expected: `${this.sourceBytes} bytes in and ${this.outputLength} values out`,
      });
    }
    if (this.#axes !== null) {
      for (let c = 0; c < CHANNELS; c++) this.#resample(this.#axes, source, out, c);
    } else if (this.#wholeWords && source.byteOffset % 4 === 0) {
      const words = new Uint32Array(source.buffer, source.byteOffset, source.length / 4);
      lookUpWords(words, this.#table, out);
    } else this.#copy(source, out);
  }

  #copy(source: Uint8Array, out: Float32Array): void {
    const { top, left } = this.#spec.crop ?? { top: 0, left: 0 };
    const table = this.#table;
    const plane = this.height * this.width;
    const sourceWidth = this.#spec.source.width;
    let o = 0;
    for (let y = 0; y < this.height; y++) {
      let i = ((y + top) * sourceWidth + left) * CHANNELS;
      for (let x = 0; x < this.width; x++, i += CHANNELS, o++) {
        out[o] = table[source[i] as number] as number;
        out[o + plane] = table[256 + (source[i + 1] as number)] as number;
        out[o + 2 * plane] = table[512 + (source[i + 2] as number)] as number;
      }
    }
  }

  /** One channel: along x into `#rows`, then along y; sums in float64, rounded once. */
  #resample(
    { x, y }: { x: AxisWeights; y: AxisWeights },
    source: Uint8Array,
    out: Float32Array,
    channel: number,
  ): void {
    const crop = this.#spec.crop ?? { top: 0, left: 0, height: 0 };
    const rows = this.#rows;
    const { width, height } = this;
    for (let r = 0; r < crop.height; r++) {
      const base = ((r + crop.top) * this.#spec.source.width + crop.left) * CHANNELS + channel;
      for (let i = 0; i < width; i++) {
        let sum = 0;
        const [first, count, at] = [x.first[i] as number, x.count[i] as number, i * x.stride];
        for (let k = 0; k < count; k++) {
          const byte = source[base + (first + k) * CHANNELS] as number;
          sum += (x.weights[at + k] as number) * (this.#table[byte] as number);
        }
        rows[r * width + i] = sum;
      }
    }
    for (let j = 0; j < height; j++) {
      const [first, count, at] = [y.first[j] as number, y.count[j] as number, j * y.stride];
      for (let i = 0; i < width; i++) {
        let sum = 0;
        for (let k = 0; k < count; k++) {
          sum += (y.weights[at + k] as number) * (rows[(first + k) * width + i] as number);
        }
        out[(channel * height + j) * width + i] = this.#normalizer.in(channel, sum);
      }
    }
  }
}

/**
 * Looks up every byte of RGB pixels, four pixels (three words) at a time: twice as fast as byte by
 * byte, and this is most of what the runtime adds to the time of the graphs.
 */
function lookUpWords(words: Uint32Array, table: Float32Array, out: Float32Array): void {
  const plane = out.length / CHANNELS;
  const green = plane;
  const blue = 2 * plane;
  for (let w = 0, o = 0; o < plane; w += 3, o += 4) {
    const a = words[w] as number;
    const b = words[w + 1] as number;
    const c = words[w + 2] as number;
    out[o] = table[a & 255] as number;
    out[green + o] = table[256 + ((a >>> 8) & 255)] as number;
    out[blue + o] = table[512 + ((a >>> 16) & 255)] as number;
    out[o + 1] = table[a >>> 24] as number;
    out[green + o + 1] = table[256 + (b & 255)] as number;
    out[blue + o + 1] = table[512 + ((b >>> 8) & 255)] as number;
    out[o + 2] = table[(b >>> 16) & 255] as number;
    out[green + o + 2] = table[256 + (b >>> 24)] as number;
    out[blue + o + 2] = table[512 + (c & 255)] as number;
    out[o + 3] = table[(c >>> 8) & 255] as number;
    out[green + o + 3] = table[256 + ((c >>> 16) & 255)] as number;
    out[blue + o + 3] = table[512 + (c >>> 24)] as number;
  }
}
