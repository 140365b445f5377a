/** d loss / d w of a convolution as one matrix product for each tap of the kernel. */
import { int } from "../../graph/attribute.ts";
import { isStatic } from "../../graph/dim.ts";
import type { ConvGeometry } from "./conv-geometry.ts";
import {
  axisOf,
  emit,
  list,
  padZeros,
  range,
  reshape,
  slice,
  transpose,
  unsqueeze,
} from "./emit.ts";
import type { GradientContext } from "./types.ts";

/**
 * dw[:, :, tap] = g' x_tap with g' [K, N output] and x_tap [N output, C] the elements of the padded x
 * that meet the tap; with groups one product for each. Sizes in space may be free.
 */
export function byTaps(
  ctx: GradientContext,
  c: ConvGeometry,
  g: string,
  x: string,
  w: string,
): string {
  const rank = c.kernel.length;
  const spatial = range(2, rank + 2);
  const lastG = transpose(ctx, g, 0, ...spatial, 1);
  const padded = padZeros(ctx, transpose(ctx, x, 0, ...spatial, 1), [
    0,
    ...c.padBegin,
    0,
    0,
    ...c.padEnd,
    0,
  ]);
  const multiply = c.group === 1 ? oneGroup(ctx, lastG, w) : byGroup(ctx, c.group, lastG, w);
  const products = tapOffsets(c.kernel).map((tap) => {
    const starts = tap.map((t, i) => t * c.dilation[i]!);
    return multiply(underTap(ctx, c, padded, starts, lastG));
  });
  const target = [axisOf(ctx, w, 0), axisOf(ctx, w, 1), ...c.kernel];
  if (products.length === 1) return reshape(ctx, products[0]!, target);
  const stacked = products.map((p) => unsqueeze(ctx, p, 2));
  return reshape(ctx, emit(ctx, "Concat", stacked, { axis: int(2) }), target);
}

/** From the part [N, output, C] of x to [K, C]. */
function oneGroup(ctx: GradientContext, lastG: string, w: string): (part: string) => string {
  const columns = reshape(ctx, lastG, [-1, axisOf(ctx, w, 0)]);
  return (part) =>
    emit(ctx, "Gemm", [columns, reshape(ctx, part, [-1, axisOf(ctx, w, 1)])], { transA: int(1) });
}

/** From the part [N, output, group C/group] of x to [K, C/group]. */
function byGroup(
  ctx: GradientContext,
  group: number,
  lastG: string,
  w: string,
): (part: string) => string {
  const [out, inner] = ctx.shape(w) as readonly [number, number];
  const rows = transpose(ctx, reshape(ctx, lastG, [-1, group, out / group]), 1, 2, 0);
  return (part) => {
    const columns = transpose(ctx, reshape(ctx, part, [-1, group, inner]), 1, 0, 2);
    return reshape(ctx, emit(ctx, "MatMul", [rows, columns]), [out, inner]);
  };
}

/**
 * The elements of the padded x [N, input, C] that a tap meets, [N, output, C].
 *
 * @param starts where the tap stands in the first window
 * @param lastG [N, output, K]
 */
function underTap(
  ctx: GradientContext,
  c: ConvGeometry,
  padded: string,
  starts: readonly number[],
  lastG: string,
): string {
  const axes = starts.map((_, i) => i + 1);
  const ends = starts.map((start, i) => endOf(c, i, start));
  const dense = c.stride.every((s) => s === 1);
  if (dense && starts.every((start, i) => start === 0 && ends[i] === TO_THE_END)) return padded;
  if (isStatic(ends)) return slice(ctx, padded, axes, starts, ends, c.stride);
  // start + (output - 1) stride + 1
  const { builder } = ctx;
  const output = builder.addShared("Slice", [
    builder.addShared("Shape", [lastG]),
    list(ctx, [1]),
    list(ctx, [axes.length + 1]),
  ]);
  const steps = builder.addShared("Mul", [output, list(ctx, c.stride)]);
  const offsets = list(
    ctx,
    starts.map((start, i) => start - c.stride[i]! + 1),
  );
  return emit(ctx, "Slice", [
    padded,
    list(ctx, starts),
    emit(ctx, "Add", [steps, offsets]),
    list(ctx, axes),
    list(ctx, c.stride),
  ]);
}

/** ONNX takes any end beyond the axis for its end. */
const TO_THE_END = 2 ** 31 - 1;
/** Only the data tells. */
const OPEN = "open";

/** Where the elements under a tap end in the padded input. */
function endOf(c: ConvGeometry, i: number, start: number): number | typeof OPEN {
  const size = c.input[i]!;
  const out = c.output[i]!;
  if (typeof size === "number" && typeof out === "number") {
    const end = start + (out - 1) * c.stride[i]! + 1;
    return end >= size + c.padBegin[i]! + c.padEnd[i]! ? TO_THE_END : end;
  }
  if (c.stride[i] !== 1) return OPEN;
  // As many elements from the end as the kernel still reaches.
  const last = (c.kernel[i]! - 1) * c.dilation[i]!;
  return start === last ? TO_THE_END : start - last;
}

/** All positions of a kernel in row-major order. */
function tapOffsets(kernel: readonly number[]): number[][] {
  let out: number[][] = [[]];
  for (const k of kernel) out = out.flatMap((head) => range(0, k).map((t) => [...head, t]));
  return out;
}
