// Draws success rates as SVG: one panel for each curve, so that none hides another, with the 95 %
// confidence intervals and the curve that all are compared with. Readable on light and dark pages.
import { ticks } from './svg_plot.mjs';

const COLUMNS = 3;
const WIDTH = 720;
const LEFT = 50;
const RIGHT = 16;
const TOP = 64;
const PANEL = 92;
const GAP = { across: 38, down: 46 };
const ACROSS = (WIDTH - LEFT - RIGHT - (COLUMNS - 1) * GAP.across) / COLUMNS;

/** Colours by the page's scheme; the ground is drawn, so that the viewer's own never matters. */
const STYLE = `<style>
  svg { --ground: #fff; --ink: #222; --grid: #e4e4e4; --frame: #888; --line: #1f5fa8; --other: #8a8a8a }
  @media (prefers-color-scheme: dark) {
    svg { --ground: #14171c; --ink: #dcdcdc; --grid: #2e333b; --frame: #6a717c; --line: #6fb1ff; --other: #9a9a9a }
  }
  .ground { fill: var(--ground) } text { fill: var(--ink) }
  .grid { stroke: var(--grid) } .frame { fill: none; stroke: var(--frame) }
  .band { fill: var(--line); fill-opacity: 0.22 }
  .line { fill: none; stroke: var(--line); stroke-width: 2 } .dot { fill: var(--line) }
  .other { fill: none; stroke: var(--other); stroke-dasharray: 4 3 }
</style>`;

const number = (value) => Number(value.toFixed(2));
const text = (x, y, words, more = '') =>
  `<text x="${number(x)}" y="${number(y)}" ${more}>${words}</text>`;

/**
 * @typedef {object} Curve
 * @property {string} name
 * @property {{at: number, share: number, low: number, high: number}[]} points in rising order of
 *   `at`; shares and the ends of their intervals from 0 to 1
 */

/**
 * @param {object} what
 * @param {string} what.title
 * @param {string} what.axis what `at` is, with its unit
 * @param {string} what.compared name of the curve that is drawn, dashed, in every panel
 * @param {Curve[]} curves
 * @returns {string} the SVG
 */
export function successPlot({ title, axis, compared }, curves) {
  const reference = curves.find(({ name }) => name === compared);
  const most = Math.max(...curves.flatMap(({ points }) => points.map(({ at }) => at)));
  const rows = Math.ceil(curves.length / COLUMNS);
  const height = TOP + rows * (PANEL + GAP.down);
  const note = reference === undefined ? '' : `; dashed: ${compared}`;
  const panels = curves.map((curve, i) => {
    const left = LEFT + (i % COLUMNS) * (ACROSS + GAP.across);
    const top = TOP + Math.floor(i / COLUMNS) * (PANEL + GAP.down);
    const place = {
      x: (at) => number(left + (at / (most || 1)) * ACROSS),
      y: (share) => number(top + PANEL * (1 - share)),
    };
    return panel(curve, curve === reference ? undefined : reference, { left, top, most }, place);
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}"`,
    ' font-family="sans-serif" font-size="11">',
    STYLE,
    `<rect class="ground" width="${WIDTH}" height="${height}"/>`,
    text(LEFT, 20, title, 'font-size="14" font-weight="bold"'),
    text(LEFT, 37, `success, %, against ${axis}; shaded: 95 % confidence${note}`),
    ...panels,
    '</svg>\n',
  ].join('\n');
}

function panel({ name, points }, reference, { left, top, most }, { x, y }) {
  const right = left + ACROSS;
  const parts = [text(left, top - 6, name, 'font-weight="bold"')];
  for (const percent of [0, 50, 100]) {
    const line = y(percent / 100);
    parts.push(`<path class="grid" d="M${number(left)} ${line}H${number(right)}"/>`);
    parts.push(text(left - 6, line + 4, percent, 'text-anchor="end"'));
  }
  for (const at of ticks(0, most || 1, 4)) {
    parts.push(text(x(at), top + PANEL + 14, at, 'text-anchor="middle"'));
  }
  const along = (list, end) => list.map((one) => `${x(one.at)} ${y(one[end])}`).join('L');
  const band = `M${along(points, 'high')}L${along([...points].reverse(), 'low')}Z`;
  parts.push(`<path class="band" d="${band}"/>`);
  if (reference !== undefined) {
    parts.push(`<path class="other" d="M${along(reference.points, 'share')}"/>`);
  }
  parts.push(`<path class="line" d="M${along(points, 'share')}"/>`);
  for (const { at, share } of points) {
    parts.push(`<circle class="dot" cx="${x(at)}" cy="${y(share)}" r="2.6"/>`);
  }
  parts.push(`<path class="frame" d="M${number(left)} ${top}V${top + PANEL}H${number(right)}"/>`);
  return parts.join('\n');
}
