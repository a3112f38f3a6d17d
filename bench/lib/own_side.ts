/** sinew's side of the chunk benchmark: a package or a variant of it, and the bare runs in it. */
import { loadPackage, type PolicyPackage } from '../../src/policy/package_file.js';
import { type OpenParity, openParity } from '../../src/policy/parity.js';
import type { SamplerSpec } from '../../src/policy/sampler_schema.js';
import { overrideSampler } from '../../src/policy/samplers/create_sampler.js';
import { BareGraphs } from './bare_graphs.js';

/** Times of single chunks, s. */
export interface Times {
  readonly total: number[];
  /** Of it, the sampler's steps with the network in them. */
  readonly loop: number[];
  /** Of that, inside session.run, as sinew itself counts it. */
  readonly loopGraphs: number[];
  /** The same graph runs and nothing else, in turn with the chunks. */
  readonly bare: number[];
  /** Of it, those of the network. */
  readonly bareLoop: number[];
}

export class OwnSide {
  /** Name of the variant; empty for the package itself. */
  readonly variant: string;
  readonly spec: PolicyPackage['spec'];
  readonly sampler: SamplerSpec;
  readonly #fixture: OpenParity;
  readonly #bare: BareGraphs;

  private constructor(source: PolicyPackage, fixture: OpenParity, bare: BareGraphs) {
    this.variant = source.variant ?? '';
    this.spec = source.spec;
    this.sampler = overrideSampler(source.spec.program.sampler, fixture.sampler);
    this.#fixture = fixture;
    this.#bare = bare;
  }

  static async open(dir: string, variant: string | null, threads: number): Promise<OwnSide> {
    const source = loadPackage(dir, variant);
    const fixture = await openParity(source, { threads });
    return new OwnSide(source, fixture, new BareGraphs(fixture.program.sessions));
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
   * @param bareRuns whether the bare runs are measured in turn with them, first of every other pair
   */
  async measure(chunks: number, fresh: number, bareRuns = true): Promise<Times> {
    const { observation, noise, program } = this.#fixture;
    const times: Times = { total: [], loop: [], loopGraphs: [], bare: [], bareLoop: [] };
    for (let i = 0; i < chunks; i++) {
      if (bareRuns && i % 2 === 1) await this.#runBare(fresh, times);
      // Steps that have new stamps are encoded, the others are kept from the chunk before.
      for (let step = observation.steps - fresh; step < observation.steps; step++) {
        for (const key of observation.keys) observation.setStamp(key, step, Math.random());
      }
      await program.infer(observation, noise());
      times.total.push(program.timing.total);
      times.loop.push(program.timing.loop);
      times.loopGraphs.push(program.timing.loopGraphs);
      if (bareRuns && i % 2 === 0) await this.#runBare(fresh, times);
    }
    return times;
  }

  async #runBare(fresh: number, { bare, bareLoop }: Times): Promise<void> {
    const { encoders, context, denoiser } = this.spec.program;
    let before = 0;
    for (const { graph } of encoders) before += await this.#bare.run(graph, fresh);
    for (const { graph } of context) before += await this.#bare.run(graph, 1);
    const loop = await this.#bare.run(denoiser.graph, this.program.evaluations);
    bare.push(before + loop);
    bareLoop.push(loop);
  }
}
