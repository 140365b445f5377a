/** Matrices of samples against samples: symmetric, positive definite with the ridge that is added. */

/** Lower-triangular L with L L^T = A + ridge I; row-major, n x n. */
export function cholesky(a: Float64Array, n: number, ridge: number): Float64Array {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]! + (i === j ? ridge : 0);
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!;
      // Rounding may leave a pivot below the ridge, which is its least possible value.
      l[i * n + j] = i === j ? Math.sqrt(Math.max(sum, ridge)) : sum / l[j * n + j]!;
    }
  return l;
}

/** log det(L L^T). */
export function logDeterminant(l: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += 2 * Math.log(l[i * n + i]!);
  return sum;
}

/** trace((L L^T)^-1), the sum of the squares of L^-1. */
export function traceOfInverse(l: Float64Array, n: number): number {
  let sum = 0;
  const column = new Float64Array(n);
  for (let j = 0; j < n; j++)
    for (let i = j; i < n; i++) {
      let x = i === j ? 1 : 0;
      for (let k = j; k < i; k++) x -= l[i * n + k]! * column[k]!;
      column[i] = x / l[i * n + i]!;
      sum += column[i]! ** 2;
    }
  return sum;
}
