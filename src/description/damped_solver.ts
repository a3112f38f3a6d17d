/** Damped linear least squares for the small systems of inverse kinematics, without allocation. */

/**
 * Prepares a solver for `rows`×`columns` systems: it writes the step that minimises
 * |J step − error|² + λ |step|² into `step`, with 0 for columns marked in `blocked`. With λ > 0
 * the normal equations are positive definite; they are solved by Cholesky factorisation.
 */
export function solveDamped(rows: number, columns: number) {
  const normal = new Float64Array(columns * columns);
  return (
    jacobian: Float64Array,
    error: Float64Array,
    lambda: number,
    blocked: Uint8Array,
    step: Float64Array,
  ): void => {
    for (let i = 0; i < columns; i++) {
      let right = 0;
      for (let k = 0; k < rows; k++) right += (jacobian[k * columns + i] ?? 0) * (error[k] ?? 0);
      step[i] = blocked[i] === 0 ? right : 0;
      for (let j = 0; j <= i; j++) {
        let sum = 0;
        if (blocked[i] === 0 && blocked[j] === 0) {
          for (let k = 0; k < rows; k++) {
            sum += (jacobian[k * columns + i] ?? 0) * (jacobian[k * columns + j] ?? 0);
          }
        }
        normal[i * columns + j] = i === j ? sum + lambda : sum;
      }
    }
    factorize(normal, columns);
    substitute(normal, columns, step);
  };
}

/** Lower Cholesky factor of a symmetric positive definite matrix, in place. */
function factorize(a: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j] ?? 0;
      for (let k = 0; k < j; k++) sum -= (a[i * n + k] ?? 0) * (a[j * n + k] ?? 0);
      a[i * n + j] = i === j ? Math.sqrt(Math.max(sum, 1e-300)) : sum / (a[j * n + j] ?? 1);
    }
  }
}

/** x = (L Lᵀ)⁻¹ x. */
function substitute(l: Float64Array, n: number, x: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let sum = x[i] ?? 0;
    for (let k = 0; k < i; k++) sum -= (l[i * n + k] ?? 0) * (x[k] ?? 0);
    x[i] = sum / (l[i * n + i] ?? 1);
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = x[i] ?? 0;
    for (let k = i + 1; k < n; k++) sum -= (l[k * n + i] ?? 0) * (x[k] ?? 0);
    x[i] = sum / (l[i * n + i] ?? 1);
  }
}
