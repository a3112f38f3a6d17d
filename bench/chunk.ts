/**
 * Time for a chunk: sinew's inference program against the bare sum of the `session.run` calls in it,
 * and against the same graphs run from Python with diffusers' scheduler.
 */
import { parseArgs } from 'node:util';
import { ChunkReference } from './lib/chunk_reference.js';
import { compareWithLerobot, type LerobotResult } from './lib/lerobot_chunks.js';
import { OwnSide } from './lib/own_side.js';
import { aimsJson, machineLine, ms, printAims, printJson, printTable } from './lib/report.js';
import {
  interleave,
  median,
  ratioOf,
  ratioText,
  roundedRatio,
  type Side,
  spread,
} from './lib/rounds.js';

const LEROBOT_CASES = 'diffusion_pusht,act_one_camera';

const HELP = `Usage: npm run bench -- chunk [options]

Time for a chunk: sinew against the bare sum of its session.run calls, and against Python with
onnxruntime and diffusers' scheduler on the same graphs, sides in turn, one thread each. Variants of
the package are sides of their own (models/variants/make_variants.py adds them).

  --package DIR  policy package (default models/so101_pick_flow)
  --rounds N     rounds of each side (default 15)
  --chunks N     chunks a round (default 40)
  --threads N    threads of a graph run (default 1)
  --diffusers    install diffusers and PyTorch into .setup/chunk-venv (about 4 GB) if they are missing;
                 without them, and without SINEW_BENCH_PYTHON, Python steps the sampler in NumPy
  --lerobot      instead, LeRobot's own policy in PyTorch against packages exported from the same
                 checkpoints (random weights); its Python is SINEW_EXPORT_PYTHON, or is installed
                 into .setup/export (about 8 GB)
  --cases A,B    with --lerobot: cases of test/export/cases.py (default ${LEROBOT_CASES})
  --quick        two short rounds, to see that all works

Example:
  npm run bench -- chunk --package models/so101_pick_diffusion
The last line printed is one JSON object.`;

/** Medians of one round, s. */
interface Round {
  readonly chunk: number;
  /** The bare runs done in turn with these chunks. */
  readonly bare?: number;
  /** The sampler's steps with the network in them. */
  readonly loop?: number;
  /** The bare runs of the network. */
  readonly bareLoop?: number;
  /** Of each chunk's sampler steps to the runs in them: what slows the machine slows both. */
  readonly loopToOwn?: number;
}

/** As the policy process runs it: features of the earlier time step are kept. */
const SINEW = 'sinew';
const SINEW_ALL = 'sinew, all steps encoded';
const PYTHON = 'python, all steps encoded';
const variantSide = (name: string) => `sinew, variant ${name}`;

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      package: { type: 'string', default: 'models/so101_pick_flow' },
      rounds: { type: 'string' },
      chunks: { type: 'string' },
      threads: { type: 'string', default: '1' },
      diffusers: { type: 'boolean', default: false },
      lerobot: { type: 'boolean', default: false },
      cases: { type: 'string', default: LEROBOT_CASES },
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
  if (values.lerobot) {
    const names = values.cases.split(',');
    const shorter = { rounds: Math.min(rounds, 7), chunks: Math.min(chunks, 10) };
    await againstLerobot(names, {
      rounds: Number(values.rounds ?? shorter.rounds),
      chunks: Number(values.chunks ?? shorter.chunks),
      threads,
    });
    return;
  }

  const own = await OwnSide.open(values.package, null, threads);
  const { spec, program } = own;
  const variants = await Promise.all(
    Object.keys(spec.variants).map((name) => OwnSide.open(values.package, name, threads)),
  );
  const python = await ChunkReference.start(values.package, threads, values.diffusers);
  const all = spec.horizon.observation;
  const measure = async (side: OwnSide, fresh: number): Promise<Round> => {
    const { total, loop, loopGraphs, bare, bareLoop } = await side.measure(chunks, fresh);
    return {
      chunk: median(total),
      bare: median(bare),
      loop: median(loop),
      bareLoop: median(bareLoop),
      loopToOwn: ratioOf(loop, loopGraphs).median,
    };
  };
  const sides: Side<Round>[] = [
    { name: SINEW, measure: () => measure(own, 1) },
    { name: SINEW_ALL, measure: () => measure(own, all) },
    ...variants.map((side) => ({
      name: variantSide(side.variant),
      measure: () => measure(side, 1),
    })),
    { name: PYTHON, measure: async () => ({ chunk: median(await python.run(chunks)) }) },
  ];

  const difference = await own.difference(python.actions);
  console.log(machineLine());
  console.log(
    `${spec.name}: ${own.sampler.type}, ${program.evaluations} model calls, ${threads} thread(s); ` +
      `Python: onnxruntime ${python.onnxruntime}, ${python.scheduler}; ` +
      `largest difference of the chunks ${difference.toExponential(1)} rad`,
  );
  for (const side of sides) await side.measure(-1);
  const results = await interleave(sides, rounds);
  python.stop();
  await Promise.all([own, ...variants].map((side) => side.program.close()));

  const column = (name: string, of: keyof Round) =>
    (results.get(name) ?? []).map((round) => round[of] ?? Number.NaN);
  const ratios = {
    step_loop_to_own_runs: spread(column(SINEW, 'loopToOwn')),
    step_loop_to_bare_runs: ratioOf(column(SINEW, 'loop'), column(SINEW, 'bareLoop')),
    chunk_to_bare_runs: ratioOf(column(SINEW, 'chunk'), column(SINEW, 'bare')),
    all_encoded_to_bare_runs: ratioOf(column(SINEW_ALL, 'chunk'), column(SINEW_ALL, 'bare')),
    chunk_to_python: ratioOf(column(SINEW, 'chunk'), column(PYTHON, 'chunk')),
    all_encoded_to_python: ratioOf(column(SINEW_ALL, 'chunk'), column(PYTHON, 'chunk')),
  };
  const variantRatios = new Map(
    variants.map(({ variant }) => [
      variant,
      ratioOf(column(variantSide(variant), 'chunk'), column(SINEW, 'bare')),
    ]),
  );
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
  for (const [name, ratio] of variantRatios) {
    console.log(`variant ${name} to the plain bare runs: ${ratioText(ratio)}`);
  }
  const aims = [
    {
      what: 'step loop to its own runs',
      measured: ratios.step_loop_to_own_runs.median,
      limit: 1.03,
    },
    { what: 'chunk to bare runs', measured: ratios.chunk_to_bare_runs.median, limit: 1.05 },
    { what: 'chunk to Python', measured: ratios.all_encoded_to_python.median, limit: 1 },
    ...[...variantRatios]
      .filter(([name]) => name === 'folded')
      .map(([name, ratio]) => ({
        what: `variant ${name} to the plain bare runs`,
        measured: ratio.median,
        limit: 0.7,
      })),
  ];
  printAims(aims);
  printJson({
    bench: 'chunk',
    package: spec.name,
    sampler: { type: own.sampler.type, model_calls: program.evaluations },
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
    variants_to_plain_bare_runs: Object.fromEntries(
      [...variantRatios].map(([name, ratio]) => [name, roundedRatio(ratio)]),
    ),
    aims: aimsJson(aims),
  });
}

/** The comparison with LeRobot: a table a case, then the aims. */
async function againstLerobot(
  names: readonly string[],
  settings: { rounds: number; chunks: number; threads: number },
): Promise<void> {
  console.log(machineLine());
  const results: LerobotResult[] = [];
  for (const name of names) {
    results.push(await compareWithLerobot({ name, ...settings }));
    console.log();
  }
  const aims = results.flatMap((result) => result.aims);
  printAims(aims);
  const cases = results.map(({ aims: _, ...rest }) => rest);
  printJson({ bench: 'chunk', lerobot: true, ...settings, cases, aims: aimsJson(aims) });
}

await run(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`bench chunk: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
