/** Blocks of space to channels and back; columns to images; parts in the middle. */
import { floorDiv, mulDims } from "../graph/dim.ts";
import { axesIn, fail, input, intAttr, intsAttr, knownNumbers, ranked, typed } from "./context.ts";
import { copyWork } from "./movement.ts";
import type { OpContext, Operator } from "./types.ts";

function blocksize(ctx: OpContext): number {
  const b = intAttr(ctx, "blocksize", 0);
  if (b < 1) throw fail(ctx, `blocksize is ${b}, expected 1 or more`);
  return b;
}

/** [N, C b^2, H, W] to [N, C, H b, W b]. */
export const DepthToSpace: Operator = {
  name: "DepthToSpace",
  infer(ctx) {
    const x = ranked(ctx, 0, 4, 4);
    const [n, c, h, w] = x.shape as readonly [number, number, number, number];
    const b = blocksize(ctx);
    if (typeof c === "number" && c % (b * b) !== 0)
      throw fail(ctx, `${c} channels are not divisible by blocksize^2 = ${b * b}`);
    return [typed(x.dtype, [n, floorDiv(c, b * b), mulDims(h, b), mulDims(w, b)])];
  },
  work: (ctx) => copyWork(ctx),
};

/** [N, C, H b, W b] to [N, C b^2, H, W]. */
export const SpaceToDepth: Operator = {
  name: "SpaceToDepth",
  infer(ctx) {
    const x = ranked(ctx, 0, 4, 4);
    const [n, c, h, w] = x.shape as readonly [number, number, number, number];
    const b = blocksize(ctx);
    for (const d of [h, w])
      if (typeof d === "number" && d % b !== 0)
        throw fail(ctx, `spatial size ${d} is not divisible by blocksize ${b}`);
    return [typed(x.dtype, [n, mulDims(c, b * b), floorDiv(h, b), floorDiv(w, b)])];
  },
  work: (ctx) => copyWork(ctx),
};

/** [N, C prod(block), L] to [N, C, image...]: the inverse of unfolding an image into columns. */
export const Col2Im: Operator = {
  name: "Col2Im",
  settings: [1, 2],
  infer(ctx) {
    const x = ranked(ctx, 0, 3, 3);
    const image = ctx.elements(1)?.elements;
    const block = knownNumbers(ctx, 2);
    if (!image || !block) return [{ dtype: x.dtype, shape: undefined }];
    const points = block.reduce((a, b) => a * b, 1);
    return [typed(x.dtype, [x.shape[0]!, floorDiv(x.shape[1]!, points), ...image])];
  },
  work: (ctx) => copyWork(ctx, true),
};

/** The middle of each axis, cut or padded to the sizes of input 1. */
export const CenterCropPad: Operator = {
  name: "CenterCropPad",
  settings: [1],
  infer(ctx) {
    const x = input(ctx, 0);
    const sizes = ctx.elements(1)?.elements;
    const axes = axesIn(ctx, intsAttr(ctx, "axes") ?? x.shape.map((_, i) => i), x.shape.length);
    const out = [...x.shape];
    axes.forEach((axis, i) => {
      out[axis] = sizes?.[i] ?? ctx.fresh(`axis_${axis}`);
    });
    return [typed(x.dtype, out)];
  },
  work: (ctx) => copyWork(ctx),
};
