/** Convolution, 1-D to 3-D, grouped and dilated; also its integer forms. */
import { mulDims, neverEqual } from "../graph/dim.ts";
import type { DType, Shape } from "../graph/types.ts";
import {
  fail,
  input,
  intAttr,
  intsAttr,
  optionalInput,
  ranked,
  shapeText,
  sizeOf,
  typed,
} from "./context.ts";
import type { Arithmetic, ConvWork, CountContext, OpContext, Operator } from "./types.ts";
import { checkLength, slide, type Window } from "./window.ts";

/** Where an operator of the family keeps its operands. */
export interface ConvInputs {
  readonly x: number;
  readonly weight: number;
  readonly bias: number;
}

/** Checks x [N, C, spatial...] against the weight [K, C/group, kernel...]. */
export function convWindow(ctx: OpContext, at: ConvInputs): Window {
  const x = ranked(ctx, at.x, 3).shape;
  const w = ranked(ctx, at.weight, x.length, x.length).shape;
  const group = intAttr(ctx, "group", 1);
  if (group < 1) throw fail(ctx, `group is ${group}, expected 1 or more`);
  const channels = mulDims(w[1]!, group);
  if (neverEqual(x[1]!, channels))
    throw fail(
      ctx,
      `input ${shapeText(x)} has ${x[1]} channels, weight ${shapeText(w)} with group ${group} expects ${channels}`,
      "check the weight and the attribute group",
    );
  if (typeof w[0] === "number" && w[0] % group !== 0)
    throw fail(ctx, `${w[0]} output channels are not divisible by group ${group}`);
  const bias = optionalInput(ctx, at.bias)?.shape;
  if (bias && (bias.length !== 1 || neverEqual(bias[0]!, w[0]!)))
    throw fail(ctx, `bias is ${shapeText(bias)}, expected [${w[0]}]`);
  return slide(ctx, x.slice(2), kernelShape(ctx, w));
}

function kernelShape(ctx: OpContext, w: Shape): readonly number[] {
  const declared = intsAttr(ctx, "kernel_shape");
  if (declared !== undefined) checkLength(ctx, "kernel_shape", declared, w.length - 2);
  return w.slice(2).map((d, i) => {
    const said = declared?.[i];
    if (said !== undefined && neverEqual(d, said))
      throw fail(ctx, `kernel_shape=[${declared!.join(",")}], but the weight is ${shapeText(w)}`);
    const size = typeof d === "number" ? d : said;
    if (size === undefined) throw fail(ctx, `the kernel size ${d} is not a number`);
    if (size < 1) throw fail(ctx, `kernel size ${size} in axis ${i + 2}, expected 1 or more`);
    return size;
  });
}

/** MACs: N * K * prod(output) * C/group * prod(kernel). A bias adds one FLOP an output element. */
export function convCount(ctx: CountContext, at: ConvInputs): Arithmetic {
  const out = sizeOf(ctx.outputShapes[0]!);
  const w = ctx.inputShapes[at.weight]!;
  const perOutput = sizeOf(w.slice(1));
  return { macs: out * perOutput, flops: ctx.inputs[at.bias] ? out : 0 };
}

export function convWork(
  ctx: CountContext,
  at: ConvInputs,
  window: Window,
  deformable = false,
): ConvWork {
  const x = ctx.inputShapes[at.x]!;
  const w = ctx.inputShapes[at.weight]!;
  const y = ctx.outputShapes[0]!;
  return {
    kind: "conv",
    batch: x[0]!,
    inChannels: x[1]!,
    outChannels: w[0]!,
    groups: intAttr(ctx, "group", 1),
    input: x.slice(2),
    output: y.slice(2),
    kernel: window.kernel,
    stride: window.stride,
    dilation: window.dilation,
    padBegin: window.padBegin as readonly number[],
    padEnd: window.padEnd as readonly number[],
    transposed: false,
    deformable,
    bias: ctx.inputs[at.bias] !== undefined,
  };
}

function convolution(
  name: string,
  at: ConvInputs,
  outputType: (ctx: OpContext) => DType,
  settings: readonly number[] = [],
): Operator {
  return {
    name,
    settings,
    integerWeights: [at.weight, at.bias],
    infer(ctx) {
      const window = convWindow(ctx, at);
      const x = input(ctx, at.x).shape;
      const w = input(ctx, at.weight).shape;
      return [typed(outputType(ctx), [x[0]!, w[0]!, ...window.output])];
    },
    count: (ctx) => convCount(ctx, at),
    work: (ctx) => convWork(ctx, at, convWindow(ctx, at)),
  };
}

export const Conv = convolution("Conv", { x: 0, weight: 1, bias: 2 }, (ctx) => input(ctx, 0).dtype);
export const ConvInteger = convolution(
  "ConvInteger",
  // Inputs 2 and 3 are zero points.
  { x: 0, weight: 1, bias: 4 },
  () => "int32",
  [2, 3],
);
export const QLinearConv = convolution(
  "QLinearConv",
  { x: 0, weight: 3, bias: 8 },
  (ctx) => input(ctx, 7).dtype,
  [1, 2, 4, 5, 6, 7],
);
