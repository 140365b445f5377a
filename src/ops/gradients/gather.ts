/** Gradients of Gather and Scatter in their forms: what one reads, the other adds to. */
import { int, string } from "../../graph/attribute.ts";
import { tensorOf } from "../../graph/tensor.ts";
import type { Attribute } from "../../graph/types.ts";
import { axisIn, fail, intAttr, stringAttr } from "../context.ts";
import {
  axisOf,
  emit,
  padZeros,
  range,
  reshape,
  scalar,
  sizes,
  squeeze,
  transpose,
  unsqueeze,
  zerosLike,
} from "./emit.ts";
import type { GradientContext, GradientRule } from "./types.ts";

/** Indices that stand twice add. */
const ADD = { reduction: string("add") };

export const gather: GradientRule = (ctx, [g]) => {
  const [x, indices] = ctx.node.inputs as [string, string];
  const shape = ctx.shape(x);
  const axis = axisIn(ctx, intAttr(ctx, "axis", 0), shape.length);
  const size = shape[axis]!;
  const one = ctx.elements(1);
  const at = one?.elements[0];
  if (one?.elements.length === 1 && typeof at === "number" && typeof size === "number") {
    const kept = one.dims.length === 0 ? unsqueeze(ctx, g!, axis) : reshapeToOne(ctx, g!, x, axis);
    const before = at < 0 ? at + size : at;
    const amounts = (n: number) => shape.map((_, i) => (i === axis ? n : 0));
    return [padZeros(ctx, kept, [...amounts(before), ...amounts(size - 1 - before)])];
  }
  const depth = ctx.shape(indices).length;
  const columns = unsqueeze(ctx, asInt64(ctx, indices), -1);
  if (axis === 0) return [emit(ctx, "ScatterND", [zerosLike(ctx, x), columns, g!], ADD)];
  // The gathered axis goes first, so that indices name whole slices.
  const rank = shape.length + depth - 1;
  const first = transpose(
    ctx,
    g!,
    ...range(axis, axis + depth),
    ...range(0, axis),
    ...range(axis + depth, rank),
  );
  const order = [axis, ...range(0, axis), ...range(axis + 1, shape.length)];
  const target = sizes(
    ctx,
    order.map((a) => axisOf(ctx, x, a)),
  );
  const zeros = emit(ctx, "ConstantOfShape", [target], {
    value: { kind: "tensor", value: tensorOf(ctx.type(x).dtype as "float32", [1], [0]) },
  });
  const scattered = emit(ctx, "ScatterND", [zeros, columns, first], ADD);
  return [transpose(ctx, scattered, ...range(0, shape.length).map((a) => order.indexOf(a)))];
};

/** x's shape with the axis at 1, where the index is a list (of any rank) of one. */
function reshapeToOne(ctx: GradientContext, g: string, x: string, axis: number): string {
  return reshape(
    ctx,
    g,
    ctx.shape(x).map((_, a) => (a === axis ? 1 : axisOf(ctx, x, a))),
  );
}

function asInt64(ctx: GradientContext, indices: string): string {
  const INT64 = 7;
  return ctx.type(indices).dtype === "int64"
    ? indices
    : emit(ctx, "Cast", [indices], { to: int(INT64) });
}

export const gatherElements: GradientRule = (ctx, [g]) => {
  const [x, indices] = ctx.node.inputs as [string, string];
  const axis = int(axisIn(ctx, intAttr(ctx, "axis", 0), ctx.shape(x).length));
  return [emit(ctx, "ScatterElements", [zerosLike(ctx, x), indices, g!], { ...ADD, axis })];
};

export const gatherND: GradientRule = (ctx, [g]) => {
  const [x, indices] = ctx.node.inputs as [string, string];
  const batch = intAttr(ctx, "batch_dims", 0);
  const whole = batch === 0 ? indices : withBatch(ctx, indices, batch);
  return [emit(ctx, "ScatterND", [zerosLike(ctx, x), whole, g!], ADD)];
};

/** The indices with those of their own first `batch` axes before them. */
function withBatch(ctx: GradientContext, indices: string, batch: number): string {
  const rank = ctx.shape(indices).length;
  const target = sizes(ctx, [...range(0, rank - 1).map((a) => axisOf(ctx, indices, a)), 1]);
  const columns = range(0, batch).map((axis) => {
    const size = squeeze(ctx, sizes(ctx, [axisOf(ctx, indices, axis)]), 0);
    const [from, by] = [scalar(ctx, 0, "int64"), scalar(ctx, 1, "int64")];
    const own = emit(ctx, "Range", [from, size, by]);
    const placed = unsqueeze(ctx, own, ...range(0, rank).filter((a) => a !== axis));
    return emit(ctx, "Expand", [placed, target]);
  });
  return emit(ctx, "Concat", [...columns, indices], { axis: int(rank - 1) });
}

/** Without reduction what is overwritten has no gradient; with addition data and updates both have. */
function scatter(op: "ScatterElements" | "ScatterND", read: string): GradientRule {
  return (ctx, [g]) => {
    const [x, indices, updates] = ctx.node.inputs as [string, string, string];
    const reduction = stringAttr(ctx, "reduction", "none");
    if (reduction !== "none" && reduction !== "add")
      throw fail(ctx, `no gradient is known with reduction ${reduction}`, "use none or add");
    const axis: Record<string, Attribute> =
      op === "ScatterND"
        ? {}
        : { axis: int(axisIn(ctx, intAttr(ctx, "axis", 0), ctx.shape(x).length)) };
    const kept = () =>
      reduction === "add" ? g : emit(ctx, op, [g!, indices, zerosLike(ctx, updates)], axis);
    return [
      ctx.wanted(0) ? kept() : undefined,
      undefined,
      ctx.wanted(2) ? emit(ctx, read, [g!, indices], axis) : undefined,
    ];
  };
}

export const scatterElements = scatter("ScatterElements", "GatherElements");
export const scatterND = scatter("ScatterND", "GatherND");
