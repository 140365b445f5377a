/** Resize and its forerunner Upsample. */

import { attributeValue } from "../graph/attribute.ts";
import { floorDiv, mulDims } from "../graph/dim.ts";
import type { Dim, Shape } from "../graph/types.ts";
import {
  axesIn,
  fail,
  input,
  intsAttr,
  knownNumbers,
  shapeText,
  sizeOf,
  stringAttr,
  typed,
} from "./context.ts";
import { copyWork } from "./movement.ts";
import type { CountContext, OpContext, Operator } from "./types.ts";

/** One output element reads 1, 2^d or 4^d inputs, d being the axes that are resized. */
function taps(ctx: CountContext): number {
  const from = ctx.inputShapes[0]!;
  const axes = ctx.outputShapes[0]!.filter((d, i) => d !== from[i]).length;
  const mode = stringAttr(ctx, "mode", "nearest");
  return mode === "nearest" ? 1 : (mode === "cubic" ? 4 : 2) ** axes;
}

/** A product for each tap and a sum for each but the first; positions are not counted. */
function flops(ctx: CountContext): number {
  const n = taps(ctx);
  return n === 1 ? 0 : 2 * n - 1;
}

const shared = {
  count: (ctx) => ({ macs: 0, flops: sizeOf(ctx.outputShapes[0]!) * flops(ctx) }),
  work: (ctx) =>
    taps(ctx) === 1
      ? copyWork(ctx, true)
      : { kind: "pool", outputElements: sizeOf(ctx.outputShapes[0]!), window: taps(ctx) },
} satisfies Partial<Operator>;

/** floor(size * scale), in single precision as the runtimes compute it. */
function scaled(size: Dim, scale: number): Dim {
  if (typeof size === "number") return Math.floor(Math.fround(size * scale));
  return floorDiv(mulDims(size, scale), 1);
}

function byScales(ctx: OpContext, shape: Shape, scales: readonly Dim[], axes: readonly number[]) {
  if (scales.length !== axes.length)
    throw fail(
      ctx,
      `scales=[${scales.join(",")}] has ${scales.length} values, expected ${axes.length} for ${shapeText(shape)}`,
    );
  const out = [...shape];
  axes.forEach((axis, i) => {
    const scale = scales[i]!;
    if (typeof scale === "string") out[axis] = ctx.fresh(`axis_${axis}`);
    else if (!(scale > 0)) throw fail(ctx, `scale ${scale} in axis ${axis}, expected above 0`);
    else out[axis] = scaled(shape[axis]!, scale);
  });
  return out;
}

function bySizes(
  ctx: OpContext,
  shape: Shape,
  sizes: readonly Dim[],
  axes: readonly number[],
): readonly Dim[] {
  if (sizes.length !== axes.length)
    throw fail(
      ctx,
      `sizes=[${sizes.join(",")}] has ${sizes.length} values, expected ${axes.length} for ${shapeText(shape)}`,
    );
  const policy = stringAttr(ctx, "keep_aspect_ratio_policy", "stretch");
  const out = [...shape];
  if (policy === "stretch") {
    axes.forEach((axis, i) => {
      out[axis] = sizes[i]!;
    });
    return out;
  }
  if (policy !== "not_larger" && policy !== "not_smaller")
    throw fail(
      ctx,
      `keep_aspect_ratio_policy is '${policy}', expected stretch, not_larger or not_smaller`,
    );
  const ratios = axes.map((axis, i) => {
    const [to, from] = [sizes[i]!, shape[axis]!];
    return typeof to === "number" && typeof from === "number" ? Math.fround(to / from) : undefined;
  });
  if (ratios.includes(undefined)) {
    for (const axis of axes) out[axis] = ctx.fresh(`axis_${axis}`);
    return out;
  }
  const known = ratios as readonly number[];
  const scale = policy === "not_larger" ? Math.min(...known) : Math.max(...known);
  for (const axis of axes) out[axis] = Math.round(Math.fround(scale * (shape[axis] as number)));
  return out;
}

export const Resize: Operator = {
  name: "Resize",
  settings: [1, 2, 3],
  ...shared,
  infer(ctx) {
    const x = input(ctx, 0);
    const axes = axesIn(ctx, intsAttr(ctx, "axes") ?? x.shape.map((_, i) => i), x.shape.length);
    const [scalesAt, sizesAt] = ctx.opset < 11 ? [1, -1] : [2, 3];
    // Exporters leave an empty tensor where the other of the two is given.
    if (ctx.inputs[sizesAt]?.shape?.[0] !== undefined && ctx.inputs[sizesAt].shape[0] !== 0) {
      const sizes = ctx.elements(sizesAt)?.elements;
      return [
        typed(x.dtype, sizes ? bySizes(ctx, x.shape, sizes, axes) : open(ctx, x.shape, axes)),
      ];
    }
    if (ctx.inputs[scalesAt] === undefined)
      throw fail(ctx, "neither scales nor sizes is given", "give one of the two");
    const scales = ctx.elements(scalesAt)?.elements;
    return [
      typed(x.dtype, scales ? byScales(ctx, x.shape, scales, axes) : open(ctx, x.shape, axes)),
    ];
  },
};

function open(ctx: OpContext, shape: Shape, axes: readonly number[]): Shape {
  return shape.map((d, i) => (axes.includes(i) ? ctx.fresh(`axis_${i}`) : d));
}

/** Scales are an attribute before opset 9, an input in 9; later files use Resize. */
export const Upsample: Operator = {
  name: "Upsample",
  settings: [1],
  ...shared,
  infer(ctx) {
    const x = input(ctx, 0);
    const axes = x.shape.map((_, i) => i);
    const scales = ctx.inputs[1]
      ? knownNumbers(ctx, 1)
      : attributeValue(ctx.node, "scales", "floats");
    if (scales === undefined && !ctx.inputs[1]) throw fail(ctx, "no scales are given");
    return [
      typed(x.dtype, scales ? byScales(ctx, x.shape, scales, axes) : open(ctx, x.shape, axes)),
    ];
  },
};
