/**
 * The loop that matrix product and implicit-GEMM convolution share: a workgroup computes a tile of
 * rows x columns, stages both operands in workgroup memory by slices of the reduction, and each of
 * its 256 threads keeps a small block of the result in registers.
 */

export interface Tile {
  readonly rows: number;
  readonly columns: number;
}

export const GEMM_THREADS = 256;
const SIDE = 16;
/** Depth of a slice. */
const DEPTH = 16;

export interface GemmShader {
  readonly tile: Tile;
  /** Members of the uniform block; must define `rows`, `columns` and `depth`. */
  readonly params: string;
  /** Names of the two read-only operands and the result, at bindings 1 (result), 2 and 3. */
  readonly buffers: string;
  /** WGSL: `fn loadRow(row : u32, k : u32) -> f32`, inside the bounds. */
  readonly loadRow: string;
  /** WGSL: `fn loadColumn(column : u32, k : u32) -> f32`, inside the bounds. */
  readonly loadColumn: string;
  /** WGSL: `fn store(row : u32, column : u32, value : f32)`, inside the bounds. */
  readonly store: string;
}

export function gemmStorageBytes(tile: Tile): number {
  return (tile.rows + tile.columns) * DEPTH * 4;
}

export function gemmShader(shader: GemmShader): string {
  const { rows, columns } = shader.tile;
  const perRow = rows / SIDE;
  const perColumn = columns / SIDE;
  const range = (n: number) => Array.from({ length: n }, (_, i) => i);
  const cells = range(perRow).flatMap((i) => range(perColumn).map((j) => ({ i, j })));
  return `
struct Params { ${shader.params} }
@group(0) @binding(0) var<uniform> params : Params;
${shader.buffers}
var<workgroup> rowTile : array<f32, ${rows * DEPTH}>;
var<workgroup> columnTile : array<f32, ${columns * DEPTH}>;
${shader.loadRow}
${shader.loadColumn}
${shader.store}
@compute @workgroup_size(${GEMM_THREADS})
fn main(@builtin(local_invocation_index) lane : u32, @builtin(workgroup_id) group : vec3u) {
  let firstRow = group.x * ${rows}u;
  let firstColumn = group.y * ${columns}u;
  let ty = lane / ${SIDE}u;
  let tx = lane % ${SIDE}u;
${cells.map(({ i, j }) => `  var c${i}_${j} = 0.0;`).join("\n")}
  for (var k0 = 0u; k0 < params.depth; k0 += ${DEPTH}u) {
    for (var e = lane; e < ${rows * DEPTH}u; e += ${GEMM_THREADS}u) {
      let row = firstRow + e % ${rows}u;
      let k = k0 + e / ${rows}u;
      var value = 0.0;
      if (row < params.rows && k < params.depth) { value = loadRow(row, k); }
      rowTile[e] = value;
    }
    for (var e = lane; e < ${columns * DEPTH}u; e += ${GEMM_THREADS}u) {
      let column = firstColumn + e % ${columns}u;
      let k = k0 + e / ${columns}u;
      var value = 0.0;
      if (column < params.columns && k < params.depth) { value = loadColumn(column, k); }
      columnTile[e] = value;
    }
    workgroupBarrier();
    for (var k = 0u; k < ${DEPTH}u; k++) {
${range(perRow)
  .map((i) => `      let a${i} = rowTile[k * ${rows}u + ty + ${i * SIDE}u];`)
  .join("\n")}
${range(perColumn)
  .map((j) => `      let b${j} = columnTile[k * ${columns}u + tx + ${j * SIDE}u];`)
  .join("\n")}
${cells.map(({ i, j }) => `      c${i}_${j} = fma(a${i}, b${j}, c${i}_${j});`).join("\n")}
    }
    workgroupBarrier();
  }
${cells
  .map(
    ({ i, j }) => `  {
    let row = firstRow + ty + ${i * SIDE}u;
    let column = firstColumn + tx + ${j * SIDE}u;
    if (row < params.rows && column < params.columns) { store(row, column, c${i}_${j}); }
  }`,
  )
  .join("\n")}
}`;
}
