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
  /** Of it, inside session.run, as sinew itself counts it. */
  readonly graphs?: number;
  /** The bare runs done in turn with these chunks. */
  readonly bare?: number;
}

/** As the policy process runs it: features of the earlier time step are kept. */
const SINEW = 'sinew';
const SINEW_ALL = 'sinew, all steps encoded';
const PYTHON = 'python, all steps encoded';

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
  const bare = await BareGraphs.open(source, threads);
  const python = await ChunkReference.start(values.package, threads, values.diffusers);

  /** Chunks with `fresh` time steps to encode, in turn with the same graph runs and nothing else. */
  const own = async (fresh: number): Promise<Round> => {
    const runs = new Map(encoders.map(({ graph }) => [graph, fresh]));
    runs.set(denoiser.graph, program.evaluations);
    const [total, graphs, alone]: [number[], number[], number[]] = [[], [], []];
    for (let i = 0; i < chunks; i++) {
      // Steps that have new stamps are encoded, the others are kept from the chunk before.
      for (let step = observation.steps - fresh; step < observation.steps; step++) {
        for (const key of observation.keys) observation.setStamp(key, step, Math.random());
      }
      await program.infer(observation, noise());
      total.push(program.timing.total);
      graphs.push(program.timing.graphs);
      alone.push(await bare.chunk(runs));
    }
    return { chunk: median(total), graphs: median(graphs), bare: median(alone) };
  };
  const sides: Side<Round>[] = [
    { name: SINEW, measure: () => own(1) },
    { name: SINEW_ALL, measure: () => own(observation.steps) },
    { name: PYTHON, measure: async () => ({ chunk: median(await python.run(chunks)) }) },
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

  const column = (name: string, of: keyof Round) =>
    (results.get(name) ?? []).map((round) => round[of] ?? Number.NaN);
  const ratios = {
    chunk_to_own_runs: ratioOf(column(SINEW, 'chunk'), column(SINEW, 'graphs')),
    chunk_to_bare_runs: ratioOf(column(SINEW, 'chunk'), column(SINEW, 'bare')),
    all_encoded_to_bare_runs: ratioOf(column(SINEW_ALL, 'chunk'), column(SINEW_ALL, 'bare')),
    chunk_to_python: ratioOf(column(SINEW, 'chunk'), column(PYTHON, 'chunk')),
    all_encoded_to_python: ratioOf(column(SINEW_ALL, 'chunk'), column(PYTHON, 'chunk')),
  };
  printTable(
    ['side', 'chunk, ms', 'of rounds from', 'to', 'bare runs, ms'],
    sides.map(({ name }) => {
      const all = column(name, 'chunk');
      const range = [ms(Math.min(...all)), ms(Math.max(...all))];
      return [name, ms(median(all)), ...range, ms(median(column(name, 'bare')))];
    }),
  );
  for (const [name, ratio] of Object.entries(ratios)) {
    console.log(`${name.replaceAll('_', ' ')}: ${ratioText(ratio)}`);
  }
  const aims = [
    { what: 'chunk to bare runs', measured: ratios.chunk_to_bare_runs.median, limit: 1.05 },
    { what: 'chunk to Python', measured: ratios.all_encoded_to_python.median, limit: 1 },
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
      sides.map(({ name }) => [name, Number((median(column(name, 'chunk')) * 1e3).toFixed(3))]),
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
