/** What one run of the masked network shows of an image, and what becomes of it at given thresholds. */
import type { DenseTensor } from "../../runtime/types.ts";
import { partsOf } from "../deploy/parts.ts";
import type { Masked } from "../masked.ts";
import type { DynamicNetwork, DynamicPlan } from "../plan.ts";
import { surenessOf } from "./confidence.ts";

export interface SeenRegion {
  /** Of the plan. */
  readonly name: string;
  readonly kind: "layer" | "spatial" | "channels";
  /** Blocks [rows, columns] for `spatial`, [1, 1] for `layer`, [1, channels] for `channels`. */
  readonly rows: number;
  readonly columns: number;
  /** 1 where it was on, 0 where not. */
  readonly mask: Float32Array;
}

export interface Seen {
  /** Of each classifier, the last one last: [classes]. */
  readonly logits: readonly Float32Array[];
  /** In the plan's order. */
  readonly regions: readonly SeenRegion[];
}

/** Names of the masked graph's values that `seenOf` reads: make them its outputs. */
export const seenOutputs = ({ logits, masks }: Masked): readonly string[] => [
  ...new Set([...logits, ...masks]),
];

/** @param index of the image in the batch that was run */
export function seenOf(
  { plan }: DynamicNetwork,
  { logits, masks }: Masked,
  outputs: Readonly<Record<string, DenseTensor>>,
  index: number,
): Seen {
  const rowOf = (name: string) => {
    const { dims, data } = outputs[name]!;
    const size = dims.slice(1).reduce((a, b) => a * b, 1);
    return (data as Float32Array).slice(index * size, (index + 1) * size);
  };
  return {
    logits: logits.map(rowOf),
    regions: plan.regions.map(({ name, kind }, r) => {
      const [first, columns] = outputs[masks[r]!]!.dims.slice(1).slice(-2);
      const [rows, wide] = columns === undefined ? [1, first!] : [first!, columns];
      return { name, kind, rows, columns: wide, mask: rowOf(masks[r]!) };
    }),
  };
}

/** Largest probability at each classifier, by the plan's temperatures; the end has temperature 1. */
export const confidencesOf = (
  { exits }: DynamicPlan,
  logits: readonly Float32Array[],
): readonly number[] =>
  logits.map((row, k) => {
    const temperature = exits[k]?.temperature ?? 1;
    return surenessOf(row, Int32Array.of(0), row.length, temperature).confidence[0]!;
  });

/** @returns index of the exit that an image leaves at, the number of exits for the end */
export function exitOf({ exits }: DynamicPlan, confidences: readonly number[]): number {
  const at = exits.findIndex(({ threshold }, k) => confidences[k]! >= threshold);
  return at < 0 ? exits.length : at;
}

/** For each region, the exit by which it has run, by index. */
export function firstExits({ graph, plan }: DynamicNetwork): readonly number[] {
  const parts = partsOf(graph, [...plan.exits.map((exit) => exit.logits), graph.outputs[0]!.name]);
  return plan.regions.map(({ nodes }) =>
    parts.findIndex((part) => part.nodes.some(({ name }) => name === nodes[0])),
  );
}
