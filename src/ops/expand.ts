/** Expand and Tile: elements repeated. */
import { dimBounds, mulDims } from "../graph/dim.ts";
import { elementCount } from "../graph/tensor.ts";
import type { Dim } from "../graph/types.ts";
import { broadcast } from "./broadcast.ts";
import { fail, freshDims, input, typed } from "./context.ts";
import { broadcastStrides, forEachIndex, MAX_ELEMENTS, numberShape, strided } from "./elements.ts";
import { copyWork } from "./movement.ts";
import type { OpContext, Operator } from "./types.ts";

/** Broadcasts both ways: the result may be larger than the shape that is asked for. */
export const Expand: Operator = {
  name: "Expand",
  settings: [1],
  infer(ctx) {
    const x = input(ctx, 0);
    const wanted = ctx.elements(1)?.elements;
    if (wanted) return [typed(x.dtype, broadcast(ctx, [x.shape, wanted]))];
    const rank = input(ctx, 1).shape[0];
    if (typeof rank !== "number") return [{ dtype: x.dtype, shape: undefined }];
    return [typed(x.dtype, freshDims(ctx, Math.max(rank, x.shape.length), "axis"))];
  },
  work: (ctx) => copyWork(ctx),
  fold(ctx) {
    const x = ctx.elements(0);
    const wanted = x && ctx.elements(1)?.elements;
    const dims = wanted && numberShape(broadcast(ctx, [x.dims, wanted]));
    const out = dims && strided(x, dims, broadcastStrides(x.dims, dims.length));
    return out && [out];
  },
};

function repeats(ctx: OpContext, rank: number): readonly Dim[] | undefined {
  const r = ctx.elements(1)?.elements;
  if (r && r.length !== rank)
    throw fail(ctx, `repeats=[${r.join(",")}] has ${r.length} values, expected ${rank}`);
  const negative = r?.find((d) => dimBounds(d)[1] < 0);
  if (negative !== undefined) throw fail(ctx, `repeats=[${r!.join(",")}] holds ${negative}`);
  return r;
}

export const Tile: Operator = {
  name: "Tile",
  settings: [1],
  infer(ctx) {
    const x = input(ctx, 0);
    const r = repeats(ctx, x.shape.length);
    if (!r) return [typed(x.dtype, freshDims(ctx, x.shape.length, "axis"))];
    return [
      typed(
        x.dtype,
        x.shape.map((d, i) => mulDims(d, r[i]!)),
      ),
    ];
  },
  work: (ctx) => copyWork(ctx),
  fold(ctx) {
    const x = ctx.elements(0);
    const r = x && numberShape(repeats(ctx, x.dims.length));
    if (!r) return undefined;
    const dims = x.dims.map((d, i) => d * r[i]!);
    if (elementCount(dims) > MAX_ELEMENTS) return undefined;
    // Axis [d] repeated r times is [r, d] with stride 0 on the first.
    const split = x.dims.flatMap((d, i) => [r[i]!, d]);
    const dense = broadcastStrides(x.dims, x.dims.length).flatMap((s) => [0, s]);
    const elements: Dim[] = [];
    forEachIndex(split, [dense], ([o]) => elements.push(x.elements[o!]!));
    return [{ dtype: x.dtype, dims, elements }];
  },
};
