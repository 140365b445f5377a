/** Shapes anew: Reshape, Flatten, Squeeze, Unsqueeze. */
import { dimBounds, elementsOf, floorDiv, modDims, mulDims, neverEqual } from "../graph/dim.ts";
import type { Dim, Shape } from "../graph/types.ts";
import {
  axesIn,
  fail,
  freshDims,
  input,
  intAttr,
  intsAttr,
  knownNumbers,
  shapeText,
  typed,
} from "./context.ts";
import type { OpContext } from "./types.ts";
import { view } from "./view.ts";

/** 0 copies the input's dimension (unless `allowzero`), one -1 takes what is left. */
export const Reshape = view(
  "Reshape",
  (ctx) => {
    const x = input(ctx, 0);
    const wanted = ctx.elements(1);
    if (wanted === undefined) {
      const rank = input(ctx, 1).shape[0];
      if (typeof rank !== "number") return [{ dtype: x.dtype, shape: undefined }];
      return [typed(x.dtype, freshDims(ctx, rank, "axis"))];
    }
    return [typed(x.dtype, reshape(ctx, x.shape, wanted.elements))];
  },
  [1],
);

function reshape(ctx: OpContext, from: Shape, wanted: readonly Dim[]): Shape {
  const allowZero = intAttr(ctx, "allowzero", 0) === 1;
  const text = () => `${shapeText(from)} to [${wanted.join(",")}]`;
  const out = wanted.map((d, i) => {
    if (d !== 0 || allowZero) return d;
    const copied = from[i];
    if (copied === undefined)
      throw fail(ctx, `${text()}: 0 copies axis ${i}, which the input does not have`);
    return copied;
  });
  const open = out.indexOf(-1);
  if (out.indexOf(-1, open + 1) > open && open >= 0)
    throw fail(ctx, `${text()}: more than one -1`, "leave one dimension open at most");
  const negative = out.find((d) => d !== -1 && dimBounds(d)[1] < 0);
  if (negative !== undefined) throw fail(ctx, `${text()}: negative dimension ${negative}`);
  // Factors on both sides cancel first, so that a free batch drops out of the division.
  const total = elementsOf(from);
  const rest = out.filter((_, i) => i !== open).reduce<Dim>(mulDims, 1);
  if (open < 0) {
    if (neverEqual(total, rest))
      throw fail(
        ctx,
        `${text()}: ${total} elements against ${rest}`,
        "check the shape, or whether a fixed batch size was exported",
      );
    return out;
  }
  if (rest === 0) throw fail(ctx, `${text()}: -1 beside a dimension of 0 is not determined`);
  const missing = floorDiv(total, rest);
  const left = modDims(total, rest);
  if (typeof left === "number" && left !== 0)
    throw fail(ctx, `${text()}: ${total} elements are not divisible by ${rest}`);
  out[open] = missing;
  return out;
}

/** [d0..axis), [axis..] as a matrix. */
export const Flatten = view("Flatten", (ctx) => {
  const x = input(ctx, 0);
  const rank = x.shape.length;
  const asked = intAttr(ctx, "axis", 1);
  const axis = asked < 0 ? asked + rank : asked;
  if (axis < 0 || axis > rank)
    throw fail(ctx, `axis ${asked} is outside [${-rank}, ${rank}] of ${shapeText(x.shape)}`);
  return [typed(x.dtype, [elementsOf(x.shape.slice(0, axis)), elementsOf(x.shape.slice(axis))])];
});

/** Axes are an attribute before opset 13, an input since. Undefined: none given, or not known. */
function axes(ctx: OpContext): readonly number[] | undefined {
  return ctx.inputs[1] ? knownNumbers(ctx, 1) : intsAttr(ctx, "axes");
}

export const Squeeze = view(
  "Squeeze",
  (ctx) => {
    const x = input(ctx, 0);
    const given = axes(ctx);
    if (given === undefined) {
      // Without axes all ones go; a free dimension is taken to be larger.
      if (ctx.inputs[1]) return [{ dtype: x.dtype, shape: undefined }];
      return [
        typed(
          x.dtype,
          x.shape.filter((d) => d !== 1),
        ),
      ];
    }
    const gone = axesIn(ctx, given, x.shape.length);
    for (const a of gone)
      if (neverEqual(x.shape[a]!, 1))
        throw fail(ctx, `axis ${a} of ${shapeText(x.shape)} is ${x.shape[a]}, only 1 can go`);
    return [
      typed(
        x.dtype,
        x.shape.filter((_, i) => !gone.includes(i)),
      ),
    ];
  },
  [1],
);

export const Unsqueeze = view(
  "Unsqueeze",
  (ctx) => {
    const x = input(ctx, 0);
    const given = axes(ctx);
    if (given === undefined) return [{ dtype: x.dtype, shape: undefined }];
    const rank = x.shape.length + given.length;
    const added = new Set(axesIn(ctx, given, rank));
    let next = 0;
    const shape = Array.from({ length: rank }, (_, i) => (added.has(i) ? 1 : x.shape[next++]!));
    return [typed(x.dtype, shape)];
  },
  [1],
);
