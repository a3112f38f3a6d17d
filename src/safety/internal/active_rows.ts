/**
 * The rows that hold with equality while a quadratic program is solved, with their multipliers, and
 * an orthonormal basis of them over the free variables (modified Gram-Schmidt, done twice, so that
 * rows that are nearly parallel keep the basis orthogonal). A variable at its bound is not free.
 *
 * Normals are scaled: unit length where the Hessian is the identity.
 */
import { at } from '../../core/vector.js';

/** Squared length of what is left of a unit normal, below which it depends on the active ones. */
const DEPENDENT = 2 ** -60;

export class ActiveRows {
  count = 0;
  /** Of the active rows, ≥ 0. */
  readonly multipliers: Float64Array;
  /** By how much each active multiplier falls for a unit of the entering one. */
  readonly relief: Float64Array;
  /**
   * For a unit of the entering multiplier: how a free variable moves, and by how much the multiplier
   * of a variable at its bound falls.
   */
  readonly change: Float64Array;
  readonly #n: number;
  /** Which variables are free: 0. Shared with the program. */
  readonly #sides: Float64Array;
  /** Rows of n: unit normals of the active rows over all variables; one more for the entering. */
  readonly #normals: Float64Array;
  /** Rows of n: orthonormal, zero where a variable is not free. */
  readonly #basis: Float64Array;
  /** Rows of n + 1: active normal i over the basis, coordinates 0 to i. */
  readonly #triangle: Float64Array;

  constructor(n: number, sides: Float64Array) {
    this.#n = n;
    this.#sides = sides;
    this.multipliers = new Float64Array(n + 1);
    this.relief = new Float64Array(n + 1);
    this.change = new Float64Array(n);
    this.#normals = new Float64Array((n + 1) * n);
    this.#basis = new Float64Array((n + 1) * n);
    this.#triangle = new Float64Array((n + 1) * (n + 1));
  }

  /**
   * Sets `relief` and `change` for a constraint with this unit normal.
   *
   * @returns squared length of the free part of the normal that the active rows leave; 0 when none
   */
  enter(normal: Float64Array): number {
    const n = this.#n;
    const last = this.count;
    this.#normals.set(normal, last * n);
    const square = this.#orthogonalise(last);
    this.#relieve(last);

    const { change, relief } = this;
    change.set(normal);
    for (let i = 0; i < last; i++) subtract(change, 0, at(relief, i), this.#normals, i * n, n);
    const independent = square > DEPENDENT;
    for (let j = 0; j < n; j++) {
      if (at(this.#sides, j) !== 0) continue;
      change[j] = independent ? at(this.#basis, last * n + j) : 0;
    }
    return independent ? square : 0;
  }

  /** Takes the normal that entered last (and did not depend on the active ones) among them. */
  add(multiplier: number): void {
    this.multipliers[this.count] = multiplier;
    this.#normalise(this.count);
    this.count++;
  }

  /** Drops active row `i`. */
  remove(i: number): void {
    const n = this.#n;
    this.#normals.copyWithin(i * n, (i + 1) * n, this.count * n);
    this.multipliers.copyWithin(i, i + 1, this.count);
    this.count--;
    this.refresh(i);
  }

  /** Renews the basis from row `from` on, after rows or the free variables changed. */
  refresh(from: number): void {
    for (let i = from; i < this.count; i++) {
      this.#orthogonalise(i);
      this.#normalise(i);
    }
  }

  /** Splits normal `i` into its coordinates over the basis before it, and the rest; |rest|². */
  #orthogonalise(i: number): number {
    const n = this.#n;
    const basis = this.#basis;
    const own = i * n;
    const row = i * (n + 1);
    for (let j = 0; j < n; j++) {
      basis[own + j] = at(this.#sides, j) === 0 ? at(this.#normals, own + j) : 0;
    }
    this.#triangle.fill(0, row, row + i);
    for (let round = 0; round < 2; round++) {
      for (let k = 0; k < i; k++) {
        const share = dot(basis, k * n, basis, own, n);
        subtract(basis, own, share, basis, k * n, n);
        this.#triangle[row + k] = at(this.#triangle, row + k) + share;
      }
    }
    return dot(basis, own, basis, own, n);
  }

  /** Makes the rest of normal `i` the basis vector `i`. */
  #normalise(i: number): void {
    const n = this.#n;
    const own = i * n;
    // Never 0, so that rows that a new bound made dependent give large numbers, not NaN.
    const length = Math.sqrt(Math.max(dot(this.#basis, own, this.#basis, own, n), DEPENDENT));
    this.#triangle[i * (n + 1) + i] = length;
    for (let j = own; j < own + n; j++) this.#basis[j] = at(this.#basis, j) / length;
  }

  /** Solves for the coordinates of normal `last` over the active normals. */
  #relieve(last: number): void {
    const { relief } = this;
    const stride = this.#n + 1;
    const triangle = this.#triangle;
    for (let i = 0; i < last; i++) relief[i] = at(triangle, last * stride + i);
    for (let i = last - 1; i >= 0; i--) {
      const share = at(relief, i) / at(triangle, i * stride + i);
      subtract(relief, 0, share, triangle, i * stride, i);
      relief[i] = share;
    }
  }
}

/** Product of the `n` numbers of `a` from `i` and of `b` from `k`. */
export function dot(a: Float64Array, i: number, b: Float64Array, k: number, n: number): number {
  let sum = 0;
  for (let j = 0; j < n; j++) sum += at(a, i + j) * at(b, k + j);
  return sum;
}

/** Takes `share` times `n` numbers of `b` from `k` from those of `a` from `i`. */
function subtract(
  a: Float64Array,
  i: number,
  share: number,
  b: Float64Array,
  k: number,
  n: number,
): void {
  for (let j = 0; j < n; j++) a[i + j] = at(a, i + j) - share * at(b, k + j);
}
