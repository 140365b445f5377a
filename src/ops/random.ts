/** Random values by a given shape, or by that of an input. */
import type { DType } from "../graph/types.ts";
import { fail, input, intAttr, intsAttr, typed } from "./context.ts";
import { dtypeOfCode } from "./dtype-code.ts";
import { copyWork, partialBytes } from "./movement.ts";
import type { OpContext, Operator } from "./types.ts";

function dtype(ctx: OpContext, byDefault: DType): DType {
  const code = intAttr(ctx, "dtype", 0);
  return code === 0 ? byDefault : dtypeOfCode(ctx, code);
}

function random(name: string, like: boolean): Operator {
  return {
    name,
    infer(ctx) {
      if (like) return [typed(dtype(ctx, input(ctx, 0).dtype), input(ctx, 0).shape)];
      const shape = intsAttr(ctx, "shape");
      if (!shape) throw fail(ctx, "attribute shape is missing");
      return [typed(dtype(ctx, "float32"), shape)];
    },
    work: (ctx) => copyWork(ctx),
    bytes: (ctx) => ({ read: 0, written: partialBytes(ctx).written }),
  };
}

export const RandomNormal = random("RandomNormal", false);
export const RandomUniform = random("RandomUniform", false);
export const RandomNormalLike = random("RandomNormalLike", true);
export const RandomUniformLike = random("RandomUniformLike", true);
export const Bernoulli = random("Bernoulli", true);
