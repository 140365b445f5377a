/** d loss / d x of a convolution y = conv(x, w). */
import { int, ints } from "../../graph/attribute.ts";
import { type ConvGeometry, leftover, reach } from "./conv-geometry.ts";
import { axisOf, emit, flip, list, range, reshape, sizes, transpose } from "./emit.ts";
import type { GradientContext } from "./types.ts";

/**
 * @param g d loss / d y [N, K, output]
 * @param w [K, C/group, kernel]
 * @param x of whose shape [N, C, input] the result is
 */
export function convInput(
  ctx: GradientContext,
  c: ConvGeometry,
  g: string,
  w: string,
  x: string,
): string {
  const stretch = reach(c);
  const fits = stretch.every((r, i) => c.padBegin[i]! < r && c.padEnd[i]! < r);
  if (fits && c.stride.every((s) => s === 1)) return byConv(ctx, c, g, w, stretch);
  const rest = leftover(c);
  return rest.includes(undefined)
    ? byCroppedTranspose(ctx, c, g, w, x)
    : transposed(ctx, c, g, w, [...c.padBegin, ...c.padEnd], rest as number[]);
}

/** With stride 1: a convolution of g by the weights, channels swapped and taps reversed. */
function byConv(
  ctx: GradientContext,
  c: ConvGeometry,
  g: string,
  w: string,
  stretch: readonly number[],
): string {
  return emit(ctx, "Conv", [g, swapped(ctx, c, w)], {
    kernel_shape: ints(...c.kernel),
    dilations: ints(...c.dilation),
    pads: ints(
      ...stretch.map((r, i) => r - 1 - c.padBegin[i]!),
      ...stretch.map((r, i) => r - 1 - c.padEnd[i]!),
    ),
    group: int(c.group),
  });
}

/** [K, C/group, kernel] to [C, K/group, kernel], taps in reverse order. */
function swapped(ctx: GradientContext, c: ConvGeometry, w: string): string {
  const rank = c.kernel.length;
  const taps = range(2, rank + 2);
  const reversed = flip(ctx, w, taps, c.kernel);
  if (c.group === 1) return transpose(ctx, reversed, 1, 0, ...taps);
  const perGroup = ctx.shape(ctx.node.inputs[1]!)[1] as number;
  if (perGroup === 1 && ctx.shape(ctx.node.inputs[1]!)[0] === c.group) return reversed;
  const split = reshape(ctx, reversed, [c.group, -1, perGroup, ...c.kernel]);
  const turned = transpose(ctx, split, 0, 2, 1, ...range(3, rank + 3));
  return reshape(ctx, turned, [c.group * perGroup, -1, ...c.kernel]);
}

function transposed(
  ctx: GradientContext,
  c: ConvGeometry,
  g: string,
  w: string,
  pads: readonly number[],
  outputPadding: readonly number[],
): string {
  return emit(ctx, "ConvTranspose", [g, w], {
    kernel_shape: ints(...c.kernel),
    strides: ints(...c.stride),
    dilations: ints(...c.dilation),
    pads: ints(...pads),
    output_padding: ints(...outputPadding),
    group: int(c.group),
  });
}

/** Where a free size decides how much of the input no window reaches: all of it, then cut. */
function byCroppedTranspose(
  ctx: GradientContext,
  c: ConvGeometry,
  g: string,
  w: string,
  x: string,
): string {
  const rank = c.kernel.length;
  const none = range(0, 2 * rank).map(() => 0);
  const most = c.stride.map((s) => s - 1);
  const whole = transposed(ctx, c, g, w, none, most);
  const axes = range(2, rank + 2);
  const inner = sizes(
    ctx,
    axes.map((a) => axisOf(ctx, x, a)),
  );
  const begin = list(ctx, c.padBegin);
  const end = c.padBegin.every((p) => p === 0) ? inner : emit(ctx, "Add", [inner, begin]);
  return emit(ctx, "Slice", [whole, begin, end, list(ctx, axes)]);
}
