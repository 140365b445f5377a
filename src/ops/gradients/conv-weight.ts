/** d loss / d w of a convolution y = conv(x, w). */
import { int, ints } from "../../graph/attribute.ts";
import { type ConvGeometry, leftover } from "./conv-geometry.ts";
import { byMergedAxis } from "./conv-weight-merged.ts";
import {
  axesOf,
  axisOf,
  emit,
  padZeros,
  range,
  reshape,
  slice,
  type TargetDim,
  transpose,
  unsqueeze,
} from "./emit.ts";
import type { GradientContext } from "./types.ts";

/** With fewer channels a product for each tap has too narrow a side. */
const LEAST_CHANNELS = 8;
/** More taps than this make more nodes than the products are worth. */
const MOST_TAPS = 49;

/**
 * @param g d loss / d y [N, K, output]
 * @param x [N, C, input]
 * @param like a forward value of x's shape, where x is none itself
 * @param w of whose shape [K, C/group, kernel] the result is
 */
export function convWeight(
  ctx: GradientContext,
  c: ConvGeometry,
  g: string,
  x: string,
  w: string,
  like = x,
): string {
  const taps = c.kernel.reduce((a, b) => a * b, 1);
  const channels = ctx.shape(w)[1]!;
  const wide = typeof channels === "number" && channels >= LEAST_CHANNELS;
  const known = !leftover(c).includes(undefined);
  const merged = taps === 1 ? undefined : byMergedAxis(ctx, c, g, x, like);
  if (merged !== undefined) return merged;
  if (c.group === 1 && taps <= MOST_TAPS && known && (taps === 1 || wide))
    return byTaps(ctx, c, g, x, w);
  return byConv(ctx, c, g, x, like);
}

/**
 * One product for each tap: dw[:, :, tap] = g' x_tap with g' [K, N output] and x_tap [N output, C]
 * the elements of the padded x that meet the tap.
 */
function byTaps(ctx: GradientContext, c: ConvGeometry, g: string, x: string, w: string): string {
  const rank = c.kernel.length;
  const spatial = range(2, rank + 2);
  const [outChannels, inChannels] = [axisOf(ctx, w, 0), axisOf(ctx, w, 1)];
  const columns = (v: string, channels: TargetDim) => reshape(ctx, v, [-1, channels]);
  const gColumns = columns(transpose(ctx, g, 0, ...spatial, 1), outChannels);
  const last = transpose(ctx, x, 0, ...spatial, 1);
  const padded = padZeros(ctx, last, [0, ...c.padBegin, 0, 0, ...c.padEnd, 0]);
  const axes = range(1, rank + 1);
  const products = tapOffsets(c.kernel).map((tap) => {
    const starts = tap.map((t, i) => t * c.dilation[i]!);
    const ends = starts.map((s, i) => endOf(c, i, s));
    const whole = starts.every((s, i) => s === 0 && ends[i] === Infinity) && isDense(c);
    const part = whole ? padded : slice(ctx, padded, axes, starts, ends.map(finite), [...c.stride]);
    return emit(ctx, "Gemm", [gColumns, columns(part, inChannels)], { transA: int(1) });
  });
  const target = [outChannels, inChannels, ...c.kernel];
  if (products.length === 1) return reshape(ctx, products[0]!, target);
  const stacked = products.map((p) => unsqueeze(ctx, p, 2));
  return reshape(ctx, emit(ctx, "Concat", stacked, { axis: int(2) }), target);
}

function isDense(c: ConvGeometry): boolean {
  return c.stride.every((s) => s === 1);
}

/** All positions of a kernel in row-major order. */
function tapOffsets(kernel: readonly number[]): number[][] {
  let out: number[][] = [[]];
  for (const k of kernel) out = out.flatMap((head) => range(0, k).map((t) => [...head, t]));
  return out;
}

/** Where the elements under a tap end in the padded input; Infinity: at its end. */
function endOf(c: ConvGeometry, i: number, start: number): number {
  const last = (c.kernel[i]! - 1) * c.dilation[i]!;
  const size = c.input[i]!;
  const out = c.output[i]!;
  if (typeof size === "number" && typeof out === "number") {
    const end = start + (out - 1) * c.stride[i]! + 1;
    return end >= size + c.padBegin[i]! + c.padEnd[i]! ? Infinity : end;
  }
  // Stride 1: as many elements from the end as the kernel still reaches.
  return start === last ? Infinity : start - last;
}

/** ONNX takes any end beyond the axis for its end. */
function finite(end: number): number {
  return end === Infinity ? 2 ** 31 - 1 : end;
}

/**
 * As one convolution whose channels are the batch: x' [C/group, group N, input] by the weights
 * g [K, N, output], stride and dilation exchanged.
 */
function byConv(ctx: GradientContext, c: ConvGeometry, g: string, x: string, like: string): string {
  const rank = c.kernel.length;
  const spatial = range(2, rank + 2);
  const rest = leftover(c);
  // Where the end padding is longer than what no window reaches, it is cut by that instead.
  const padEnd = c.padEnd.map((p, i) => Math.max(0, p - (rest[i] ?? 0)));
  const exact = rest.every(
    (r, i) => r !== undefined && r - (c.padEnd[i]! - padEnd[i]!) < c.dilation[i]!,
  );
  const product = emit(
    ctx,
    "Conv",
    [batchAsChannels(ctx, c, x, like), transpose(ctx, g, 1, 0, ...spatial)],
    {
      strides: ints(...c.dilation),
      dilations: ints(...c.stride),
      pads: ints(...c.padBegin, ...padEnd),
      group: int(c.group),
    },
  );
  const cut = exact
    ? product
    : slice(
        ctx,
        product,
        spatial,
        spatial.map(() => 0),
        [...c.kernel],
      );
  return transpose(ctx, cut, 1, 0, ...spatial);
}

/** [N, C, input] to [C/group, group N, input]. */
function batchAsChannels(ctx: GradientContext, c: ConvGeometry, x: string, like: string): string {
  const rank = c.kernel.length;
  if (c.group === 1) return transpose(ctx, x, 1, 0, ...range(2, rank + 2));
  const channels = ctx.shape(like)[1]!;
  const perGroup = typeof channels === "number" ? channels / c.group : -1;
  const space = axesOf(ctx, like, 2);
  const split = reshape(ctx, x, [axisOf(ctx, like, 0), c.group, perGroup, ...space]);
  const turned = transpose(ctx, split, 2, 1, 0, ...range(3, rank + 3));
  return reshape(ctx, turned, [perGroup, -1, ...space]);
}
