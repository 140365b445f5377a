/** A dynamic region on a device: its time for any number of active blocks, beside the dense one. */
import type { Graph } from "../../graph/types.ts";
import { analyze } from "../../ops/analyze.ts";
import type { Analysis } from "../../ops/types.ts";
import { bindBatch } from "../batch.ts";
import { checkActive } from "./blocks.ts";
import { describeRegion } from "./describe.ts";
import { type RegionLaunches, RegionPlan } from "./plan.ts";
import { regionGraph } from "./region-graph.ts";
import { type DynamicTarget, dynamicTarget } from "./target.ts";
import { convWaves, latencies, type WorkUs, workUs } from "./times.ts";
import type {
  DynamicOptions,
  GraphRegion,
  RegionPrediction,
  RegionSpec,
  RegionTime,
} from "./types.ts";

/** What the search over numbers of blocks keeps of each. */
export interface RegionCost extends RegionTime {
  /** Kernels' time without their launches. */
  readonly work: WorkUs;
}

export class DynamicRegion {
  readonly name: string;
  readonly plan: RegionPlan;
  readonly target: DynamicTarget;
  /** The region on whole maps. */
  readonly dense: RegionCost;
  readonly #known = new Map<number, RegionCost>();

  constructor(plan: RegionPlan, target: DynamicTarget) {
    this.name = plan.structure.name;
    this.plan = plan;
    this.target = target;
    const dense = plan.dense(target).map((launch) => ({ ...launch, part: "conv" as const }));
    this.dense = this.#cost([dense], plan.denseMacs());
  }

  /** Blocks of the whole batch. */
  get blocks(): number {
    return this.plan.grid.total;
  }

  /**
   * The time for `active` blocks, remembered.
   *
   * @throws UserError where there are not that many blocks
   */
  time(active: number): RegionCost {
    let cost = this.#known.get(active);
    if (cost === undefined) {
      checkActive(active, this.plan.grid, `region ${this.name}`);
      const macs = this.plan.macs(active, this.target);
      cost = this.#cost(this.plan.launches(active, this.target), macs.mask + macs.conv);
      this.#known.set(active, cost);
    }
    return cost;
  }

  /** Everything about `active` blocks, kernel by kernel. @throws UserError as {@link time} */
  at(active: number): RegionPrediction {
    return describeRegion(this.plan, this.target, active, this.time(active), this.dense);
  }

  #cost(launches: RegionLaunches, macs: number): RegionCost {
    const { latencyUs, gpuUs, hostUs, quantisedUs, smoothUs } = latencies(launches, this.target);
    return {
      latencyUs,
      gpuUs,
      hostUs,
      macs,
      waves: convWaves(launches),
      quantisedUs,
      smoothUs,
      work: workUs(launches),
    };
  }
}

/**
 * A region by its sizes.
 *
 * @throws UserError for sizes, blocks, settings or a precision that cannot be
 */
export function regionOf(spec: RegionSpec, options: DynamicOptions): DynamicRegion {
  const target = dynamicTarget(options);
  const graph = regionGraph(spec, spec.name ?? "region");
  const plan = new RegionPlan(
    analyze(graph),
    graph.nodes.map((n) => n.name),
    { ...spec, name: spec.name ?? "region" },
  );
  return new DynamicRegion(plan, target);
}

export interface NetworkBinding {
  /** Default: what the network fixes, else 1. */
  readonly batch?: number;
  /** Free dimensions other than the batch. */
  readonly bind?: Readonly<Record<string, number>>;
}

/**
 * A region of a network.
 *
 * @throws UserError also where a node is missing or cannot be computed on blocks
 */
export function regionIn(
  network: Graph | Analysis,
  region: GraphRegion,
  options: DynamicOptions & NetworkBinding,
): DynamicRegion {
  const target = dynamicTarget(options);
  const { analysis } = bindBatch(network, options.batch, options.bind);
  return new DynamicRegion(new RegionPlan(analysis, region.nodes, region), target);
}
