/** A region on its active blocks: gather with halo, dense layers on the stack of blocks, scatter. */
import { int, string } from "../../graph/attribute.ts";
import { float32s, int64s } from "../../graph/tensor.ts";
import { emitBlocks, emitNode } from "./emit.ts";
import type { Prepared } from "./prepare.ts";
import { CHANNELS_FIRST, CHANNELS_LAST, EXTRA_ROWS, rowUnits } from "./rows.ts";
import type { Scope } from "./scope.ts";
import type { Size } from "./sizes.ts";
import { SizeMath, transposed } from "./sizes.ts";
import { type BlockMap, imagePitch, indexTable, outsideTable, unitOf } from "./tables.ts";
import type { BlockSource } from "./types.ts";

/** The active blocks, one element each: int64 [n]. */
export interface Active {
  /** Which block of its image; row by row. */
  readonly cell: string;
  /** Which image; undefined where there is only one. */
  readonly image: string | undefined;
  /** A name for n, so that ONNX Runtime knows equal sizes for equal. */
  readonly symbol: string;
}

/** Feature maps of the region with its blocks: the input, then what each node gives. */
export type Maps = readonly BlockMap[];

/** Finds the active blocks. Where the image's size is known, a mask of another size fails here when it is run. */
export function activeBlocks(
  scope: Scope,
  { mask, region, chain }: Prepared,
  [rows, columns]: readonly [Size, Size],
): Active {
  const math = new SizeMath(scope);
  const symbol = `active_${region.output.replace(/\W/g, "_")}`;
  const cells = math.mul(rows, columns);
  // A Reshape to computed sizes becomes [0, -1] in ONNX Runtime, and then fails for batch 0.
  const flat =
    typeof cells === "number"
      ? scope.add("Reshape", [mask, math.vector([0, cells])])
      : scope.add("Flatten", [mask], { axis: int(1) });
  const found = scope.add("NonZero", [flat]);
  const list = (row: number) => {
    const at = scope.constant(`blocks/scalar/${row}`, int64s([row], []));
    const out = scope.add("Gather", [found, at]);
    scope.declare(out, [symbol], "int64");
    return out;
  };
  const single = chain.inputShape[0] === 1;
  return { cell: list(1), image: single ? undefined : list(0), symbol };
}

/** Tables that depend on sizes only. They stand outside of branches, so that they are computed once. */
export interface Tables {
  readonly read: string;
  readonly write: string;
  readonly readUnit: number;
  readonly writeUnit: number;
  /** By index into `maps`, where the layers ask for it. */
  readonly outside: (map: number) => string;
}

export function blockTables(scope: Scope, maps: Maps): Tables {
  const first = maps[0]!;
  const last = maps[maps.length - 1]!;
  const readUnit = unitOf(first);
  const writeUnit = unitOf(last);
  const outside = new Map<number, string>();
  return {
    readUnit,
    writeUnit,
    read: indexTable(scope, first, readUnit, "zeros"),
    write: indexTable(scope, last, writeUnit, "nowhere"),
    outside: (map) => {
      const table = outside.get(map) ?? outsideTable(scope, maps[map]!);
      outside.set(map, table);
      return table;
    },
  };
}

/**
 * @param rows the input as rows (rows.ts)
 * @param base the base as rows; undefined: zeros
 * @returns the result as rows
 */
export function blockedRows(
  scope: Scope,
  prepared: Prepared,
  source: BlockSource,
  at: { readonly maps: Maps; readonly tables: Tables; readonly active: Active },
  rows: string,
  base: string | undefined,
): string {
  const { chain, region, halo } = prepared;
  const { maps, tables, active } = at;
  const [h, w] = halo.input.size;
  const channels = chain.inputShape[1] as number;
  const filters = chain.outputShape[1] as number;
  const n = active.symbol;

  const read = imageIndices(scope, tables.read, maps[0]!, tables.readUnit, active);
  let stack = scope.add("Gather", [rowUnits(scope, rows, tables.readUnit, channels), read]);
  if (tables.readUnit > 1) stack = reshaped(scope, stack, [-1, h, w, channels]);
  scope.declare(stack, [n, h, w, channels]);
  const outside = new Map<number, string>();
  const y = emitBlocks(scope, chain, transposed(scope, stack, CHANNELS_FIRST), source, (map) => {
    const found = outside.get(map) ?? scope.add("Gather", [tables.outside(map), active.cell]);
    outside.set(map, found);
    return found;
  });

  const { block } = region;
  const unit = tables.writeUnit;
  let updates = transposed(scope, y, CHANNELS_LAST);
  if (unit > 1) updates = reshaped(scope, updates, [-1, block, block / unit, unit * filters]);
  const write = imageIndices(scope, tables.write, maps[maps.length - 1]!, unit, active);
  const into = base ?? zeroRows(scope, rows, maps[maps.length - 1]!, filters);
  const target = rowUnits(scope, into, unit, filters);
  const adds = region.mode === "add" && base !== undefined;
  const fused = adds && chain.after.length === 0;
  if (adds && !fused) updates = scope.add("Add", [updates, scope.add("Gather", [target, write])]);
  for (const { node } of chain.after) updates = emitNode(scope, node, updates, source);
  const last = scope.constant("blocks/int/-1", int64s([-1]));
  const scattered = scope.add(
    "ScatterND",
    [target, scope.add("Unsqueeze", [write, last]), updates],
    fused ? { reduction: string("add") } : {},
  );
  return likeRows(scope, scattered, into, maps[maps.length - 1]!, filters);
}

/** Indices of the active blocks into the rows of all images. */
function imageIndices(
  scope: Scope,
  table: string,
  map: BlockMap,
  unit: number,
  { cell, image }: Active,
): string {
  const own = scope.add("Gather", [table, cell]);
  if (image === undefined) return own;
  const math = new SizeMath(scope);
  const start = scope.add("Mul", [image, math.value(imagePitch(scope, map, unit))]);
  return scope.add("Add", [own, scope.add("Reshape", [start, math.vector([-1, 1, 1])])]);
}

function reshaped(scope: Scope, value: string, shape: readonly number[]): string {
  return scope.add("Reshape", [value, new SizeMath(scope).vector(shape)]);
}

/** The list of units as rows [N, H + 2, W, K] again. */
function likeRows(
  scope: Scope,
  units: string,
  rows: string,
  { height, width }: BlockMap,
  channels: number,
): string {
  if (typeof height === "number" && typeof width === "number")
    return reshaped(scope, units, [-1, height + EXTRA_ROWS, width, channels]);
  return scope.add("Reshape", [units, scope.add("Shape", [rows])]);
}

function zeroRows(scope: Scope, input: string, map: BlockMap, channels: number): string {
  const math = new SizeMath(scope);
  const shape = [math.of(input, 0), math.add(map.height, EXTRA_ROWS), map.width, channels];
  return scope.add("ConstantOfShape", [math.vector(shape)], {
    value: { kind: "tensor", value: float32s([0]) },
  });
}

/** Whether more than a part of all blocks is active; with a part of undefined, whether all are. */
export function moreThan(
  scope: Scope,
  { mask }: Prepared,
  { cell }: Active,
  part: number | undefined,
): string {
  const active = scope.add("Size", [cell]);
  const all = scope.add("Size", [mask]);
  if (part === undefined) return scope.add("Equal", [active, all]);
  const [a, b] = [active, all].map((v) => scope.add("Cast", [v], { to: int(1) }));
  const share = scope.constant(`blocks/fill/${part}`, float32s([part], []));
  return scope.add("Greater", [a!, scope.add("Mul", [b!, share])]);
}
