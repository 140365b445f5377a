/**
 * The dense path for inputs where most blocks are active: blocks overlap by their halo, so that beyond
 * some fraction all of the map costs less.
 */
import { graphAttribute, int, ints } from "../../graph/attribute.ts";
import { addDims } from "../../graph/dim.ts";
import { float32s } from "../../graph/tensor.ts";
import type { Attribute } from "../../graph/types.ts";
import { batchOf, imageIndices, type Maps, pickedBlocks, type Tables } from "./blocked.ts";
import type { Chain } from "./chain.ts";
import { emitDense, emitNode } from "./emit.ts";
import type { Prepared } from "./prepare.ts";
import { CHANNELS_FIRST, CHANNELS_LAST, EXTRA_ROWS, fromRows, padded, rowUnits } from "./rows.ts";
import { asRows, scattered, withZeroRow, zeros } from "./scatter.ts";
import { BranchScope, type Scope } from "./scope.ts";
import { SizeMath, transposed } from "./sizes.ts";
import type { WindowStep } from "./steps.ts";
import type { BlockSource } from "./types.ts";

export interface DensePathSetting {
  readonly maps: Maps;
  readonly tables: Tables;
  /** The mask as [N, blocks]. */
  readonly flat: string;
  /** The fraction of active blocks above which the path is taken. */
  readonly above: number;
}

/**
 * An If: the dense path where more than `above` of all blocks are active, else the blocks.
 *
 * @param blocks adds the block path and returns its result as rows
 */
export function denseAbove(
  scope: Scope,
  prepared: Prepared,
  source: BlockSource,
  setting: DensePathSetting,
  rows: string,
  base: string | undefined,
  blocks: (branch: Scope) => string,
): string {
  const prefix = prepared.region.output;
  const dense = new BranchScope(`${prefix}/dense`);
  const sparse = new BranchScope(`${prefix}/sparse`);
  const share = scope.add("ReduceMean", [setting.flat], { keepdims: int(0) });
  const above = scope.constant(`blocks/fill/${setting.above}`, float32s([setting.above], []));
  const many = scope.add("Greater", [share, above]);
  const result = denseRows(dense, prepared, source, setting, rows, base);
  return scope.add("If", [many], {
    then_branch: graphAttribute(dense.finish(result)),
    else_branch: graphAttribute(sparse.finish(blocks(sparse))),
  });
}

/** The dense result as rows, with the base again where the mask is 0. */
function denseRows(
  scope: Scope,
  prepared: Prepared,
  source: BlockSource,
  { maps, tables, flat }: DensePathSetting,
  rows: string,
  base: string | undefined,
): string {
  const { chain, region } = prepared;
  const last = maps[maps.length - 1]!;
  const filters = chain.outputShape[1] as number;
  const { opened, extended, attributes } = edges(chain);
  const adds = region.mode === "add" && base !== undefined;
  let x: string;
  if (opened) {
    const [n, c, h, w] = chain.inputShape;
    x = transposed(scope, rows, CHANNELS_FIRST);
    scope.declare(x, [n!, c!, addDims(h!, EXTRA_ROWS), w!]);
  } else x = fromRows(scope, rows);
  const residual = adds && base === rows && opened && extended;
  // A layer of ONNX Runtime's own layout, so that the sum and what follows are part of the last one.
  if (residual) x = scope.add("MaxPool", [x], { kernel_shape: ints(1, 1) });
  let y = emitDense(scope, chain, x, source, attributes);
  const follow = (value: string) =>
    chain.after.reduce((v, { node }) => emitNode(scope, node, v, source), value);
  if (residual) y = follow(scope.add("Add", [y, x]));
  y = transposed(scope, y, CHANNELS_LAST);
  if (!extended) y = padded(scope, y);
  if (!residual) y = follow(adds ? scope.add("Add", [y, base]) : y);

  const off = scope.add("Equal", [flat, scope.constant("blocks/fill/0", float32s([0], []))]);
  const inactive = pickedBlocks(scope, prepared, off, "inactive");
  const unit = tables.writeUnit;
  const write = imageIndices(scope, tables.write, last, unit, inactive);
  const updates =
    base === undefined
      ? zerosFor(scope, write, unit * filters)
      : scope.add("GatherND", [rowUnits(scope, base, unit, filters), write]);
  const restored = scattered(scope, rowUnits(scope, y, unit, filters), write, updates);
  const result = asRows(scope, restored, y, last, filters);
  return withZeroRow(scope, result, batchOf(scope, prepared, rows), last, filters);
}

/** Zeros for a list of units: int64 [n, h, w, 1] to float32 [n, h, w, length]. */
function zerosFor(scope: Scope, indices: string, length: number): string {
  const math = new SizeMath(scope);
  return zeros(scope, [math.of(indices, 0), math.of(indices, 1), math.of(indices, 2), length]);
}

/**
 * The row of zeros below the image can be a row of the first layer's padding, and the last layer can
 * compute a row more, in which zeros are put afterwards: then nothing needs to be copied.
 */
function edges({ links }: Chain) {
  const first = links.findIndex(({ step }) => step.kind === "window");
  const last = links.findLastIndex(({ step }) => step.kind === "window");
  const head = links[first]?.step;
  const tail = links[last]?.step;
  const opened =
    head?.kind === "window" &&
    padsFreely(head) &&
    head.padEnd[0] >= EXTRA_ROWS &&
    links.slice(0, first).every(({ step }) => step.kind === "pointwise" && step.keepsZero);
  // A 1x1 convolution without padding has a faster kernel of its own.
  const extended = tail?.kind === "window" && padsFreely(tail) && tail.kernel[0] > 1;
  const attributes = (i: number): Readonly<Record<string, Attribute>> => {
    const { step } = links[i]!;
    const more =
      (extended && i === last && tail.kind === "window" ? tail.stride[0] * EXTRA_ROWS : 0) -
      (opened && i === first ? EXTRA_ROWS : 0);
    if (step.kind !== "window" || more === 0) return step.node.attributes;
    const { auto_pad: _, ...rest } = step.node.attributes;
    const [top, left] = step.padBegin;
    const [bottom, right] = step.padEnd;
    return { ...rest, pads: ints(top, left, bottom + more, right) };
  };
  return { opened, extended, attributes };
}

/** Pools refuse padding as wide as their window. */
function padsFreely({ node }: WindowStep): boolean {
  return node.op === "Conv";
}
