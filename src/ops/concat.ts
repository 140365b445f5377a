/** Concat: inputs one after the other along an axis. */
import { addDims } from "../graph/dim.ts";
import { elementCount } from "../graph/tensor.ts";
import type { Dim, Shape } from "../graph/types.ts";
import { unifyDim } from "./broadcast.ts";
import { axisIn, fail, input, intAttr, shapeText, typed } from "./context.ts";
import { MAX_ELEMENTS } from "./elements.ts";
import { copyWork } from "./movement.ts";
import type { OpContext, Operator } from "./types.ts";

function axisOf(ctx: OpContext): number {
  return axisIn(ctx, intAttr(ctx, "axis", 1), input(ctx, 0).shape.length);
}

function concatenated(ctx: OpContext, axis: number): Shape {
  const first = input(ctx, 0).shape;
  const out: Dim[] = [...first];
  for (let i = 1; i < ctx.inputs.length; i++) {
    const next = input(ctx, i).shape;
    if (next.length !== first.length)
      throw fail(
        ctx,
        `inputs 0 and ${i} are ${shapeText(first)} and ${shapeText(next)}, of different rank`,
      );
    for (let a = 0; a < out.length; a++) {
      const d = a === axis ? addDims(out[a]!, next[a]!) : unifyDim(out[a]!, next[a]!);
      if (d === undefined)
        throw fail(
          ctx,
          `inputs 0 and ${i} are ${shapeText(first)} and ${shapeText(next)}: ${out[a]} against ${next[a]} in axis ${a}`,
          `only axis ${axis}, along which they are joined, may differ`,
        );
      out[a] = d;
    }
  }
  return out;
}

export const Concat: Operator = {
  name: "Concat",
  infer: (ctx) => [typed(input(ctx, 0).dtype, concatenated(ctx, axisOf(ctx)))],
  work: (ctx) => copyWork(ctx),
  fold(ctx) {
    const axis = axisOf(ctx);
    const parts = [];
    for (let i = 0; i < ctx.inputs.length; i++) {
      const e = ctx.elements(i);
      if (!e) return undefined;
      parts.push(e);
    }
    const dims = concatenated(ctx, axis) as readonly number[];
    if (elementCount(dims) > MAX_ELEMENTS) return undefined;
    const elements: Dim[] = [];
    const outer = elementCount(dims.slice(0, axis));
    for (let o = 0; o < outer; o++)
      for (const p of parts) {
        const run = elementCount(p.dims.slice(axis));
        for (let k = 0; k < run; k++) elements.push(p.elements[o * run + k]!);
      }
    return [{ dtype: parts[0]!.dtype, dims, elements }];
  },
};
