/** Operators that give another name or shape to the same bytes: no kernel, no traffic. */
import { elementCount } from "../graph/tensor.ts";
import type { Shape, ValueType } from "../graph/types.ts";
import { numberShape } from "./elements.ts";
import type { DimTensor, OpContext, Operator } from "./types.ts";

/** A view of input 0: its elements in the same order, under the shape that `infer` gives. */
export function view(
  name: string,
  infer: (ctx: OpContext) => readonly ValueType[],
  settings: readonly number[] = [],
): Operator {
  return {
    name,
    settings,
    infer,
    work: () => ({ kind: "view" }),
    bytes: () => ({ read: 0, written: 0 }),
    fold(ctx) {
      const x = ctx.elements(0);
      return x === undefined ? undefined : reshaped(x, infer(ctx)[0]!.shape);
    },
  };
}

function reshaped(x: DimTensor, shape: Shape | undefined): readonly DimTensor[] | undefined {
  const dims = numberShape(shape);
  if (dims === undefined || elementCount(dims) !== x.elements.length) return undefined;
  return [{ ...x, dims }];
}
