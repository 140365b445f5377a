/**
 * A region on lists of pixels: each convolution is a gather of the pixels under its window and one
 * matrix product. A pixel that several blocks need is computed once, so that halos cost least; blocks
 * as a stack (blocked.ts) have the faster convolution.
 */
import { int, ints } from "../../graph/attribute.ts";
import { float32s, int64s, numbers } from "../../graph/tensor.ts";
import type { Tensor } from "../../graph/types.ts";
import type { Maps } from "./blocked.ts";
import type { Chain } from "./chain.ts";
import { emitNode } from "./emit.ts";
import type { Prepared } from "./prepare.ts";
import { EXTRA_ROWS, rowUnits } from "./rows.ts";
import { asRows, zeros } from "./scatter.ts";
import type { Scope } from "./scope.ts";
import { SizeMath } from "./sizes.ts";
import type { WindowStep } from "./steps.ts";
import type { BlockMap } from "./tables.ts";
import type { BlockSource } from "./types.ts";

/** Why a region cannot be computed on lists of pixels; undefined where it can. */
export function pixelGap({ links, inputShape }: Chain): string | undefined {
  if (links[0]?.step.kind !== "window") return "it does not start with a convolution";
  if (inputShape.slice(2).some((d) => typeof d !== "number"))
    return "the size of its image is not known";
  for (const { step } of links) {
    const { op, attributes, name } = step.node;
    const group = attributes.group;
    if (step.kind === "window" && op !== "Conv") return `${name} (${op}) is no convolution`;
    if (group?.kind === "int" && group.value !== 1) return `${name} (${op}) is grouped`;
    if (step.kind === "pointwise" && step.node.inputs.length > 1 && op !== "Clip")
      if (op !== "BatchNormalization") return `${name} (${op}) has a constant for each channel`;
  }
  return undefined;
}

/** A map of H x W pixels, in rows with the row of zeros. */
interface Grid {
  readonly height: number;
  readonly width: number;
}

const gridOf = ({ height, width }: BlockMap): Grid => ({
  height: height as number,
  width: width as number,
});
const pixelsOf = ({ height, width }: Grid) => (height + EXTRA_ROWS) * width;

/** Active pixels of a map. */
interface Pixels {
  /** 1 where active: float32 [images * pixels], the row of zeros included. */
  readonly flags: string;
  /** int64 [n], ascending. */
  readonly list: string;
}

/** As `blockedRows`. */
export function pixelRows(
  scope: Scope,
  prepared: Prepared,
  source: BlockSource,
  maps: Maps,
  rows: string,
  base: string | undefined,
): string {
  const { chain, region, mask } = prepared;
  const last = maps[maps.length - 1]!;
  const filters = chain.outputShape[1] as number;
  const single = chain.inputShape[0] === 1;
  const windows = chain.links.flatMap(({ step }, i) =>
    step.kind === "window" ? [{ step, i }] : [],
  );

  // From the output back: which pixels of each map are read.
  let up = mask;
  for (const axis of [0, 1] as const) {
    const size = (axis === 0 ? last.height : last.width) as number;
    const at = Array.from({ length: size }, (_, p) => Math.floor(p / region.block));
    const index = scope.constant(`blocks/cells/${size},${region.block}`, int64s(at));
    up = scope.add("Gather", [up, index], { axis: int(axis + 2) });
  }
  const pixels: Pixels[] = [];
  const under: string[] = [];
  let map = up;
  windows.toReversed().forEach(({ step, i }, back) => {
    const [into, from] = [gridOf(maps[i + 1]!), gridOf(maps[i]!)];
    const own = listed(scope, map);
    pixels.unshift(own);
    under.unshift(windowPixels(scope, step, own.list, into, from, single));
    if (back < windows.length - 1) map = reached(scope, map, step, under[0]!, from);
  });

  let read = rowUnits(scope, rows, 1, chain.inputShape[1] as number);
  let value = read;
  windows.forEach(({ step, i }, t) => {
    value = product(scope, step, scope.add("Gather", [read, under[t]!]), source);
    for (const { step: next } of chain.links.slice(i + 1, windows[t + 1]?.i))
      value = emitNode(scope, next.node, value, source);
    if (t === windows.length - 1) return;
    // Row 0 stands for every pixel outside the image.
    read = scope.add("Pad", [value, scope.constant("blocks/ints/1,0,0,0", int64s([1, 0, 0, 0]))]);
    under[t + 1] = scope.add("Gather", [places(scope, pixels[t]!), under[t + 1]!]);
  });

  const math = new SizeMath(scope);
  const into =
    base ??
    zeros(scope, [
      single ? 1 : math.of(rows, 0),
      math.add(last.height, EXTRA_ROWS),
      last.width,
      filters,
    ]);
  const target = rowUnits(scope, into, 1, filters);
  const { list } = pixels[pixels.length - 1]!;
  if (region.mode === "add" && base !== undefined)
    value = scope.add("Add", [value, scope.add("Gather", [target, list])]);
  for (const { node } of chain.after) value = emitNode(scope, node, value, source);
  const at = scope.add("Reshape", [list, math.vector([-1, 1])]);
  return asRows(scope, scope.add("ScatterND", [target, at, value]), into, last, filters);
}

/** [N, 1, H, W] of 0 and 1 as a list. */
function listed(scope: Scope, map: string): Pixels {
  const pads = scope.constant("blocks/row", int64s([0, 0, 0, 0, 0, 0, EXTRA_ROWS, 0]));
  const all = new SizeMath(scope).vector([-1]);
  const flags = scope.add("Reshape", [scope.add("Pad", [map, pads]), all]);
  return { flags, list: scope.add("Reshape", [scope.add("NonZero", [flags]), all]) };
}

/** For each listed pixel of `into`, the pixels of `from` under its window: int64 [n, taps]. */
function windowPixels(
  scope: Scope,
  step: WindowStep,
  list: string,
  into: Grid,
  from: Grid,
  single: boolean,
): string {
  const { kernel, stride, dilation, padBegin } = step;
  const values: number[] = [];
  for (let p = 0; p < pixelsOf(into); p++)
    for (let i = 0; i < kernel[0]; i++)
      for (let j = 0; j < kernel[1]; j++) {
        const y = Math.floor(p / into.width) * stride[0] - padBegin[0] + i * dilation[0];
        const x = (p % into.width) * stride[1] - padBegin[1] + j * dilation[1];
        const inside = y >= 0 && y < from.height && x >= 0 && x < from.width;
        values.push(inside ? y * from.width + x : from.height * from.width);
      }
  const taps = kernel[0] * kernel[1];
  const key = [
    into.height,
    into.width,
    from.height,
    from.width,
    kernel,
    stride,
    dilation,
    padBegin,
  ];
  const table = scope.constant(
    `blocks/under/${key.join(",")}`,
    int64s(values, [pixelsOf(into), taps]),
  );
  if (single) return scope.add("Gather", [table, list]);
  const math = new SizeMath(scope);
  const size = math.value(pixelsOf(into));
  const image = scope.add("Div", [list, size]);
  const own = scope.add("Sub", [list, scope.add("Mul", [image, size])]);
  const start = scope.add("Mul", [image, math.value(pixelsOf(from))]);
  return scope.add("Add", [
    scope.add("Gather", [table, own]),
    scope.add("Reshape", [start, math.vector([-1, 1])]),
  ]);
}

/** The pixels of a map that listed windows read: float32 [N, 1, H, W]. */
function reached(
  scope: Scope,
  map: string,
  { kernel, stride, dilation, padBegin, padEnd }: WindowStep,
  under: string,
  from: Grid,
): string {
  const wide = (axis: 0 | 1) => (kernel[axis] - 1) * dilation[axis];
  const [top, left] = [wide(0) - padBegin[0], wide(1) - padBegin[1]];
  const [bottom, right] = [wide(0) - padEnd[0], wide(1) - padEnd[1]];
  const pads = [top, left, bottom, right];
  const pools = pads.every((pad, i) => pad >= 0 && pad < kernel[(i % 2) as 0 | 1]);
  if (stride[0] === 1 && stride[1] === 1 && pools)
    return scope.add("MaxPool", [map], {
      kernel_shape: ints(...kernel),
      dilations: ints(...dilation),
      pads: ints(...pads),
    });
  const math = new SizeMath(scope);
  // As many images as the list's map has.
  const images = math.of(map, 0);
  const none = zeros(scope, [math.mul(images, pixelsOf(from))]);
  const at = scope.add("Reshape", [under, math.vector([-1])]);
  const one = scope.constant("blocks/fill/1", float32s([1], []));
  const ones = scope.add("Expand", [one, scope.add("Shape", [at])]);
  const flags = scope.add("ScatterElements", [none, at, ones]);
  const tall = scope.add("Reshape", [
    flags,
    math.vector([-1, 1, from.height + EXTRA_ROWS, from.width]),
  ]);
  const cut = [0, -EXTRA_ROWS, 2].map((v) => math.value(v));
  return scope.add("Slice", [tall, ...cut]);
}

/** For each pixel of a map its place in the list, from 1; 0 for those that are not listed. */
function places(scope: Scope, { flags, list }: Pixels): string {
  const scalar = (v: number) => scope.constant(`blocks/scalar/${v}`, int64s([v], []));
  const end = scope.add("Add", [scope.add("Size", [list]), scalar(1)]);
  const numbered = scope.add("Range", [scalar(1), end, scalar(1)]);
  const none = scope.add("ConstantOfShape", [scope.add("Shape", [flags])], {
    value: { kind: "tensor", value: int64s([0]) },
  });
  return scope.add("ScatterElements", [none, list, numbered]);
}

/** [n, taps, C] times the weights [K, C, h, w]. */
function product(scope: Scope, { node }: WindowStep, windows: string, source: BlockSource): string {
  const weight = source.constants.get(node.inputs[1]!)!;
  const [k, c, h, w] = weight.dims as [number, number, number, number];
  const flat = scope.add("Reshape", [windows, new SizeMath(scope).vector([-1, h * w * c])]);
  const name = scope.constant(`${node.inputs[1]}/rows`, tapsFirst(weight, k, c, h * w));
  const bias = node.inputs[2];
  const constants = bias ? [name, scope.constant(bias, source.constants.get(bias)!)] : [name];
  return scope.add("Gemm", [flat, ...constants]);
}

/** [K, C, taps] as [taps * C, K]. */
function tapsFirst(weight: Tensor, k: number, c: number, taps: number): Tensor {
  const from = numbers(weight);
  const out = new Float32Array(k * c * taps);
  for (let f = 0; f < k; f++)
    for (let i = 0; i < c; i++)
      for (let t = 0; t < taps; t++) out[(t * c + i) * k + f] = from[(f * c + i) * taps + t]!;
  return float32s(out, [taps * c, k]);
}
