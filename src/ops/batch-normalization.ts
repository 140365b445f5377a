/** Batch normalization: in inference a scale and a shift for each channel. */
import { neverEqual } from "../graph/dim.ts";
import { fail, input, intAttr, ranked, shapeText, sizeOf, typed } from "./context.ts";
import type { OpContext, Operator } from "./types.ts";

/** Before opset 14 training mode showed in the number of outputs, since then in an attribute. */
function training(ctx: OpContext): boolean {
  return ctx.opset >= 14
    ? intAttr(ctx, "training_mode", 0) === 1
    : ctx.node.outputs.filter((o) => o !== "").length > 1;
}

export const BatchNormalization: Operator = {
  name: "BatchNormalization",
  /** Mean and variance are statistics, not trained. */
  settings: [3, 4],
  epilogue: "affine",
  infer(ctx) {
    const x = ranked(ctx, 0, 1);
    const channels = x.shape.length > 1 ? x.shape[1]! : 1;
    for (const i of [1, 2, 3, 4]) {
      const s = input(ctx, i).shape;
      if (s.length !== 1 || neverEqual(s[0]!, channels))
        throw fail(
          ctx,
          `input ${i} is ${shapeText(s)}, expected [${channels}] for data of ${shapeText(x.shape)}`,
          "check that the layer before has as many channels",
        );
    }
    const statistics = typed(input(ctx, 3).dtype, [channels]);
    return training(ctx) ? [typed(x.dtype, x.shape), statistics, statistics] : [x];
  },
  /** Inference: a product and a sum an element, the channel's factor and shift being known before. */
  count(ctx) {
    const n = sizeOf(ctx.outputShapes[0]!);
    return { macs: 0, flops: n * (training(ctx) ? 7 : 2) };
  },
  work(ctx) {
    const n = sizeOf(ctx.outputShapes[0]!);
    if (!training(ctx)) return { kind: "pointwise", elements: n, flopsPerElement: 2 };
    const channels = ctx.inputShapes[1]![0]!;
    return { kind: "reduce", rows: channels, length: n / channels, passes: 3, keepsShape: true };
  },
};
