/** Gradient of Resize: linear along each axis, whatever the mode. */
import { float32s, int64s, tensorOf } from "../../graph/tensor.ts";
import type { Attribute } from "../../graph/types.ts";
import { axesIn, fail, intsAttr, knownNumbers, stringAttr } from "../context.ts";
import { mapMatrix, throughMap } from "./axis-map.ts";
import { axesOf, dtypeOf, emit, range, reduceSum, reshape, type TargetDim } from "./emit.ts";
import type { GradientContext, GradientRule } from "./types.ts";

/** ONNX Runtime's cubic and antialiased kernels take [1, 1, height, width] only. */
const LEAD = 2;

/** What the node says of one axis. */
interface AxisResize {
  readonly axis: number;
  readonly from: number;
  readonly to: number;
  /** Undefined where the sizes are given. */
  readonly scale: number | undefined;
  /** Begin and end in the input, in proportion, for `tf_crop_and_resize`. */
  readonly roi: readonly [number, number] | undefined;
}

export const resize: GradientRule = (ctx, [g]) => {
  const policy = stringAttr(ctx, "keep_aspect_ratio_policy", "stretch");
  if (policy !== "stretch")
    throw fail(
      ctx,
      `no gradient is known with keep_aspect_ratio_policy ${policy}`,
      "give scales, or sizes with the policy stretch",
    );
  let shape: TargetDim[] = axesOf(ctx, ctx.node.outputs[0]!);
  let out = g!;
  for (const r of resized(ctx)) {
    out = wholeScale(ctx, r)
      ? sumBlocks(ctx, out, shape, r)
      : throughMap(ctx, out, shape, r.axis, matrix(ctx, r), r.from);
    shape = shape.with(r.axis, r.from);
  }
  return [out];
};

/** The axes that change, the last first: each makes the following ones' work smaller or not. */
function resized(ctx: GradientContext): readonly AxisResize[] {
  const x = ctx.shape(ctx.node.inputs[0]!);
  const y = ctx.shape(ctx.node.outputs[0]!);
  const crops = stringAttr(ctx, "coordinate_transformation_mode", "half_pixel").startsWith("tf_");
  const axes = axesIn(ctx, intsAttr(ctx, "axes") ?? range(0, x.length), x.length);
  const given = (i: number) => {
    const name = ctx.node.inputs[i];
    return name !== undefined && name !== "" && ctx.shape(name)[0] !== 0;
  };
  const bySizes = given(3);
  const scales = bySizes ? undefined : ctx.elements(2)?.elements;
  const roi = crops ? knownNumbers(ctx, 1) : undefined;
  if ((!bySizes && scales === undefined) || (crops && roi === undefined))
    throw fail(ctx, "its scales or its region are computed from data", "make them constant");
  return axes
    .flatMap((axis, i): AxisResize[] => {
      const [from, to] = [x[axis]!, y[axis]!];
      const scale = scales?.[i];
      const part = roi && ([roi[i]!, roi[i + axes.length]!] as const);
      const whole = part === undefined || (part[0] === 0 && part[1] === 1);
      if (whole && from === to && (scale === undefined || scale === 1)) return [];
      if (typeof from !== "number" || typeof to !== "number" || typeof scale === "string")
        throw fail(
          ctx,
          `axis ${axis} of ${from} is resized to ${to}`,
          "give numbers to the free dimensions before differentiating",
        );
      return [{ axis, from, to, scale, roi: part }];
    })
    .sort((a, b) => b.axis - a.axis);
}

/** Nearest by a whole factor: each element stands for a block of as many. */
function wholeScale(ctx: GradientContext, { from, to, scale }: AxisResize): boolean {
  if (stringAttr(ctx, "mode", "nearest") !== "nearest") return false;
  const factor = to / from;
  if (!Number.isInteger(factor) || (scale !== undefined && scale !== factor)) return false;
  const coordinates = stringAttr(ctx, "coordinate_transformation_mode", "half_pixel");
  const rounding = stringAttr(ctx, "nearest_mode", "round_prefer_floor");
  // (j + 1/2) / factor - 1/2 lies within 1/2 of the block's index, j / factor not below it.
  return coordinates === "half_pixel"
    ? rounding.startsWith("round_")
    : coordinates === "asymmetric" && rounding === "floor";
}

function sumBlocks(
  ctx: GradientContext,
  g: string,
  shape: readonly TargetDim[],
  { axis, from, to }: AxisResize,
): string {
  const split = reshape(ctx, g, shape.toSpliced(axis, 1, from, to / from));
  return reduceSum(ctx, split, [axis + 1], false);
}

function matrix(ctx: GradientContext, r: AxisResize): string {
  const { axes: _axes, ...rest } = ctx.node.attributes;
  const attributes: Record<string, Attribute> = {
    ...rest,
    // What lies outside of the region is constant.
    ...(r.roi === undefined ? {} : { extrapolation_value: { kind: "float", value: 0 } }),
  };
  const { builder } = ctx;
  const roi =
    r.roi === undefined
      ? ""
      : builder.constant(
          tensorOf(dtypeOf(ctx) as "float32", [8], [0, 0, 0, r.roi[0], 1, 1, 1, r.roi[1]]),
        );
  return mapMatrix(ctx, r.from, LEAD, (eye) =>
    r.scale === undefined
      ? emit(
          ctx,
          "Resize",
          [eye, roi, "", builder.constant(int64s([1, 1, r.from, r.to]))],
          attributes,
        )
      : emit(ctx, "Resize", [eye, roi, builder.constant(float32s([1, 1, 1, r.scale]))], attributes),
  );
}
