/** Reductions along axes, and running sums. */
import { addDims, maxDims, minDims, mulDims } from "../graph/dim.ts";
import { elementCount } from "../graph/tensor.ts";
import type { Dim, Shape } from "../graph/types.ts";
import {
  axesIn,
  axisIn,
  fail,
  input,
  intAttr,
  intsAttr,
  knownNumbers,
  ranked,
  same,
  sizeOf,
  typed,
} from "./context.ts";
import { forEachIndex, rowMajor } from "./elements.ts";
import { rowwise } from "./rows.ts";
import type { DimTensor, OpContext, Operator, Work } from "./types.ts";

/** Axes to reduce; undefined where they are an input that is not known. */
function reducedAxes(ctx: OpContext): readonly number[] | undefined {
  const rank = input(ctx, 0).shape.length;
  const given = ctx.inputs[1] ? knownNumbers(ctx, 1) : intsAttr(ctx, "axes");
  if (ctx.inputs[1] && !given) return undefined;
  if (given === undefined || given.length === 0)
    return intAttr(ctx, "noop_with_empty_axes", 0) ? [] : Array.from({ length: rank }, (_, i) => i);
  return axesIn(ctx, given, rank);
}

function reducedShape(ctx: OpContext, axes: readonly number[]): Shape {
  const keep = intAttr(ctx, "keepdims", 1) === 1;
  return input(ctx, 0).shape.flatMap((d, i) => (axes.includes(i) ? (keep ? [1] : []) : [d]));
}

interface Reduction {
  readonly name: string;
  /** Operations on one element that goes in. */
  readonly perInput: number;
  /** Operations on one element that comes out. */
  readonly perOutput?: number;
  readonly fold?: (a: Dim, b: Dim) => Dim;
}

function reduction(rule: Reduction): Operator {
  const { name, fold } = rule;
  return {
    name,
    settings: [1],
    infer(ctx) {
      const x = input(ctx, 0);
      const axes = reducedAxes(ctx);
      if (axes) return [typed(x.dtype, reducedShape(ctx, axes))];
      const keep = intAttr(ctx, "keepdims", 1) === 1;
      const shape = keep ? x.shape.map((_, i) => ctx.fresh(`axis_${i}`)) : undefined;
      return [{ dtype: x.dtype, shape }];
    },
    count: (ctx) => ({
      macs: 0,
      flops:
        rule.perInput * sizeOf(ctx.inputShapes[0]!) +
        (rule.perOutput ?? 0) * sizeOf(ctx.outputShapes[0]!),
    }),
    work(ctx): Work {
      const rows = sizeOf(ctx.outputShapes[0]!);
      const length = rows === 0 ? 0 : sizeOf(ctx.inputShapes[0]!) / rows;
      return { kind: "reduce", rows, length, passes: 1, keepsShape: false };
    },
    ...(fold && { fold: (ctx: OpContext) => foldReduction(ctx, fold) }),
  };
}

function foldReduction(
  ctx: OpContext,
  combine: (a: Dim, b: Dim) => Dim,
): readonly DimTensor[] | undefined {
  const x = ctx.elements(0);
  const axes = x && reducedAxes(ctx);
  if (!axes || x.elements.length === 0) return undefined;
  const dims = reducedShape(ctx, axes) as readonly number[];
  const kept = x.dims.map((d, i) => (axes.includes(i) ? 1 : d));
  const steps = rowMajor(x.dims);
  const target = rowMajor(kept).map((s, i) => (axes.includes(i) ? 0 : s));
  const elements: Dim[] = Array.from<Dim>({ length: elementCount(dims) });
  forEachIndex(x.dims, [steps, target], ([from, to]) => {
    const value = x.elements[from!]!;
    elements[to!] = elements[to!] === undefined ? value : combine(elements[to!]!, value);
  });
  return [{ dtype: x.dtype, dims, elements }];
}

export const ReduceSum = reduction({ name: "ReduceSum", perInput: 1, fold: addDims });
export const ReduceMean = reduction({ name: "ReduceMean", perInput: 1, perOutput: 1 });
export const ReduceMax = reduction({ name: "ReduceMax", perInput: 1, fold: maxDims });
export const ReduceMin = reduction({ name: "ReduceMin", perInput: 1, fold: minDims });
export const ReduceProd = reduction({ name: "ReduceProd", perInput: 1, fold: mulDims });
export const ReduceL1 = reduction({ name: "ReduceL1", perInput: 2 });
export const ReduceL2 = reduction({ name: "ReduceL2", perInput: 2, perOutput: 1 });
export const ReduceSumSquare = reduction({ name: "ReduceSumSquare", perInput: 2 });
export const ReduceLogSum = reduction({ name: "ReduceLogSum", perInput: 1, perOutput: 1 });
export const ReduceLogSumExp = reduction({ name: "ReduceLogSumExp", perInput: 2, perOutput: 1 });

/** The index of the extremum along one axis. */
function argument(name: string): Operator {
  const axisOf = (ctx: OpContext) =>
    axisIn(ctx, intAttr(ctx, "axis", 0), input(ctx, 0).shape.length);
  return {
    name,
    infer: (ctx) => [typed("int64", reducedShape(ctx, [axisOf(ctx)]))],
    count: (ctx) => ({ macs: 0, flops: sizeOf(ctx.inputShapes[0]!) }),
    work: (ctx) => ({
      kind: "reduce",
      rows: sizeOf(ctx.outputShapes[0]!),
      length: ctx.inputShapes[0]![axisOf(ctx)]!,
      passes: 1,
      keepsShape: false,
    }),
  };
}

export const ArgMax = argument("ArgMax");
export const ArgMin = argument("ArgMin");

/** A running sum or product along the axis that input 1 names. */
function cumulative(name: string): Operator {
  return rowwise({
    name,
    passes: 1,
    flops: 1,
    settings: [1],
    infer: (ctx) => same(input(ctx, 0)),
    length(ctx) {
      const shape = ctx.inputShapes[0]!;
      const axis = knownNumbers(ctx, 1)?.[0];
      if (axis === undefined) return sizeOf(shape);
      return shape[axisIn(ctx, axis, shape.length)]!;
    },
  });
}

export const CumSum = cumulative("CumSum");
export const CumProd = cumulative("CumProd");

/** The k largest (or smallest) along an axis, with their indices. */
export const TopK: Operator = {
  name: "TopK",
  settings: [1],
  infer(ctx) {
    const x = ranked(ctx, 0, 1);
    const axis = axisIn(ctx, intAttr(ctx, "axis", -1), x.shape.length);
    const k =
      (ctx.opset < 10 ? intAttr(ctx, "k", 1) : ctx.elements(1)?.elements[0]) ?? ctx.fresh("k");
    const size = x.shape[axis]!;
    if (typeof k === "number" && typeof size === "number" && k > size)
      throw fail(ctx, `k is ${k}, but axis ${axis} has ${size}`);
    const shape = x.shape.with(axis, k);
    return [typed(x.dtype, shape), typed("int64", shape)];
  },
  /** One comparison an element, as a selection needs on average up to a small factor. */
  count: (ctx) => ({ macs: 0, flops: sizeOf(ctx.inputShapes[0]!) }),
  work(ctx) {
    const shape = ctx.inputShapes[0]!;
    const length = shape[axisIn(ctx, intAttr(ctx, "axis", -1), shape.length)]!;
    const rows = length === 0 ? 0 : sizeOf(shape) / length;
    return { kind: "reduce", rows, length, passes: 2, keepsShape: false };
  },
};
