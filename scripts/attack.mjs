// Attacks the safety filter for a million ticks: `npm run build && node scripts/attack.mjs`. Options:
//   --ticks N      ticks in all, default 1000000
//   --seed N       first seed, default random; shown, so that a run can be repeated
//   --robots LIST  "random" and names of files in config/, default random and all robots there
//   --workers N    threads that share the cases, default 2; which cases there are depends on it
// Cases that fail are appended to test/safety/regressions.json, which the tests replay from then on.
import { readFileSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** Ticks of one case: long enough to get into trouble and out of it again. */
const CASE_TICKS = 1000;
/** Cases on random robots for each one on a profile. */
const RANDOM_SHARE = 4;
/** What rounds of all robots add to their attacks, in turn; nothing in half of them. */
const VARIANTS = [undefined, 'outside', undefined, 'energy'];

const file = new URL('../test/safety/regressions.json', import.meta.url);

/** Runs every `stride`th case from `seed` on, until there were `ticks`; tells of each. */
async function attack({ robots, first, seed, stride, ticks: wanted }) {
  register('./typescript_hooks.mjs', import.meta.url);
  const { runAttack } = await import('../test/safety/attack_run.ts');
  const { robotProfiles } = await import('../test/description/profiles.ts');
  const all = robotProfiles().flatMap((name) => [...Array(RANDOM_SHARE).fill('random'), name]);
  const names = robots ?? all;
  for (let ticks = 0, next = seed; ticks < wanted; next += stride) {
    const index = next - first;
    const robot = names[index % names.length];
    const variant = VARIANTS[Math.floor(index / names.length) % VARIANTS.length];
    const result = runAttack({ robot, seed: next, ticks: CASE_TICKS, variant });
    if (result === undefined) continue;
    ticks += result.ticks;
    parentPort.postMessage({ robot, seed: next, variant, ...result });
  }
}

/** Counts of all cases on a robot, with those of one more. */
function addTo(total, { ticks, limited, closest }) {
  return {
    ticks: total.ticks + ticks,
    limited: total.limited + limited,
    closest: Math.min(total.closest, closest),
  };
}

/** Shares the cases among workers; resolves to totals by robot and the cases that failed. */
async function attackOnWorkers({ robots, first, ticks: wanted, workers }) {
  const totals = new Map();
  const failed = [];
  let ticks = 0;
  let shown = performance.now();
  const take = ({ robot, seed, variant, ...result }) => {
    ticks += result.ticks;
    totals.set(
      robot,
      addTo(totals.get(robot) ?? { ticks: 0, limited: 0, closest: Infinity }, result),
    );
    if (result.violation !== undefined) {
      const what = [result.attack, ...(variant === undefined ? [] : [variant])].join(', ');
      console.log(`${robot} seed ${seed}, ${what}: ${result.violation}`);
      failed.push({ robot, seed, ticks: CASE_TICKS, variant });
    }
    if (performance.now() - shown < 30_000) return;
    shown = performance.now();
    console.log(`${ticks} ticks, ${failed.length} failed`);
  };
  await Promise.all(
    Array.from({ length: workers }, (_, k) => {
      const share = { robots, first, seed: first + k, stride: workers, ticks: wanted / workers };
      const worker = new Worker(new URL(import.meta.url), { workerData: share });
      worker.on('message', take);
      return new Promise((resolve, reject) => worker.on('error', reject).on('exit', resolve));
    }),
  );
  return { totals, failed, ticks };
}

async function main() {
  const { values } = parseArgs({
    options: {
      ticks: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      robots: { type: 'string' },
      workers: { type: 'string', default: '2' },
    },
  });
  const [wanted, first, workers] = [values.ticks, values.seed, values.workers].map(Number);
  if (!(wanted > 0 && Number.isSafeInteger(first) && Number.isSafeInteger(workers) && workers > 0))
    throw new Error('--ticks, --seed and --workers are numbers');

  const began = performance.now();
  console.log(`first seed ${first}`);
  const robots = values.robots?.split(',');
  const { totals, failed, ticks } = await attackOnWorkers({
    robots,
    first,
    ticks: wanted,
    workers,
  });
  for (const [robot, { ticks: own, limited, closest }] of [...totals].sort()) {
    const spare = (closest * 1e6).toFixed(1);
    console.log(
      `${robot}: ${own} ticks, ${limited} limited, ${spare} µm above what is never used up`,
    );
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`${ticks} ticks in ${seconds} s, ${failed.length} failed`);
  if (failed.length === 0) return;
  const known = JSON.parse(readFileSync(file, 'utf8'));
  const fresh = failed
    .filter(({ robot, seed, variant }) => {
      const same = (one) => one.robot === robot && one.seed === seed && one.variant === variant;
      return !known.some(same);
    })
    .sort((one, other) => one.seed - other.seed);
  const lines = [...known, ...fresh].map(({ robot, seed, ticks: own, variant }) => {
    const added = variant === undefined ? '' : `, "variant": "${variant}"`;
    return `  { "robot": "${robot}", "seed": ${seed}, "ticks": ${own}${added} }`;
  });
  writeFileSync(file, `[\n${lines.join(',\n')}\n]\n`);
  console.log(`${fresh.length} new cases appended to test/safety/regressions.json`);
  process.exitCode = 1;
}

await (isMainThread ? main() : attack(workerData));
