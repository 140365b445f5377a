/** ONNX's multidirectional broadcasting, with free dimensions. */
import { maxDims, neverEqual } from "../graph/dim.ts";
import type { Dim, Shape } from "../graph/types.ts";
import { fail, shapeText } from "./context.ts";
import type { OpContext } from "./types.ts";

/**
 * The shape that all of `shapes` broadcast to. A free dimension against a number other than 1 is
 * that number (it can only be 1 or equal); two different free ones give their maximum.
 */
export function broadcast(ctx: OpContext, shapes: readonly Shape[]): Shape {
  let out = shapes[0]!;
  for (let i = 1; i < shapes.length; i++) out = broadcastPair(ctx, out, shapes[i]!);
  return out;
}

function broadcastPair(ctx: OpContext, a: Shape, b: Shape): Shape {
  if (a === b) return a;
  const rank = Math.max(a.length, b.length);
  const out: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    const d = broadcastDim(x, y);
    if (d === undefined)
      throw fail(
        ctx,
        `${shapeText(a)} and ${shapeText(b)} do not broadcast: ${x} against ${y} in axis ${i}`,
        "make the sizes equal, or one of them 1",
      );
    out.push(d);
  }
  return out;
}

export function broadcastDim(x: Dim, y: Dim): Dim | undefined {
  if (x === y || y === 1) return x;
  if (x === 1) return y;
  if (typeof x === "number" && typeof y === "number") return undefined;
  if (typeof x === "number") return x;
  if (typeof y === "number") return y;
  return neverEqual(x, y) && neverEqual(x, 1) && neverEqual(y, 1) ? undefined : maxDims(x, y);
}

/** The dimension that two uses of one size agree on; undefined where they cannot. */
export function unifyDim(x: Dim, y: Dim): Dim | undefined {
  if (x === y) return x;
  if (neverEqual(x, y)) return undefined;
  return typeof y === "number" ? y : x;
}
