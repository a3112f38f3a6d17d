/**
 * Time and memory of a tick of the safety filter, over robots and collision pairs of all sizes, and
 * its quadratic programs against quadprog and ProxSuite.
 */
import { parseArgs } from 'node:util';
import { type BenchRobot, benchRobot } from './lib/filter_robot.js';
import { FilterRun, type Motion, OwnSolver, type RecordedProgram } from './lib/filter_run.js';
import { QpReference, SOLVERS, type SolverName } from './lib/qp_reference.js';
import { type Aim, aimsJson, machineLine, printAims, printJson, printTable } from './lib/report.js';
import { interleave, median, ratioOf, ratioText, roundedRatio, type Side } from './lib/rounds.js';

const HELP = `Usage: npm run bench -- filter [options]

Microseconds and bytes of a tick of the safety filter at 6, 7, 14 and 28 joints with 0, 10, 50 and 400
collision pairs: in free motion, and crossing through poses where links would collide; at the sizes
with an aim, crossing on an energy budget too. Then the quadratic programs of the crossing runs, by
sinew and by quadprog and ProxSuite in Python.

  --joints LIST  numbers of joints (default 6,7,14,28)
  --pairs LIST   numbers of collision pairs (default 0,10,50,400)
  --rounds N     rounds of each (default 5)
  --ticks N      ticks a round (default 3000)
  --programs N   programs of each size, at most (default 200)
  --no-python    leave the other solvers out
  --quick        one short round of small sizes, to see that all works

Example:
  npm run bench -- filter --joints 7 --pairs 50
The last line printed is one JSON object.`;

/** Sizes whose programs other solvers get. */
const COMPARED = [
  { joints: 7, pairs: 50 },
  { joints: 28, pairs: 400 },
] as const;
/** Sizes with an aim, and the greatest p99, µs. */
const AIMS = [
  { joints: 7, pairs: 50, p99: 100 },
  { joints: 28, pairs: 400, p99: 1000 },
] as const;
const hasAim = (robot: { joints: number; pairs: number }) =>
  AIMS.some(({ joints, pairs }) => joints === robot.joints && pairs === robot.pairs);

/** What a robot does. */
function motionsOf(robot: BenchRobot): Motion[] {
  return ['free', 'crossing', ...(hasAim(robot) ? (['budget'] as const) : [])];
}

/** Greatest difference of two solvers' solutions. */
const AGREEMENT = 1e-6;

/** Of one round: µs. */
interface Times {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Share of ticks whose step a quadratic program found, and their times. */
  readonly share: number;
  readonly programP50: number;
  readonly programP99: number;
}

interface Measured {
  readonly robot: BenchRobot;
  readonly motion: Motion;
  readonly times: Times;
  readonly bytes: number;
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

function timesOf(run: FilterRun): Times {
  const { times, programs } = run.time();
  const hard = times.filter((_, i) => programs[i] === 1).sort();
  const all = times.sort();
  return {
    p50: quantile(all, 0.5),
    p99: quantile(all, 0.99),
    max: quantile(all, 1),
    share: hard.length / all.length,
    programP50: quantile(hard, 0.5),
    programP99: quantile(hard, 0.99),
  };
}

/** The median over rounds, number by number. */
function middle(rounds: readonly Times[]): Times {
  const of = (name: keyof Times) => median(rounds.map((round) => round[name]));
  return {
    p50: of('p50'),
    p99: of('p99'),
    max: of('max'),
    share: of('share'),
    programP50: of('programP50'),
    programP99: of('programP99'),
  };
}

const us = (value: number) => (Number.isNaN(value) ? '–' : value.toFixed(1));
const rounded = (value: number) => (Number.isNaN(value) ? null : Number(value.toFixed(2)));

async function measureTicks(
  robots: readonly BenchRobot[],
  rounds: number,
  ticks: number,
): Promise<Measured[]> {
  const cases = robots.flatMap((robot) =>
    motionsOf(robot).map((motion) => {
      const run = new FilterRun(robot, motion, ticks);
      return { name: `${robot.joints}/${robot.pairs} ${motion}`, robot, motion, run };
    }),
  );
  for (const { run } of cases) for (let i = 0; i < 2; i++) run.time();
  const sides: Side<Times>[] = cases.map(({ name, run }) => ({
    name,
    measure: async () => timesOf(run),
  }));
  const results = await interleave(sides, rounds);
  return cases.map(({ name, robot, motion, run }) => ({
    robot,
    motion,
    times: middle(results.get(name) ?? []),
    bytes: run.bytes(),
  }));
}

interface Comparison {
  readonly name: string;
  readonly programs: number;
  readonly rows: number;
  readonly iterations: number;
  /** Median µs of a program, by solver. */
  readonly us: Readonly<Record<string, number>>;
  /** Programs that a solver called infeasible, by solver. */
  readonly unsolved: Readonly<Record<string, number>>;
  readonly difference: number;
  readonly toFaster: ReturnType<typeof ratioOf>;
  readonly versions: string;
}

/** Greatest difference of a solver's solutions from ours. */
function differenceOf(
  problems: readonly RecordedProgram[],
  solutions: readonly (readonly number[] | null)[],
): number {
  return problems.reduce((worst, { x }, i) => {
    const other = solutions[i];
    if (other === null || other === undefined) return worst;
    return x.reduce((most, value, j) => Math.max(most, Math.abs(value - (other[j] ?? 0))), worst);
  }, 0);
}

async function compare(
  name: string,
  problems: readonly RecordedProgram[],
  rounds: number,
): Promise<Comparison> {
  const own = new OwnSolver(problems);
  const python = await QpReference.start(problems);
  const { reference } = python;
  for (let i = 0; i < 100; i++) own.time();
  const times = (solver: SolverName): Side<number> => ({
    name: solver,
    measure: async () => median((await python.run(solver)).filter((value) => value !== null)),
  });
  const sides: Side<number>[] = [
    { name: 'sinew', measure: async () => median(own.time()) },
    ...SOLVERS.map(times),
  ];
  const results = await interleave(sides, rounds);
  python.stop();
  const us = Object.fromEntries([...results].map(([solver, all]) => [solver, median(all)]));
  const faster = SOLVERS.reduce((best, solver) =>
    (us[solver] ?? Infinity) < (us[best] ?? Infinity) ? solver : best,
  );
  return {
    name,
    programs: problems.length,
    rows: median(problems.map(({ bounds }) => bounds.length)),
    iterations: median(problems.map(({ iterations }) => iterations)),
    us,
    unsolved: Object.fromEntries(
      SOLVERS.map((solver) => [
        solver,
        reference[solver].solutions.filter((solution) => solution === null).length,
      ]),
    ),
    difference: Math.max(
      ...SOLVERS.map((solver) => differenceOf(problems, reference[solver].solutions)),
    ),
    toFaster: ratioOf(results.get('sinew') ?? [], results.get(faster) ?? []),
    versions: SOLVERS.map((solver) => `${solver} ${reference[solver].version}`).join(', '),
  };
}

function report(measured: readonly Measured[]): void {
  printTable(
    ['joints/pairs, motion', 'p50, µs', 'p99', 'max', 'by program', 'p50', 'p99', 'bytes/tick'],
    measured.map(({ robot, motion, times, bytes }) => [
      `${robot.joints}/${robot.pairs} ${motion}`,
      us(times.p50),
      us(times.p99),
      us(times.max),
      `${(100 * times.share).toFixed(0)} %`,
      us(times.programP50),
      us(times.programP99),
      bytes.toFixed(1),
    ]),
  );
}

function reportPrograms(compared: readonly Comparison[]): void {
  if (compared.length === 0) return;
  console.log(`\nquadratic programs, median µs; ${compared[0]?.versions}`);
  printTable(
    ['joints/pairs', 'programs', 'rows', 'iterations', 'sinew', ...SOLVERS, 'greatest difference'],
    compared.map(({ name, programs, rows, iterations, us: times, difference }) => [
      name,
      String(programs),
      String(rows),
      String(iterations),
      us(times.sinew ?? Number.NaN),
      ...SOLVERS.map((solver) => us(times[solver] ?? Number.NaN)),
      difference.toExponential(1),
    ]),
  );
  for (const { name, toFaster, unsolved } of compared) {
    const refused = SOLVERS.filter((solver) => (unsolved[solver] ?? 0) > 0);
    const note = refused.map((solver) => `; ${solver} solved all but ${unsolved[solver]}`).join('');
    console.log(`${name}: sinew to the faster of them: ${ratioText(toFaster)}${note}`);
  }
}

function aimsOf(measured: readonly Measured[], compared: readonly Comparison[]): Aim[] {
  const aims: Aim[] = [];
  for (const { joints, pairs, p99 } of AIMS) {
    for (const { robot, motion, times } of measured) {
      if (robot.joints !== joints || robot.pairs !== pairs) continue;
      const what = `p99 at ${joints} joints, ${pairs} pairs, ${motion}`;
      aims.push({ what, measured: times.p99, limit: p99, unit: 'µs' });
    }
  }
  const bytes = Math.max(...measured.map((one) => one.bytes));
  aims.push({ what: 'allocated in a tick', measured: bytes, limit: 1, unit: 'bytes' });
  for (const { name, toFaster, difference } of compared) {
    const what = `programs of ${name} to the faster solver`;
    aims.push({ what, measured: toFaster.median, limit: 1 });
    aims.push({ what: `difference, 1e-6, ${name}`, measured: difference / AGREEMENT, limit: 1 });
  }
  return aims;
}

const listOf = (text: string) => text.split(',').map(Number);

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      joints: { type: 'string' },
      pairs: { type: 'string' },
      rounds: { type: 'string' },
      ticks: { type: 'string' },
      programs: { type: 'string', default: '200' },
      'no-python': { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const joints = listOf(values.joints ?? (values.quick ? '7' : '6,7,14,28'));
  const pairs = listOf(values.pairs ?? (values.quick ? '0,50' : '0,10,50,400'));
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
  const ticks = Number(values.ticks ?? (values.quick ? 800 : 3000));

  console.log(machineLine());
  const robots = joints.flatMap((n) => pairs.map((count) => benchRobot(n, count)));
  const measured = await measureTicks(robots, rounds, ticks);
  report(measured);

  const compared: Comparison[] = [];
  for (const size of values['no-python'] ? [] : COMPARED) {
    const robot = robots.find((one) => one.joints === size.joints && one.pairs === size.pairs);
    if (robot === undefined) continue;
    const problems = new FilterRun(robot, 'crossing', ticks).programs(Number(values.programs));
    if (problems.length === 0) continue;
    compared.push(await compare(`${size.joints}/${size.pairs}`, problems, rounds));
  }
  reportPrograms(compared);
  const aims = aimsOf(measured, compared);
  printAims(aims);
  printJson({
    bench: 'filter',
    rounds,
    ticks,
    sizes: measured.map(({ robot, motion, times, bytes }) => ({
      joints: robot.joints,
      pairs: robot.pairs,
      motion,
      us: { p50: rounded(times.p50), p99: rounded(times.p99), max: rounded(times.max) },
      by_program: {
        share: rounded(times.share),
        p50_us: rounded(times.programP50),
        p99_us: rounded(times.programP99),
      },
      bytes_per_tick: rounded(bytes),
    })),
    programs: compared.map(({ us: times, toFaster, ...rest }) => ({
      ...rest,
      us: Object.fromEntries(
        Object.entries(times).map(([solver, value]) => [solver, rounded(value)]),
      ),
      toFaster: roundedRatio(toFaster),
    })),
    aims: aimsJson(aims),
  });
}

await run(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`bench filter: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
