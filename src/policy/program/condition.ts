/** Puts the condition vector together: for each time step, oldest first, the named parts in order. */
import { Normalizer } from '../normalizer.js';
import type { ObservationBlock } from '../observation_block.js';
import type { PolicyPackage } from '../package_file.js';
import type { FrameEncoder } from './frame_encoder.js';

/** One part of a time step's condition: a feature of an encoder or a normalised state. */
type Part = { readonly name: string; readonly width: number; readonly normalizer?: Normalizer };

/** Length of each part that the program names, in order. */
export function conditionParts(
  { spec, statistics }: PolicyPackage,
  widths: ReadonlyMap<string, number>,
): readonly Part[] {
  return spec.program.condition.map((name) => {
    const input = spec.observation[name];
    if (input?.type !== 'state') return { name, width: widths.get(name) ?? 0 };
    const width = input.joints.length;
    return {
      name,
      width,
      normalizer: new Normalizer(statistics, name, input.normalization, width),
    };
  });
}

export class ConditionAssembler {
  /** Length of the condition of one candidate. */
  readonly length: number;
  readonly #parts: readonly Part[];
  readonly #encoders: readonly FrameEncoder[];
  readonly #steps: number;

  constructor(parts: readonly Part[], encoders: readonly FrameEncoder[], steps: number) {
    this.#parts = parts;
    this.#encoders = encoders;
    this.#steps = steps;
    this.length = steps * parts.reduce((sum, { width }) => sum + width, 0);
  }

  /** Fills `out`, K copies of the condition one after the other. */
  async assemble(observation: ObservationBlock, out: Float32Array): Promise<void> {
    let at = 0;
    for (let step = 0; step < this.#steps; step++) {
      const features = new Map<string, Float32Array>();
      for (const encoder of this.#encoders) {
        for (const [name, data] of await encoder.features(observation, step)) {
          features.set(name, data);
        }
      }
      for (const { name, width, normalizer } of this.#parts) {
        const part = out.subarray(at, at + width);
        if (normalizer !== undefined) normalizer.normalize(observation.state(name, step), part);
        else part.set(features.get(name) ?? []);
        at += width;
      }
    }
    for (; at < out.length; at += this.length) out.copyWithin(at, 0, this.length);
  }

  /** Sets the named parts of every time step to zero in the rows of `out` from `row` on. */
  drop(names: readonly string[], out: Float32Array, row: number): void {
    for (let at = row * this.length; at < out.length; ) {
      for (const { name, width } of this.#parts) {
        if (names.includes(name)) out.fill(0, at, at + width);
        at += width;
      }
    }
  }
}
