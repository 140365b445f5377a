/**
 * Gradients of normalizations whose statistics come from the input itself. All have the form
 * y = scale x^ + bias with x^ = (x - mean) r and r = 1 / sqrt(variance + epsilon), so that with
 * h = g scale: dx = r (h - mean(h) - x^ mean(h x^)).
 */
import { int } from "../../graph/attribute.ts";
import { axesIn, axisIn, fail, floatAttr, intAttr, intsAttr } from "../context.ts";
import { Arithmetic } from "./arithmetic.ts";
import { channelSum } from "./conv.ts";
import {
  dtypeCode,
  dtypeOf,
  emit,
  list,
  range,
  reduce,
  reduceSum,
  reshapeAs,
  unbroadcast,
  unsqueeze,
} from "./emit.ts";
import { withOutputs } from "./outputs.ts";
import type { Gradient, GradientContext, GradientRule } from "./types.ts";

const EPSILON = 1e-5;

interface Normal {
  /** x^ */
  readonly normal: string;
  /** r, of size 1 along the normalized axes. */
  readonly inverse: string;
}

function mean(ctx: GradientContext, x: string, axes: readonly number[]): string {
  return reduce(ctx, "ReduceMean", x, axes, true);
}

/** x^ and r over `axes`, computed anew. */
function normalize(ctx: GradientContext, x: string, axes: readonly number[]): Normal {
  const v = new Arithmetic(ctx);
  const centred = v.sub(x, mean(ctx, x, axes));
  const inverse = inverseRoot(ctx, mean(ctx, v.mul(centred, centred), axes));
  return { normal: v.mul(centred, inverse), inverse };
}

function inverseRoot(ctx: GradientContext, square: string): string {
  const v = new Arithmetic(ctx);
  const epsilon = floatAttr(ctx, "epsilon", EPSILON);
  return v.apply("Reciprocal", v.apply("Sqrt", v.add(square, epsilon)));
}

/** r (h - mean(h) - x^ mean(h x^)); @param centred false leaves mean(h) out */
function throughNormal(
  ctx: GradientContext,
  h: string,
  { normal, inverse }: Normal,
  axes: readonly number[],
  centred = true,
): string {
  const v = new Arithmetic(ctx);
  const along = v.mul(normal, mean(ctx, v.mul(h, normal), axes));
  const rest = centred ? v.sub(v.sub(h, mean(ctx, h, axes)), along) : v.sub(h, along);
  return v.mul(rest, inverse);
}

/** From `axis` on; scale and bias broadcast to x. The node gives mean and r itself. */
export const layerNormalization: Gradient = {
  forward(ctx) {
    const [, mean, inverse] = withOutputs(ctx, ["", "mean", "inverse_deviation"]);
    return { mean: mean!, inverse: inverse! };
  },
  backward(ctx, [g, ...statistics]) {
    const [x, scale, bias] = ctx.node.inputs as [string, string, string | undefined];
    refuseStatistics(ctx, statistics);
    if (g === "") return [];
    const shape = ctx.shape(x);
    const axes = range(axisIn(ctx, intAttr(ctx, "axis", -1), shape.length), shape.length);
    const v = new Arithmetic(ctx);
    // Statistics may be kept in float32 beside data of 16 bits.
    const code = dtypeCode(ctx, dtypeOf(ctx));
    const stashed = intAttr(ctx, "stash_type", 1) !== code;
    const own = (s: string) => (stashed ? emit(ctx, "Cast", [s], { to: int(code) }) : s);
    const inverse = own(ctx.saved.inverse!);
    const normal = v.mul(v.sub(x, own(ctx.saved.mean!)), inverse);
    return [
      ctx.wanted(0) ? throughNormal(ctx, v.mul(g!, scale), { normal, inverse }, axes) : undefined,
      ctx.wanted(1) ? unbroadcast(ctx, v.mul(g!, normal), shape, scale) : undefined,
      ctx.wanted(2) ? unbroadcast(ctx, g!, shape, bias!) : undefined,
    ];
  },
};

function refuseStatistics(ctx: GradientContext, statistics: readonly string[]): void {
  if (statistics.every((s) => s === "")) return;
  throw fail(
    ctx,
    "the loss depends on its mean or deviation, which have no gradient here",
    "use the node's first output only, and compute statistics by ReduceMean",
  );
}

/** y = x r scale with r = 1 / sqrt(mean(x^2) + epsilon). */
export const rmsNormalization: GradientRule = (ctx, [g]) => {
  const [x, scale] = ctx.node.inputs as [string, string];
  const shape = ctx.shape(x);
  const axes = range(axisIn(ctx, intAttr(ctx, "axis", -1), shape.length), shape.length);
  const v = new Arithmetic(ctx);
  const inverse = inverseRoot(ctx, mean(ctx, v.mul(x, x), axes));
  const normal = v.mul(x, inverse);
  return [
    ctx.wanted(0)
      ? throughNormal(ctx, v.mul(g!, scale), { normal, inverse }, axes, false)
      : undefined,
    ctx.wanted(1) ? unbroadcast(ctx, v.mul(g!, normal), shape, scale) : undefined,
  ];
};

/** Over space, for each item and channel; scale and bias [C]. */
export const instanceNormalization: GradientRule = (ctx, [g]) => {
  const [x, scale] = ctx.node.inputs as [string, string];
  const rank = ctx.shape(x).length;
  const axes = range(2, rank);
  const v = new Arithmetic(ctx);
  const statistics = ctx.wanted(0) || ctx.wanted(1) ? normalize(ctx, x, axes) : undefined;
  const weighted = () => v.mul(g!, unsqueeze(ctx, scale, ...range(1, rank - 1)));
  return [
    ctx.wanted(0) ? throughNormal(ctx, weighted(), statistics!, axes) : undefined,
    ctx.wanted(1) ? channelSum(ctx, v.mul(g!, statistics!.normal), rank) : undefined,
    ctx.wanted(2) ? channelSum(ctx, g!, rank) : undefined,
  ];
};

/** Over space and the channels of a group. Scale and bias: [C] since opset 21, before [groups]. */
export const groupNormalization: GradientRule = (ctx, [g]) => {
  const [x, scale] = ctx.node.inputs as [string, string];
  const rank = ctx.shape(x).length;
  const groups = intAttr(ctx, "num_groups", 1);
  const v = new Arithmetic(ctx);
  // 0 keeps the batch, which may be free.
  const grouped = (value: string) => emit(ctx, "Reshape", [value, list(ctx, [0, groups, -1])]);
  const byChannel = ctx.opset >= 21;
  const inner = byChannel ? rank : 3;
  const view = (value: string) => (byChannel ? value : grouped(value));
  const statistics = ctx.wanted(0) || ctx.wanted(1) ? normalize(ctx, grouped(x), [2]) : undefined;
  const dx = () => {
    const weighted = v.mul(view(g!), unsqueeze(ctx, scale, ...range(1, inner - 1)));
    const h = byChannel ? grouped(weighted) : weighted;
    return reshapeAs(ctx, throughNormal(ctx, h, statistics!, [2]), x);
  };
  const dScale = () => {
    const { normal } = statistics!;
    const whole = byChannel ? reshapeAs(ctx, normal, x) : normal;
    return channelSum(ctx, v.mul(view(g!), whole), inner);
  };
  return [
    ctx.wanted(0) ? dx() : undefined,
    ctx.wanted(1) ? dScale() : undefined,
    ctx.wanted(2) ? channelSum(ctx, view(g!), inner) : undefined,
  ];
};

/** (x - mean) / (deviation + 1e-9), by default over all but the channels. */
export const meanVarianceNormalization: GradientRule = (ctx, [g]) => {
  const x = ctx.node.inputs[0]!;
  const axes = axesIn(ctx, intsAttr(ctx, "axes") ?? [0, 2, 3], ctx.shape(x).length);
  const v = new Arithmetic(ctx);
  const centred = v.sub(x, mean(ctx, x, axes));
  const variance = mean(ctx, v.mul(centred, centred), axes);
  const inverse = v.apply("Reciprocal", v.add(v.apply("Sqrt", variance), 1e-9));
  const statistics = { normal: ctx.node.outputs[0]!, inverse };
  return [throughNormal(ctx, g!, statistics, axes)];
};

/** y = x / n, n the norm of order p: dx = (g - n' sum(g y)) / n with n' = sign(x) or y. */
export const lpNormalization: GradientRule = (ctx, [g]) => {
  const x = ctx.node.inputs[0]!;
  const y = ctx.node.outputs[0]!;
  const axis = axisIn(ctx, intAttr(ctx, "axis", -1), ctx.shape(x).length);
  const p = intAttr(ctx, "p", 2);
  const v = new Arithmetic(ctx);
  const power = p === 1 ? v.apply("Abs", x) : v.mul(x, x);
  const sum = reduceSum(ctx, power, [axis], true);
  const norm = p === 1 ? sum : v.apply("Sqrt", sum);
  const slope = p === 1 ? v.apply("Sign", x) : y;
  const along = v.mul(slope, reduceSum(ctx, v.mul(g!, y), [axis], true));
  return [v.div(v.sub(g!, along), norm)];
};
