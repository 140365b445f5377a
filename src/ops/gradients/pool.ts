/** Gradients of average pooling and of pooling over all of space. */
import { int } from "../../graph/attribute.ts";
import { tensorOf } from "../../graph/tensor.ts";
import { fail, intAttr } from "../context.ts";
import { kernel } from "../pool.ts";
import { slide } from "../window.ts";
import { Arithmetic } from "./arithmetic.ts";
import { type ConvGeometry, geometryOf, leftover } from "./conv-geometry.ts";
import { convInput } from "./conv-input.ts";
import {
  axesOf,
  countOver,
  dtypeCode,
  dtypeOf,
  emit,
  expandOver,
  list,
  range,
  reduceSum,
  reshape,
  reshapeAs,
  scalar,
} from "./emit.ts";
import type { GradientContext, GradientRule } from "./types.ts";

/** Rounding sizes up lets the last window hang over the end; it is padded there. */
export function poolGeometry(ctx: GradientContext): ConvGeometry {
  const x = ctx.shape(ctx.node.inputs[0]!).slice(2);
  const y = ctx.shape(ctx.node.outputs[0]!).slice(2);
  const ceil = intAttr(ctx, "ceil_mode", 0) === 1;
  const window = slide(ctx, x, kernel(ctx, x.length), ceil);
  const c = geometryOf(ctx, window, x, y, 1);
  if (!ceil) return c;
  const rest = leftover(c);
  if (rest.includes(undefined))
    throw fail(
      ctx,
      "with ceil_mode its padding depends on a free size",
      "give numbers to the spatial dimensions",
    );
  return { ...c, padEnd: c.padEnd.map((p, i) => p + Math.max(0, -rest[i]!)) };
}

/** The adjoint of a sum over windows: each element of the output's shape goes to its whole window. */
export function spread(ctx: GradientContext, c: ConvGeometry, g: string): string {
  const x = ctx.node.inputs[0]!;
  const y = ctx.node.outputs[0]!;
  if (tiles(c)) {
    const rank = c.kernel.length;
    const split = reshape(ctx, g, [
      ...axesOf(ctx, y, 0, 2),
      ...axesOf(ctx, y, 2).flatMap((d) => [d, 1]),
    ]);
    const target = [1, 1, ...range(0, rank).flatMap((i) => [1, c.kernel[i]!])];
    return reshapeAs(ctx, emit(ctx, "Expand", [split, list(ctx, target)]), x);
  }
  const ones = ctx.builder.constant(
    tensorOf(
      dtypeOf(ctx) as "float32",
      [1, 1, ...c.kernel],
      Array.from({ length: c.kernel.reduce((a, b) => a * b, 1) }, () => 1),
    ),
  );
  const single = reshape(ctx, g, [-1, 1, ...axesOf(ctx, y, 2)]);
  return reshapeAs(ctx, convInput(ctx, c, single, ones, x), x);
}

/** Whether windows cover the input once. */
function tiles(c: ConvGeometry): boolean {
  return c.kernel.every(
    (k, i) =>
      k === c.stride[i] &&
      c.dilation[i] === 1 &&
      c.padBegin[i] === 0 &&
      c.padEnd[i] === 0 &&
      typeof c.input[i] === "number" &&
      c.input[i] % k === 0,
  );
}

export const averagePool: GradientRule = (ctx, [g]) => {
  const c = poolGeometry(ctx);
  return [spread(ctx, c, new Arithmetic(ctx).mul(g!, inverseCounts(ctx, c)))];
};

/** 1 / elements that each window averages, [1, 1, output] or a scalar where all have as many. */
function inverseCounts(ctx: GradientContext, c: ConvGeometry): string {
  const whole = c.kernel.reduce((a, b) => a * b, 1);
  if ([...c.padBegin, ...c.padEnd].every((p) => p === 0)) return scalar(ctx, 1 / whole);
  const withPads = intAttr(ctx, "count_include_pad", 0) === 1;
  const declared = declaredPadEnd(ctx, c);
  const perAxis = c.kernel.map((k, i) => {
    const [size, out] = [c.input[i]!, c.output[i]!];
    if (typeof size !== "number" || typeof out !== "number")
      throw fail(
        ctx,
        `axis ${i + 2} of ${size} is padded`,
        "give numbers to the spatial dimensions",
      );
    const low = withPads ? -c.padBegin[i]! : 0;
    const high = withPads ? size + declared[i]! : size;
    return range(0, out).map((o) => {
      const start = o * c.stride[i]! - c.padBegin[i]!;
      return range(0, k).filter((t) => {
        const at = start + t * c.dilation[i]!;
        return at >= low && at < high;
      }).length;
    });
  });
  let counts = [1];
  for (const axis of perAxis) counts = counts.flatMap((n) => axis.map((m) => n * m));
  return ctx.builder.constant(
    tensorOf(
      dtypeOf(ctx) as "float32",
      [1, 1, ...perAxis.map((a) => a.length)],
      counts.map((n) => 1 / n),
    ),
  );
}

/** Padding at the end as asked for, without what rounding up adds. */
function declaredPadEnd(ctx: GradientContext, c: ConvGeometry): readonly number[] {
  const x = ctx.shape(ctx.node.inputs[0]!).slice(2);
  return slide(ctx, x, c.kernel, intAttr(ctx, "ceil_mode", 0) === 1).padEnd as readonly number[];
}

function spatialAxes(ctx: GradientContext): number[] {
  return range(2, ctx.shape(ctx.node.inputs[0]!).length);
}

export const globalAveragePool: GradientRule = (ctx, [g]) => {
  const x = ctx.node.inputs[0]!;
  const axes = spatialAxes(ctx);
  const share = new Arithmetic(ctx).div(g!, countOver(ctx, x, axes));
  return [expandOver(ctx, share, x, axes)];
};

/** Equal elements share the gradient evenly. */
export const globalMaxPool: GradientRule = (ctx, [g]) => {
  const x = ctx.node.inputs[0]!;
  const to = int(dtypeCode(ctx, dtypeOf(ctx)));
  const hit = emit(ctx, "Cast", [emit(ctx, "Equal", [x, ctx.node.outputs[0]!])], { to });
  const v = new Arithmetic(ctx);
  return [v.mul(hit, v.div(g!, reduceSum(ctx, hit, spatialAxes(ctx), true)))];
};

/** y = (sum |x|^p)^(1/p): dy/dx = sign(x) |x|^(p-1) y^(1-p), and 0 where y is 0. */
function lpSlope(ctx: GradientContext, g: string, repeat: (g: string) => string): string {
  const x = ctx.node.inputs[0]!;
  const y = ctx.node.outputs[0]!;
  const p = intAttr(ctx, "p", 2);
  const v = new Arithmetic(ctx);
  const safe = v.where(v.apply("Equal", y, 0), 1, y);
  const shared = repeat(p === 1 ? g : v.div(g, v.apply("Pow", safe, p - 1)));
  if (p === 2) return v.mul(shared, x);
  const sign = v.mul(shared, v.apply("Sign", x));
  return p === 1 ? sign : v.mul(sign, v.apply("Pow", v.apply("Abs", x), p - 1));
}

export const lpPool: GradientRule = (ctx, [g]) => {
  const c = poolGeometry(ctx);
  return [lpSlope(ctx, g!, (share) => spread(ctx, c, share))];
};

export const globalLpPool: GradientRule = (ctx, [g]) => [lpSlope(ctx, g!, (share) => share)];
