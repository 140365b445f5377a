/** All launches of a dynamic region for a number of active blocks, part by part. */

import { UserError } from "../../base/errors.ts";
import type { Analysis } from "../../ops/types.ts";
import { fused as fusedGroups, unfused } from "../fusion.ts";
import type { Launch } from "../lower.ts";
import { lowerAll } from "../predict.ts";
import { type BlockGrid, blockGrid } from "./blocks.ts";
import { type Extent, extents } from "./extents.ts";
import { compaction, type MaskCost, maskUnit } from "./mask.ts";
import { gatherLaunch, scatterLaunch } from "./moves.ts";
import { BlockStack } from "./stack.ts";
import { type RegionStructure, regionStructure, sameShape } from "./structure.ts";
import type { DynamicTarget } from "./target.ts";
import {
  MASK_UNITS,
  type MaskSpec,
  MOVES,
  type Moves,
  type Part,
  type RegionSettings,
  SCATTERS,
  type Scatter,
  SELECTIONS,
} from "./types.ts";

export interface PartLaunch extends Launch {
  readonly part: Part;
}

/** Two segments where the host waits for the number of active blocks, else one. */
export type RegionLaunches = readonly (readonly PartLaunch[])[];

export class RegionPlan {
  readonly structure: RegionStructure;
  readonly grid: BlockGrid;
  readonly mask: Required<MaskSpec>;
  readonly scatter: Scatter;
  readonly moves: Moves;
  /** Of each of the region's inputs, gathered for one block. */
  readonly gathered: readonly Extent[];
  readonly #stack: BlockStack;
  /** The mask unit is the same for any number of active blocks. */
  readonly #masks = new WeakMap<DynamicTarget, MaskCost>();

  /** @throws UserError as {@link regionStructure} and {@link blockGrid} do, and for a wrong setting */
  constructor(analysis: Analysis, nodes: readonly string[], settings: RegionSettings) {
    const name = settings.name ?? nodes[0] ?? "region";
    this.structure = regionStructure(analysis, nodes, name);
    const { output, inputs } = this.structure;
    this.grid = blockGrid(
      settings.block,
      [output.height, output.width],
      output.batch,
      `region ${name}`,
    );
    this.mask = {
      unit: oneOf(settings.mask?.unit ?? "attention", MASK_UNITS, name, "mask unit"),
      select: oneOf(settings.mask?.select ?? "threshold", SELECTIONS, name, "selection"),
    };
    this.scatter = oneOf(settings.scatter ?? this.#ownScatter(), SCATTERS, name, "scatter");
    this.moves = oneOf(settings.moves ?? "kernels", MOVES, name, "moves");
    if (this.scatter !== "zero-fill" && !inputs.some((input) => sameShape(input, output)))
      throw new UserError(
        `region ${name}: scatter ${this.scatter}, but no input has the output's shape [${output.batch}, ${output.channels}, ${output.height}, ${output.width}]`,
        { hint: "use zero-fill", exitCode: 2 },
      );
    const need = extents(this.structure, this.grid.block);
    this.gathered = inputs.map((input) => need.get(input.value) ?? [0, 0]);
    this.#stack = new BlockStack(this.structure, need);
  }

  #ownScatter(): Scatter {
    return this.structure.residual === undefined ? "zero-fill" : "in-place";
  }

  /** Whether the host has to wait for the number of active blocks. */
  waits(target: DynamicTarget): boolean {
    return target.sync ?? (this.mask.unit !== "given" && this.mask.select === "threshold");
  }

  launches(n: number, target: DynamicTarget): RegionLaunches {
    const { structure, grid, mask } = this;
    const { name, inputs, output } = structure;
    const of = (part: Part, launches: readonly Launch[]): readonly PartLaunch[] =>
      launches.map((launch) => ({ ...launch, part }));
    const decide = [
      ...of("mask", this.#maskUnit(target).launches),
      ...of("compaction", compaction(name, mask, output.batch, grid, n, target)),
    ];
    const fused = this.moves === "fused";
    const scatter = scatterLaunch(name, output, grid, fused ? 0 : n, this.scatter, target);
    const gathers =
      n === 0 || fused
        ? []
        : inputs.map((map, i) => gatherLaunch(name, map, this.gathered[i]!, n, target));
    const work = [
      ...of("gather", gathers),
      ...of("conv", this.#stack.launches(n, target)),
      ...of("scatter", scatter === undefined ? [] : [scatter]),
    ];
    return this.waits(target) ? [decide, work] : [[...decide, ...work]];
  }

  dense(target: DynamicTarget): readonly Launch[] {
    const { program } = this.structure;
    return lowerAll(program, (target.host.fuses ? fusedGroups : unfused)(program), target);
  }

  /** Multiply-accumulates of the mask unit and of the convolutions on `n` blocks. */
  macs(n: number, target: DynamicTarget): { readonly mask: number; readonly conv: number } {
    return { mask: this.#maskUnit(target).macs, conv: this.#stack.macs(n) };
  }

  #maskUnit(target: DynamicTarget): MaskCost {
    let cost = this.#masks.get(target);
    if (cost === undefined) {
      const { name, inputs } = this.structure;
      cost = maskUnit(name, this.mask, inputs[0]!, this.grid, target);
      this.#masks.set(target, cost);
    }
    return cost;
  }

  denseMacs(): number {
    return this.structure.program.nodes.reduce((sum, node) => sum + node.macs, 0);
  }
}

function oneOf<T extends string>(value: T, known: readonly T[], region: string, what: string): T {
  if (known.includes(value)) return value;
  throw new UserError(`region ${region}: ${what} is '${value}'`, {
    hint: `use one of ${known.join(", ")}`,
    exitCode: 2,
  });
}
