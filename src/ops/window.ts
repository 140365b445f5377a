/** Sliding windows: attributes, padding and output sizes that Conv and the pools share. */
import { addDims, ceilDiv, dimBounds, floorDiv, maxDims, mulDims, subDims } from "../graph/dim.ts";
import type { Dim, Shape } from "../graph/types.ts";
import { fail, intsAttr, stringAttr } from "./context.ts";
import type { OpContext } from "./types.ts";

/** One value for each spatial axis, outermost first. */
export interface Window {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly padBegin: readonly Dim[];
  readonly padEnd: readonly Dim[];
  readonly output: Shape;
}

/**
 * @param spatial the input's spatial sizes
 * @param kernel window sizes
 * @param ceilMode the output size is rounded up, as long as the last window starts on the input or
 *   its left padding (as PyTorch and ONNX Runtime do)
 * @throws UserError where an attribute is malformed, or the window is larger than the padded input
 */
export function slide(
  ctx: OpContext,
  spatial: Shape,
  kernel: readonly number[],
  ceilMode = false,
): Window {
  const rank = spatial.length;
  const stride = positive(ctx, "strides", rank);
  const dilation = positive(ctx, "dilations", rank);
  const pads = intsAttr(ctx, "pads") ?? Array.from({ length: 2 * rank }, () => 0);
  checkLength(ctx, "pads", pads, 2 * rank);
  const mode = stringAttr(ctx, "auto_pad", "NOTSET");
  const padBegin: Dim[] = [];
  const padEnd: Dim[] = [];
  const output: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const size = spatial[i]!;
    const reach = (kernel[i]! - 1) * dilation[i]! + 1;
    const s = stride[i]!;
    if (mode === "SAME_UPPER" || mode === "SAME_LOWER") {
      const out = ceilDiv(size, s);
      const total = maxDims(0, subDims(addDims(mulDims(subDims(out, 1), s), reach), size));
      const small = floorDiv(total, 2);
      const large = subDims(total, small);
      padBegin.push(mode === "SAME_UPPER" ? small : large);
      padEnd.push(mode === "SAME_UPPER" ? large : small);
      output.push(out);
      continue;
    }
    if (mode !== "NOTSET" && mode !== "VALID")
      throw fail(ctx, `auto_pad is '${mode}', expected NOTSET, VALID, SAME_UPPER or SAME_LOWER`);
    const begin = mode === "VALID" ? 0 : pads[i]!;
    const end = mode === "VALID" ? 0 : pads[i + rank]!;
    padBegin.push(begin);
    padEnd.push(end);
    const padded = addDims(size, begin + end);
    if (dimBounds(padded)[1] < reach)
      throw fail(
        ctx,
        `kernel ${kernel[i]!}${reach === kernel[i] ? "" : ` (dilated to ${reach})`} > padded input ${padded} in axis ${i + 2}`,
        `check pads=[${pads.join(",")}]`,
      );
    output.push(outputSize(size, padded, begin, reach, s, ceilMode));
  }
  return { kernel, stride, dilation, padBegin, padEnd, output };
}

function outputSize(
  size: Dim,
  padded: Dim,
  begin: number,
  reach: number,
  stride: number,
  ceilMode: boolean,
): Dim {
  const room = subDims(padded, reach);
  if (!ceilMode) return addDims(floorDiv(room, stride), 1);
  const out = addDims(ceilDiv(room, stride), 1);
  // The last window may not start in the right padding.
  const starts = ceilDiv(addDims(size, begin), stride);
  return typeof out === "number" && typeof starts === "number" ? Math.min(out, starts) : out;
}

export function positive(ctx: OpContext, name: string, rank: number): readonly number[] {
  const values = intsAttr(ctx, name);
  if (values === undefined || values.length === 0) return Array.from({ length: rank }, () => 1);
  checkLength(ctx, name, values, rank);
  for (const v of values)
    if (v < 1) throw fail(ctx, `${name}=[${values.join(",")}] holds ${v}, expected 1 or more`);
  return values;
}

export function checkLength(
  ctx: OpContext,
  name: string,
  values: readonly number[],
  expected: number,
): void {
  if (values.length !== expected)
    throw fail(
      ctx,
      `${name}=[${values.join(",")}] has ${values.length} values, expected ${expected}`,
    );
}
