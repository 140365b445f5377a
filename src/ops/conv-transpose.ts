/** Transposed convolution, 1-D to 3-D. */
import { addDims, dimBounds, minDims, mulDims, neverEqual, subDims } from "../graph/dim.ts";
import type { Dim } from "../graph/types.ts";
import {
  fail,
  input,
  intAttr,
  intsAttr,
  optionalInput,
  ranked,
  shapeText,
  sizeOf,
  stringAttr,
  typed,
} from "./context.ts";
import type { OpContext, Operator } from "./types.ts";
import { checkLength, positive, type Window } from "./window.ts";

/** x [N, C, spatial...], weight [C, K/group, kernel...]. */
export function transposedWindow(ctx: OpContext): Window {
  const x = ranked(ctx, 0, 3).shape;
  const w = ranked(ctx, 1, x.length, x.length).shape;
  const group = intAttr(ctx, "group", 1);
  if (neverEqual(x[1]!, w[0]!))
    throw fail(
      ctx,
      `input ${shapeText(x)} has ${x[1]} channels, weight ${shapeText(w)} expects ${w[0]}`,
    );
  if (group < 1 || (typeof x[1] === "number" && x[1] % group !== 0))
    throw fail(ctx, `${x[1]} input channels do not split into group=${group}`);
  const outChannels = mulDims(w[1]!, group);
  const bias = optionalInput(ctx, 2)?.shape;
  if (bias && (bias.length !== 1 || neverEqual(bias[0]!, outChannels)))
    throw fail(ctx, `bias is ${shapeText(bias)}, expected [${outChannels}]`);
  const rank = x.length - 2;
  const kernel = intsAttr(ctx, "kernel_shape") ?? (w.slice(2) as readonly number[]);
  checkLength(ctx, "kernel_shape", kernel, rank);
  kernel.forEach((k, i) => {
    if (neverEqual(k, w[i + 2]!))
      throw fail(ctx, `kernel_shape=[${kernel.join(",")}], but the weight is ${shapeText(w)}`);
    if (k < 1) throw fail(ctx, `kernel size ${k} in axis ${i + 2}, expected 1 or more`);
  });
  const stride = positive(ctx, "strides", rank);
  const dilation = positive(ctx, "dilations", rank);
  const extra = listOr(ctx, "output_padding", rank);
  const pads = listOr(ctx, "pads", 2 * rank);
  const wanted = intsAttr(ctx, "output_shape");
  // Some exporters give batch and channels too.
  const asked = wanted?.slice(wanted.length === rank + 2 ? 2 : 0);
  if (asked) checkLength(ctx, "output_shape", asked, rank);
  const mode = stringAttr(ctx, "auto_pad", "NOTSET");
  const padBegin: Dim[] = [];
  const padEnd: Dim[] = [];
  const output: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const reach = (kernel[i]! - 1) * dilation[i]! + 1;
    const grown = addDims(mulDims(subDims(x[i + 2]!, 1), stride[i]!), reach + extra[i]!);
    const same = mode === "SAME_UPPER" || mode === "SAME_LOWER";
    if (asked || same) {
      // A kernel shorter than the stride leaves nothing to cut: ONNX Runtime never pads by less
      // than 0, so that the result is smaller than input * stride.
      const size = asked?.[i] ?? minDims(mulDims(x[i + 2]!, stride[i]!), grown);
      const total = subDims(grown, size);
      // What padding cannot reach, output_padding below the stride still may.
      if (typeof total === "number" && -total >= Math.max(1, stride[i]!))
        throw fail(
          ctx,
          `output_shape=[${asked!.join(",")}], but axis ${i + 2} gives ${grown} at most`,
        );
      const [begin, end] = typeof total === "number" ? halves(Math.max(0, total), mode) : [0, 0];
      padBegin.push(begin);
      padEnd.push(end);
      output.push(size);
      continue;
    }
    const [begin, end] = mode === "VALID" ? [0, 0] : [pads[i]!, pads[i + rank]!];
    const size = subDims(grown, begin + end);
    if (dimBounds(size)[1] < 1)
      throw fail(
        ctx,
        `output size ${size} in axis ${i + 2}: input ${x[i + 2]}, kernel ${kernel[i]}`,
        `check pads=[${pads.join(",")}]`,
      );
    padBegin.push(begin);
    padEnd.push(end);
    output.push(size);
  }
  return { kernel, stride, dilation, padBegin, padEnd, output };
}

/** The odd one goes to the end with SAME_UPPER, else to the begin. */
function halves(total: number, mode: string): readonly [number, number] {
  const small = Math.floor(total / 2);
  return mode === "SAME_UPPER" ? [small, total - small] : [total - small, small];
}

function listOr(ctx: OpContext, name: string, length: number): readonly number[] {
  const values = intsAttr(ctx, name) ?? Array.from({ length }, () => 0);
  checkLength(ctx, name, values, length);
  return values;
}

export const ConvTranspose: Operator = {
  name: "ConvTranspose",
  infer(ctx) {
    const window = transposedWindow(ctx);
    const x = input(ctx, 0);
    const channels = mulDims(input(ctx, 1).shape[1]!, intAttr(ctx, "group", 1));
    return [typed(x.dtype, [x.shape[0]!, channels, ...window.output])];
  },
  /** MACs: N * C * prod(input) * K/group * prod(kernel): each input element meets the whole kernel. */
  count(ctx) {
    const macs = sizeOf(ctx.inputShapes[0]!) * sizeOf(ctx.inputShapes[1]!.slice(1));
    return { macs, flops: ctx.inputs[2] ? sizeOf(ctx.outputShapes[0]!) : 0 };
  },
  work(ctx) {
    const window = transposedWindow(ctx);
    const x = ctx.inputShapes[0]!;
    const y = ctx.outputShapes[0]!;
    return {
      kind: "conv",
      batch: x[0]!,
      inChannels: x[1]!,
      outChannels: y[1]!,
      groups: intAttr(ctx, "group", 1),
      input: x.slice(2),
      output: y.slice(2),
      kernel: window.kernel,
      stride: window.stride,
      dilation: window.dilation,
      padBegin: window.padBegin as readonly number[],
      padEnd: window.padEnd as readonly number[],
      transposed: true,
      deformable: false,
      bias: ctx.inputs[2] !== undefined,
    };
  },
};
