/** Gather, GatherElements, GatherND, and other choices by index. */
import { elementsOf, neverEqual } from "../graph/dim.ts";
import { elementCount } from "../graph/tensor.ts";
import type { Dim, Shape } from "../graph/types.ts";
import { axisIn, fail, input, intAttr, ranked, shapeText, sizeOf, typed } from "./context.ts";
import { MAX_ELEMENTS, rowMajor } from "./elements.ts";
import { bytesOf, copyWork, partialBytes } from "./movement.ts";
import type { DimTensor, OpContext, Operator } from "./types.ts";

const irregular = {
  work: (ctx) => copyWork(ctx, true),
  bytes: (ctx) => partialBytes(ctx, [1]),
} satisfies Partial<Operator>;

export const Gather: Operator = {
  name: "Gather",
  settings: [1],
  ...irregular,
  infer(ctx) {
    const x = ranked(ctx, 0, 1);
    const axis = axisIn(ctx, intAttr(ctx, "axis", 0), x.shape.length);
    const indices = input(ctx, 1).shape;
    checkIndices(ctx, x.shape, axis);
    return [typed(x.dtype, [...x.shape.slice(0, axis), ...indices, ...x.shape.slice(axis + 1)])];
  },
  fold(ctx) {
    const x = ctx.elements(0);
    const at = x && ctx.elements(1);
    if (!at) return undefined;
    const axis = axisIn(ctx, intAttr(ctx, "axis", 0), x.dims.length);
    const size = x.dims[axis]!;
    const outer = elementCount(x.dims.slice(0, axis));
    const inner = elementCount(x.dims.slice(axis + 1));
    if (outer * at.elements.length * inner > MAX_ELEMENTS) return undefined;
    const elements: Dim[] = [];
    for (let o = 0; o < outer; o++)
      for (const raw of at.elements) {
        if (typeof raw !== "number") return undefined;
        const i = raw < 0 ? raw + size : raw;
        for (let k = 0; k < inner; k++) elements.push(x.elements[(o * size + i) * inner + k]!);
      }
    const dims = [...x.dims.slice(0, axis), ...at.dims, ...x.dims.slice(axis + 1)];
    return [{ dtype: x.dtype, dims, elements }];
  },
};

/** Constant indices must lie on the axis; negative ones count from its end. */
function checkIndices(ctx: OpContext, shape: Shape, axis: number): void {
  const size = shape[axis]!;
  if (typeof size !== "number") return;
  for (const i of ctx.elements(1)?.elements ?? [])
    if (typeof i === "number" && (i < -size || i >= size))
      throw fail(ctx, `index ${i} is outside axis ${axis} of ${shapeText(shape)}`);
}

export const GatherElements: Operator = {
  name: "GatherElements",
  ...irregular,
  infer(ctx) {
    const x = ranked(ctx, 0, 1);
    const indices = ranked(ctx, 1, x.shape.length, x.shape.length);
    return [typed(x.dtype, indices.shape)];
  },
};

export const GatherND: Operator = {
  name: "GatherND",
  ...irregular,
  infer(ctx) {
    const x = ranked(ctx, 0, 1);
    const indices = ranked(ctx, 1, 1).shape;
    const batch = intAttr(ctx, "batch_dims", 0);
    const depth = indices[indices.length - 1]!;
    if (typeof depth !== "number") return [{ dtype: x.dtype, shape: undefined }];
    if (batch + depth > x.shape.length)
      throw fail(
        ctx,
        `indices ${shapeText(indices)} with batch_dims ${batch} reach axis ${batch + depth - 1}, the data is ${shapeText(x.shape)}`,
      );
    for (let i = 0; i < batch; i++)
      if (neverEqual(x.shape[i]!, indices[i] ?? 1))
        throw fail(
          ctx,
          `batch axis ${i}: data has ${x.shape[i]}, indices have ${indices[i] ?? "none"}`,
        );
    return [typed(x.dtype, [...indices.slice(0, -1), ...x.shape.slice(batch + depth)])];
  },
};

/** Elements where `condition` holds: how many, only the data tells. */
export const Compress: Operator = {
  name: "Compress",
  work: (ctx) => copyWork(ctx, true),
  infer(ctx) {
    const x = input(ctx, 0);
    const count = ctx.fresh("count");
    if (ctx.attribute("axis") === undefined) return [typed(x.dtype, [count])];
    const axis = axisIn(ctx, intAttr(ctx, "axis", 0), x.shape.length);
    return [typed(x.dtype, x.shape.with(axis, count))];
  },
};

/** Indices of the elements that are not 0: [rank, count], the count known to the data alone. */
export const NonZero: Operator = {
  name: "NonZero",
  infer(ctx) {
    const count = nonZeros(ctx.elements(0))?.length ?? ctx.fresh("count");
    return [typed("int64", [input(ctx, 0).shape.length, count])];
  },
  work(ctx) {
    return { kind: "copy", elements: sizeOf(ctx.inputShapes[0]!), irregular: true };
  },
  bytes: (ctx) => ({ read: bytesOf(ctx.inputs[0]!), written: bytesOf(ctx.outputs[0]!) }),
  fold(ctx) {
    const x = ctx.elements(0);
    const at = nonZeros(x);
    if (!x || !at) return undefined;
    const steps = rowMajor(x.dims);
    const elements = steps.flatMap((step, axis) =>
      at.map((offset) => Math.floor(offset / step) % x.dims[axis]!),
    );
    return [{ dtype: "int64", dims: [x.dims.length, at.length], elements }];
  },
};

/** Flat positions of the elements that are not 0; undefined where an element is not a number. */
function nonZeros(x: DimTensor | undefined): readonly number[] | undefined {
  if (!x?.elements.every((e) => typeof e === "number")) return undefined;
  return x.elements.flatMap((e, i) => (e === 0 ? [] : [i]));
}

/** Distinct elements (or slices along an axis), where they stood, and how often. */
export const Unique: Operator = {
  name: "Unique",
  work: (ctx) => copyWork(ctx, true),
  infer(ctx) {
    const x = input(ctx, 0);
    const count = ctx.fresh("count");
    const indices = typed("int64", [count]);
    if (ctx.attribute("axis") === undefined) {
      const all = elementsOf(x.shape);
      return [typed(x.dtype, [count]), indices, typed("int64", [all]), indices];
    }
    const axis = axisIn(ctx, intAttr(ctx, "axis", 0), x.shape.length);
    const inverse = typed("int64", [x.shape[axis]!]);
    return [typed(x.dtype, x.shape.with(axis, count)), indices, inverse, indices];
  },
};
