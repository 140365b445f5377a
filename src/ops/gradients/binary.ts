/** Gradients of arithmetic and choice between broadcast operands. */
import { int } from "../../graph/attribute.ts";
import { Arithmetic } from "./arithmetic.ts";
import { dtypeCode, dtypeOf, emit, scalar, unbroadcast } from "./emit.ts";
import type { GradientContext, GradientRule } from "./types.ts";

/** Sums what broadcasting has repeated, for the inputs that are wanted. */
function operands(ctx: GradientContext, parts: readonly (() => string)[]): (string | undefined)[] {
  const from = ctx.shape(ctx.node.outputs[0]!);
  return parts.map((part, i) =>
    ctx.wanted(i) ? unbroadcast(ctx, part(), from, ctx.node.inputs[i]!) : undefined,
  );
}

export const add: GradientRule = (ctx, [g]) =>
  operands(
    ctx,
    ctx.node.inputs.map(() => () => g!),
  );

export const sub: GradientRule = (ctx, [g]) =>
  operands(ctx, [() => g!, () => emit(ctx, "Neg", [g!])]);

export const mul: GradientRule = (ctx, [g]) => {
  const [a, b] = ctx.node.inputs as [string, string];
  const v = new Arithmetic(ctx);
  return operands(ctx, [() => v.mul(g!, b), () => v.mul(g!, a)]);
};

/** y = a / b: dy/db = -y / b. */
export const div: GradientRule = (ctx, [g]) => {
  const b = ctx.node.inputs[1]!;
  const y = ctx.node.outputs[0]!;
  const v = new Arithmetic(ctx);
  return operands(ctx, [() => v.div(g!, b), () => v.apply("Neg", v.div(v.mul(g!, y), b))]);
};

/** y = a - b n with n whole: dy/db = -n. */
export const mod: GradientRule = (ctx, [g]) => {
  const [a, b] = ctx.node.inputs as [string, string];
  const v = new Arithmetic(ctx);
  return operands(ctx, [() => g!, () => v.mul(g!, v.div(v.sub(ctx.node.outputs[0]!, a), b))]);
};

/**
 * y = x^p: dy/dx = p x^(p-1), dy/dp = y log(x), which is 0 where x is 0 (as PyTorch has it, and the
 * limit for p > 0).
 */
export const pow: GradientRule = (ctx, [g]) => {
  const [x, p] = ctx.node.inputs as [string, string];
  const y = ctx.node.outputs[0]!;
  const v = new Arithmetic(ctx);
  const known = ctx.elements(1)?.elements;
  const power = known?.length === 1 ? known[0] : undefined;
  const slope = (): string => {
    if (power === 2) return v.mul(x, 2);
    if (power === 3) return v.mul(v.mul(x, x), 3);
    if (typeof power === "number") return v.mul(v.apply("Pow", x, power - 1), power);
    const real = sameType(ctx, p);
    const product = v.mul(v.apply("Pow", x, v.sub(real, 1)), real);
    // Not 0 * infinity where x is 0, too.
    return v.where(v.apply("Equal", real, 0), 0, product);
  };
  const dx = () => (power === 1 ? g! : power === 0 ? v.mul(g!, 0) : v.mul(g!, slope()));
  const dp = (): string => {
    const positive = v.greater(x, 0);
    const logs = v.apply("Log", v.where(positive, x, 1));
    return sameType(ctx, v.mul(g!, v.mul(y, logs)), p);
  };
  return operands(ctx, [dx, dp]);
};

/** A value in the type of input 0, or of `like`. */
function sameType(ctx: GradientContext, value: string, like?: string): string {
  const from = like === undefined ? ctx.type(value).dtype : dtypeOf(ctx);
  const to = like === undefined ? dtypeOf(ctx) : ctx.type(like).dtype;
  return from === to ? value : emit(ctx, "Cast", [value], { to: int(dtypeCode(ctx, to)) });
}

/** Equal elements share the gradient evenly. */
export const extremum: GradientRule = (ctx, [g]) => {
  const { inputs } = ctx.node;
  if (inputs.length === 1) return [g];
  const y = ctx.node.outputs[0]!;
  const v = new Arithmetic(ctx);
  const to = int(dtypeCode(ctx, dtypeOf(ctx)));
  const hits = inputs.map((x) => emit(ctx, "Cast", [emit(ctx, "Equal", [x, y])], { to }));
  const share = v.div(g!, emit(ctx, "Sum", hits));
  return operands(
    ctx,
    hits.map((hit) => () => v.mul(share, hit)),
  );
};

export const mean: GradientRule = (ctx, [g]) => {
  const count = ctx.node.inputs.length;
  const share = new Arithmetic(ctx).div(g!, count);
  return operands(
    ctx,
    ctx.node.inputs.map(() => () => share),
  );
};

export const where: GradientRule = (ctx, [g]) => {
  const condition = ctx.node.inputs[0]!;
  const zero = scalar(ctx, 0, ctx.type(ctx.node.outputs[0]!).dtype);
  return operands(ctx, [
    () => "",
    () => emit(ctx, "Where", [condition, g!, zero]),
    () => emit(ctx, "Where", [condition, zero, g!]),
  ]);
};
