/** Softmax, LogSoftmax, Hardmax. */
import { axisIn, input, intAttr, same, sizeOf } from "./context.ts";
import { rowwise } from "./rows.ts";
import type { CountContext, OpContext, Operator } from "./types.ts";

/** Before opset 13 the default axis is 1 and all axes from there on form one row. */
function axis(ctx: OpContext): number {
  const rank = input(ctx, 0).shape.length;
  const asked = intAttr(ctx, "axis", ctx.opset < 13 ? 1 : -1);
  // A matrix of [all, 1] is what the old form makes of axis = rank.
  if (ctx.opset < 13 && asked === rank) return rank;
  return axisIn(ctx, asked, rank);
}

function length(ctx: CountContext): number {
  const shape = ctx.inputShapes[0]!;
  return ctx.opset < 13 ? sizeOf(shape.slice(axis(ctx))) : (shape[axis(ctx)] ?? 1);
}

function rows(name: string, flops: number, passes: number): Operator {
  return rowwise({
    name,
    flops,
    passes,
    length,
    infer(ctx) {
      axis(ctx);
      return same(input(ctx, 0));
    },
  });
}

/** An element: maximum, difference, exponential, sum, quotient. */
export const Softmax = rows("Softmax", 5, 3);
/** An element: maximum, difference, exponential, sum, difference. */
export const LogSoftmax = rows("LogSoftmax", 5, 3);
/** 1 at the first maximum, else 0: comparison, choice. */
export const Hardmax = rows("Hardmax", 2, 2);
