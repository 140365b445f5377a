/** d loss / d w of a convolution y = conv(x, w). */
import { int, ints } from "../../graph/attribute.ts";
import { isStatic } from "../../graph/dim.ts";
import { type ConvGeometry, leftover } from "./conv-geometry.ts";
import { byMergedAxis } from "./conv-weight-merged.ts";
import { byTaps } from "./conv-weight-taps.ts";
import { axesOf, axisOf, emit, range, reshape, slice, transpose } from "./emit.ts";
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
  const merged = taps === 1 ? undefined : byMergedAxis(ctx, c, g, x, like);
  if (merged !== undefined) return merged;
  const dense = c.group === 1 && taps <= MOST_TAPS && (taps === 1 || wide);
  // As a kernel, g would be of free size: the shape of the result would not be known.
  const free = !isStatic([...c.input, ...c.output]);
  return dense || free ? byTaps(ctx, c, g, x, w) : byConv(ctx, c, g, x, like);
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
