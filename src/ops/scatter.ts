/** Scatter: a copy of the data with elements replaced or combined by index. */
import { neverEqual } from "../graph/dim.ts";
import { fail, input, ranked, same, shapeText, sizeOf, stringAttr } from "./context.ts";
import { bytesOf } from "./movement.ts";
import type { Operator } from "./types.ts";

function scatter(name: string, check?: Operator["infer"]): Operator {
  return {
    name,
    settings: [1],
    infer(ctx) {
      check?.(ctx);
      return same(input(ctx, 0));
    },
    /** A reduction costs one operation an update. */
    count(ctx) {
      const plain = stringAttr(ctx, "reduction", "none") === "none";
      return { macs: 0, flops: plain ? 0 : sizeOf(ctx.inputShapes[2]!) };
    },
    work: (ctx) => ({
      kind: "copy",
      elements: sizeOf(ctx.outputShapes[0]!) + sizeOf(ctx.inputShapes[2] ?? [0]),
      irregular: true,
    }),
    bytes(ctx) {
      const updates = ctx.inputs[2] ? bytesOf(ctx.inputs[2]) : 0;
      const indices = ctx.inputs[1] ? bytesOf(ctx.inputs[1]) : 0;
      const data = bytesOf(ctx.inputs[0]!);
      return { read: data + indices + updates, written: data + updates };
    },
  };
}

export const ScatterElements = scatter("ScatterElements", (ctx) => {
  const x = ranked(ctx, 0, 1);
  const indices = ranked(ctx, 1, x.shape.length, x.shape.length).shape;
  const updates = input(ctx, 2).shape;
  if (updates.length !== indices.length || updates.some((d, i) => neverEqual(d, indices[i]!)))
    throw fail(ctx, `indices are ${shapeText(indices)}, updates ${shapeText(updates)}`);
  return [];
});

/** The name of ScatterElements before opset 11. */
export const Scatter = scatter("Scatter");

export const ScatterND = scatter("ScatterND", (ctx) => {
  const x = ranked(ctx, 0, 1).shape;
  const indices = ranked(ctx, 1, 1).shape;
  const updates = input(ctx, 2).shape;
  const depth = indices[indices.length - 1]!;
  if (typeof depth !== "number") return [];
  if (depth > x.length)
    throw fail(ctx, `indices ${shapeText(indices)} reach axis ${depth - 1} of ${shapeText(x)}`);
  const expected = [...indices.slice(0, -1), ...x.slice(depth)];
  if (expected.length !== updates.length || expected.some((d, i) => neverEqual(d, updates[i]!)))
    throw fail(ctx, `updates are ${shapeText(updates)}, expected ${shapeText(expected)}`);
  return [];
});

/** Writes `update` into a cache at `write_indices`; the cache keeps its shape. */
export const TensorScatter: Operator = {
  name: "TensorScatter",
  settings: [2],
  infer: (ctx) => same(input(ctx, 0)),
  work: (ctx) => ({
    kind: "copy",
    elements: sizeOf(ctx.inputShapes[0]!) + sizeOf(ctx.inputShapes[1]!),
    irregular: true,
  }),
};
