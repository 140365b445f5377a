/**
 * Positions as near as can be to those wanted (least squares), in the order given and far enough apart:
 * isotonic regression by pooling adjacent violators, linear in the row.
 *
 * @param wanted of each node's centre
 * @param apart least distance of centre i + 1 from centre i
 */
export function separate(
  wanted: ArrayLike<number>,
  apart: ArrayLike<number>,
  weight: ArrayLike<number>,
): Float64Array {
  const n = wanted.length;
  const offset = new Float64Array(n);
  for (let i = 1; i < n; i++) offset[i] = offset[i - 1]! + apart[i - 1]!;
  // Pools: mean, weight and the first member of each.
  const mean: number[] = [];
  const mass: number[] = [];
  const first: number[] = [];
  for (let i = 0; i < n; i++) {
    let m = wanted[i]! - offset[i]!;
    let w = weight[i]!;
    let from = i;
    while (mean.length > 0 && mean.at(-1)! >= m) {
      const before = mass.pop()!;
      m = (mean.pop()! * before + m * w) / (before + w);
      w += before;
      from = first.pop()!;
    }
    mean.push(m);
    mass.push(w);
    first.push(from);
  }
  const out = new Float64Array(n);
  for (let p = 0; p < mean.length; p++)
    for (let i = first[p]!; i < (first[p + 1] ?? n); i++) out[i] = mean[p]! + offset[i]!;
  return out;
}
