/** Gradients of operators that take an axis apart or put it together: Concat, Split, Slice. */
import { int } from "../../graph/attribute.ts";
import { isStatic } from "../../graph/dim.ts";
import { tensorOf } from "../../graph/tensor.ts";
import type { Shape } from "../../graph/types.ts";
import { axesIn, axisIn, fail, intAttr, knownNumbers } from "../context.ts";
import {
  axesOf,
  axisOf,
  slice as cut,
  emit,
  flip,
  list,
  padZeros,
  range,
  reshape,
  scalar,
  sizes,
  squeeze,
  type TargetDim,
  unsqueeze,
  zerosLike,
} from "./emit.ts";
import type { GradientContext, GradientRule } from "./types.ts";

export const concat: GradientRule = (ctx, [g]) => {
  const { inputs } = ctx.node;
  if (inputs.length === 1) return [g];
  const axis = axisIn(ctx, intAttr(ctx, "axis", 0), ctx.shape(inputs[0]!).length);
  const along: Shape = inputs.map((x) => ctx.shape(x)[axis]!);
  const asked = inputs.flatMap((_, i) => (ctx.wanted(i) ? [i] : []));
  const [only] = asked;
  if (asked.length === 1 && isStatic(along)) {
    const start = along.slice(0, only).reduce((a, b) => a + b, 0);
    const end = start + along[only!]!;
    return inputs.map((_, i) => (i === only ? cut(ctx, g!, [axis], [start], [end]) : undefined));
  }
  const parts = sizes(
    ctx,
    inputs.map((x) => axisOf(ctx, x, axis)),
  );
  return ctx.builder.addMany("Split", [g!, parts], inputs.length, { axis: int(axis) });
};

export const split: GradientRule = (ctx, outputs) => {
  const x = ctx.node.inputs[0]!;
  const axis = axisIn(ctx, intAttr(ctx, "axis", 0), ctx.shape(x).length);
  const parts = outputs.map((g, i) => (g === "" ? zerosLike(ctx, ctx.node.outputs[i]!) : g));
  return [parts.length === 1 ? parts[0]! : emit(ctx, "Concat", parts, { axis: int(axis) })];
};

/** One axis of a Slice. */
interface Cut {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
}

export const slice: GradientRule = (ctx, [g]) => {
  const x = ctx.node.inputs[0]!;
  const [from, to] = [ctx.shape(x), ctx.shape(ctx.node.outputs[0]!)];
  const cuts = knownCuts(ctx, from, to);
  return [cuts === undefined ? byPositions(ctx, g!) : byPadding(ctx, g!, cuts, from, to)];
};

/** Undefined where the data or a free dimension decides what is cut. */
function knownCuts(ctx: GradientContext, from: Shape, to: Shape): readonly Cut[] | undefined {
  const starts = knownNumbers(ctx, 1);
  const axes = slicedAxes(ctx, from.length);
  const given = ctx.node.inputs[4];
  const steps = given === undefined || given === "" ? starts?.map(() => 1) : knownNumbers(ctx, 4);
  if (starts === undefined || axes === undefined || steps === undefined) return undefined;
  const out: Cut[] = [];
  for (const [i, axis] of axes.entries()) {
    const [size, length] = [from[axis]!, to[axis]!];
    if (typeof size !== "number" || typeof length !== "number") return undefined;
    const step = steps[i]!;
    const counted = starts[i]! < 0 ? starts[i]! + size : starts[i]!;
    const start = Math.min(Math.max(counted, 0), step > 0 ? size : size - 1);
    out.push({ axis, start, step });
  }
  return out;
}

function slicedAxes(ctx: GradientContext, rank: number): readonly number[] | undefined {
  const given = ctx.node.inputs[3];
  if (given !== undefined && given !== "") {
    const axes = knownNumbers(ctx, 3);
    return axes && axesIn(ctx, axes, rank);
  }
  const count = ctx.shape(ctx.node.inputs[1]!)[0];
  return typeof count === "number" ? range(0, count) : undefined;
}

/** Zeros between the elements where the step is above 1, then zeros around them. */
function byPadding(
  ctx: GradientContext,
  g: string,
  cuts: readonly Cut[],
  from: Shape,
  to: Shape,
): string {
  const backward = cuts.filter((c) => c.step < 0).map((c) => c.axis);
  let out = flip(
    ctx,
    g,
    backward,
    backward.map((a) => to[a] as number),
  );
  const before = from.map(() => 0);
  const after = from.map(() => 0);
  const target: TargetDim[] = axesOf(ctx, ctx.node.outputs[0]!);
  for (const { axis, start, step } of cuts) {
    const size = from[axis] as number;
    const length = to[axis] as number;
    const stride = Math.abs(step);
    if (length === 0) {
      after[axis] = size;
      continue;
    }
    const first = step > 0 ? start : start + (length - 1) * step;
    let covered = length;
    if (stride > 1 && length > 1) {
      const rank = target.length;
      const open = padZeros(ctx, unsqueeze(ctx, out, axis + 1), [
        ...range(0, rank + 1).map(() => 0),
        ...range(0, rank + 1).map((a) => (a === axis + 1 ? stride - 1 : 0)),
      ]);
      covered = length * stride;
      target[axis] = covered;
      out = reshape(ctx, open, target);
    }
    before[axis] = first;
    // Below 0 where the last element's zeros reach beyond the axis: Pad cuts them.
    after[axis] = size - first - covered;
  }
  return padZeros(ctx, out, [...before, ...after]);
}

/** The positions that the cut takes from each axis, found by the same cut of 0, 1, 2, …. */
function byPositions(ctx: GradientContext, g: string): string {
  const x = ctx.node.inputs[0]!;
  const y = ctx.node.outputs[0]!;
  const [, starts, ends, , steps] = ctx.node.inputs as [string, string, string, string?, string?];
  const rank = ctx.shape(x).length;
  const axes = slicedAxes(ctx, rank);
  if (axes === undefined) throw fail(ctx, "its axes are computed from data", "make them constant");
  const target: TargetDim[] = axesOf(ctx, y);
  let out = g;
  axes.forEach((axis, i) => {
    const size = sizes(ctx, [axisOf(ctx, x, axis)]);
    const all = emit(ctx, "Range", [
      scalar(ctx, 0, "int64"),
      squeeze(ctx, size, 0),
      scalar(ctx, 1, "int64"),
    ]);
    const one = (name: string) => emit(ctx, "Gather", [name, list(ctx, [i])]);
    const by = steps === undefined || steps === "" ? [] : [one(steps)];
    const taken = emit(ctx, "Slice", [all, one(starts), one(ends), list(ctx, [0]), ...by]);
    const column = range(0, rank).filter((a) => a !== axis);
    const indices = emit(ctx, "Expand", [unsqueeze(ctx, taken, ...column), sizes(ctx, target)]);
    target[axis] = axisOf(ctx, x, axis);
    const zeros = emit(ctx, "ConstantOfShape", [sizes(ctx, target)], {
      value: { kind: "tensor", value: tensorOf(ctx.type(x).dtype as "float32", [1], [0]) },
    });
    out = emit(ctx, "ScatterElements", [zeros, indices, out], { axis: int(axis) });
  });
  return out;
}
