/** Trials from one on: what a page that has the earlier ones still needs. */
import type { Column, TrialBlock } from "../study/block.ts";

export function sliceBlock(block: TrialBlock, from: number): TrialBlock {
  if (from <= 0) return block;
  const cut = <C extends Column>(column: C): C => ({ ...column, data: column.data.subarray(from) });
  return {
    count: Math.max(0, block.count - from),
    states: block.states.subarray(from),
    design: block.design.map(cut),
    values: block.values.map(cut),
    errors: new Map(
      [...block.errors].filter(([row]) => row >= from).map(([row, why]) => [row - from, why]),
    ),
  };
}
