/**
 * From K sampled chunks to the actions that are given: the best of them by the package's scores,
 * corrected by its residual, held to its range and brought back to rad.
 */
import type { InferenceSession } from 'onnxruntime-node';
import type { Normalizer } from '../normalizer.js';
import type { PolicyPackage } from '../package_file.js';
import { ActionGraph, addBounded, bestOf, clip } from './action_graph.js';
import { CandidateSpread } from './candidate_spread.js';
import { type SampleShape, takeChunk } from './sample_shape.js';

/** What it reads and writes, made once. */
export interface ChoiceBuffers {
  readonly shape: SampleShape;
  readonly normalizer: Normalizer;
  /** Normalised, [K, steps, width]. */
  readonly samples: Float32Array;
  /** [K, C] */
  readonly condition: Float32Array;
  /** [prediction, joints]; rewritten by each run. */
  readonly actions: Float32Array;
}

export class ChunkChoice {
  /** The package's score of the chosen chunk; NaN without a scoring graph. */
  score = Number.NaN;
  readonly #buffers: ChoiceBuffers;
  readonly #scoring: ActionGraph | null;
  readonly #residual: { readonly stage: ActionGraph; readonly bound: number } | null;
  readonly #clip: number | null;
  readonly #spread: CandidateSpread;

  constructor(
    { spec }: Pick<PolicyPackage, 'spec'>,
    session: (name: string) => InferenceSession,
    buffers: ChoiceBuffers,
  ) {
    const { program, horizon, action } = spec;
    const { shape, normalizer, samples, condition, actions } = buffers;
    const { batch, steps, width } = shape;
    this.#buffers = buffers;
    this.#clip = action.clip;
    this.#spread = new CandidateSpread(shape, normalizer, horizon.prediction, action.clip);
    this.#scoring =
      program.scoring &&
      new ActionGraph(
        session(program.scoring.graph),
        program.scoring,
        samples,
        [batch, steps, width],
        condition,
        [batch],
      );
    const chunk = [1, horizon.prediction, action.joints.length] as const;
    this.#residual = program.residual && {
      bound: program.residual.bound,
      stage: new ActionGraph(
        session(program.residual.graph),
        program.residual,
        actions,
        chunk,
        condition.subarray(0, condition.length / batch),
        chunk,
      ),
    };
  }

  /** The graphs that it runs. */
  get stages(): (ActionGraph | undefined)[] {
    return [this.#scoring ?? undefined, this.#residual?.stage];
  }

  /** Spread of the candidates, rad; NaN where there is one. */
  get spread(): number {
    return this.#spread.of(this.#buffers.samples);
  }

  /** Fills `actions` from `samples`. */
  async run(): Promise<void> {
    const { shape, normalizer, samples, actions } = this.#buffers;
    let chosen = 0;
    if (this.#scoring !== null) {
      await this.#scoring.graph.run();
      chosen = bestOf(this.#scoring.output);
      this.score = this.#scoring.output[chosen] ?? Number.NaN;
    }
    takeChunk(samples, shape, chosen, normalizer.size, actions);
    if (this.#residual !== null) {
      await this.#residual.stage.graph.run();
      addBounded(actions, this.#residual.stage.output, this.#residual.bound);
    }
    if (this.#clip !== null) clip(actions, this.#clip);
    normalizer.denormalize(actions);
  }
}
