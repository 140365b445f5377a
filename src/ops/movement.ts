/** What operators share that only move elements: work, and bytes where a part is read. */
import { byteLength } from "../graph/tensor.ts";
import type { ValueType } from "../graph/types.ts";
import { sizeOf } from "./context.ts";
import type { CountContext, Work } from "./types.ts";

export function copyWork(ctx: CountContext, irregular = false): Work {
  let elements = 0;
  for (const shape of ctx.outputShapes) elements += sizeOf(shape);
  return { kind: "copy", elements, irregular };
}

export function bytesOf(type: ValueType): number {
  return byteLength(type.dtype, sizeOf(type.shape as readonly number[]));
}

/** Reads what it writes, and the whole of the inputs in `whole` (indices). */
export function partialBytes(ctx: CountContext, whole: readonly number[] = []) {
  let written = 0;
  for (const [i, type] of ctx.outputs.entries())
    if (ctx.node.outputs[i] !== "") written += bytesOf(type);
  let read = written;
  for (const i of whole) if (ctx.inputs[i]) read += bytesOf(ctx.inputs[i]);
  return { read, written };
}
