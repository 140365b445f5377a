/** The region's nodes on a stack of n blocks, [n, channels, rows, columns], as launches of the engine. */
import { byteLength } from "../../graph/tensor.ts";
import type { AnalyzedNode, Work } from "../../ops/types.ts";
import { fused, type Group, unfused } from "../fusion.ts";
import type { Launch, Target } from "../lower.ts";
import { lowerAll } from "../predict.ts";
import { type Extent, readExtent } from "./extents.ts";
import type { RegionStructure } from "./structure.ts";
import type { SubProgram } from "./subprogram.ts";

export class BlockStack {
  readonly #structure: RegionStructure;
  readonly #extents: ReadonlyMap<string, Extent>;
  /** What fuses does not depend on the number of blocks. */
  readonly #groups = new Map<boolean, readonly Group[]>();

  constructor(structure: RegionStructure, extents: ReadonlyMap<string, Extent>) {
    this.#structure = structure;
    this.#extents = extents;
  }

  /** Launches for `n` blocks, fused as the engine fuses; none for no block. */
  launches(n: number, target: Target): readonly Launch[] {
    if (n === 0) return [];
    const program = this.program(n);
    const { fuses } = target.host;
    let groups = this.#groups.get(fuses);
    if (groups === undefined) {
      groups = (fuses ? fused : unfused)(program);
      this.#groups.set(fuses, groups);
    }
    return lowerAll(program, groups, target);
  }

  program(n: number): SubProgram {
    const { program } = this.#structure;
    return { ...program, nodes: program.nodes.map((node) => this.#node(node, n)) };
  }

  macs(n: number): number {
    return n === 0 ? 0 : this.program(n).nodes.reduce((sum, node) => sum + node.macs, 0);
  }

  /** Counts of a node are so much a position of its result, and weights are read once. */
  #node(dense: AnalyzedNode, n: number): AnalyzedNode {
    const { maps } = this.#structure;
    const { node } = dense;
    const map = maps.get(node.outputs[0]!)!;
    const own = this.#extents.get(map.value) ?? [0, 0];
    const positions = n * own[0] * own[1];
    const before = map.batch * map.height * map.width;
    const scaled = (count: number): number => (count / before) * positions;
    const read = readExtent(dense.work, own);
    let bytesRead = dense.bytesRead;
    const inputs = dense.inputs.map((type, i) => {
      const value = node.inputs[i]!;
      const input = maps.get(value);
      if (type === undefined || input === undefined) return type;
      const shape = [n, input.channels, read[0], read[1]];
      if (node.inputs.indexOf(value) === i)
        bytesRead +=
          byteLength(type.dtype, n * input.channels * read[0] * read[1]) -
          byteLength(type.dtype, input.batch * input.channels * input.height * input.width);
      return { ...type, shape };
    });
    return {
      ...dense,
      inputs,
      outputs: dense.outputs.map((type) => ({ ...type, shape: [n, map.channels, ...own] })),
      macs: scaled(dense.macs),
      flops: scaled(dense.flops),
      bytesRead,
      bytesWritten: scaled(dense.bytesWritten),
      work: workOn(dense.work, n, map.channels, own, read),
    };
  }
}

function workOn(work: Work, n: number, channels: number, own: Extent, read: Extent): Work {
  if (work.kind === "pointwise") return { ...work, elements: n * channels * own[0] * own[1] };
  if (work.kind !== "conv") return work;
  return {
    ...work,
    batch: n,
    input: read,
    output: own,
    padBegin: [0, 0],
    padEnd: [0, 0],
  };
}
