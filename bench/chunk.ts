/**
 * Time for a chunk: sinew's inference program against the bare sum of the `session.run` calls in it,
 * and against the same graphs run from Python with diffusers' scheduler.
 */
import { parseArgs } from 'node:util';
import { loadPackage } from '../src/policy/package_file.js';
import { openParity } from '../src/policy/parity.js';
import { overrideSampler } from '../src/policy/samplers/create_sampler.js';
import { BareGraphs } from './lib/bare_graphs.js';
import { ChunkReference } from './lib/chunk_reference.js';
import { aimsJson, machineLine, ms, printAims, printJson, printTable } from './lib/report.js';
import { interleave, median, ratioOf, ratioText, roundedRatio, type Side } from './lib/rounds.js';

const HELP = `Usage: npm run bench -- chunk [options]

Time for a chunk: sinew against the bare sum of its session.run calls, and against Python with
onnxruntime and diffusers' scheduler on the same graphs, sides in turn, one thread each.

  --package DIR  policy package (default models/so101_pick_flow)
  --rounds N     rounds of each side (default 15)
  --chunks N     chunks a round (default 40)
  --threads N    threads of a graph run (default 1)
  --diffusers    install diffusers and PyTorch into .setup/chunk-venv (about 4 GB) if they are missing;
                 without them, and without SINEW_BENCH_PYTHON, Python steps the sampler in NumPy
  --quick        two short rounds, to see that all works

Example:
  npm run bench -- chunk --package models/so101_pick_diffusion
The last line printed is one JSON object.`;

/** Medians of one round, s. */
interface Round {
  readonly chunk: number;
  /** Of sinew's own chunks: the share inside session.run. */
  readonly graphs?: number;
}

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      package: { type: 'string', default: 'models/so101_pick_flow' },
      rounds: { type: 'string' },
      chunks: { type: 'string' },
      threads: { type: 'string', default: '1' },
      diffusers: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const rounds = Number(values.rounds ?? (values.quick ? 2 : 15));
  const chunks = Number(values.chunks ?? (values.quick ? 5 : 40));
  const threads = Number(values.threads);

  const source = loadPackage(values.package);
  const { spec } = source;
  const fixture = await openParity(source, { threads });
  const { program, observation, noise } = fixture;
  const { encoders, denoiser } = spec.program;
  const sampler = overrideSampler(spec.program.sampler, fixture.sampler);
  const runs = new Map(encoders.map(({ graph }) => [graph, spec.horizon.observation]));
  runs.set(denoiser.graph, program.evaluations);
  const bare = await BareGraphs.open(source, threads, runs);
  const python = await ChunkReference.start(values.package, threads, values.diffusers);

  const own = async (keep: number): Promise<Round> => {
    const [total, graphs]: [number[], number[]] = [[], []];
    for (let i = 0; i < chunks; i++) {
      // Steps that have new stamps are encoded, the others are kept from the chunk before.
      for (let step = keep; step < observation.steps; step++) {
        for (const key of observation.keys) observation.setStamp(key, step, Math.random());
      }
      await program.infer(observation, noise());
      total.push(program.timing.total);
      graphs.push(program.timing.graphs);
    }
    return { chunk: median(total), graphs: median(graphs) };
  };
  const sides: Side<Round>[] = [
    { name: 'sinew', measure: () => own(0) },
    {
      name: 'bare',
      measure: async () => {
        const sums: number[] = [];
        for (let i = 0; i < chunks; i++) sums.push(await bare.chunk());
        return { chunk: median(sums) };
      },
    },
    { name: 'python', measure: async () => ({ chunk: median(await python.run(chunks)) }) },
    { name: 'sinew, history kept', measure: () => own(observation.steps - 1) },
  ];

  const chunk = Float32Array.from(await program.infer(observation, noise()));
  const difference = chunk.reduce(
    (worst, value, i) => Math.max(worst, Math.abs(value - (python.actions[i] ?? Number.NaN))),
    0,
  );
  console.log(machineLine());
  console.log(
    `${spec.name}: ${sampler.type}, ${program.evaluations} model calls, ${threads} thread(s); ` +
      `Python: onnxruntime ${python.onnxruntime}, ${python.scheduler}; ` +
      `largest difference of the chunks ${difference.toExponential(1)} rad`,
  );
  for (const side of sides) await side.measure(-1);
  const results = await interleave(sides, rounds);
  python.stop();
  await program.close();

  const times = (name: string) => (results.get(name) ?? []).map((round) => round.chunk);
  const sinew = results.get('sinew') ?? [];
  const inside = sinew.map(({ graphs }) => graphs ?? Number.NaN);
  const ratios = {
    sinew_to_own_runs: ratioOf(times('sinew'), inside),
    sinew_to_bare: ratioOf(times('sinew'), times('bare')),
    sinew_to_python: ratioOf(times('sinew'), times('python')),
    kept_to_python: ratioOf(times('sinew, history kept'), times('python')),
  };
  printTable(
    ['side', 'median, ms', 'of rounds from', 'to'],
    sides.map(({ name }) => {
      const all = times(name);
      return [name, ms(median(all)), ms(Math.min(...all)), ms(Math.max(...all))];
    }),
  );
  for (const [name, ratio] of Object.entries(ratios)) {
    console.log(`${name.replaceAll('_', ' ')}: ${ratioText(ratio)}`);
  }
  const aims = [
    { what: 'chunk to session.run in it', measured: ratios.sinew_to_own_runs.median, limit: 1.05 },
    { what: 'chunk to bare session.run', measured: ratios.sinew_to_bare.median, limit: 1.05 },
    { what: 'chunk to Python', measured: ratios.sinew_to_python.median, limit: 1 },
  ];
  printAims(aims);
  printJson({
    bench: 'chunk',
    package: spec.name,
    sampler: { type: sampler.type, model_calls: program.evaluations },
    threads,
    rounds,
    chunks,
    python: { onnxruntime: python.onnxruntime, scheduler: python.scheduler },
    chunk_difference_rad: difference,
    median_ms: Object.fromEntries(
      sides.map(({ name }) => [name, Number((median(times(name)) * 1e3).toFixed(3))]),
    ),
    ratios: Object.fromEntries(
      Object.entries(ratios).map(([name, ratio]) => [name, roundedRatio(ratio)]),
    ),
    aims: aimsJson(aims),
  });
}

await run(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`bench chunk: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
