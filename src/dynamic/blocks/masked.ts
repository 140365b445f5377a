/** The masked dense form: F everywhere, kept where the mask is 1. */
import { int } from "../../graph/attribute.ts";
import { float32s } from "../../graph/tensor.ts";
import { emitDense, emitNode } from "./emit.ts";
import type { Prepared } from "./prepare.ts";
import type { Scope } from "./scope.ts";
import { type Size, SizeMath } from "./sizes.ts";
import type { BlockSource } from "./types.ts";

/** Where the mask is 1, for each pixel: bool [N, 1, height, width]. */
function upsampled(
  scope: Scope,
  mask: string,
  block: number,
  height: Size,
  width: Size,
  grid: readonly [Size, Size],
): string {
  const math = new SizeMath(scope);
  let up = mask;
  [height, width].forEach((size, axis) => {
    const last = math.add(grid[axis]!, -1);
    const index = scope.add("Div", [math.range(size), math.value(block)]);
    up = scope.add("Gather", [up, scope.add("Min", [index, math.value(last)])], {
      axis: int(axis + 2),
    });
  });
  return scope.add("Cast", [up], { to: int(9) });
}

export function maskedDense(
  scope: Scope,
  prepared: Prepared,
  source: BlockSource,
  sizes: { readonly height: Size; readonly width: Size; readonly grid: readonly [Size, Size] },
  output: string,
): string {
  const { region, chain, mask } = prepared;
  let y = emitDense(scope, chain, region.input, source);
  if (region.mode === "add") y = scope.add("Add", [y, chain.base!]);
  for (const { node } of chain.after) y = emitNode(scope, node, y, source);
  const up = upsampled(scope, mask, region.block, sizes.height, sizes.width, sizes.grid);
  const base = chain.base ?? scope.constant("blocks/fill/0", float32s([0], []));
  return scope.add("Where", [up, y, base], {}, output);
}
