/**
 * The dense path for inputs where most blocks are active: blocks overlap by their halo, so that beyond
 * some fraction all of the map costs less.
 */
import { graphAttribute } from "../../graph/attribute.ts";
import { type Active, moreThan } from "./blocked.ts";
import { denseResult, upsampled } from "./masked.ts";
import type { Prepared } from "./prepare.ts";
import { CHANNELS_LAST, EXTRA_ROWS, fromRows, padded } from "./rows.ts";
import { BranchScope, type Scope } from "./scope.ts";
import { SizeMath, transposed } from "./sizes.ts";
import type { BlockMap } from "./tables.ts";
import type { BlockSource } from "./types.ts";

export interface Feature {
  /** The feature map as rows (rows.ts). */
  readonly rows: string;
  /** As [N, C, H, W], where something else computes that anyway. */
  readonly plain: string | undefined;
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
  above: number,
  active: Active,
  last: BlockMap,
  input: Feature,
  base: Feature | undefined,
  blocks: (branch: Scope) => string,
): string {
  const prefix = prepared.region.output;
  const dense = new BranchScope(`${prefix}/dense`);
  const sparse = new BranchScope(`${prefix}/sparse`);
  const attributes = {
    then_branch: graphAttribute(
      dense.finish(denseRows(dense, prepared, source, active, last, input, base)),
    ),
    else_branch: graphAttribute(sparse.finish(blocks(sparse))),
  };
  return scope.add("If", [moreThan(scope, prepared, active, above)], attributes);
}

/** The dense result as rows, kept where the mask is 1. */
function denseRows(
  scope: BranchScope,
  prepared: Prepared,
  source: BlockSource,
  active: Active,
  last: BlockMap,
  input: Feature,
  base: Feature | undefined,
): string {
  const plain = ({ rows, plain: known }: Feature) => known ?? fromRows(scope, rows);
  const x = plain(input);
  const b = base === undefined ? undefined : base.rows === input.rows ? x : plain(base);
  const y = transposed(scope, denseResult(scope, prepared, source, x, b), CHANNELS_LAST);
  const name = prepared.region.output;
  const whole = new BranchScope(`${name}/whole`);
  const part = new BranchScope(`${name}/part`);
  const attributes = {
    then_branch: graphAttribute(whole.finish(padded(whole, y))),
    else_branch: graphAttribute(part.finish(keptRows(part, prepared, last, padded(part, y), base))),
  };
  return scope.add("If", [moreThan(scope, prepared, active, undefined)], attributes);
}

function keptRows(
  scope: Scope,
  { mask, region }: Prepared,
  { height, width, grid }: BlockMap,
  rows: string,
  base: Feature | undefined,
): string {
  const math = new SizeMath(scope);
  const tall = math.add(height, EXTRA_ROWS);
  const up = upsampled(scope, mask, region.block, tall, width, grid);
  const keep = transposed(scope, up, CHANNELS_LAST);
  if (base !== undefined) return scope.add("Where", [keep, rows, base.rows]);
  const kept = scope.add("Cast", [keep], { to: { kind: "int", value: 1 } });
  return scope.add("Mul", [rows, kept]);
}
