/**
 * One observation with its history in one block of memory, which threads may share: for each time
 * step (oldest first) the raw picture of every camera, the joint positions, and the stamps.
 */
import { SinewError } from '../core/error.js';
import type { PolicyPackageJson } from './package_schema.js';

interface Stream {
  readonly key: string;
  readonly type: 'image' | 'state';
  /** Bytes of one time step. */
  readonly bytes: number;
  readonly offset: number;
}

const align8 = (bytes: number): number => Math.ceil(bytes / 8) * 8;

export class ObservationBlock {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
  /** Time steps, newest last. */
  readonly steps: number;
  readonly #streams = new Map<string, Stream>();
  readonly #stamps: Float64Array;
  readonly #index: readonly string[];

  /** @param buffer memory of a block made from the same package, to see the same observation */
  constructor(
    spec: Pick<PolicyPackageJson, 'observation' | 'horizon'>,
    buffer?: ArrayBuffer | SharedArrayBuffer,
  ) {
    this.steps = spec.horizon.observation;
    this.#index = Object.keys(spec.observation);
    let offset = this.#index.length * this.steps * 8;
    for (const [key, input] of Object.entries(spec.observation)) {
      const bytes =
        input.type === 'state'
          ? input.joints.length * 8
          : input.source.height * input.source.width * 3;
      this.#streams.set(key, { key, type: input.type, bytes, offset });
      offset += align8(bytes) * this.steps;
    }
    this.buffer = buffer ?? new SharedArrayBuffer(offset);
    if (this.buffer.byteLength !== offset) {
      throw new SinewError(`observation block of ${this.buffer.byteLength} bytes`, {
        expected: `${offset} bytes for this package`,
      });
    }
    this.#stamps = new Float64Array(this.buffer, 0, this.#index.length * this.steps);
  }

  /** Names of the observations. */
  get keys(): readonly string[] {
    return this.#index;
  }

  /** The picture of `key` at `step`: 8-bit, rows of RGB (or as declared) pixels. */
  image(key: string, step: number): Uint8Array {
    const stream = this.#stream(key, 'image');
    return new Uint8Array(this.buffer, this.#place(stream, step), stream.bytes);
  }

  /** The joint positions of `key` at `step`, rad, in the order that the package declares. */
  state(key: string, step: number): Float64Array {
    const stream = this.#stream(key, 'state');
    return new Float64Array(this.buffer, this.#place(stream, step), stream.bytes / 8);
  }

  /** When the data of `key` at `step` was taken, s. */
  stamp(key: string, step: number): number {
    return this.#stamps[this.#index.indexOf(key) * this.steps + step] ?? Number.NaN;
  }

  setStamp(key: string, step: number, seconds: number): void {
    this.#stamps[this.#index.indexOf(key) * this.steps + step] = seconds;
  }

  #stream(key: string, type: Stream['type']): Stream {
    const stream = this.#streams.get(key);
    if (stream?.type === type) return stream;
    throw new SinewError(`no ${type} "${key}" in the observation`, {
      expected: this.#index.join(', '),
    });
  }

  #place({ offset, bytes }: Stream, step: number): number {
    if (step < 0 || step >= this.steps) throw new RangeError(`no time step ${step}`);
    return offset + step * align8(bytes);
  }
}
