/** The adjoint of a linear map of the elements along one axis: Resize, and Pad by repetition. */
import { int } from "../../graph/attribute.ts";
import { elementCount, tensorOf } from "../../graph/tensor.ts";
import {
  dtypeCode,
  dtypeOf,
  emit,
  list,
  range,
  reshape,
  type TargetDim,
  transpose,
} from "./emit.ts";
import type { GradientContext } from "./types.ts";

/**
 * The matrix of the map, [from, to]: the map applied to the identity matrix, whose rows it takes
 * for items. So the matrix is the operator's own, whatever its coordinates and rounding, and it is
 * a constant that ONNX Runtime folds when it loads the graph.
 *
 * @param lead axes of size 1 before the matrix
 * @param apply adds the operator's node, given the identity [1 (lead times), from, from]
 */
export function mapMatrix(
  ctx: GradientContext,
  from: number,
  lead: number,
  apply: (identity: string) => string,
): string {
  const shape = ctx.builder.addShared("ConstantOfShape", [list(ctx, [from, from])], {
    value: { kind: "tensor", value: tensorOf(dtypeOf(ctx) as "float32", [1], [0]) },
  });
  const dtype = int(dtypeCode(ctx, dtypeOf(ctx)));
  const eye = ctx.builder.addShared("EyeLike", [shape], { dtype });
  if (lead === 0) return apply(eye);
  const ones = range(0, lead).map(() => 1);
  const mapped = apply(reshape(ctx, eye, [...ones, from, from]));
  return emit(ctx, "Squeeze", [mapped, list(ctx, range(0, lead))]);
}

/**
 * For y = x M along an axis, d loss / d x = g M'.
 *
 * @param g has the sizes `shape`
 * @param axis with `to` elements in g
 * @param matrix M, [from, to]
 * @param from elements along the axis in the result
 */
export function throughMap(
  ctx: GradientContext,
  g: string,
  shape: readonly TargetDim[],
  axis: number,
  matrix: string,
  from: number,
): string {
  const rank = shape.length;
  const turned = () => transpose(ctx, matrix, 1, 0);
  if (axis === rank - 1) return emit(ctx, "MatMul", [g, turned()]);
  const inner = shape.slice(axis + 1);
  if (inner.every((d) => typeof d === "number")) {
    const to = shape[axis] as number;
    const columns = elementCount(inner);
    const rows = reshape(ctx, g, [-1, to, columns]);
    return reshape(ctx, emit(ctx, "MatMul", [matrix, rows]), shape.with(axis, from));
  }
  const swap = range(0, rank)
    .with(axis, rank - 1)
    .with(rank - 1, axis);
  const last = emit(ctx, "MatMul", [transpose(ctx, g, ...swap), turned()]);
  return transpose(ctx, last, ...swap);
}
