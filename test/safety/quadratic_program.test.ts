/**
 * The quadratic program of the barrier: problems made around a known solution or a known proof that
 * there is none, problems that quadprog and ProxSuite solved, and numbers at the edge.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { QpStatus, QuadraticProgram } from '../../src/safety/internal/quadratic_program.js';
import { generator } from './attack.js';

interface Problem {
  weight: number[];
  target: number[];
  lower: number[];
  upper: number[];
  rows: number[];
  bounds: number[];
}

const ARRAYS = ['weight', 'target', 'lower', 'upper', 'rows', 'bounds'] as const;

function load(problem: Problem, maxIterations?: number): QuadraticProgram {
  const count = problem.bounds.length;
  const program = new QuadraticProgram(problem.target.length, count, maxIterations);
  for (const name of ARRAYS) program[name].set(problem[name]);
  program.count = count;
  return program;
}

/** A problem in the box [−1, 1]ⁿ with unit weights. */
function unit(target: number[], rows: number[][] = [], bounds: number[] = []): Problem {
  return {
    weight: target.map(() => 1),
    target,
    lower: target.map(() => -1),
    upper: target.map(() => 1),
    rows: rows.flat(),
    bounds,
  };
}

function solved(problem: Problem): number[] {
  const program = load(problem);
  expect(program.solve()).toBe(QpStatus.solved);
  return [...program.x];
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? Number.NaN), 0);
}

/** Most that `x` lacks for a row, over the row's length. */
function excess({ rows, bounds }: Problem, x: Float64Array): number {
  const n = x.length;
  const point = [...x];
  return bounds.reduce((worst, bound, i) => {
    const row = rows.slice(i * n, (i + 1) * n);
    return Math.max(worst, (bound - dot(row, point)) / (Math.hypot(...row) || 1));
  }, -Infinity);
}

function inBox({ lower, upper }: Problem, x: Float64Array): boolean {
  return x.every((value, j) => value >= (lower[j] ?? 0) && value <= (upper[j] ?? 0));
}

interface Made extends Problem {
  x: number[];
}

type Kind = 'plain' | 'repeated' | 'nearly parallel' | 'touching' | 'pinned' | 'narrow';

/**
 * A problem whose solution is known: x is chosen, constraints through it get multipliers ≥ 0, and the
 * target is where the stationary condition weight·(x − target) = Σ multiplier·row + push puts it.
 */
function made(seed: number, kind: Kind): Made {
  const random = generator(seed);
  const n = 1 + Math.floor(random() * 9);
  const m = Math.floor(random() * 25);
  const through = kind === 'touching' ? m : Math.floor(random() * Math.min(m, n + 2));
  const weight = Array.from({ length: n }, () => Math.exp(normal(random)));
  const x = Array.from({ length: n }, () => normal(random));
  const force = new Array<number>(n).fill(0);
  const lower: number[] = [];
  const upper: number[] = [];
  for (const [j, value] of x.entries()) {
    const place = random();
    const width = kind === 'narrow' ? 1e-4 : 1;
    const pinned = kind === 'pinned' && random() < 0.3;
    lower[j] = place < 0.25 || pinned ? value : value - width * (0.01 + random());
    upper[j] = place > 0.75 || pinned ? value : value + width * (0.01 + random());
    const push = random() < 0.2 ? 0 : random();
    if (place < 0.25) force[j] = push;
    if (place > 0.75) force[j] = -push;
  }
  const rows: number[][] = [];
  const bounds: number[] = [];
  for (let i = 0; i < m; i++) {
    let row = Array.from({ length: n }, () => (random() < 0.2 ? 0 : normal(random)));
    const last = rows[i - 1];
    if (last !== undefined && kind === 'repeated' && random() < 0.7) {
      const scale = 0.1 + 3 * random();
      row = last.map((value) => scale * value);
    }
    if (last !== undefined && kind === 'nearly parallel' && random() < 0.7) {
      const apart = 10 ** (-1 - 8 * random());
      row = last.map((value, j) => value + apart * (row[j] ?? 0));
    }
    rows.push(row);
    const reach = kind === 'narrow' ? 1e-4 : 1;
    bounds.push(dot(row, x) - (i < through ? 0 : reach * random() * Math.hypot(...row)));
    const multiplier = i < through && random() < 0.8 ? random() : 0;
    for (const [j, value] of row.entries()) force[j] = (force[j] ?? 0) + multiplier * value;
  }
  const target = x.map((value, j) => value - (force[j] ?? 0) / (weight[j] ?? 1));
  return { weight, target, lower, upper, rows: rows.flat(), bounds, x };
}

describe('the quadratic program', () => {
  const kinds = ['plain', 'repeated', 'nearly parallel', 'touching', 'pinned', 'narrow'] as const;
  for (const kind of kinds) {
    it(`finds the solution that problems were made around, rows ${kind}`, () => {
      for (let seed = 1; seed <= 100; seed++) {
        const problem = made(seed, kind);
        const program = load(problem);
        const what = `${kind} ${seed}`;
        expect(program.solve(), what).toBe(QpStatus.solved);
        const loose = kind === 'nearly parallel' ? 1e-5 : 1e-8;
        expect(inBox(problem, program.x), what).toBe(true);
        const apart = problem.x.map((value, j) => Math.abs((program.x[j] ?? Number.NaN) - value));
        expect(Math.max(...apart), what).toBeLessThan(loose);
        expect(excess(problem, program.x), what).toBeLessThan(1e-8);
      }
    });
  }

  it('finds no solution where a sum of rows contradicts itself', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = generator(seed);
      const problem = made(seed, 'plain');
      const n = problem.x.length;
      // −Σ share·row ≥ −Σ share·bound + gap cannot be kept beside the rows themselves.
      const contrary = new Array<number>(n).fill(0);
      let sum = 0;
      for (const [i, bound] of problem.bounds.entries()) {
        const share = random();
        sum += share * bound;
        for (let j = 0; j < n; j++) {
          contrary[j] = (contrary[j] ?? 0) - share * (problem.rows[i * n + j] ?? 0);
        }
      }
      const gap = 10 ** (-6 * random());
      problem.rows.push(...contrary);
      problem.bounds.push(-sum + gap * Math.hypot(...contrary) + (sum === 0 ? gap : 0));
      expect(load(problem).solve(), `${seed}`).toBe(QpStatus.infeasible);
    }
  });

  it('agrees with quadprog and ProxSuite', () => {
    const file = new URL('./golden/qp.json', import.meta.url);
    const problems: (Problem & { x: number[] | null })[] = JSON.parse(readFileSync(file, 'utf8'));
    for (const [i, problem] of problems.entries()) {
      const program = load(problem);
      const status = program.solve();
      expect(status, `${i}`).toBe(problem.x === null ? QpStatus.infeasible : QpStatus.solved);
      for (const [j, value] of (problem.x ?? []).entries()) {
        expect(program.x[j], `${i}`).toBeCloseTo(value, 8);
      }
    }
  });

  it('solves the sizes of two arms with seven joints each and more', () => {
    const random = generator(5);
    const [n, m] = [28, 400];
    const x = Array.from({ length: n }, () => 0.8 * (2 * random() - 1));
    const rows = Array.from({ length: m }, () => Array.from({ length: n }, () => normal(random)));
    const bounds = rows.map((row) => dot(row, x) - 3 * random() * Math.hypot(...row));
    const problem = unit(
      x.map((value) => value + normal(random)),
      rows,
      bounds,
    );
    const program = load(problem);
    expect(program.solve()).toBe(QpStatus.solved);
    expect(excess(problem, program.x)).toBeLessThan(1e-9);
    // Nearest: every step towards the target that keeps the active rows is out of the box.
    const distance = Math.hypot(...problem.target.map((value, j) => value - (program.x[j] ?? 0)));
    const other = Math.hypot(...problem.target.map((value, j) => value - (x[j] ?? 0)));
    expect(distance).toBeLessThan(other);
  });

  it('gives a target inside the box and the rows back to the bit, without an iteration', () => {
    const program = load(unit([0.1, -0.7], [[1, 1]], [-0.7]));
    expect(program.solve()).toBe(QpStatus.solved);
    expect([...program.x]).toEqual([0.1, -0.7]);
    expect(program.iterations).toBe(0);
  });

  it('puts a target outside the box to its nearest point, without an iteration', () => {
    const program = load(unit([3, -0.7, -1.5]));
    expect(program.solve()).toBe(QpStatus.solved);
    expect([...program.x]).toEqual([1, -0.7, -1]);
    expect(program.iterations).toBe(0);
  });

  it('lets a variable go from its bound when a row asks for it', () => {
    expect(solved(unit([-2, 0], [[1, 0]], [0.5]))).toEqual([0.5, 0]);
    expect(solved(unit([2, 0], [[-1, 0]], [0.5]))).toEqual([-0.5, 0]);
  });

  it('puts a variable that a row moves too far to its bound', () => {
    const [first, second] = solved(unit([0.9, -0.5], [[1, 1]], [1.5]));
    expect(first).toBe(1);
    expect(second).toBeCloseTo(0.5, 12);
    const [third, fourth] = solved(unit([-0.9, 0.5], [[-1, -1]], [1.5]));
    expect(third).toBe(-1);
    expect(fourth).toBeCloseTo(-0.5, 12);
  });

  it('moves a heavy variable less than a light one', () => {
    const [heavy, light] = solved({ ...unit([0, 0], [[1, 1]], [1]), weight: [4, 1] });
    expect(heavy).toBeCloseTo(0.2, 12);
    expect(light).toBeCloseTo(0.8, 12);
  });

  it('does not mind in which units a row or a variable is measured', () => {
    const problem = made(12, 'plain');
    const n = problem.x.length;
    const units = problem.x.map((_, j) => 10 ** ((j % 7) - 3));
    const length = (i: number) => 10 ** ((i % 9) - 4);
    const program = load({
      weight: problem.weight.map((value, j) => value / (units[j] ?? 1) ** 2),
      target: problem.target.map((value, j) => value * (units[j] ?? 1)),
      lower: problem.lower.map((value, j) => value * (units[j] ?? 1)),
      upper: problem.upper.map((value, j) => value * (units[j] ?? 1)),
      rows: problem.rows.map((a, k) => (a * length(Math.floor(k / n))) / (units[k % n] ?? 1)),
      bounds: problem.bounds.map((bound, i) => bound * length(i)),
    });
    expect(program.solve()).toBe(QpStatus.solved);
    for (const [j, value] of problem.x.entries()) {
      expect((program.x[j] ?? Number.NaN) / (units[j] ?? 1)).toBeCloseTo(value, 9);
    }
  });

  it('solves one problem after the other, each with its own rows', () => {
    const program = load(
      unit(
        [0, 0],
        [
          [1, 0],
          [0, 1],
        ],
        [0.5, 0.25],
      ),
    );
    for (const count of [2, 1, 0, 2]) {
      program.count = count;
      expect(program.solve()).toBe(QpStatus.solved);
      expect([...program.x]).toEqual([count > 0 ? 0.5 : 0, count > 1 ? 0.25 : 0]);
      expect(program.iterations).toBe(count);
    }
  });

  it('keeps nothing from the problems before, whatever they were', () => {
    const shared = new Map<number, QuadraticProgram>();
    for (let seed = 1; seed <= 150; seed++) {
      const problem = made(seed, kinds[seed % kinds.length] ?? 'plain');
      const fresh = load(problem);
      const n = problem.target.length;
      const program = shared.get(n) ?? new QuadraticProgram(n, 25);
      shared.set(n, program);
      for (const name of ARRAYS) program[name].set(problem[name]);
      program.count = problem.bounds.length;
      expect(program.solve(), `${seed}`).toBe(fresh.solve());
      expect([...program.x], `${seed}`).toEqual([...fresh.x]);
      expect(program.iterations, `${seed}`).toBe(fresh.iterations);
    }
  });

  it('gives up when its iterations are used up, and only then', () => {
    const problem = unit(
      [0, 0],
      [
        [1, 0],
        [0, 1],
      ],
      [0.5, 0.25],
    );
    const short = load(problem, 1);
    expect(short.solve()).toBe(QpStatus.outOfIterations);
    expect(short.iterations).toBe(1);
    const enough = load(problem, 2);
    expect(enough.solve()).toBe(QpStatus.solved);
    expect(enough.iterations).toBe(2);
  });

  it('takes the constraint first that is broken most, over its length', () => {
    // The second row stands for the first, whose lack is greater only in its own units.
    const rows = [
      [10, 0],
      [1, 0],
    ];
    const program = load(unit([0, 0], rows, [3, 0.5]));
    expect(program.solve()).toBe(QpStatus.solved);
    expect(program.iterations).toBe(1);
    expect(program.x[0]).toBe(0.5);
    const weights = load(
      {
        ...unit(
          [0, 0],
          [
            [1, 0],
            [0, 1],
          ],
          [0.5, 0.4],
        ),
        weight: [1, 100],
      },
      1,
    );
    weights.solve();
    expect(weights.x[0]).toBe(0);
    expect(weights.x[1]).toBeCloseTo(0.4, 12);
  });
});

describe('a quadratic program at the edge', () => {
  it('ignores zero rows that ask for nothing, and refuses those that ask for something', () => {
    expect(solved(unit([0.5], [[0]], [0]))).toEqual([0.5]);
    expect(solved(unit([0.5], [[0]], [-1]))).toEqual([0.5]);
    expect(load(unit([0.5], [[0]], [1e-9])).solve()).toBe(QpStatus.infeasible);
  });

  it('takes a bound of −Infinity for no constraint', () => {
    expect(solved(unit([0.5], [[1]], [-Infinity]))).toEqual([0.5]);
  });

  it('keeps rows to 2^-40 of the greatest extent of the box, and no nearer', () => {
    const slack = 2 ** -40;
    const edge = load(unit([0], [[1]], [slack]));
    expect(edge.solve()).toBe(QpStatus.solved);
    expect([edge.x[0], edge.iterations]).toEqual([0, 0]);
    const over = load(unit([0], [[1]], [slack * 1.001]));
    expect(over.solve()).toBe(QpStatus.solved);
    expect([over.x[0], over.iterations]).toEqual([slack * 1.001, 1]);
    // The box as a whole may fall short by as much.
    expect(solved(unit([1], [[1]], [1 + slack]))).toEqual([1]);
    expect(load(unit([1], [[1]], [1 + slack * 1.001])).solve()).toBe(QpStatus.infeasible);
    // The extent is that of the greatest variable, times its √weight.
    const wide = { ...unit([0, 0], [[1, 0]], [slack * 12]), weight: [1, 9], upper: [1, 4] };
    expect(load(wide).solve()).toBe(QpStatus.solved);
    expect(solved(wide)).toEqual([0, 0]);
    const lower = { ...unit([0, 0], [[1, 0]], [slack * 4]), weight: [9, 1], lower: [-4, -1] };
    expect(solved(lower)).toEqual([0, 0]);
  });

  it('solves a box that is a point', () => {
    const point = { ...unit([0.5, 0.5], [[1, 0]], [0.25]), lower: [0.25, 1], upper: [0.25, 1] };
    expect(solved(point)).toEqual([0.25, 1]);
    expect(load({ ...point, bounds: [0.26] }).solve()).toBe(QpStatus.infeasible);
  });

  it('has no solution in a box that is inside out', () => {
    const inside = { ...unit([0, 0]), lower: [-1, 0.5], upper: [1, 0.25] };
    expect(load(inside).solve()).toBe(QpStatus.infeasible);
  });

  it('finds the corner of a wedge that is next to nothing', () => {
    // x ≥ 0.5 and 0.5 + angle·y ≥ x leave the half-line y ≥ 0, from (0.5, 0).
    for (const angle of [1e-3, 1e-5, 1e-7]) {
      const rows = [
        [1, 0],
        [-1, angle],
      ];
      const [x, y] = solved(unit([0, -0.5], rows, [0.5, -0.5]));
      expect(x).toBeCloseTo(0.5, 9);
      expect(y).toBeCloseTo(0, 3);
    }
  });

  it('refuses rows against each other without room between them', () => {
    expect(
      load(
        unit(
          [0, 0],
          [
            [1, 0],
            [-1, 0],
          ],
          [0.5, -0.4],
        ),
      ).solve(),
    ).toBe(QpStatus.infeasible);
    expect(
      load(
        unit(
          [0, 0],
          [
            [1, 0],
            [-1, 1e-10],
          ],
          [0.5, -0.4],
        ),
      ).solve(),
    ).toBe(QpStatus.infeasible);
    expect(
      solved(
        unit(
          [0, 0],
          [
            [1, 0],
            [-1, 0],
          ],
          [0.5, -0.5],
        ),
      ),
    ).toEqual([0.5, 0]);
  });

  const wrong = [Number.NaN, Infinity, -Infinity, 1e200, -1e200];
  for (const name of ['weight', 'target', 'lower', 'upper', 'rows'] as const) {
    it(`refuses numbers in ${name} that are not finite, or absurd`, () => {
      for (const value of wrong) {
        for (let at = 0; at < 2; at++) {
          const problem = unit([0.5, 0.5], [[1, 1]], [0.5]);
          problem[name][at] = value;
          expect(load(problem).solve(), `${value}`).toBe(QpStatus.infeasible);
        }
      }
    });
  }

  it('refuses bounds that are not numbers, or that nothing reaches', () => {
    for (const value of [Number.NaN, Infinity, 1e200]) {
      expect(load(unit([0.5], [[1]], [value])).solve(), `${value}`).toBe(QpStatus.infeasible);
    }
  });

  it('refuses weights that are zero or negative', () => {
    for (const value of [0, -0, -1]) {
      const problem = { ...unit([0.5, 0.5]), weight: [1, value] };
      expect(load(problem).solve(), `${value}`).toBe(QpStatus.infeasible);
    }
  });

  it('refuses more rows than it has room for', () => {
    const program = load(unit([0.5], [[1]], [0]));
    program.count = 2;
    expect(program.solve()).toBe(QpStatus.infeasible);
  });

  it('never calls a point solved that is not finite or breaks a row', () => {
    const random = generator(77);
    const values = [0, 1, -1, 1e-300, -1e-160, 1e150, 1e99, -1e99, Number.NaN, Infinity, -Infinity];
    const pick = (usual: number) =>
      random() < 0.1 ? (values[Math.floor(random() * values.length)] ?? 0) : usual;
    const tally = new Map<number, number>();
    for (let round = 0; round < 1000; round++) {
      const problem = made(round % 200, 'nearly parallel');
      for (const name of ARRAYS) {
        if (random() < 0.5) problem[name] = problem[name].map(pick);
      }
      const program = load(problem);
      const status = program.solve();
      tally.set(status, (tally.get(status) ?? 0) + 1);
      if (status !== QpStatus.solved) continue;
      const extents = [...problem.lower, ...problem.upper].map(Math.abs);
      const least = Math.sqrt(Math.min(...problem.weight) / Math.max(...problem.weight));
      const room = (1e-9 * Math.max(...extents)) / least;
      expect(inBox(problem, program.x), `${round}`).toBe(true);
      expect(excess(problem, program.x) <= room, `${round}`).toBe(true);
    }
    expect(tally.get(QpStatus.solved)).toBeGreaterThan(100);
    expect(tally.get(QpStatus.infeasible)).toBeGreaterThan(100);
  });
});
