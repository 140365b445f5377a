/** Sampling at positions that are data: GridSample and AffineGrid; regions: RoiAlign, MaxRoiPool. */
import { neverEqual } from "../graph/dim.ts";
import {
  fail,
  freshDims,
  input,
  intAttr,
  intsAttr,
  ranked,
  shapeText,
  sizeOf,
  stringAttr,
  typed,
} from "./context.ts";
import { copyWork } from "./movement.ts";
import type { Operator } from "./types.ts";

/** X [N, C, spatial...], grid [N, out..., rank] to [N, C, out...]. */
export const GridSample: Operator = {
  name: "GridSample",
  infer(ctx) {
    const x = ranked(ctx, 0, 3);
    const rank = x.shape.length;
    const grid = ranked(ctx, 1, rank, rank).shape;
    if (neverEqual(grid[rank - 1]!, rank - 2))
      throw fail(
        ctx,
        `grid is ${shapeText(grid)}: its last axis holds ${grid[rank - 1]} coordinates, ${shapeText(x.shape)} needs ${rank - 2}`,
      );
    if (neverEqual(grid[0]!, x.shape[0]!))
      throw fail(ctx, `grid ${shapeText(grid)} and input ${shapeText(x.shape)} differ in batch`);
    return [typed(x.dtype, [x.shape[0]!, x.shape[1]!, ...grid.slice(1, -1)])];
  },
  /** Nearest none; linear 2^d products and sums less one, cubic 4^d, as in Resize. */
  count(ctx) {
    const d = ctx.inputShapes[0]!.length - 2;
    const mode = stringAttr(ctx, "mode", ctx.opset < 20 ? "bilinear" : "linear");
    const taps = mode === "nearest" ? 1 : (mode.endsWith("cubic") ? 4 : 2) ** d;
    return { macs: 0, flops: taps === 1 ? 0 : sizeOf(ctx.outputShapes[0]!) * (2 * taps - 1) };
  },
  work: (ctx) => copyWork(ctx, true),
};

/** theta [N, r, r+1] and the size [N, C, spatial...] to the grid [N, spatial..., r]. */
export const AffineGrid: Operator = {
  name: "AffineGrid",
  settings: [1],
  infer(ctx) {
    const theta = ranked(ctx, 0, 3, 3);
    const size = ctx.elements(1)?.elements;
    if (size) return [typed(theta.dtype, [size[0]!, ...size.slice(2), size.length - 2])];
    const rank = input(ctx, 1).shape[0];
    if (typeof rank !== "number") return [{ dtype: theta.dtype, shape: undefined }];
    const spatial = freshDims(ctx, rank - 2, "axis");
    return [typed(theta.dtype, [theta.shape[0]!, ...spatial, rank - 2])];
  },
  count(ctx) {
    const out = sizeOf(ctx.outputShapes[0]!);
    return { macs: out * (ctx.outputShapes[0]!.length - 1), flops: 0 };
  },
  work: (ctx) => ({
    kind: "pointwise",
    elements: sizeOf(ctx.outputShapes[0]!),
    flopsPerElement: 2 * (ctx.outputShapes[0]!.length - 1),
  }),
};

/** Average (or maximum) of bilinear samples over each bin of each region. */
export const RoiAlign: Operator = {
  name: "RoiAlign",
  settings: [1, 2],
  infer(ctx) {
    const x = ranked(ctx, 0, 4, 4);
    const rois = ranked(ctx, 1, 2, 2).shape;
    const [h, w] = [intAttr(ctx, "output_height", 1), intAttr(ctx, "output_width", 1)];
    return [typed(x.dtype, [rois[0]!, x.shape[1]!, h, w])];
  },
  /** `sampling_ratio` 0 lets the data choose: counted as 2 samples an axis. */
  count(ctx) {
    const ratio = intAttr(ctx, "sampling_ratio", 0) || 2;
    return { macs: 0, flops: sizeOf(ctx.outputShapes[0]!) * ratio * ratio * 8 };
  },
  work: (ctx) => copyWork(ctx, true),
};

export const MaxRoiPool: Operator = {
  name: "MaxRoiPool",
  settings: [1],
  infer(ctx) {
    const x = ranked(ctx, 0, 4, 4);
    const rois = ranked(ctx, 1, 2, 2).shape;
    const pooled = intsAttr(ctx, "pooled_shape");
    if (pooled?.length !== 2) throw fail(ctx, "pooled_shape must hold two sizes");
    return [typed(x.dtype, [rois[0]!, x.shape[1]!, ...pooled])];
  },
  work: (ctx) => copyWork(ctx, true),
};
