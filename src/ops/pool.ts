/** Pooling over windows or over all of space. */
import { attributeValue } from "../graph/attribute.ts";
import { addDims, mulDims, subDims } from "../graph/dim.ts";
import { fail, input, intAttr, ranked, sizeOf, typed } from "./context.ts";
import type { CountContext, OpContext, Operator } from "./types.ts";
import { checkLength, positive, slide } from "./window.ts";

export function kernel(ctx: OpContext, spatialRank: number): readonly number[] {
  const k = attributeValue(ctx.node, "kernel_shape", "ints") ?? [];
  checkLength(ctx, "kernel_shape", k, spatialRank);
  for (const size of k)
    if (size < 1)
      throw fail(ctx, `kernel_shape=[${k.join(",")}] holds ${size}, expected 1 or more`);
  return k;
}

/**
 * @param flops operations on a window of the given size; windows that overlap the padding count as
 *   whole ones
 */
function windowPool(name: string, flops: (window: number) => number, indices = false): Operator {
  const windowSize = (ctx: CountContext) => sizeOf(kernel(ctx, ctx.inputShapes[0]!.length - 2));
  return {
    name,
    infer(ctx) {
      const x = ranked(ctx, 0, 3);
      const spatial = x.shape.slice(2);
      const out = slide(ctx, spatial, kernel(ctx, spatial.length), !!intAttr(ctx, "ceil_mode", 0));
      const shape = [x.shape[0]!, x.shape[1]!, ...out.output];
      const values = typed(x.dtype, shape);
      return indices && ctx.node.outputs.length > 1 ? [values, typed("int64", shape)] : [values];
    },
    count: (ctx) => ({ macs: 0, flops: sizeOf(ctx.outputShapes[0]!) * flops(windowSize(ctx)) }),
    work: (ctx) => ({
      kind: "pool",
      outputElements: sizeOf(ctx.outputShapes[0]!),
      window: windowSize(ctx),
    }),
  };
}

/** Comparisons. */
export const MaxPool = windowPool("MaxPool", (n) => n - 1, true);
/** Additions and a division. */
export const AveragePool = windowPool("AveragePool", (n) => n);
/** Powers, additions and a root. */
export const LpPool = windowPool("LpPool", (n) => 2 * n);

/** [N, C, spatial...] to [N, C, 1...]: a reduction over the spatial axes. */
function globalPool(name: string, flops: (length: number) => number): Operator {
  return {
    name,
    infer(ctx) {
      const x = ranked(ctx, 0, 2);
      return [typed(x.dtype, [...x.shape.slice(0, 2), ...x.shape.slice(2).map(() => 1)])];
    },
    count(ctx) {
      const length = sizeOf(ctx.inputShapes[0]!.slice(2));
      return { macs: 0, flops: sizeOf(ctx.outputShapes[0]!) * flops(length) };
    },
    work: (ctx) => ({
      kind: "reduce",
      rows: sizeOf(ctx.outputShapes[0]!),
      length: sizeOf(ctx.inputShapes[0]!.slice(2)),
      passes: 1,
      keepsShape: false,
    }),
  };
}

export const GlobalAveragePool = globalPool("GlobalAveragePool", (n) => n);
export const GlobalMaxPool = globalPool("GlobalMaxPool", (n) => n - 1);
export const GlobalLpPool = globalPool("GlobalLpPool", (n) => 2 * n);

/** The inverse of MaxPool: scatters values to the positions that `indices` names. */
export const MaxUnpool: Operator = {
  name: "MaxUnpool",
  settings: [2],
  infer(ctx) {
    const x = ranked(ctx, 0, 3);
    const rank = x.shape.length - 2;
    if (ctx.inputs[2]) {
      const asked = ctx.elements(2);
      const shape = asked?.elements ?? x.shape.map((_, i) => ctx.fresh(`axis_${i}`));
      return [typed(x.dtype, shape)];
    }
    const k = kernel(ctx, rank);
    const strides = positive(ctx, "strides", rank);
    const pads =
      attributeValue(ctx.node, "pads", "ints") ?? Array.from({ length: 2 * rank }, () => 0);
    checkLength(ctx, "pads", pads, 2 * rank);
    const spatial = x.shape
      .slice(2)
      .map((d, i) =>
        addDims(mulDims(subDims(d, 1), strides[i]!), k[i]! - pads[i]! - pads[i + rank]!),
      );
    return [typed(input(ctx, 0).dtype, [...x.shape.slice(0, 2), ...spatial])];
  },
  work: (ctx) => ({ kind: "copy", elements: sizeOf(ctx.outputShapes[0]!), irregular: true }),
};
