/**
 * A chunk of LeRobot's own policy in PyTorch against the package exported from the same checkpoint,
 * and against what a plain export of its modules would take: all pictures encoded, every step a run
 * of the denoiser as it is.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openGraph } from '../../src/policy/graph_session.js';
import { BareGraphs } from './bare_graphs.js';
import { LerobotPeer } from './lerobot_peer.js';
import { OwnSide } from './own_side.js';
import { type Aim, ms, printTable } from './report.js';
import { interleave, median, type Ratio, ratioOf, ratioText, type Side } from './rounds.js';

const LEROBOT = 'LeRobot, PyTorch';
const PLAIN = 'plain ONNX runs';
const SINEW = 'sinew';
const SINEW_ALL = 'sinew, all steps encoded';
const FOLDED = 'sinew, steps folded';
/** Largest difference between the chunks, rad. */
const EQUAL = 1e-4;

export interface LerobotOptions {
  readonly name: string;
  readonly threads: number;
  readonly rounds: number;
  readonly chunks: number;
}

export interface LerobotResult {
  readonly name: string;
  readonly median_ms: Readonly<Record<string, number>>;
  readonly difference_rad: number;
  readonly ratios: Readonly<Record<string, Ratio>>;
  readonly aims: readonly Aim[];
}

/** The graph runs of a chunk as LeRobot's modules would be exported one by one. */
async function plainRuns(peer: LerobotPeer, own: OwnSide, threads: number) {
  const { encoders } = own.spec.program;
  const { observation } = own.spec.horizon;
  const file = join(peer.work, 'plain.onnx');
  const session = await openGraph(readFileSync(file), file, { threads });
  const bare = new BareGraphs(new Map([...own.program.sessions, ['plain', session]]));
  return async () => {
    let sum = await bare.run('plain', own.program.evaluations);
    for (const { graph } of encoders) sum += await bare.run(graph, observation);
    return sum;
  };
}

async function series(count: number, one: () => Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) times.push(await one());
  return median(times);
}

/** Measures one case and prints its table. */
export async function compareWithLerobot(options: LerobotOptions): Promise<LerobotResult> {
  const { name, threads, rounds, chunks } = options;
  const peer = await LerobotPeer.start(name, threads);
  const { lerobot, torch, parameters, actions, folded, plain } = peer.ready;
  const open = (folder: string) => OwnSide.open(join(peer.work, folder), null, threads);
  const own = await open('package');
  const all = own.spec.horizon.observation;
  const mine = (side: OwnSide, fresh: number) => async () =>
    median((await side.measure(chunks, fresh, false)).total);
  const sides: Side<number>[] = [
    { name: LEROBOT, measure: async () => median(await peer.run(chunks)) },
    { name: SINEW, measure: mine(own, 1) },
  ];
  if (all > 1) sides.push({ name: SINEW_ALL, measure: mine(own, all) });
  const differences = [await own.difference(actions)];
  if (folded) {
    const side = await open('folded');
    differences.push(await side.difference(actions));
    sides.push({ name: FOLDED, measure: mine(side, 1) });
  }
  if (plain) {
    const runs = await plainRuns(peer, own, threads);
    sides.push({ name: PLAIN, measure: () => series(chunks, runs) });
  }
  const difference = Math.max(...differences);
  if (!(difference <= EQUAL)) {
    peer.stop();
    throw new Error(`${name}: the chunks differ by ${difference} rad`);
  }
  console.log(
    `${name}: ${(parameters / 1e6).toFixed(1)} million weights, ${own.sampler.type}, ` +
      `${own.program.evaluations} model calls, ${threads} thread(s); LeRobot ${lerobot}, ` +
      `PyTorch ${torch}; largest difference of the chunks ${difference.toExponential(1)} rad`,
  );
  for (const side of sides) await side.measure(-1);
  const results = await interleave(sides, rounds);
  peer.stop();

  const column = (side: string) => results.get(side) ?? [];
  printTable(
    ['side', 'chunk, ms', 'of rounds from', 'to'],
    sides.map(({ name: side }) => {
      const times = column(side);
      return [side, ms(median(times)), ms(Math.min(...times)), ms(Math.max(...times))];
    }),
  );
  const best = folded ? FOLDED : SINEW;
  const ratios: Record<string, Ratio> = {
    'LeRobot to sinew': ratioOf(column(LEROBOT), column(SINEW)),
  };
  if (folded) ratios['LeRobot to folded'] = ratioOf(column(LEROBOT), column(FOLDED));
  if (plain) {
    ratios['sinew to plain'] = ratioOf(column(SINEW), column(PLAIN));
    if (folded) ratios['folded to plain'] = ratioOf(column(FOLDED), column(PLAIN));
  }
  for (const [what, ratio] of Object.entries(ratios)) console.log(`${what}: ${ratioText(ratio)}`);
  const share = ratioOf(column(best), column(LEROBOT)).median;
  const aims: Aim[] = [{ what: `${name}: ${best} to LeRobot`, measured: share, limit: 1 / 3 }];
  if (plain) {
    const measured = ratioOf(column(best), column(PLAIN)).median;
    aims.push({ what: `${name}: ${best} to plain step-by-step ONNX`, measured, limit: 0.7 });
  }
  const medians = sides.map(({ name: side }) => [side, median(column(side)) * 1e3] as const);
  return {
    name,
    median_ms: Object.fromEntries(medians.map(([side, t]) => [side, Number(t.toFixed(2))])),
    difference_rad: difference,
    ratios,
    aims,
  };
}
