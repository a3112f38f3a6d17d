// A small writer of line plots as SVG: panels below each other that share the axis of time.

const WIDTH = 720;
const PANEL = 130;
const GAP = 34;
const LEFT = 86;
const RIGHT = 70;
const TOP = 34;
const COLOURS = ['#1f5fa8', '#c2571a', '#3c8d40', '#7a4fa0'];

/** Round numbers, about `count` of them, from `low` to `high`. */
export function ticks(low, high, count) {
  const raw = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((value) => value >= raw);
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high + 1e-9 * step; i++) found.push(i * step);
  return found.map((value) => Number(value.toPrecision(12)));
}

const text = (x, y, words, more = '') => `<text x="${x}" y="${y}" ${more}>${words}</text>`;
const number = (value) => Number(value.toFixed(2));

/**
 * @typedef {object} Panel
 * @property {string} title what is shown, with its unit
 * @property {{name: string, values: number[], dashed?: boolean}[]} series one value for each time;
 *   what is not finite is left out
 * @property {{name: string, value: number}[]} [limits] drawn as dashed lines
 */

/**
 * @param {string} title
 * @param {number[]} times s
 * @param {Panel[]} panels
 * @returns {string} the SVG
 */
export function plot(title, times, panels) {
  const height = TOP + panels.length * (PANEL + GAP) + 18;
  const [start, end] = [times[0], times[times.length - 1]];
  const across = (time) => LEFT + ((time - start) / (end - start)) * (WIDTH - LEFT - RIGHT);
  const parts = panels.map((panel, index) =>
    drawPanel(panel, TOP + 16 + index * (PANEL + GAP), times, across),
  );
  const bottom = TOP + 16 + panels.length * (PANEL + GAP) - GAP;
  for (const time of ticks(start, end, 8)) {
    parts.push(text(number(across(time)), bottom + 16, time, 'text-anchor="middle"'));
  }
  parts.push(text((LEFT + WIDTH - RIGHT) / 2, bottom + 32, 'time, s', 'text-anchor="middle"'));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}"`,
    ' font-family="sans-serif" font-size="11" fill="#222">',
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    text(LEFT, 20, title, 'font-size="14" font-weight="bold"'),
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function drawPanel({ title, series, limits = [] }, top, times, across) {
  const all = [...series.flatMap(({ values }) => values), ...limits.map(({ value }) => value)];
  const seen = all.filter(Number.isFinite);
  const [low, high] = [Math.min(...seen), Math.max(...seen)];
  const room = 0.06 * (high - low || 1);
  const down = (value) => top + PANEL * (1 - (value - low + room) / (high - low + 2 * room));
  const right = WIDTH - RIGHT;
  const parts = [text(LEFT, top - 6, title, 'font-weight="bold"')];
  for (const value of ticks(low, high, 4)) {
    const y = number(down(value));
    parts.push(`<path d="M${LEFT} ${y}H${right}" stroke="#e4e4e4"/>`);
    parts.push(text(LEFT - 6, y + 4, value, 'text-anchor="end"'));
  }
  for (const { name, value } of limits) {
    const y = number(down(value));
    parts.push(`<path d="M${LEFT} ${y}H${right}" stroke="#b00020" stroke-dasharray="5 4"/>`);
    if (name) parts.push(text(right + 6, y + 4, name, 'fill="#b00020"'));
  }
  series.forEach(({ name, values, dashed }, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const dash = dashed ? ' stroke-dasharray="2 3"' : '';
    const line = path(values, times, across, down);
    parts.push(`<path d="${line}" fill="none" stroke="${colour}" stroke-width="1.6"${dash}/>`);
    const x = right - 110 * (series.length - 1 - i);
    parts.push(text(x, top - 6, name, `fill="${colour}" text-anchor="end"`));
  });
  parts.push(`<rect x="${LEFT}" y="${top}" width="${right - LEFT}" height="${PANEL}"`);
  parts.push(' fill="none" stroke="#888"/>');
  return parts.join('\n');
}

function path(values, times, across, down) {
  let line = '';
  let pen = 'M';
  for (const [i, value] of values.entries()) {
    if (!Number.isFinite(value)) {
      pen = 'M';
      continue;
    }
    line += `${pen}${number(across(times[i]))} ${number(down(value))}`;
    pen = 'L';
  }
  return line;
}
