/** Constants whose elements may be dimensions: made from tensors, read and combined by index. */
import { canonicalDim, floorDiv, neverEqual } from "../graph/dim.ts";
import { elementCount, numbers, tensorOf } from "../graph/tensor.ts";
import type { Dim, DType, Shape, Tensor } from "../graph/types.ts";
import type { DimTensor, OpContext } from "./types.ts";

/** Constants with more elements are not followed: shapes and indices are short, weights are not. */
export const MAX_ELEMENTS = 1024;

export function dimTensor(
  dtype: DType,
  dims: readonly number[],
  elements: readonly Dim[],
): DimTensor {
  return { dtype, dims, elements };
}

export function dimTensorOf(tensor: Tensor): DimTensor | undefined {
  const count = elementCount(tensor.dims);
  if (count > MAX_ELEMENTS || tensor.external || tensor.dtype === "string") return undefined;
  const elements = Array.from(numbers(tensor));
  return elements.length === count
    ? { dtype: tensor.dtype, dims: tensor.dims, elements }
    : undefined;
}

/** The constant as a tensor, where every element is a number. */
export function tensorOfElements(e: DimTensor): Tensor | undefined {
  const { dtype } = e;
  if (dtype === "string" || dtype === "complex64" || dtype === "complex128") return undefined;
  if (!e.elements.every((x) => typeof x === "number")) return undefined;
  return tensorOf(dtype, e.dims, e.elements as readonly number[]);
}

/** Row-major strides, 0 along axes that broadcast to `rank` axes. */
export function broadcastStrides(dims: readonly number[], rank: number): number[] {
  const strides = Array.from({ length: rank }, () => 0);
  let step = 1;
  for (let i = dims.length - 1; i >= 0; i--) {
    if (dims[i] !== 1) strides[i + rank - dims.length] = step;
    step *= dims[i]!;
  }
  return strides;
}

/** Calls `visit` with the flat offset into each operand, in row-major order of `shape`. */
export function forEachIndex(
  shape: readonly number[],
  strides: readonly (readonly number[])[],
  visit: (offsets: readonly number[]) => void,
): void {
  const total = elementCount(shape);
  const index = Array.from({ length: shape.length }, () => 0);
  const offsets = Array.from({ length: strides.length }, () => 0);
  for (let n = 0; n < total; n++) {
    visit(offsets);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const size = shape[axis]!;
      index[axis]!++;
      for (let o = 0; o < offsets.length; o++) offsets[o]! += strides[o]![axis]!;
      if (index[axis]! < size) break;
      index[axis] = 0;
      for (let o = 0; o < offsets.length; o++) offsets[o]! -= strides[o]![axis]! * size;
    }
  }
}

/** Elementwise folding with broadcasting; undefined where an operand or a result is not known. */
export function elementwise(
  ctx: OpContext,
  operands: readonly number[],
  dtype: (ctx: OpContext) => DType,
  combine: (values: readonly Dim[], ctx: OpContext) => Dim | undefined,
): readonly DimTensor[] | undefined {
  const known: DimTensor[] = [];
  for (const i of operands) {
    const e = ctx.elements(i);
    if (e === undefined) return undefined;
    known.push(e);
  }
  const rank = Math.max(...known.map((e) => e.dims.length));
  const shape = Array.from({ length: rank }, (_, axis) => {
    const sizes = known.map((e) => e.dims[axis - rank + e.dims.length] ?? 1);
    return sizes.find((s) => s !== 1) ?? 1;
  });
  if (elementCount(shape) > MAX_ELEMENTS) return undefined;
  const elements: Dim[] = [];
  let complete = true;
  const strides = known.map((e) => broadcastStrides(e.dims, rank));
  const out = dtype(ctx);
  forEachIndex(shape, strides, (offsets) => {
    if (!complete) return;
    const value = combine(
      offsets.map((o, i) => known[i]!.elements[o]!),
      ctx,
    );
    const stored = value === undefined ? undefined : rounded(out, value);
    if (stored === undefined) complete = false;
    else elements.push(stored);
  });
  return complete ? [dimTensor(out, shape, elements)] : undefined;
}

const INTEGER: ReadonlySet<DType> = new Set([
  "int8",
  "int16",
  "int32",
  "int64",
  "int4",
  "int2",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "uint4",
  "uint2",
]);

export function isInteger(dtype: DType): boolean {
  return INTEGER.has(dtype);
}

export function isFloat(dtype: DType): boolean {
  return !isInteger(dtype) && dtype !== "bool" && dtype !== "string";
}

/** A computed number as the element type stores it; undefined where it cannot be kept exactly. */
function rounded(dtype: DType, value: Dim): Dim | undefined {
  if (typeof value === "string") return value;
  if (dtype === "float32") return Math.fround(value);
  if (isInteger(dtype)) return Number.isInteger(value) ? value : undefined;
  return value;
}

/** Whether the shape is known to be that of the constant (a guard for folded data movement). */
export function numberShape(shape: Shape | undefined): readonly number[] | undefined {
  return shape?.every((d) => typeof d === "number") ? (shape as readonly number[]) : undefined;
}

/** 1 or 0 where the comparison holds or fails for all values of the symbols. */
export function equalDims(a: Dim, b: Dim): number | undefined {
  if (typeof a === "number" && typeof b === "number") return a === b ? 1 : 0;
  if (canonicalDim(a) === canonicalDim(b)) return 1;
  return neverEqual(a, b) ? 0 : undefined;
}

/** A quotient of integers, truncated as ONNX's Div does; symbolic only where both are positive. */
export function truncatedDiv(a: Dim, b: Dim): Dim | undefined {
  if (b === 0) return undefined;
  if (typeof a === "number" && typeof b === "number") return Math.trunc(a / b);
  return floorDiv(a, b);
}

/** Elements of `e` under another walk: element [i0, i1, ...] is the one at offset + sum(i * stride). */
export function strided(
  e: DimTensor,
  dims: readonly number[],
  strides: readonly number[],
  offset = 0,
): DimTensor | undefined {
  if (elementCount(dims) > MAX_ELEMENTS) return undefined;
  const elements: Dim[] = [];
  forEachIndex(dims, [strides], ([o]) => elements.push(e.elements[offset + o!]!));
  return { dtype: e.dtype, dims, elements };
}

/** Row-major strides of dense dimensions. */
export function rowMajor(dims: readonly number[]): number[] {
  const strides: number[] = [];
  let step = 1;
  for (let i = dims.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= dims[i]!;
  }
  return strides;
}
