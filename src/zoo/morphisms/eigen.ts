/** Eigenvectors of small symmetric matrices, by Jacobi's cyclic rotations. */

const SWEEPS = 30;

/**
 * Unit eigenvectors, of the largest eigenvalue first; ties in the order of their columns. The sign
 * is such that an entry of the largest magnitude is positive.
 *
 * @param matrix [n, n], row-major; left as it is
 */
export function symmetricEigen(matrix: Float64Array, n: number): readonly Float64Array[] {
  const a = matrix.slice();
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let off = 0;
    let diagonal = 0;
    for (let i = 0; i < n; i++) {
      diagonal += a[i * n + i]! ** 2;
      for (let j = 0; j < i; j++) off += a[i * n + j]! ** 2;
    }
    if (off <= 1e-30 * diagonal || off === 0) break;
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q);
  }
  const order = Array.from({ length: n }, (_, i) => i).sort(
    (i, j) => a[j * n + j]! - a[i * n + i]! || i - j,
  );
  return order.map((column) => {
    const vector = Float64Array.from({ length: n }, (_, i) => v[i * n + column]!);
    const largest = vector.reduce((m, x) => (Math.abs(x) > Math.abs(m) ? x : m), 0);
    return largest < 0 ? vector.map((x) => -x) : vector;
  });
}

/** Makes a[p, q] zero. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q]!;
  if (apq === 0) return;
  const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const x = a[k * n + p]!;
    const y = a[k * n + q]!;
    a[k * n + p] = c * x - s * y;
    a[k * n + q] = s * x + c * y;
  }
  for (let k = 0; k < n; k++) {
    const x = a[p * n + k]!;
    const y = a[q * n + k]!;
    a[p * n + k] = c * x - s * y;
    a[q * n + k] = s * x + c * y;
  }
  for (let k = 0; k < n; k++) {
    const x = v[k * n + p]!;
    const y = v[k * n + q]!;
    v[k * n + p] = c * x - s * y;
    v[k * n + q] = s * x + c * y;
  }
}
