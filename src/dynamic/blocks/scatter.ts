/** Writing into feature maps that are kept as rows (rows.ts): whole blocks, and their row of zeros. */
import { string } from "../../graph/attribute.ts";
import { float32s, int64s } from "../../graph/tensor.ts";
import { EXTRA_ROWS } from "./rows.ts";
import type { Scope } from "./scope.ts";
import { type Size, SizeMath } from "./sizes.ts";
import type { BlockMap } from "./tables.ts";

/**
 * Replaces units of `target` [units, length], or adds to them.
 *
 * @param indices int64 [n, h, w, 1]
 * @param updates [n, h, w, length]
 */
export function scattered(
  scope: Scope,
  target: string,
  indices: string,
  updates: string,
  adds = false,
): string {
  const attributes = adds ? { reduction: string("add") } : undefined;
  return scope.add("ScatterND", [target, indices, updates], attributes);
}

/**
 * A list of units as rows [N, H + 1, W, K] again.
 *
 * @param like rows of that shape
 */
export function asRows(
  scope: Scope,
  units: string,
  like: string,
  { height, width }: BlockMap,
  channels: number,
): string {
  const known = typeof height === "number" && typeof width === "number";
  const shape = known
    ? new SizeMath(scope).vector([-1, height + EXTRA_ROWS, width, channels])
    : scope.add("Shape", [like]);
  return scope.add("Reshape", [units, shape]);
}

/** Whether blocks are cut at the map's edge, or may be: their rest is written to the row of zeros. */
export function isCut({ height, width, geometry }: BlockMap): boolean {
  const [h, w] = geometry.pitch;
  return (
    typeof height !== "number" || typeof width !== "number" || (height % h) + (width % w) !== 0
  );
}

/** The rows with zeros in their last row. */
export function withZeroRow(
  scope: Scope,
  rows: string,
  batch: Size,
  { height, width }: BlockMap,
  channels: number,
): string {
  const math = new SizeMath(scope);
  const image = scope.add("Reshape", [math.range(batch), math.vector([-1, 1])]);
  const onlyImage = scope.constant("blocks/ints/1,0", int64s([1, 0]));
  const at = scope.add("Add", [scope.add("Mul", [image, onlyImage]), math.vector([0, height])]);
  return scope.add("ScatterND", [rows, at, zeros(scope, [batch, width, channels])]);
}

export function zeros(scope: Scope, shape: readonly Size[]): string {
  return scope.add("ConstantOfShape", [new SizeMath(scope).vector(shape)], {
    value: { kind: "tensor", value: float32s([0]) },
  });
}
