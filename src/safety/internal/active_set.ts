/**
 * The constraints that hold with equality while a quadratic program is solved: their multipliers, and
 * an orthonormal basis of the whole space whose first vectors span their normals. Normals are scaled:
 * of unit length where the Hessian is the identity, pointing to where the constraint is kept.
 *
 * The basis is changed by reflections and rotations only, so it stays orthonormal to rounding however
 * nearly parallel the normals are.
 */

/** Squared length of what active normals leave of a unit normal, up to which it depends on them. */
const DEPENDENT = 2 ** -60;

export class ActiveSet {
  count = 0;
  /** Of the active constraints, ≥ 0. */
  readonly multipliers: Float64Array;
  /** By how much each of them falls for a unit of the multiplier of the entering constraint. */
  readonly falls: Float64Array;
  /** How the point moves for a unit of it. */
  readonly move: Float64Array;
  /**
   * By how much the constraint that entered last comes closer for a unit of its multiplier: the squared length
   * of `move`; 0 when its normal depends on the active ones. A field, since numbers passed on may be allocated.
   */
  square = 0;
  readonly #n: number;
  /** Rows of n: the basis, a vector each. */
  readonly #basis: Float64Array;
  /** Rows of n: active normal i over the basis, its coordinates 0 to i. */
  readonly #triangle: Float64Array;
  /** The entering normal over the basis. */
  readonly #entering: Float64Array;
  #cos = 1;
  #sin = 0;

  constructor(n: number) {
    this.#n = n;
    this.multipliers = new Float64Array(n);
    this.falls = new Float64Array(n);
    this.move = new Float64Array(n);
    this.#basis = new Float64Array(n * n);
    this.#triangle = new Float64Array(n * n);
    this.#entering = new Float64Array(n);
  }

  /**
   * Starts with the bounds of variables alone.
   *
   * @param pushes multiplier of the bound that holds each variable, negative for an upper bound; 0
   *   where none does
   */
  start(pushes: Float64Array): void {
    const n = this.#n;
    this.#basis.fill(0);
    let held = 0;
    let free = n;
    for (let j = 0; j < n; j++) {
      const push = pushes[j] as number;
      if (push === 0) {
        free--;
        this.#basis[free * n + j] = 1;
        continue;
      }
      this.#basis[held * n + j] = Math.sign(push);
      this.#triangle.fill(0, held * n, held * n + held);
      this.#triangle[held * n + held] = 1;
      this.multipliers[held] = Math.abs(push);
      held++;
    }
    this.count = held;
  }

  /** Sets `falls`, `move` and `square` for a constraint with this unit normal. */
  enter(normal: Float64Array): void {
    const n = this.#n;
    const basis = this.#basis;
    const entering = this.#entering;
    const { move, falls, count } = this;
    let square = 0;
    for (let k = 0; k < n; k++) {
      const share = dot(basis, k * n, normal, 0, n);
      entering[k] = share;
      if (k >= count) square += share * share;
    }
    this.square = square > DEPENDENT ? square : 0;
    move.fill(0);
    if (this.square > 0) {
      for (let k = count; k < n; k++) add(move, 0, entering[k] as number, basis, k * n, n);
    }
    // Back substitution: the entering normal as a sum of active ones, as far as it is one.
    falls.set(entering);
    for (let i = count - 1; i >= 0; i--) {
      const share = (falls[i] as number) / (this.#triangle[i * n + i] as number);
      add(falls, 0, -share, this.#triangle, i * n, i);
      falls[i] = share;
    }
  }

  /**
   * Takes in the constraint that entered last, which must not have depended on the others. Its multiplier
   * stands behind theirs.
   */
  add(): void {
    const n = this.#n;
    const { count, move } = this;
    const basis = this.#basis;
    const entering = this.#entering;
    // A reflection of the free part of the basis turns its first vector into that of the move.
    const first = entering[count] as number;
    const length = first > 0 ? -Math.sqrt(this.square) : Math.sqrt(this.square);
    add(move, 0, -length, basis, count * n, n);
    entering[count] = first - length;
    const inverse = 1 / (this.square - first * length);
    for (let k = count; k < n; k++)
      add(basis, k * n, -inverse * (entering[k] as number), move, 0, n);
    entering[count] = length;
    this.#triangle.set(entering, count * n);
    this.count++;
  }

  /** Drops active constraint `i`. */
  remove(i: number): void {
    const n = this.#n;
    const triangle = this.#triangle;
    this.multipliers.copyWithin(i, i + 1, this.count);
    triangle.copyWithin(i * n, (i + 1) * n, this.count * n);
    this.count--;
    // Each normal after it has a coordinate too many, which a rotation of two vectors takes away.
    for (let k = i; k < this.count; k++) {
      const own = k * n + k;
      const first = triangle[own] as number;
      const second = triangle[own + 1] as number;
      const length = Math.sqrt(first * first + second * second);
      this.#cos = first / length;
      this.#sin = second / length;
      for (let row = own; row < this.count * n; row += n) this.#rotate(triangle, row, row + 1, 1);
      this.#rotate(this.#basis, k * n, (k + 1) * n, n);
    }
  }

  /** Turns the vectors of `n` numbers from `i` and from `k` in their plane, the first towards the second. */
  #rotate(a: Float64Array, i: number, k: number, n: number): void {
    const cos = this.#cos;
    const sin = this.#sin;
    for (let j = 0; j < n; j++) {
      const first = a[i + j] as number;
      const second = a[k + j] as number;
      a[i + j] = cos * first + sin * second;
      a[k + j] = cos * second - sin * first;
    }
  }
}

/** Product of the `n` numbers of `a` from `i` and of `b` from `k`. */
export function dot(a: Float64Array, i: number, b: Float64Array, k: number, n: number): number {
  // Two sums, since the next addition to a sum has to wait for the last one.
  let even = 0;
  let odd = 0;
  for (let j = 1; j < n; j += 2) {
    even += (a[i + j - 1] as number) * (b[k + j - 1] as number);
    odd += (a[i + j] as number) * (b[k + j] as number);
  }
  if (n % 2 === 1) even += (a[i + n - 1] as number) * (b[k + n - 1] as number);
  return even + odd;
}

/** Adds `share` times `n` numbers of `b` from `k` to those of `a` from `i`. */
function add(
  a: Float64Array,
  i: number,
  share: number,
  b: Float64Array,
  k: number,
  n: number,
): void {
  for (let j = 0; j < n; j++) a[i + j] = (a[i + j] as number) + share * (b[k + j] as number);
}
