/** Regions inside a stage: computed on some blocks, or for some images of the batch that reaches it. */
import type { Analysis } from "../../ops/types.ts";
import { fused, unfused } from "../fusion.ts";
import type { Launch } from "../lower.ts";
import { lowerAll } from "../predict.ts";
import { programOf } from "../program.ts";
import { chooseImages, gateLaunches, moveImages } from "./images.ts";
import { inOrder, type Placed, placedRest } from "./placed.ts";
import { type RegionLaunches, RegionPlan } from "./plan.ts";
import { subProgram } from "./subprogram.ts";
import type { DynamicTarget } from "./target.ts";
import type { GraphRegion } from "./types.ts";

export type StageRegion =
  /** Demand: active blocks. Above the share `denseAbove` of them the whole map is computed. */
  | { readonly kind: "blocks"; readonly region: GraphRegion; readonly denseAbove?: number }
  /** Demand: images that run the nodes; for the others `input` goes on as it is. */
  | {
      readonly kind: "images";
      readonly name: string;
      readonly nodes: readonly string[];
      readonly input: string;
    };

type Segments = readonly (readonly Launch[])[];

export class StageRegions {
  readonly count: number;
  readonly #regions: readonly StageRegion[];
  readonly #analysis: (batch: number) => Analysis;
  readonly #target: DynamicTarget;
  readonly #rest = new Map<number, readonly Placed[]>();
  readonly #plans = new Map<string, RegionPlan>();
  readonly #known = new Map<string, Placed>();

  /** @param analysis of the stage at a batch */
  constructor(
    regions: readonly StageRegion[],
    analysis: (batch: number) => Analysis,
    target: DynamicTarget,
  ) {
    this.count = regions.length;
    this.#regions = regions;
    this.#analysis = analysis;
    this.#target = target;
  }

  /**
   * @param active demand of each region over the batch
   * @throws UserError for a region that cannot be
   */
  segments(batch: number, active: readonly number[]): Segments {
    const regions = this.#regions.map((region, i) => this.#placed(batch, region, i, active[i]!));
    return inOrder([...this.#restAt(batch), ...regions]);
  }

  #restAt(batch: number): readonly Placed[] {
    let rest = this.#rest.get(batch);
    if (rest === undefined) {
      const taken = new Set(this.#regions.flatMap(nodesOf));
      rest = placedRest(programOf(this.#analysis(batch)), taken, this.#target);
      this.#rest.set(batch, rest);
    }
    return rest;
  }

  #placed(batch: number, region: StageRegion, index: number, n: number): Placed {
    const key = `${batch} ${index} ${n}`;
    let placed = this.#known.get(key);
    if (placed === undefined) {
      const own = new Set(nodesOf(region));
      const { nodes } = programOf(this.#analysis(batch));
      const segments =
        region.kind === "blocks"
          ? this.#blocks(batch, region, index, n)
          : this.#images(batch, region, n);
      placed = { at: nodes.findLastIndex(({ node }) => own.has(node.name)), segments };
      this.#known.set(key, placed);
    }
    return placed;
  }

  #blocks(
    batch: number,
    { region, denseAbove = 1 }: Extract<StageRegion, { kind: "blocks" }>,
    index: number,
    n: number,
  ): Segments {
    const key = `${batch} ${index}`;
    const plan =
      this.#plans.get(key) ?? new RegionPlan(this.#analysis(batch), region.nodes, region);
    this.#plans.set(key, plan);
    const launches: RegionLaunches = plan.launches(n, this.#target);
    if (n <= denseAbove * plan.grid.total) return launches;
    const decides = launches.flat().filter(({ part }) => part === "mask" || part === "compaction");
    const dense = plan.dense(this.#target);
    return plan.waits(this.#target) ? [decides, dense] : [[...decides, ...dense]];
  }

  #images(
    batch: number,
    { name, nodes, input }: Extract<StageRegion, { kind: "images" }>,
    need: number,
  ): Segments {
    const target = this.#target;
    const shape = this.#analysis(batch).types.get(input)!.shape as readonly number[];
    const decides = [
      ...gateLaunches(name, batch, shape, target),
      chooseImages(name, batch, need, target),
    ];
    const move = (what: string): readonly Launch[] => {
      const elements = shape.slice(1).reduce((a, b) => a * b, 1);
      return need === batch ? [] : [moveImages(`${name}/${what}`, need, elements, target)];
    };
    const work =
      need === 0 ? [] : [...move("compact"), ...this.#branch(nodes, need), ...move("return")];
    return target.sync === false ? [[...decides, ...work]] : [decides, work];
  }

  #branch(names: readonly string[], batch: number): readonly Launch[] {
    const own = new Set(names);
    const all = programOf(this.#analysis(batch));
    const program = subProgram(all, (i) => own.has(all.nodes[i]!.node.name));
    const groups = (this.#target.host.fuses ? fused : unfused)(program);
    return lowerAll(program, groups, this.#target);
  }
}

const nodesOf = (region: StageRegion): readonly string[] =>
  region.kind === "blocks" ? region.region.nodes : region.nodes;
