/**
 * Runs an encoder graph on one time step at a time and keeps the features by the stamps of what
 * they were computed from, so that the history is not encoded again for every chunk.
 */
import type { InferenceSession } from 'onnxruntime-node';
import { BoundGraph, floats, zeros } from '../graph_session.js';
import { ImagePreprocessor } from '../image_preprocessor.js';
import { Normalizer } from '../normalizer.js';
import type { ObservationBlock } from '../observation_block.js';
import type { PolicyPackage } from '../package_file.js';
import type { ProgramSpec } from '../package_schema.js';

type EncoderSpec = ProgramSpec['encoders'][number];
type Load = (observation: ObservationBlock, step: number) => void;

interface CacheEntry {
  stamps: readonly number[];
  readonly features: ReadonlyMap<string, Float32Array>;
}

export class FrameEncoder {
  readonly graph: BoundGraph;
  readonly #keys: readonly string[];
  readonly #loads: Load[] = [];
  readonly #outputs: ReadonlyMap<string, Float32Array>;
  readonly #cache: CacheEntry[] = [];
  readonly #capacity: number;

  /** @param widths length of each feature, by its name */
  constructor(
    session: InferenceSession,
    spec: EncoderSpec,
    source: PolicyPackage,
    widths: ReadonlyMap<string, number>,
  ) {
    this.#keys = Object.values(spec.inputs);
    this.#capacity = source.spec.horizon.observation + 1;
    const feeds = Object.fromEntries(
      Object.entries(spec.inputs).map(([input, key]) => [input, this.#input(key, source)]),
    );
    const fetches = Object.fromEntries(
      Object.entries(spec.outputs).map(([output, name]) => [
        output,
        zeros([1, widths.get(name) ?? 0]),
      ]),
    );
    this.graph = new BoundGraph(session, feeds, fetches);
    this.#outputs = new Map(
      Object.entries(spec.outputs).map(([output, name]) => {
        const tensor = fetches[output];
        return [name, tensor === undefined ? new Float32Array() : floats(tensor)];
      }),
    );
  }

  /** Features of time step `step`, by name; valid until the next reset or `capacity` new steps. */
  async features(
    observation: ObservationBlock,
    step: number,
  ): Promise<ReadonlyMap<string, Float32Array>> {
    const stamps = this.#keys.map((key) => observation.stamp(key, step));
    const found = this.#cache.findIndex((entry) =>
      entry.stamps.every((stamp, i) => stamp === stamps[i]),
    );
    // A block without stamps (NaN) equals nothing and is always encoded.
    const entry =
      found >= 0 ? this.#cache.splice(found, 1)[0] : await this.#encode(observation, step);
    if (entry === undefined) throw new RangeError('unreachable: the cache lost an entry');
    entry.stamps = stamps;
    this.#cache.push(entry);
    return entry.features;
  }

  /** Forgets all features: stamps may repeat after a reset of the simulated time. */
  reset(): void {
    for (const entry of this.#cache) entry.stamps = entry.stamps.map(() => Number.NaN);
  }

  async #encode(observation: ObservationBlock, step: number): Promise<CacheEntry> {
    for (const load of this.#loads) load(observation, step);
    await this.graph.run();
    const reused = this.#cache.length >= this.#capacity ? this.#cache.shift() : undefined;
    const features =
      reused?.features ??
      new Map([...this.#outputs].map(([name, data]) => [name, new Float32Array(data.length)]));
    for (const [name, data] of this.#outputs) features.get(name)?.set(data);
    return { stamps: [], features };
  }

  /** Makes the input tensor of `key` and remembers how to fill it. */
  #input(key: string, { spec, statistics }: PolicyPackage): ReturnType<typeof zeros> {
    const input = spec.observation[key];
    if (input?.type === 'image') {
      const preprocessor = new ImagePreprocessor(input, statistics, key);
      const tensor = zeros([1, 3, preprocessor.height, preprocessor.width]);
      const data = floats(tensor);
      this.#loads.push((block, step) => preprocessor.run(block.image(key, step), data));
      return tensor;
    }
    const joints = input?.joints.length ?? 0;
    const normalizer = new Normalizer(statistics, key, input?.normalization ?? 'identity', joints);
    const tensor = zeros([1, joints]);
    const data = floats(tensor);
    this.#loads.push((block, step) => normalizer.normalize(block.state(key, step), data));
    return tensor;
  }
}
