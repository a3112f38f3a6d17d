// Attacks the safety filter for a million ticks: `npm run build && node scripts/attack.mjs`. Options:
//   --ticks N      ticks in all, default 1000000
//   --seed N       first seed, default random; shown, so that a run can be repeated
//   --robots LIST  "random" and names of files in config/, default random and all robots there
// Cases that fail are appended to test/safety/regressions.json, which the tests replay from then on.
import { readFileSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { parseArgs } from 'node:util';

register('./typescript_hooks.mjs', import.meta.url);
const { runAttack } = await import('../test/safety/attack_run.ts');
const { robotProfiles } = await import('../test/description/profiles.ts');

/** Ticks of one case: long enough to get into trouble and out of it again. */
const CASE_TICKS = 1000;
/** Cases on random robots for each one on a profile. */
const RANDOM_SHARE = 4;

const { values } = parseArgs({
  options: {
    ticks: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    robots: { type: 'string' },
  },
});
const profiles = robotProfiles().flatMap((name) => [...Array(RANDOM_SHARE).fill('random'), name]);
const robots = values.robots?.split(',') ?? profiles;
const wanted = Number(values.ticks);
const first = Number(values.seed);
if (!(wanted > 0 && Number.isSafeInteger(first))) throw new Error('--ticks and --seed are numbers');

const file = new URL('../test/safety/regressions.json', import.meta.url);
const began = performance.now();
const totals = new Map();
const failed = [];
let ticks = 0;
let shown = began;
console.log(`first seed ${first}`);
for (let seed = first; ticks < wanted; seed++) {
  const robot = robots[(seed - first) % robots.length];
  const result = runAttack({ robot, seed, ticks: CASE_TICKS });
  if (result === undefined) continue;
  ticks += result.ticks;
  const total = totals.get(robot) ?? { ticks: 0, limited: 0, closest: Infinity };
  totals.set(robot, {
    ticks: total.ticks + result.ticks,
    limited: total.limited + result.limited,
    closest: Math.min(total.closest, result.closest),
  });
  if (result.violation !== undefined) {
    console.log(`${robot} seed ${seed}, ${result.attack}: ${result.violation}`);
    failed.push({ robot, seed, ticks: CASE_TICKS });
  }
  if (performance.now() - shown < 30_000) continue;
  shown = performance.now();
  console.log(`${ticks} ticks, ${failed.length} failed`);
}

for (const [robot, { ticks: own, limited, closest }] of totals) {
  const spare = (closest * 1e6).toFixed(1);
  console.log(
    `${robot}: ${own} ticks, ${limited} limited, ${spare} µm above what is never used up`,
  );
}
const seconds = ((performance.now() - began) / 1000).toFixed(0);
console.log(`${ticks} ticks in ${seconds} s, ${failed.length} failed`);
if (failed.length > 0) {
  const known = JSON.parse(readFileSync(file, 'utf8'));
  const fresh = failed.filter(
    ({ robot, seed }) => !known.some((one) => one.robot === robot && one.seed === seed),
  );
  const lines = [...known, ...fresh].map((one) => `  ${JSON.stringify(one)}`);
  writeFileSync(file, `[\n${lines.join(',\n')}\n]\n`);
  console.log(`${fresh.length} new cases appended to test/safety/regressions.json`);
  process.exitCode = 1;
}
