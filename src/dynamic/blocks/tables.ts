/** Tables over the blocks of one image: which pixels a block covers, and which of them exist. */
import { int } from "../../graph/attribute.ts";
import { int64s } from "../../graph/tensor.ts";
import type { BlockGeometry } from "./halo.ts";
import { EXTRA_ROWS } from "./rows.ts";
import type { Scope } from "./scope.ts";
import { type Size, SizeMath } from "./sizes.ts";

/** Larger than any index. */
const OUTSIDE = 2 ** 40;

/** A feature map and how blocks lie on it. */
export interface BlockMap {
  readonly geometry: BlockGeometry;
  readonly height: Size;
  readonly width: Size;
  /** Blocks in a column and in a row. */
  readonly grid: readonly [Size, Size];
}

/**
 * How many pixels of a row are moved as one: copies of whole runs cost less than pixel by pixel.
 * Every block starts and ends on a multiple of it, and so does every row.
 */
export function unitOf({ geometry, width }: BlockMap): number {
  if (typeof width !== "number") return 1;
  return [geometry.size[1], geometry.offset[1], geometry.pitch[1]].reduce(gcd, width);
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/**
 * Indices into one image's rows (see rows.ts) in units of `unit` pixels:
 * [blocks, height of a block, width / unit, 1].
 * Pixels outside the image are those of the row of zeros.
 */
export function indexTable(scope: Scope, map: BlockMap, unit: number): string {
  const math = new SizeMath(scope);
  const { size } = map.geometry;
  const rowLength = math.div(map.width, unit);
  const y = axisTable(scope, map, 0, rowLength, 1);
  const x = axisTable(scope, map, 1, 1, unit);
  const outside = math.mul(map.height, rowLength);
  const table = scope.add("Min", [scope.add("Add", [y, x]), math.value(outside)]);
  return scope.add("Reshape", [table, math.vector([-1, size[0], size[1] / unit, 1])]);
}

/** Indices of one image, in units. */
export function imagePitch(scope: Scope, map: BlockMap, unit: number): Size {
  const math = new SizeMath(scope);
  return math.mul(math.add(map.height, EXTRA_ROWS), math.div(map.width, unit));
}

/** 0 where a pixel of a block lies in the image, 1 where not: float32 [blocks, 1, height, width]. */
export function outsideTable(scope: Scope, map: BlockMap): string {
  const { size } = map.geometry;
  const along = (axis: 0 | 1) => {
    const limit = scope.constant("blocks/outside", int64s([OUTSIDE]));
    return scope.add("GreaterOrEqual", [axisTable(scope, map, axis, 1, 1), limit]);
  };
  const either = scope.add("Or", [along(0), along(1)]);
  const table = scope.add("Cast", [either], { to: int(1) });
  return scope.add("Reshape", [table, new SizeMath(scope).vector([-1, 1, size[0], size[1]])]);
}

/** Positions of blocks along an axis times `scale`: [blocks, 1, length, 1], or [1, blocks, 1, length]. */
function axisTable(scope: Scope, map: BlockMap, axis: 0 | 1, scale: Size, unit: number): string {
  const pitch = map.geometry.pitch[axis];
  const offset = map.geometry.offset[axis];
  const length = map.geometry.size[axis];
  const limit = axis === 0 ? map.height : map.width;
  const blocks = map.grid[axis];
  const dims = (b: number) => (axis === 0 ? [b, 1, length, 1] : [1, b, 1, length / unit]);
  if (typeof limit === "number" && typeof blocks === "number" && typeof scale === "number") {
    const values: number[] = [];
    for (let b = 0; b < blocks; b++)
      for (let i = 0; i < length; i += unit) {
        const p = b * pitch - offset + i;
        values.push(p >= 0 && p < limit ? (p / unit) * scale : OUTSIDE);
      }
    const key = [axis, blocks, pitch, offset, length, limit, scale, unit].join(",");
    return scope.constant(`blocks/axis/${key}`, int64s(values, dims(blocks)));
  }
  const math = new SizeMath(scope);
  const column = math.vector([-1, 1]);
  const starts = scope.add("Mul", [math.range(blocks), math.value(pitch)]);
  const steps = Array.from({ length }, (_, i) => i - offset);
  const key = `blocks/steps/${offset},${length}`;
  const p = scope.add("Add", [
    scope.add("Reshape", [starts, column]),
    scope.constant(key, int64s(steps)),
  ]);
  const inside = scope.add("And", [
    scope.add("GreaterOrEqual", [p, math.value(0)]),
    scope.add("Less", [p, math.value(limit)]),
  ]);
  const index = scope.add("Where", [
    inside,
    scope.add("Mul", [p, math.value(scale)]),
    scope.constant("blocks/outside", int64s([OUTSIDE])),
  ]);
  return scope.add("Reshape", [index, math.vector(dims(-1))]);
}
