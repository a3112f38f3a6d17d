/** sinew's side of the chunk benchmark: a package or a variant of it, and the bare runs in it. */
import { loadPackage, type PolicyPackage } from '../../src/policy/package_file.js';
import { type OpenParity, openParity } from '../../src/policy/parity.js';
import type { SamplerSpec } from '../../src/policy/sampler_schema.js';
import { overrideSampler } from '../../src/policy/samplers/create_sampler.js';
import { BareGraphs } from './bare_graphs.js';

/** Times of single chunks, s. */
export interface Times {
  readonly total: number[];
  /** Of it, inside session.run, as sinew itself counts it. */
  readonly graphs: number[];
  /** The same graph runs and nothing else, in turn with the chunks. */
  readonly bare: number[];
}

export class OwnSide {
  /** Name of the variant; empty for the package itself. */
  readonly variant: string;
  readonly spec: PolicyPackage['spec'];
  readonly sampler: SamplerSpec;
  readonly graphs: PolicyPackage['graphs'];
  readonly #fixture: OpenParity;
  readonly #bare: BareGraphs;

  private constructor(source: PolicyPackage, fixture: OpenParity, bare: BareGraphs) {
    this.variant = source.variant ?? '';
    this.spec = source.spec;
    this.graphs = source.graphs;
    this.sampler = overrideSampler(source.spec.program.sampler, fixture.sampler);
    this.#fixture = fixture;
    this.#bare = bare;
  }

  static async open(dir: string, variant: string | null, threads: number): Promise<OwnSide> {
    const source = loadPackage(dir, variant);
    const fixture = await openParity(source, { threads });
    return new OwnSide(source, fixture, await BareGraphs.open(source, threads));
  }

  get program(): OpenParity['program'] {
    return this.#fixture.program;
  }

  /** Largest difference of the fixture's chunk from `expected`, rad. */
  async difference(expected: readonly number[]): Promise<number> {
    const { observation, noise, program } = this.#fixture;
    const chunk = await program.infer(observation, noise());
    return chunk.reduce(
      (worst, value, i) => Math.max(worst, Math.abs(value - (expected[i] ?? Number.NaN))),
      0,
    );
  }

  /**
   * `chunks` chunks with `fresh` time steps to encode each.
   *
   * @param bareRuns whether the bare runs are measured in turn with them
   */
  async measure(chunks: number, fresh: number, bareRuns = true): Promise<Times> {
    const { observation, noise, program } = this.#fixture;
    const { encoders, context, denoiser } = this.spec.program;
    const runs = new Map(encoders.map(({ graph }) => [graph, fresh]));
    for (const { graph } of context) runs.set(graph, 1);
    runs.set(denoiser.graph, program.evaluations);
    const times: Times = { total: [], graphs: [], bare: [] };
    for (let i = 0; i < chunks; i++) {
      // Steps that have new stamps are encoded, the others are kept from the chunk before.
      for (let step = observation.steps - fresh; step < observation.steps; step++) {
        for (const key of observation.keys) observation.setStamp(key, step, Math.random());
      }
      await program.infer(observation, noise());
      times.total.push(program.timing.total);
      times.graphs.push(program.timing.graphs);
      if (bareRuns) times.bare.push(await this.#bare.chunk(runs));
    }
    return times;
  }
}
