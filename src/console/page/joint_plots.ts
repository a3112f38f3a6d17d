/**
 * A small plot for each joint: measured, policy's, operator's, commanded; beyond the limits shaded;
 * marks at the bottom where the filter acted, with the reason in the plot's head.
 */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { MONITOR_FIELDS } from '../protocol.js';
import type { ModelLimits } from '../robot_model.js';
import { colour, h, mark, place, say, words } from './dom.js';
import type { RowRing } from './row_ring.js';

/** Seconds shown, and points at most. */
const SPAN_S = 8;
const POINTS = 240;
const HEIGHT = 130;
/** Between two drawings, of any plot: each has its turn, ms. */
const PAUSE_MS = 25;
/** A reason stays in the head for so long, s. */
const SHOWN_S = 2;
/** In the order of drawing: the thick line first, what wishes something else above it. */
const SERIES = ['commanded', 'measured', 'policy', 'operator'] as const;
const REASON = MONITOR_FIELDS.indexOf('reason');

interface JointPlot {
  readonly plot: uPlot;
  readonly reason: HTMLElement;
  readonly limits: ModelLimits;
  /** Times relative to the newest row at which the filter acted, s. */
  acted: number[];
}

export class JointPlots {
  readonly #ring: RowRing;
  readonly #reasons: readonly string[];
  readonly #grid = h('div', { class: 'grid' });
  readonly #joints: readonly ModelLimits[];
  #plots: JointPlot[] = [];
  #next = 0;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(ring: RowRing, joints: readonly ModelLimits[], reasons: readonly string[]) {
    this.#ring = ring;
    this.#joints = joints;
    this.#reasons = reasons;
    const keys = [...SERIES, 'limits'].map((name) => {
      const line = h('i', {});
      line.style.color = `var(--${name === 'limits' ? 'bad' : name})`;
      return h('span', {}, line, name === 'limits' ? 'beyond limits · filter acted' : name);
    });
    const legend = h('div', { class: 'legend' }, h('h2', {}, 'Joints'), ...keys);
    place('plots').replaceChildren(legend, this.#grid);
    this.recolour();
    new ResizeObserver(() => this.#fit()).observe(this.#grid);
  }

  /** Makes the plots anew in the theme's colours. */
  recolour(): void {
    for (const { plot } of this.#plots) plot.destroy();
    this.#grid.replaceChildren();
    this.#plots = this.#joints.map((limits) => this.#make(limits));
  }

  /** Draws the plot whose turn it is; to be called every frame. @param now ms */
  drawNext(now: number): void {
    if (now - this.#drawnAt < PAUSE_MS) return;
    this.#drawnAt = now;
    const index = this.#next++ % this.#plots.length;
    const entry = this.#plots[index];
    if (entry !== undefined) this.#draw(entry, index);
  }

  #draw(entry: JointPlot, joint: number): void {
    const ring = this.#ring;
    const scale = entry.limits.sliding ? 1000 : 180 / Math.PI;
    const newest = ring.newest;
    let first = 0;
    while (first < ring.count && ring.time(first) < newest - SPAN_S) first++;
    const stride = Math.max(1, Math.ceil((ring.count - first) / POINTS));
    const column = 1 + joint * MONITOR_FIELDS.length;
    const times: number[] = [];
    const series: (number | null)[][] = SERIES.map(() => []);
    const acted: number[] = [];
    let reason = 0;
    for (let row = first; row < ring.count; row++) {
      const time = ring.time(row) - newest;
      const code = ring.at(row, column + REASON);
      // 11 is stopping: nothing else was asked for.
      if (code > 0 && code !== 11) {
        acted.push(time);
        if (time > -SHOWN_S) reason = code;
      }
      if ((row - first) % stride !== 0 && row !== ring.count - 1) continue;
      times.push(time);
      SERIES.forEach((name, i) => {
        const value = ring.at(row, column + MONITOR_FIELDS.indexOf(name));
        series[i]?.push(Number.isNaN(value) ? null : value * scale);
      });
    }
    entry.acted = acted;
    entry.plot.setData([times, ...series]);
    say(entry.reason, reason === 0 ? '' : (this.#reasons[reason] ?? `reason ${reason}`));
    mark(entry.reason, 'on', String(reason !== 0));
  }

  #make(limits: ModelLimits): JointPlot {
    const scale = limits.sliding ? 1000 : 180 / Math.PI;
    const unit = limits.sliding ? 'mm' : '°';
    const reason = h('em', {});
    const host = h(
      'div',
      { class: 'plot', role: 'img', 'aria-label': `${words(limits.name)} over time` },
      h('header', {}, h('span', {}, `${words(limits.name)} ${unit}`), reason),
    );
    this.#grid.append(host);
    const lower = limits.lower * scale;
    const upper = limits.upper * scale;
    const margin = 0.06 * (upper - lower);
    const axis = {
      stroke: colour('muted'),
      font: '11px system-ui, sans-serif',
      grid: { stroke: colour('line'), width: 1 },
      ticks: { show: false },
    };
    const line = (name: string, width: number, dash?: number[]): uPlot.Series => ({
      label: name,
      stroke: colour(name),
      width,
      points: { show: false },
      ...(dash === undefined ? {} : { dash }),
    });
    const entry: { acted: number[] } = { acted: [] };
    const [band, bad] = [colour('band'), colour('bad')];
    const plot = new uPlot(
      {
        width: 200,
        height: HEIGHT,
        cursor: { show: false },
        legend: { show: false },
        padding: [4, 4, 0, 0],
        scales: {
          x: { time: false, range: [-SPAN_S, 0] },
          y: { range: [lower - margin, upper + margin] },
        },
        axes: [
          { ...axis, size: 18, gap: 2, values: (_, ticks) => ticks.map((tick) => `${tick}`) },
          { ...axis, size: 34, gap: 3, space: 26 },
        ],
        series: [
          {},
          line('commanded', 2.5),
          line('measured', 1.5),
          line('policy', 1.5, [5, 3]),
          line('operator', 2, [2, 3]),
        ],
        hooks: {
          drawAxes: [(u) => shade(u, lower, upper, band)],
          draw: [(u) => marks(u, entry.acted, bad)],
        },
      },
      [[], [], [], [], []],
      host,
    );
    return Object.assign(entry, { plot, reason, limits });
  }

  #fit(): void {
    const host = this.#grid.firstElementChild;
    const width = Math.floor(host?.clientWidth ?? 0);
    if (width < 40) return;
    for (const { plot } of this.#plots) plot.setSize({ width, height: HEIGHT });
  }
}

/** Shades what lies beyond the limits. */
function shade(u: uPlot, lower: number, upper: number, fill: string): void {
  const { left, top, width, height } = u.bbox;
  const high = u.valToPos(upper, 'y', true);
  const low = u.valToPos(lower, 'y', true);
  u.ctx.save();
  u.ctx.fillStyle = fill;
  u.ctx.fillRect(left, top, width, high - top);
  u.ctx.fillRect(left, low, width, top + height - low);
  u.ctx.restore();
}

/** A mark at the bottom for each time at which the filter acted. */
function marks(u: uPlot, times: readonly number[], fill: string): void {
  if (times.length === 0) return;
  const { top, height } = u.bbox;
  u.ctx.save();
  u.ctx.fillStyle = fill;
  for (const time of times) {
    u.ctx.fillRect(Math.round(u.valToPos(time, 'x', true)), top + height - 7, 2, 7);
  }
  u.ctx.restore();
}
