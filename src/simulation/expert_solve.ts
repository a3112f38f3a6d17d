/** Small dense linear systems for the expert's inverse kinematics. */

/**
 * The x that nearly solves A x = b for square A (row by row): x = (AᵀA + λI)⁻¹ Aᵀ b, which stays
 * bounded where A is singular (damped least squares), by Cholesky's factorisation.
 */
export function solveLinear(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  n: number,
  damping: number,
): Float64Array {
  const l = new Float64Array(n * n);
  const x = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = i === j ? damping : 0;
      for (let k = 0; k < n; k++) sum += (a[k * n + i] ?? 0) * (a[k * n + j] ?? 0);
      for (let k = 0; k < j; k++) sum -= (l[i * n + k] ?? 0) * (l[j * n + k] ?? 0);
      l[i * n + j] = i === j ? Math.sqrt(sum) : sum / (l[j * n + j] ?? 1);
    }
    let right = 0;
    for (let k = 0; k < n; k++) right += (a[k * n + i] ?? 0) * (b[k] ?? 0);
    for (let k = 0; k < i; k++) right -= (l[i * n + k] ?? 0) * (x[k] ?? 0);
    x[i] = right / (l[i * n + i] ?? 1);
  }
  for (let i = n - 1; i >= 0; i--) {
    let value = x[i] ?? 0;
    for (let k = i + 1; k < n; k++) value -= (l[k * n + i] ?? 0) * (x[k] ?? 0);
    x[i] = value / (l[i * n + i] ?? 1);
  }
  return x;
}
