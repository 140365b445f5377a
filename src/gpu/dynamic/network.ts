/** A whole network with dynamic regions: the regions as they are here, all else as `predict` times it. */
import { UserError } from "../../base/errors.ts";
import type { Graph } from "../../graph/types.ts";
import type { Analysis } from "../../ops/types.ts";
import { bindBatch } from "../batch.ts";
import type { Launch } from "../lower.ts";
import { describeKernel, predict } from "../predict.ts";
import { type Program, programOf } from "../program.ts";
import type { HostMode, Kernel, Precision, Prediction } from "../types.ts";
import { activeBlocks, checkActive } from "./blocks.ts";
import { dynamicNotes } from "./describe.ts";
import { type OverInputsOptions, type TimeOverInputs, timeOverInputs } from "./over-inputs.ts";
import { inOrder, type Placed, placedRest } from "./placed.ts";
import { type PartLaunch, RegionPlan } from "./plan.ts";
import { DynamicRegion, type NetworkBinding } from "./region.ts";
import { countPopulation } from "./regions-over-inputs.ts";
import { runSegments } from "./segments.ts";
import { type DynamicTarget, dynamicTarget } from "./target.ts";
import type { DynamicOptions, GraphRegion, Part } from "./types.ts";

export interface DynamicPlan {
  readonly regions: readonly GraphRegion[];
}

/** Active blocks over the whole batch, or a fraction of all. */
export type Active = { readonly blocks: number } | { readonly fraction: number };

export interface DynamicKernel extends Kernel {
  /** Absent outside of regions. */
  readonly part?: Part;
  readonly region?: string;
}

export interface DynamicPrediction {
  readonly device: string;
  readonly batch: number;
  readonly precision: Precision;
  readonly host: HostMode;
  readonly latencyMs: number;
  readonly gpuMs: number;
  readonly hostMs: number;
  readonly macs: number;
  readonly regions: readonly {
    readonly name: string;
    readonly active: number;
    readonly blocks: number;
    /** Sum of its kernels' times, and of the dense kernels that it stands for. */
    readonly gpuMs: number;
    readonly denseGpuMs: number;
  }[];
  readonly kernels: readonly DynamicKernel[];
  /** What is not in the numbers, and what they rest on: as of `Prediction`. */
  readonly gaps: Prediction["gaps"];
  readonly notes: readonly string[];
  /** The same network without regions. */
  readonly dense: Prediction & { readonly macs: number };
}

type Options = DynamicOptions & NetworkBinding;

/** A network whose regions are planned once and timed for any numbers of active blocks. */
export class DynamicNetwork {
  readonly analysis: Analysis;
  readonly batch: number;
  readonly regions: readonly DynamicRegion[];
  readonly target: DynamicTarget;
  readonly #options: Options;
  readonly #program: Program;
  readonly #rest: readonly Placed[];
  /** Index of the last node of each region. */
  readonly #ends: readonly number[];
  readonly #known = new Map<string, readonly (readonly PartLaunch[])[]>();

  /** @throws UserError where regions overlap or cannot be, or as `predict` */
  constructor(network: Graph | Analysis, plan: DynamicPlan, options: Options) {
    this.target = dynamicTarget(options);
    this.#options = options;
    const { analysis, batch } = bindBatch(network, options.batch, options.bind);
    this.analysis = analysis;
    this.batch = batch;
    this.regions = plan.regions.map(
      (region) => new DynamicRegion(new RegionPlan(analysis, region.nodes, region), this.target),
    );
    checkNames(this.regions);
    this.#program = programOf(analysis);
    const taken = takenNodes(plan.regions);
    this.#rest = placedRest(this.#program, taken, this.target);
    this.#ends = this.regions.map((r) => r.plan.structure.program.indices.at(-1)!);
  }

  /** @param active blocks of each region over the batch, in the order of the plan */
  latencyUs(active: readonly number[]): number {
    return runSegments(this.#segments(active), this.target).latencyUs;
  }

  predict(active: readonly number[]): DynamicPrediction {
    const { target, regions } = this;
    const kernels: DynamicKernel[] = [];
    const owners = new Map<Launch, DynamicRegion>();
    const segments = this.#segments(active, owners);
    const timeline = runSegments(segments, target, (launch, index, idleUs) => {
      const kernel = describeKernel(launch, index, idleUs);
      const owner = owners.get(launch);
      kernels.push(
        owner === undefined
          ? kernel
          : { ...kernel, part: (launch as PartLaunch).part, region: owner.name },
      );
    });
    const saved = regions.map((region, i) => {
      const { mask, conv } = region.plan.macs(active[i]!, target);
      return region.plan.denseMacs() - mask - conv;
    });
    const { macs } = this.analysis.totals;
    const dense = predict(this.analysis, { ...this.#options, batch: this.batch });
    const own = regions.flatMap((region) => dynamicNotes(region.plan, target));
    return {
      device: target.device.id,
      batch: this.batch,
      precision: target.precision,
      host: target.mode,
      latencyMs: timeline.latencyUs / 1000,
      gpuMs: timeline.gpuUs / 1000,
      hostMs: timeline.hostUs / 1000,
      macs: saved.reduce((left, s) => left - s, macs),
      regions: regions.map((region, i) => ({
        name: region.name,
        active: active[i]!,
        blocks: region.blocks,
        gpuMs: region.time(active[i]!).gpuUs / 1000,
        denseGpuMs: region.dense.gpuUs / 1000,
      })),
      kernels,
      gaps: dense.gaps,
      notes: [...new Set([...dense.notes, ...own])],
      dense: { ...dense, macs },
    };
  }

  /** Launches in the order of the network; a region stands where its last node stood. */
  #segments(
    active: readonly number[],
    owners?: Map<Launch, DynamicRegion>,
  ): readonly (readonly Launch[])[] {
    const placed = this.regions.map((region, i): Placed => {
      const segments = this.#regionLaunches(i, active[i]!);
      for (const launch of segments.flat()) owners?.set(launch, region);
      return { at: this.#ends[i]!, segments };
    });
    return inOrder([...this.#rest, ...placed]);
  }

  #regionLaunches(index: number, active: number): readonly (readonly PartLaunch[])[] {
    const key = `${index} ${active}`;
    let launches = this.#known.get(key);
    if (launches === undefined) {
      const region = this.regions[index]!;
      checkActive(active, region.plan.grid, `region ${region.name}`);
      launches = region.plan.launches(active, this.target);
      this.#known.set(key, launches);
    }
    return launches;
  }
}

/**
 * A network with dynamic regions for given numbers of active blocks.
 *
 * @param active by the region's name; all blocks where it is left out
 * @throws UserError for regions, names or counts that cannot be
 */
export function predictDynamic(
  network: Graph | Analysis,
  plan: DynamicPlan,
  active: Readonly<Record<string, Active>>,
  options: Options,
): DynamicPrediction {
  const model = new DynamicNetwork(network, plan, options);
  const known = new Set(model.regions.map((r) => r.name));
  const unknown = Object.keys(active).find((name) => !known.has(name));
  if (unknown !== undefined)
    throw new UserError(`active blocks of region ${unknown}, which the plan does not have`, {
      hint: `its regions are ${[...known].join(", ") || "none"}`,
      exitCode: 2,
    });
  return model.predict(
    model.regions.map((region) => {
      const own = active[region.name];
      if (own === undefined) return region.blocks;
      return "blocks" in own
        ? own.blocks
        : activeBlocks(own.fraction, region.plan.grid, `region ${region.name}`);
    }),
  );
}

/**
 * A network's time over measured inputs; the regions of one image go together.
 *
 * @param images for each image its active blocks, one a region in the order of the plan
 */
export function dynamicTimeOverInputs(
  network: DynamicNetwork,
  images: readonly (readonly number[])[],
  options: OverInputsOptions = {},
): TimeOverInputs {
  const population = countPopulation(network.regions, images);
  return timeOverInputs((totals) => network.latencyUs(totals), population, network.batch, options);
}

function checkNames(regions: readonly DynamicRegion[]): void {
  const seen = new Set<string>();
  for (const { name } of regions) {
    if (seen.has(name))
      throw new UserError(`two regions are named ${name}`, {
        hint: "give each region a name of its own",
        exitCode: 2,
      });
    seen.add(name);
  }
}

function takenNodes(regions: readonly GraphRegion[]): ReadonlySet<string> {
  const taken = new Set<string>();
  for (const region of regions)
    for (const node of new Set(region.nodes)) {
      if (taken.has(node))
        throw new UserError(`node ${node} is in two regions`, {
          hint: "leave it in one of them",
          exitCode: 2,
        });
      taken.add(node);
    }
  return taken;
}
