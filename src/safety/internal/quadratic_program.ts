/**
 * The small quadratic program of the barrier: the point nearest to a target inside a box, on the
 * right side of every row. Allocation-free; a dual active-set method (D. Goldfarb and A. Idnani,
 * 1983): it starts at the best point of the box and takes in the most broken constraint, one by one,
 * moving as the multipliers of those taken in allow.
 *
 * It fails closed: numbers that are not finite, or beyond 1e100, make it infeasible.
 */
import { ActiveSet, dot } from './active_set.js';

export const QpStatus = { solved: 0, infeasible: 1, outOfIterations: 2 } as const;

/** How far outside a constraint counts as kept, as a share of the box's greatest extent from 0. */
const TOLERANCE = 2 ** -40;
/** A multiplier that falls more slowly than this, per unit of the entering one, does not fall. */
const STEADY = 2 ** -36;
/** Greatest magnitude of what √weight makes of a variable. */
const LARGEST = 1e100;
const NONE = -1;

export class QuadraticProgram {
  /** Target, one number a variable. */
  readonly target: Float64Array;
  /** Diagonal of the Hessian, > 0. */
  readonly weight: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Row-major, n numbers a row: rows·x ≥ bounds. A bound of −Infinity is no constraint. */
  readonly rows: Float64Array;
  readonly bounds: Float64Array;
  /** How many rows there are now. */
  count = 0;
  /** The solution when `solve` returned `solved`, inside the box to the bit; else of no meaning. */
  readonly x: Float64Array;
  /** Changes of the active set in the last `solve`. */
  iterations = 0;

  readonly #n: number;
  readonly #maxIterations: number;
  readonly #active: ActiveSet;
  /** √weight, and its inverse. */
  readonly #root: Float64Array;
  readonly #scale: Float64Array;
  readonly #middle: Float64Array;
  readonly #half: Float64Array;
  /** Multiplier of the bound that holds each variable at first, negative for an upper one. */
  readonly #push: Float64Array;
  /** Rows that some point of the box breaks, with the inverse of their scaled lengths. */
  readonly #kept: Int32Array;
  readonly #inverse: Float64Array;
  /** How far the start is from keeping each of them. */
  readonly #before: Float64Array;
  #keptCount = 0;
  #travelled = 0;
  #tolerance = 0;

  // The constraint being taken in: variable j for its bound, n + k for kept row k.
  #entering = NONE;
  readonly #normal: Float64Array;
  #excess = 0;
  #multiplier = 0;

  /**
   * @param n variables
   * @param maxRows greatest number of rows
   * @param maxIterations changes of the active set after which `solve` gives up
   */
  constructor(n: number, maxRows: number, maxIterations = 10 * n) {
    this.#n = n;
    this.#maxIterations = maxIterations;
    this.target = new Float64Array(n);
    this.weight = new Float64Array(n);
    this.lower = new Float64Array(n);
    this.upper = new Float64Array(n);
    this.x = new Float64Array(n);
    this.rows = new Float64Array(maxRows * n);
    this.bounds = new Float64Array(maxRows);
    this.#root = new Float64Array(n);
    this.#scale = new Float64Array(n);
    this.#middle = new Float64Array(n);
    this.#half = new Float64Array(n);
    this.#push = new Float64Array(n);
    this.#normal = new Float64Array(n);
    this.#kept = new Int32Array(maxRows);
    this.#inverse = new Float64Array(maxRows);
    this.#before = new Float64Array(maxRows);
    this.#active = new ActiveSet(n);
  }

  /**
   * Minimises ½ Σ weight·(x − target)² subject to lower ≤ x ≤ upper and rows·x ≥ bounds, the rows to
   * within some 1e-12 of the box's greatest extent.
   *
   * @returns a value of QpStatus; `outOfIterations` when the budget was not enough
   */
  solve(): number {
    this.iterations = 0;
    this.#entering = NONE;
    if (!this.#placeInBox() || !this.#keepRows()) return QpStatus.infeasible;
    while (this.#entering !== NONE || this.#choose()) {
      if (this.iterations === this.#maxIterations) return QpStatus.outOfIterations;
      this.iterations++;
      if (!this.#advance()) return QpStatus.infeasible;
    }
    const { x, lower, upper } = this;
    for (let j = 0; j < this.#n; j++)
      x[j] = Math.max(lower[j] as number, Math.min(upper[j] as number, x[j] as number));
    return QpStatus.solved;
  }

  /** Puts x at the best point of the box; false when the box or the target is no good. */
  #placeInBox(): boolean {
    let size = 0;
    for (let j = 0; j < this.#n; j++) {
      const weight = this.weight[j] as number;
      const lower = this.lower[j] as number;
      const upper = this.upper[j] as number;
      const root = Math.sqrt(weight);
      const x = Math.max(lower, Math.min(upper, this.target[j] as number));
      const push = (x - (this.target[j] as number)) * root;
      const extent = Math.max(Math.abs(lower), Math.abs(upper)) * root;
      const good = weight > 0 && lower <= upper && extent < LARGEST && Math.abs(push) < LARGEST;
      if (!good) return false;
      size = Math.max(size, extent);
      this.#root[j] = root;
      this.#scale[j] = 1 / root;
      this.#middle[j] = (lower + upper) / 2;
      this.#half[j] = (upper - lower) / 2;
      this.x[j] = x;
      this.#push[j] = push;
    }
    this.#tolerance = TOLERANCE * size;
    this.#active.start(this.#push);
    return true;
  }

  /** Keeps the rows that some point of the box breaks; false when one is broken by all of it. */
  #keepRows(): boolean {
    const n = this.#n;
    const { rows } = this;
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      let middle = 0;
      let half = 0;
      let square = 0;
      for (let j = 0; j < n; j++) {
        const a = rows[i * n + j] as number;
        const scaled = a * (this.#scale[j] as number);
        middle += a * (this.#middle[j] as number);
        half += Math.abs(a) * (this.#half[j] as number);
        square += scaled * scaled;
      }
      const bound = this.bounds[i] as number;
      if (middle - half >= bound) continue;
      const length = Math.sqrt(square);
      const open = bound - middle - half <= this.#tolerance * length;
      if (!(open && length < Infinity)) return false;
      this.#kept[kept] = i;
      this.#inverse[kept] = 1 / length;
      this.#before[kept] = (bound - dot(rows, i * n, this.x, 0, n)) / length;
      kept++;
    }
    this.#keptCount = kept;
    this.#travelled = 0;
    return true;
  }

  /** Sets the most broken constraint as the entering one; false when all are kept. */
  #choose(): boolean {
    const n = this.#n;
    const { x, rows } = this;
    // Written so that what is NaN counts as broken: the budget then ends it.
    let worst = this.#tolerance;
    for (let j = 0; j < n; j++) {
      const below = (this.lower[j] as number) - (x[j] as number);
      const above = (x[j] as number) - (this.upper[j] as number);
      const excess = Math.max(below, above) * (this.#root[j] as number);
      if (excess <= worst) continue;
      worst = excess;
      this.#entering = j;
    }
    const travelled = this.#travelled;
    const kept = this.#kept;
    const inverse = this.#inverse;
    const before = this.#before;
    const count = this.#keptCount;
    const bounds = this.bounds;
    for (let k = 0; k < count; k++) {
      // No row comes nearer than the point has moved since its last look: most need none.
      if ((before[k] as number) + travelled <= worst) continue;
      const i = kept[k] as number;
      const excess = ((bounds[i] as number) - dot(rows, i * n, x, 0, n)) * (inverse[k] as number);
      before[k] = excess - travelled;
      if (excess <= worst) continue;
      worst = excess;
      this.#entering = n + k;
    }
    if (this.#entering === NONE) return false;
    this.#excess = worst;
    this.#multiplier = 0;
    this.#loadNormal();
    return true;
  }

  /** Sets the unit normal of the entering constraint, towards where it is kept. */
  #loadNormal(): void {
    const n = this.#n;
    const normal = this.#normal;
    const k = this.#entering - n;
    if (k >= 0) {
      const own = (this.#kept[k] as number) * n;
      const inverse = this.#inverse[k] as number;
      for (let j = 0; j < n; j++)
        normal[j] = (this.rows[own + j] as number) * (this.#scale[j] as number) * inverse;
      return;
    }
    const j = this.#entering;
    normal.fill(0);
    normal[j] = (this.x[j] as number) < (this.lower[j] as number) ? 1 : -1;
  }

  /** One change of the active set towards the entering constraint; false when there is no way. */
  #advance(): boolean {
    const active = this.#active;
    const { multipliers, falls, move, count } = active;
    active.enter(this.#normal);
    const { square } = active;
    // The whole way, or as far as the first active constraint stops pushing.
    let step = this.#excess / square;
    let blocker = NONE;
    for (let i = 0; i < count; i++) {
      const fall = falls[i] as number;
      if (fall <= STEADY || (multipliers[i] as number) >= step * fall) continue;
      step = (multipliers[i] as number) / fall;
      blocker = i;
    }
    if (step === Infinity) return false;

    for (let j = 0; j < this.#n; j++) {
      this.x[j] = (this.x[j] as number) + step * (move[j] as number) * (this.#scale[j] as number);
    }
    for (let i = 0; i < count; i++) {
      multipliers[i] = Math.max(0, (multipliers[i] as number) - step * (falls[i] as number));
    }
    this.#excess -= step * square;
    this.#travelled += Math.abs(step) * Math.sqrt(square);
    this.#multiplier += step;
    if (blocker === NONE) {
      multipliers[count] = this.#multiplier;
      active.add();
      this.#entering = NONE;
    } else {
      active.remove(blocker);
    }
    return true;
  }
}
