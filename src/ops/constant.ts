/** Operators that make values from attributes or from a shape. */
import {
  addDims,
  ceilDiv,
  dimBounds,
  elementsOf,
  maxDims,
  mulDims,
  subDims,
} from "../graph/dim.ts";
import { byteLength, elementCount, stringTensor, tensorOf } from "../graph/tensor.ts";
import type { Dim, Tensor } from "../graph/types.ts";
import { fail, freshDims, input, intAttr, ranked, sizeOf, typed } from "./context.ts";
import { dtypeOfCode } from "./dtype-code.ts";
import { dimTensorOf, MAX_ELEMENTS, numberShape } from "./elements.ts";
import type { CountContext, DimTensor, OpContext, Operator, Work } from "./types.ts";

/** The tensor that a Constant node holds, in whichever of its attributes. */
function constantTensor(ctx: OpContext): Tensor {
  for (const name of ["value", "value_float", "value_int", "value_floats", "value_ints"] as const) {
    const a = ctx.attribute(name);
    if (a === undefined) continue;
    if (a.kind === "tensor") return a.value;
    if (a.kind === "float") return tensorOf("float32", [], [a.value]);
    if (a.kind === "int") return tensorOf("int64", [], [a.value]);
    if (a.kind === "floats") return tensorOf("float32", [a.value.length], a.value);
    if (a.kind === "ints") return tensorOf("int64", [a.value.length], a.value);
  }
  const text = ctx.attribute("value_string");
  if (text?.kind === "string") return stringTensor([text.value], []);
  const texts = ctx.attribute("value_strings");
  if (texts?.kind === "strings") return stringTensor(texts.value);
  const names = Object.keys(ctx.node.attributes).join(", ") || "none";
  throw fail(ctx, `holds no value that is known; its attributes: ${names}`);
}

const none = () => ({ read: 0, written: 0 });
const fill = (ctx: CountContext): Work => ({
  kind: "copy",
  elements: sizeOf(ctx.outputShapes[0]!),
  irregular: false,
});

export const Constant: Operator = {
  name: "Constant",
  fixed: true,
  infer(ctx) {
    const t = constantTensor(ctx);
    return [typed(t.dtype, t.dims)];
  },
  work: () => ({ kind: "view" }),
  bytes: none,
  fold(ctx) {
    const e = dimTensorOf(constantTensor(ctx));
    return e && [e];
  },
};

export const Shape: Operator = {
  name: "Shape",
  infer(ctx) {
    const [start, end] = shapeRange(ctx);
    return [typed("int64", [Math.max(0, end - start)])];
  },
  work: () => ({ kind: "view" }),
  bytes: none,
  fold(ctx) {
    const [start, end] = shapeRange(ctx);
    const elements = input(ctx, 0).shape.slice(start, end);
    return [{ dtype: "int64", dims: [elements.length], elements }];
  },
};

/** Since opset 15 a part of the axes may be asked for; out-of-range ends are clamped. */
function shapeRange(ctx: OpContext): readonly [number, number] {
  const rank = input(ctx, 0).shape.length;
  const clamp = (axis: number) => Math.min(rank, Math.max(0, axis < 0 ? axis + rank : axis));
  return [clamp(intAttr(ctx, "start", 0)), clamp(intAttr(ctx, "end", rank))];
}

export const Size: Operator = {
  name: "Size",
  infer: () => [typed("int64", [])],
  work: () => ({ kind: "view" }),
  bytes: none,
  fold: (ctx) => [{ dtype: "int64", dims: [], elements: [elementsOf(input(ctx, 0).shape)] }],
};

export const ConstantOfShape: Operator = {
  name: "ConstantOfShape",
  settings: [0],
  infer(ctx) {
    const shape = ctx.elements(0)?.elements;
    const dtype = fillValue(ctx).dtype;
    if (shape) {
      const negative = shape.find((d) => dimBounds(d)[1] < 0);
      if (negative !== undefined) throw fail(ctx, `shape [${shape.join(",")}] holds ${negative}`);
      return [typed(dtype, shape)];
    }
    const rank = ranked(ctx, 0, 1, 1).shape[0];
    return [{ dtype, shape: typeof rank === "number" ? freshDims(ctx, rank, "axis") : undefined }];
  },
  work: fill,
  bytes: (ctx) => ({ read: 0, written: bytesOf(ctx) }),
  fold(ctx) {
    const dims = numberShape(ctx.elements(0)?.elements);
    if (dims === undefined || elementCount(dims) > MAX_ELEMENTS) return undefined;
    const { dtype, elements } = fillValue(ctx);
    return [
      { dtype, dims, elements: Array.from({ length: elementCount(dims) }, () => elements[0]!) },
    ];
  },
};

function fillValue(ctx: OpContext): DimTensor {
  const a = ctx.attribute("value");
  if (a === undefined) return { dtype: "float32", dims: [], elements: [0] };
  const e = a.kind === "tensor" ? dimTensorOf(a.value) : undefined;
  if (e?.elements.length !== 1) throw fail(ctx, "attribute value is no tensor of one element");
  return e;
}

function bytesOf(ctx: CountContext): number {
  return byteLength(ctx.outputs[0]!.dtype, sizeOf(ctx.outputShapes[0]!));
}

export const EyeLike: Operator = {
  name: "EyeLike",
  infer(ctx) {
    const x = ranked(ctx, 0, 2, 2);
    const code = intAttr(ctx, "dtype", 0);
    return [typed(code === 0 ? x.dtype : dtypeOfCode(ctx, code), x.shape)];
  },
  work: fill,
  bytes: (ctx) => ({ read: 0, written: bytesOf(ctx) }),
};

export const Range: Operator = {
  name: "Range",
  settings: [0, 1, 2],
  infer(ctx) {
    const count = rangeLength(ctx);
    return [typed(input(ctx, 0).dtype, [count ?? ctx.fresh("length")])];
  },
  work: fill,
  fold(ctx) {
    const count = rangeLength(ctx);
    if (typeof count !== "number" || count > MAX_ELEMENTS) return undefined;
    const [start, , step] = [0, 1, 2].map((i) => ctx.elements(i)!.elements[0]!);
    const elements = Array.from({ length: count }, (_, i) => addDims(start!, mulDims(step!, i)));
    return [{ dtype: input(ctx, 0).dtype, dims: [count], elements }];
  },
};

/** max(0, ceil((limit - start) / delta)), where all three are known. */
function rangeLength(ctx: OpContext): Dim | undefined {
  const [start, limit, delta] = [0, 1, 2].map((i) => ctx.elements(i)?.elements[0]);
  if (start === undefined || limit === undefined || delta === undefined) return undefined;
  if (delta === 0) throw fail(ctx, "delta is 0");
  if (typeof delta === "string") return undefined;
  const span = subDims(limit, start);
  if (typeof span === "number") return Math.max(0, Math.ceil(span / delta));
  if (!Number.isInteger(delta)) return undefined;
  return maxDims(0, delta > 0 ? ceilDiv(span, delta) : ceilDiv(subDims(0, span), -delta));
}
