/** A part of a program, for what fuses inside a region and what fuses outside of it. */
import type { Program } from "../program.ts";

export interface SubProgram extends Program {
  /** Index of each node in the whole program. */
  readonly indices: readonly number[];
}

/** Who reads a result is counted over the whole program: a result that leaves the part stays needed. */
export function subProgram(program: Program, keeps: (index: number) => boolean): SubProgram {
  const indices: number[] = [];
  const at = new Map<number, number>();
  for (let i = 0; i < program.nodes.length; i++) {
    if (!keeps(i)) continue;
    at.set(i, indices.length);
    indices.push(i);
  }
  return {
    nodes: indices.map((i) => program.nodes[i]!),
    producers: indices.map((i) => program.producers[i]!.flatMap((p) => at.get(p) ?? [])),
    uses: indices.map((i) => program.uses[i]!),
    indices,
  };
}
