// Draws the plot of docs/chunking.md and writes its tables, from the episodes that
// `npm run bench -- chunking --store FILE` has stored: `node scripts/render_chunking.mjs` after a build.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { wilsonInterval } from '../dist/app/statistics.js';
import { successPlot } from './success_plot.mjs';

const HELP = `Usage: node scripts/render_chunking.mjs [options]

  --store FILE   episodes of the chunking benchmark (default .setup/bench/chunking.jsonl)
  --plot FILE    where to draw (default docs/chunking.svg)
  --page FILE    Markdown whose tables between <!-- table NAME --> and <!-- end --> are written anew
                 (default docs/chunking.md)

Example:
  node scripts/render_chunking.mjs --store .setup/bench/chunking.jsonl`;

const COMPARED = 'newest';

const { values: chosen } = parseArgs({
  options: {
    store: { type: 'string', default: '.setup/bench/chunking.jsonl' },
    plot: { type: 'string', default: 'docs/chunking.svg' },
    page: { type: 'string', default: 'docs/chunking.md' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (chosen.help) {
  console.log(HELP);
  process.exit(0);
}

/** Episodes by executor and delay, in the order in which they are met first. */
function readStore(file) {
  const table = new Map();
  for (const text of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
    const { cell, executor, delay_ms: delay, ...episode } = JSON.parse(text);
    const row = table.get(executor) ?? new Map();
    table.set(executor, row);
    const found = row.get(delay) ?? { cell, bySeed: new Map() };
    row.set(delay, found);
    if (found.cell !== cell) {
      throw new Error(
        `${file}: episodes of ${executor} at ${delay} ms come from two packages or settings; ` +
          'delete those that are out of date',
      );
    }
    // Two runs at once may both have stored an episode.
    found.bySeed.set(episode.seed, episode);
  }
  for (const row of table.values()) {
    for (const cell of row.values()) cell.episodes = [...cell.bySeed.values()];
  }
  return table;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
};
const won = ({ episodes }) => episodes.filter(({ success }) => success);

/** What the tables of the page show of a cell. */
const TABLES = {
  success: (cell) => `${won(cell).length} of ${cell.episodes.length}`,
  time: (cell) =>
    won(cell).length === 0 ? '–' : mean(won(cell).map((one) => one.seconds)).toFixed(1),
  smoothness: ({ episodes }) => {
    const seam = Math.max(...episodes.map(({ largestSeam }) => largestSeam));
    return `${seam.toFixed(2)} / ${median(episodes.map(({ jerk }) => jerk)).toFixed(0)}`;
  },
};

function markdown(table, delays, show) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rows = [...table].map(([executor, row]) =>
    line([
      `\`${executor}\``,
      ...delays.map((delay) => (row.has(delay) ? show(row.get(delay)) : '')),
    ]),
  );
  const head = line(['executor', ...delays.map((delay) => `${delay} ms`)]);
  return [head, `|${'---|'.repeat(delays.length + 1)}`, ...rows].join('\n');
}

const table = readStore(chosen.store);
const delays = [...new Set([...table.values()].flatMap((row) => [...row.keys()]))];
delays.sort((a, b) => a - b);

const curves = [...table].map(([name, row]) => ({
  name,
  points: [...row]
    .sort(([a], [b]) => a - b)
    .map(([at, cell]) => {
      const [wins, all] = [won(cell).length, cell.episodes.length];
      const [low, high] = wilsonInterval(wins, all);
      return { at, share: wins / all, low, high };
    }),
}));
const counts = [...table.values()].flatMap((row) =>
  [...row.values()].map((one) => one.episodes.length),
);
const [least, most] = [Math.min(...counts), Math.max(...counts)];
const episodes = least === most ? `${most}` : `${least} to ${most}`;
const title = `Picks of the demonstration, ${episodes} episodes a point`;
writeFileSync(
  chosen.plot,
  successPlot({ title, axis: 'inference delay, ms', compared: COMPARED }, curves),
);

let page = readFileSync(chosen.page, 'utf8');
for (const [name, show] of Object.entries(TABLES)) {
  const [begin, end] = [`<!-- table ${name} -->\n`, '\n<!-- end -->'];
  const from = page.indexOf(begin);
  const to = page.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`${chosen.page} has no place for the table "${name}"`);
  page = page.slice(0, from + begin.length) + markdown(table, delays, show) + page.slice(to);
}
writeFileSync(chosen.page, page);
console.log(`${chosen.plot}, ${chosen.page}: ${counts.length} cells of ${episodes} episodes`);
