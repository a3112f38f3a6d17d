/** The script that draws the chunking benchmark's episodes and writes the tables of its page. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wilsonInterval } from '../../src/app/statistics.js';

const SCRIPT = 'scripts/render_chunking.mjs';
const PAGE = ['success', 'time', 'smoothness']
  .map((name) => `before ${name}\n<!-- table ${name} -->\nold\n<!-- end -->\n`)
  .join('');

let folder: string;
const file = (name: string) => join(folder, name);
const args = () => [
  SCRIPT,
  '--store',
  file('store'),
  '--plot',
  file('plot'),
  '--page',
  file('page'),
];

function episode(executor: string, delay: number, success: boolean, seed: number, cell = executor) {
  const figures = { seconds: success ? 3 + seed : 25, jerk: 100 * seed, largestSeam: 0.1 * seed };
  return JSON.stringify({
    cell: `${cell} ${delay}`,
    executor,
    delay_ms: delay,
    seed,
    success,
    ...figures,
  });
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sinew-chunking-'));
  writeFileSync(file('page'), PAGE);
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('the plot of the chunking benchmark', () => {
  it('writes the tables of the page from the stored episodes, each counted once, and leaves the rest', () => {
    const lines = [
      episode('guided', 200, true, 1),
      episode('guided', 0, true, 1),
      episode('newest', 0, false, 1),
      episode('guided', 0, true, 2),
      episode('guided', 0, true, 1),
      episode('newest', 0, false, 2),
    ];
    writeFileSync(file('store'), `${lines.join('\n')}\n`);
    execFileSync('node', args());
    expect(readFileSync(file('page'), 'utf8').split('\n')).toEqual([
      'before success',
      '<!-- table success -->',
      '| executor | 0 ms | 200 ms |',
      '|---|---|---|',
      '| `guided` | 2 of 2 | 1 of 1 |',
      '| `newest` | 0 of 2 |  |',
      '<!-- end -->',
      'before time',
      '<!-- table time -->',
      '| executor | 0 ms | 200 ms |',
      '|---|---|---|',
      '| `guided` | 4.5 | 4.0 |',
      '| `newest` | – |  |',
      '<!-- end -->',
      'before smoothness',
      '<!-- table smoothness -->',
      '| executor | 0 ms | 200 ms |',
      '|---|---|---|',
      '| `guided` | 0.20 / 150 | 0.10 / 100 |',
      '| `newest` | 0.20 / 150 |  |',
      '<!-- end -->',
      '',
    ]);
  });

  it('draws each executor in a panel of its own, with its confidence interval', () => {
    const wins = [true, true, false, true];
    const lines = wins.flatMap((success, i) => [
      episode('guided', 0, true, i),
      episode('guided', 100, success, i),
    ]);
    writeFileSync(file('store'), lines.join('\n'));
    execFileSync('node', args());
    const svg = readFileSync(file('plot'), 'utf8');
    expect(XMLValidator.validate(svg)).toBe(true);
    const parsed = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(svg);
    const dots: { cx: string; cy: string }[] = parsed.svg.circle;
    expect(dots).toHaveLength(2);
    const [none, some] = dots.map(({ cy }) => Number(cy));
    const band: { class: string; d: string }[] = parsed.svg.path;
    const corners = (band.find((path) => path.class === 'band')?.d ?? '').match(/[\d.]+/g) ?? [];
    const [low, high] = wilsonInterval(3, 4);
    // The same scale for all: a success rate of 1 lies `none` down, one of 3/4 `some`.
    const down = (share: number) => Number(none) + (1 - share) * 4 * (Number(some) - Number(none));
    expect(Number(corners[3])).toBeCloseTo(down(high), 1);
    expect(Number(corners[5])).toBeCloseTo(down(low), 1);
    expect(svg).toContain('prefers-color-scheme: dark');
  });

  it('refuses episodes of one executor and delay that come from two packages', () => {
    const lines = [episode('guided', 0, true, 1), episode('guided', 0, true, 2, 'another')];
    writeFileSync(file('store'), lines.join('\n'));
    const { status, stderr } = spawnSync('node', args(), { encoding: 'utf8' });
    expect(status).not.toBe(0);
    expect(stderr).toContain('guided at 0 ms come from two packages');
    expect(readFileSync(file('page'), 'utf8')).toBe(PAGE);
  });
});
