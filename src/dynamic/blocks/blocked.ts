/** A region on its active blocks: gather with halo, dense layers on the stack of blocks, scatter. */
import { int } from "../../graph/attribute.ts";
import { int64s } from "../../graph/tensor.ts";
import { emitBlocks, emitNode } from "./emit.ts";
import type { Prepared } from "./prepare.ts";
import { CHANNELS_FIRST, CHANNELS_LAST, EXTRA_ROWS, rowUnits } from "./rows.ts";
import { asRows, isCut, scattered, withZeroRow, zeros } from "./scatter.ts";
import type { Scope } from "./scope.ts";
import type { Size } from "./sizes.ts";
import { SizeMath, transposed } from "./sizes.ts";
import { type BlockMap, imagePitch, indexTable, outsideTable, unitOf } from "./tables.ts";
import type { BlockSource } from "./types.ts";

/** Blocks that a mask picks, one element each: int64 [n]. */
export interface Picked {
  /** Which block of its image; row by row. */
  readonly cell: string;
  /** Which image; undefined where there is only one. */
  readonly image: string | undefined;
  /** A name for n, so that ONNX Runtime knows equal sizes for equal. */
  readonly symbol: string;
}

/** Feature maps of the region with its blocks: the input, then what each node gives. */
export type Maps = readonly BlockMap[];

/** The mask as [N, blocks]. Where the image's size is known, a mask of another size fails here when it is run. */
export function flatMask(scope: Scope, { mask }: Prepared, [rows, columns]: BlockMap["grid"]) {
  const math = new SizeMath(scope);
  const cells = math.mul(rows, columns);
  // A Reshape to computed sizes becomes [0, -1] in ONNX Runtime, and then fails for batch 0.
  return typeof cells === "number"
    ? scope.add("Reshape", [mask, math.vector([0, cells])])
    : scope.add("Flatten", [mask], { axis: int(1) });
}

/** @param flags [N, blocks], of numbers or bool */
export function pickedBlocks(
  scope: Scope,
  { region, chain }: Prepared,
  flags: string,
  what: string,
): Picked {
  const symbol = `${what}_${region.output.replace(/\W/g, "_")}`;
  const found = scope.add("NonZero", [flags]);
  const list = (row: number) => {
    const at = scope.constant(`blocks/scalar/${row}`, int64s([row], []));
    const out = scope.add("Gather", [found, at]);
    scope.declare(out, [symbol], "int64");
    return out;
  };
  const single = chain.inputShape[0] === 1;
  return { cell: list(1), image: single ? undefined : list(0), symbol };
}

/** The batch of the region: a number, or read from its rows. */
export function batchOf(scope: Scope, { chain }: Prepared, rows: string): Size {
  const batch = chain.inputShape[0]!;
  return typeof batch === "number" ? batch : new SizeMath(scope).of(rows, 0);
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
    read: indexTable(scope, first, readUnit),
    write: indexTable(scope, last, writeUnit),
    outside: (map) => {
      const table = outside.get(map) ?? outsideTable(scope, maps[map]!);
      outside.set(map, table);
      return table;
    },
  };
}

/**
 * @param flat the mask as [N, blocks]
 * @param rows the input as rows (rows.ts)
 * @param base the base as rows; undefined: zeros
 * @returns the result as rows
 */
export function blockedRows(
  scope: Scope,
  prepared: Prepared,
  source: BlockSource,
  { maps, tables, flat }: { readonly maps: Maps; readonly tables: Tables; readonly flat: string },
  rows: string,
  base: string | undefined,
): string {
  const { chain, region, halo } = prepared;
  const active = pickedBlocks(scope, prepared, flat, "active");
  const [h, w] = halo.input.size;
  const channels = chain.inputShape[1] as number;
  const filters = chain.outputShape[1] as number;
  const n = active.symbol;
  const math = new SizeMath(scope);

  const read = imageIndices(scope, tables.read, maps[0]!, tables.readUnit, active);
  let stack = scope.add("GatherND", [rowUnits(scope, rows, tables.readUnit, channels), read]);
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

  const last = maps[maps.length - 1]!;
  const batch = batchOf(scope, prepared, rows);
  const into =
    base ?? zeros(scope, [batch, math.add(last.height, EXTRA_ROWS), last.width, filters]);
  const target = rowUnits(scope, into, unit, filters);
  const write = imageIndices(scope, tables.write, last, unit, active);
  const adds = region.mode === "add" && base !== undefined;
  const fused = adds && chain.after.length === 0;
  if (adds && !fused) updates = scope.add("Add", [updates, scope.add("GatherND", [target, write])]);
  for (const { node } of chain.after) updates = emitNode(scope, node, updates, source);
  const units = scattered(scope, target, write, updates, fused);
  const result = asRows(scope, units, into, last, filters);
  return isCut(last) ? withZeroRow(scope, result, batch, last, filters) : result;
}

/** Indices of the active blocks into the rows of all images. */
export function imageIndices(
  scope: Scope,
  table: string,
  map: BlockMap,
  unit: number,
  { cell, image }: Picked,
): string {
  const own = scope.add("Gather", [table, cell]);
  if (image === undefined) return own;
  const math = new SizeMath(scope);
  const start = scope.add("Mul", [image, math.value(imagePitch(scope, map, unit))]);
  return scope.add("Add", [own, scope.add("Reshape", [start, math.vector([-1, 1, 1, 1])])]);
}

function reshaped(scope: Scope, value: string, shape: readonly number[]): string {
  return scope.add("Reshape", [value, new SizeMath(scope).vector(shape)]);
}
