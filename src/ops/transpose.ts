/** Transpose: axes in another order. */
import { axesIn, fail, input, intsAttr, typed } from "./context.ts";
import { rowMajor, strided } from "./elements.ts";
import { bytesOf, copyWork } from "./movement.ts";
import type { CountContext, OpContext, Operator } from "./types.ts";

function permutation(ctx: OpContext): readonly number[] {
  const rank = input(ctx, 0).shape.length;
  const perm = intsAttr(ctx, "perm") ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  if (perm.length !== rank)
    throw fail(ctx, `perm=[${perm.join(",")}] has ${perm.length} axes, the input ${rank}`);
  return axesIn(ctx, perm, rank);
}

/** Moving axes of size 1 about leaves the bytes where they are. */
function isView(ctx: CountContext): boolean {
  const shape = ctx.inputShapes[0]!;
  const order = permutation(ctx).filter((a) => shape[a] !== 1);
  return order.every((a, i) => i === 0 || order[i - 1]! < a);
}

export const Transpose: Operator = {
  name: "Transpose",
  infer(ctx) {
    const x = input(ctx, 0);
    return [
      typed(
        x.dtype,
        permutation(ctx).map((a) => x.shape[a]!),
      ),
    ];
  },
  work: (ctx) => (isView(ctx) ? { kind: "view" } : copyWork(ctx)),
  bytes(ctx) {
    const n = isView(ctx) ? 0 : bytesOf(ctx.outputs[0]!);
    return { read: n, written: n };
  },
  fold(ctx) {
    const x = ctx.elements(0);
    if (!x) return undefined;
    const perm = permutation(ctx);
    const steps = rowMajor(x.dims);
    const out = strided(
      x,
      perm.map((a) => x.dims[a]!),
      perm.map((a) => steps[a]!),
    );
    return out && [out];
  },
};
