/** Workgroups counted in one line, laid out within WebGPU's limit of each dimension. */

/** WebGPU's guaranteed `maxComputeWorkgroupsPerDimension`. */
const WIDEST = 65_535;

/** Exactly `count` workgroups, as one row where that fits; else the nearest product above. */
export function rowGrid(count: number): readonly [number, number, number] {
  if (count <= WIDEST) return [count, 1, 1];
  const rows = Math.ceil(count / WIDEST);
  return [Math.ceil(count / rows), rows, 1];
}
