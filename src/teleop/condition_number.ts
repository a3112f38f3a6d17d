/** The condition number of a Jacobian, by the eigenvalues of its Gram matrix (Jacobi's rotations). */

/** Columns shorter than this belong to joints that do not move the tool. */
const NOTHING = 1e-9;
const SWEEPS = 20;

/**
 * Ratio of the largest to the smallest singular value, over the columns that are not zero; 1 where
 * there is none, Infinity where columns (or rows, if these are fewer) depend on one another.
 *
 * @param matrix rows × columns, row by row
 */
export function conditionNumber(matrix: Float64Array, rows: number, columns: number): number {
  const used = Array.from({ length: columns }, (_, j) => j).filter((j) => {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += (matrix[i * columns + j] ?? 0) ** 2;
    return sum > NOTHING ** 2;
  });
  if (used.length === 0) return 1;
  const gram =
    used.length < rows
      ? columnGram(matrix, rows, columns, used)
      : rowGram(matrix, rows, columns, used);
  const n = Math.min(rows, used.length);
  diagonalize(gram, n);
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < n; i++) {
    least = Math.min(least, gram[i * n + i] ?? 0);
    most = Math.max(most, gram[i * n + i] ?? 0);
  }
  return least > most * 1e-14 ? Math.sqrt(most / least) : Number.POSITIVE_INFINITY;
}

function columnGram(m: Float64Array, rows: number, columns: number, used: number[]): Float64Array {
  const n = used.length;
  const gram = new Float64Array(n * n);
  for (const [a, j] of used.entries()) {
    for (const [b, k] of used.entries()) {
      let sum = 0;
      for (let i = 0; i < rows; i++) sum += (m[i * columns + j] ?? 0) * (m[i * columns + k] ?? 0);
      gram[a * n + b] = sum;
    }
  }
  return gram;
}

function rowGram(m: Float64Array, rows: number, columns: number, used: number[]): Float64Array {
  const gram = new Float64Array(rows * rows);
  for (let a = 0; a < rows; a++) {
    for (let b = 0; b < rows; b++) {
      let sum = 0;
      for (const j of used) sum += (m[a * columns + j] ?? 0) * (m[b * columns + j] ?? 0);
      gram[a * rows + b] = sum;
    }
  }
  return gram;
}

/** Turns a symmetric matrix until only its diagonal, the eigenvalues, is left. */
function diagonalize(a: Float64Array, n: number): void {
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        off += Math.abs(a[p * n + q] ?? 0);
        rotate(a, n, p, q);
      }
    }
    if (off === 0) return;
  }
}

/** Rotates rows and columns p and q so that their element vanishes. */
function rotate(a: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q] ?? 0;
  if (Math.abs(apq) < 1e-300) {
    a[p * n + q] = 0;
    a[q * n + p] = 0;
    return;
  }
  const theta = ((a[q * n + q] ?? 0) - (a[p * n + p] ?? 0)) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const akp = a[k * n + p] ?? 0;
    const akq = a[k * n + q] ?? 0;
    a[k * n + p] = c * akp - s * akq;
    a[k * n + q] = s * akp + c * akq;
  }
  for (let k = 0; k < n; k++) {
    const apk = a[p * n + k] ?? 0;
    const aqk = a[q * n + k] ?? 0;
    a[p * n + k] = c * apk - s * aqk;
    a[q * n + k] = s * apk + c * aqk;
  }
  a[p * n + q] = 0;
  a[q * n + p] = 0;
}
