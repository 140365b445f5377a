/** Normalizations whose statistics come from the input itself. */
import { neverEqual } from "../graph/dim.ts";
import type { DType } from "../graph/types.ts";
import { broadcast } from "./broadcast.ts";
import {
  axesIn,
  axisIn,
  fail,
  input,
  intAttr,
  intsAttr,
  optionalInput,
  ranked,
  same,
  shapeText,
  sizeOf,
  typed,
} from "./context.ts";
import { dtypeOfCode } from "./dtype-code.ts";
import { rowwise } from "./rows.ts";
import type { OpContext, Operator } from "./types.ts";

function axis(ctx: OpContext): number {
  return axisIn(ctx, intAttr(ctx, "axis", -1), input(ctx, 0).shape.length);
}

/** Scale and shift broadcast to the normalized axes and must not enlarge them. */
function checkAffine(ctx: OpContext, indices: readonly number[]): void {
  const { shape } = input(ctx, 0);
  for (const i of indices) {
    const s = optionalInput(ctx, i)?.shape;
    if (s === undefined) continue;
    const joint = broadcast(ctx, [shape, s]);
    if (joint.length !== shape.length || joint.some((d, a) => neverEqual(d, shape[a]!)))
      throw fail(ctx, `input ${i} is ${shapeText(s)}, which does not fit ${shapeText(shape)}`);
  }
}

/** Type of the statistics; 1 is float32. */
const stash = (ctx: OpContext): DType => dtypeOfCode(ctx, intAttr(ctx, "stash_type", 1));

/** An element: sum, difference, square, sum, product; scale and shift one each. */
export const LayerNormalization = rowwise({
  name: "LayerNormalization",
  passes: 2,
  flops: (ctx) => 6 + (ctx.inputs[2] ? 1 : 0),
  length: (ctx) => sizeOf(ctx.inputShapes[0]!.slice(axis(ctx))),
  infer(ctx) {
    const x = ranked(ctx, 0, 1);
    checkAffine(ctx, [1, 2]);
    const from = axis(ctx);
    const statistics = typed(
      stash(ctx),
      x.shape.map((d, i) => (i < from ? d : 1)),
    );
    return [typed(x.dtype, x.shape), statistics, statistics];
  },
});

/** An element: square, sum, product, scale. */
export const RMSNormalization = rowwise({
  name: "RMSNormalization",
  passes: 2,
  flops: 4,
  length: (ctx) => sizeOf(ctx.inputShapes[0]!.slice(axis(ctx))),
  infer(ctx) {
    axis(ctx);
    checkAffine(ctx, [1]);
    return same(input(ctx, 0));
  },
});

/** Statistics over all of space, for each item and channel. */
export const InstanceNormalization = rowwise({
  name: "InstanceNormalization",
  passes: 2,
  flops: 7,
  length: (ctx) => sizeOf(ctx.inputShapes[0]!.slice(2)),
  infer(ctx) {
    const x = ranked(ctx, 0, 3);
    checkChannels(ctx, x.shape[1]!);
    return same(x);
  },
});

/** Statistics over space and the channels of a group. */
export const GroupNormalization = rowwise({
  name: "GroupNormalization",
  passes: 2,
  flops: 7,
  length: (ctx) => sizeOf(ctx.inputShapes[0]!.slice(1)) / intAttr(ctx, "num_groups", 1),
  infer(ctx) {
    const x = ranked(ctx, 0, 3);
    const groups = intAttr(ctx, "num_groups", 0);
    const channels = x.shape[1]!;
    if (groups < 1) throw fail(ctx, `num_groups is ${groups}, expected 1 or more`);
    if (typeof channels === "number" && channels % groups !== 0)
      throw fail(ctx, `${channels} channels do not split into ${groups} groups`);
    // Before opset 21 scale and bias are one for each group.
    checkChannels(ctx, ctx.opset < 21 ? groups : channels);
    return same(x);
  },
});

function checkChannels(ctx: OpContext, channels: number | string): void {
  for (const i of [1, 2]) {
    const s = input(ctx, i).shape;
    if (s.length !== 1 || neverEqual(s[0]!, channels))
      throw fail(ctx, `input ${i} is ${shapeText(s)}, expected [${channels}]`);
  }
}

/** (x - mean) / sqrt(variance) over `axes`, by default all but the channels. */
export const MeanVarianceNormalization = rowwise({
  name: "MeanVarianceNormalization",
  passes: 2,
  flops: 5,
  length(ctx) {
    const shape = ctx.inputShapes[0]!;
    const axes = axesIn(ctx, intsAttr(ctx, "axes") ?? [0, 2, 3], shape.length);
    return sizeOf(axes.map((a) => shape[a]!));
  },
  infer: (ctx) => same(input(ctx, 0)),
});

/** x / norm: power, sum, quotient. */
export const LpNormalization = rowwise({
  name: "LpNormalization",
  passes: 2,
  flops: 3,
  length: (ctx) => ctx.inputShapes[0]![axis(ctx)]!,
  infer(ctx) {
    axis(ctx);
    return same(input(ctx, 0));
  },
});

/** Across channels: x / (bias + alpha/size sum over `size` channels of x^2)^beta. */
export const LRN: Operator = {
  name: "LRN",
  infer: (ctx) => same(ranked(ctx, 0, 2)),
  /** A square and a sum for each channel in the window; factor, sum, power, quotient. */
  count: (ctx) => ({
    macs: 0,
    flops: sizeOf(ctx.outputShapes[0]!) * (2 * intAttr(ctx, "size", 1) + 4),
  }),
  work: (ctx) => ({
    kind: "pool",
    outputElements: sizeOf(ctx.outputShapes[0]!),
    window: intAttr(ctx, "size", 1),
  }),
};
