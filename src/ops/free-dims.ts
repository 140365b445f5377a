/** The dimensions that a graph leaves open, and the numbers that they are counted with. */
import { UserError } from "../base/errors.ts";
import { canonicalDim, symbolsOf } from "../graph/dim.ts";
import type { Graph } from "../graph/types.ts";

export interface FreeDimension {
  readonly name: string;
  /** It is the first axis of inputs and no other: counting it as 1 gives figures for one item. */
  readonly batch: boolean;
}

/** Free dimensions of the graph's inputs, in the order in which they appear. */
export function freeDimensions(graph: Graph): readonly FreeDimension[] {
  const batch = new Map<string, boolean>();
  for (const { shape } of graph.inputs) {
    shape?.forEach((raw, axis) => {
      const d = canonicalDim(raw);
      for (const name of symbolsOf(d))
        batch.set(name, (batch.get(name) ?? true) && axis === 0 && d === name);
    });
  }
  return [...batch].map(([name, isBatch]) => ({ name, batch: isBatch }));
}

/** @throws UserError for a name that is not free in the graph, or a size below 1 */
export function checkBinding(
  graph: Graph,
  free: readonly FreeDimension[],
  bind: Readonly<Record<string, number>>,
): void {
  for (const [name, size] of Object.entries(bind)) {
    if (!Number.isSafeInteger(size) || size < 1)
      throw new UserError(`dimension ${name} is given as ${size}, expected a whole number from 1`, {
        exitCode: 2,
      });
    if (free.some((f) => f.name === name)) continue;
    const names = free.map((f) => f.name).join(", ");
    throw new UserError(
      `graph ${graph.name} has no free dimension ${name}; ${names ? `it has ${names}` : "all its inputs have fixed shapes"}`,
      { hint: "give a number to a free dimension only", exitCode: 2 },
    );
  }
}
