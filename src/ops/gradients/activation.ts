/** Gradients of activations. At a kink the side is taken that PyTorch takes. */
import { float } from "../../graph/attribute.ts";
import { floatAttr, stringAttr } from "../context.ts";
import { Arithmetic, elementwise } from "./arithmetic.ts";
import { dtypeOf, emit, unbroadcast } from "./emit.ts";
import type { GradientRule } from "./types.ts";

/** So steep that every normal float32 above 0 becomes at least 1. */
const STEEP = 3.4e38;

/**
 * In float32 the mask comes from a steep HardSigmoid, min(max(steep y, 0), 1): with the product two
 * passes that run at the speed of memory, where Greater and Where take half as long again.
 */
export const relu = elementwise((v, { y, g, ctx }) => {
  if (dtypeOf(ctx) !== "float32") return v.where(v.greater(y, 0), g, 0);
  const mask = emit(ctx, "HardSigmoid", [y], { alpha: float(STEEP), beta: float(0) });
  return v.mul(g, mask);
});

export const leakyRelu = elementwise((v, { x, g, ctx }) =>
  v.where(v.greater(x, 0), g, v.mul(g, floatAttr(ctx, "alpha", 0.01))),
);

/** The slope broadcasts to x. */
export const pRelu: GradientRule = (ctx, [g]) => {
  const [x, slope] = ctx.node.inputs as [string, string];
  const v = new Arithmetic(ctx);
  const positive = v.greater(x, 0);
  return [
    ctx.wanted(0) ? v.where(positive, g!, v.mul(g!, slope)) : undefined,
    ctx.wanted(1)
      ? unbroadcast(ctx, v.where(positive, 0, v.mul(g!, x)), ctx.shape(x), slope)
      : undefined,
  ];
};

/** y = alpha (exp(x) - 1) below 0, so that dy/dx = y + alpha. */
export const elu = elementwise((v, { x, y, g, ctx }) =>
  v.where(v.greater(x, 0), g, v.mul(g, v.add(y, floatAttr(ctx, "alpha", 1)))),
);

/** y = gamma x above 0, gamma alpha (exp(x) - 1) below: dy/dx = y + gamma alpha there. */
export const selu = elementwise((v, { x, y, g, ctx }) => {
  const alpha = floatAttr(ctx, "alpha", 1.6732631921768188);
  const gamma = floatAttr(ctx, "gamma", 1.0507010221481323);
  return v.mul(g, v.where(v.greater(x, 0), gamma, v.add(y, gamma * alpha)));
});

/** y = alpha (exp(x / alpha) - 1) below 0: dy/dx = y / alpha + 1. */
export const celu = elementwise((v, { x, y, g, ctx }) => {
  const slope = v.add(v.div(y, floatAttr(ctx, "alpha", 1)), 1);
  return v.where(v.greater(x, 0), g, v.mul(g, slope));
});

export const sigmoid = elementwise((v, { y, g }) => v.mul(v.mul(g, y), v.sub(1, y)));
export const tanh = elementwise((v, { y, g }) => v.mul(g, v.sub(1, v.mul(y, y))));

/** Linear where the result is strictly between 0 and 1. */
export const hardSigmoid = elementwise((v, { y, g, ctx }) => {
  const inside = v.apply("And", v.greater(y, 0), v.less(y, 1));
  return v.where(inside, v.mul(g, floatAttr(ctx, "alpha", 0.2)), 0);
});

/** y = x (x + 3) / 6 between -3 and 3. */
export const hardSwish = elementwise((v, { x, g }) => {
  const slope = v.add(v.div(x, 3), 0.5);
  const inner = v.where(v.greater(x, -3), slope, 0);
  return v.mul(g, v.where(v.less(x, 3), inner, 1));
});

/** y = x s(alpha x): dy/dx = s + alpha y (1 - s). */
export const swish = elementwise((v, { x, y, g, ctx }) => {
  const alpha = floatAttr(ctx, "alpha", 1);
  const s = v.apply("Sigmoid", alpha === 1 ? x : v.mul(x, alpha));
  const scaled = alpha === 1 ? y : v.mul(y, alpha);
  return v.mul(g, v.add(s, v.mul(scaled, v.sub(1, s))));
});

/** y = x t with t = tanh(softplus(x)): dy/dx = t + x (1 - t^2) s(x). */
export const mish = elementwise((v, { x, g }) => {
  const t = v.apply("Tanh", v.apply("Softplus", x));
  const slope = v.mul(v.sub(1, v.mul(t, t)), v.apply("Sigmoid", x));
  return v.mul(g, v.add(t, v.mul(x, slope)));
});

export const softplus = elementwise((v, { x, g }) => v.mul(g, v.apply("Sigmoid", x)));

export const softsign = elementwise((v, { x, g }) => {
  const base = v.add(v.apply("Abs", x), 1);
  return v.div(g, v.mul(base, base));
});

export const thresholdedRelu = elementwise((v, { x, g, ctx }) =>
  v.where(v.greater(x, floatAttr(ctx, "alpha", 1)), g, 0),
);

/** y = x - bias above lambd, x + bias below -lambd, else 0. */
export const shrink = elementwise((v, { x, g, ctx }) =>
  v.where(v.greater(v.apply("Abs", x), floatAttr(ctx, "lambd", 0.5)), g, 0),
);

/** d erf(x) / dx = 2 / sqrt(pi) exp(-x^2) */
export const erf = elementwise((v, { x, g }) =>
  v.mul(g, v.mul(v.apply("Exp", v.apply("Neg", v.mul(x, x))), 2 / Math.sqrt(Math.PI))),
);

export const gelu = elementwise((v, { x, g, ctx }) =>
  v.mul(g, stringAttr(ctx, "approximate", "none") === "tanh" ? geluTanh(v, x) : geluErf(v, x)),
);

/** Phi(x) + x phi(x), the normal distribution and its density. */
function geluErf(v: Arithmetic, x: string): string {
  const phi = v.mul(v.apply("Exp", v.mul(v.mul(x, x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  const cdf = v.add(v.mul(v.apply("Erf", v.mul(x, Math.SQRT1_2)), 0.5), 0.5);
  return v.add(cdf, v.mul(x, phi));
}

/** y = x/2 (1 + t), t = tanh(u), u = sqrt(2/pi) (x + 0.044715 x^3). */
function geluTanh(v: Arithmetic, x: string): string {
  const c = Math.sqrt(2 / Math.PI);
  const square = v.mul(x, x);
  const t = v.apply("Tanh", v.mul(v.mul(x, v.add(v.mul(square, 0.044715), 1)), c));
  const slope = v.add(v.mul(square, 3 * 0.044715 * c), c);
  const inner = v.mul(v.mul(x, v.sub(1, v.mul(t, t))), slope);
  return v.mul(v.add(v.add(t, inner), 1), 0.5);
}

/** The bounds are scalars and may be trained; x on a bound passes its gradient. */
export const clip: GradientRule = (ctx, [g]) => {
  const [x, low, high] = ctx.node.inputs as [string, string | undefined, string | undefined];
  const v = new Arithmetic(ctx);
  const below = low ? v.less(x, low) : undefined;
  const above = high ? v.greater(x, high) : undefined;
  const outside = below && above ? v.apply("Or", below, above) : (below ?? above);
  const sum = (mask: string, bound: string) =>
    unbroadcast(ctx, v.where(mask, g!, 0), ctx.shape(x), bound);
  // Where the lower bound is above the upper one, the upper one counts.
  const onlyBelow = () =>
    high ? v.apply("And", below!, v.apply("LessOrEqual", low!, high)) : below!;
  const aboveAll = () =>
    low ? v.apply("Or", above!, v.apply("And", below!, v.greater(low, high!))) : above!;
  return [
    ctx.wanted(0) ? (outside === undefined ? g : v.where(outside, 0, g!)) : undefined,
    ctx.wanted(1) ? sum(onlyBelow(), low!) : undefined,
    ctx.wanted(2) ? sum(aboveAll(), high!) : undefined,
  ];
};
