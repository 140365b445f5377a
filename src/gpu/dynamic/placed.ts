/** Launches in the order of a network some of whose nodes are launched in another way. */
import { fused, unfused } from "../fusion.ts";
import type { Launch } from "../lower.ts";
import { lowerAll } from "../predict.ts";
import type { Program } from "../program.ts";
import { subProgram } from "./subprogram.ts";
import type { DynamicTarget } from "./target.ts";

export interface Placed {
  /** Index of the last node in the network's program. */
  readonly at: number;
  /** Between two of them the host waits. */
  readonly segments: readonly (readonly Launch[])[];
}

/** All nodes but those that are taken, as `predict` launches them. */
export function placedRest(
  program: Program,
  taken: ReadonlySet<string>,
  target: DynamicTarget,
): readonly Placed[] {
  const part = subProgram(program, (i) => !taken.has(program.nodes[i]!.node.name));
  const groups = (target.host.fuses ? fused : unfused)(part);
  const launches = lowerAll(part, groups, target);
  return groups.map((group, i) => ({
    at: part.indices[group.at(-1)!]!,
    segments: [[launches[i]!]],
  }));
}

/** What is placed later runs later; what has a place of its own follows what was there before. */
export function inOrder(placed: readonly Placed[]): readonly (readonly Launch[])[] {
  const out: Launch[][] = [[]];
  for (const { segments } of placed.toSorted((a, b) => a.at - b.at))
    segments.forEach((launches, i) => {
      if (i > 0) out.push([]);
      out.at(-1)!.push(...launches);
    });
  return out;
}
