/** A piece of a network that runs at whatever batch reaches it: its launches, remembered by batch. */
import { UserError } from "../../base/errors.ts";
import type { Graph } from "../../graph/types.ts";
import type { Analysis } from "../../ops/types.ts";
import { bindBatch } from "../batch.ts";
import { fused, unfused } from "../fusion.ts";
import type { Launch } from "../lower.ts";
import { lowerAll } from "../predict.ts";
import { programOf } from "../program.ts";
import { type StageRegion, StageRegions } from "./stage-regions.ts";
import type { DynamicTarget } from "./target.ts";

export class Stage {
  readonly name: string;
  readonly #graph: Graph;
  readonly #target: DynamicTarget;
  readonly #analyses = new Map<number, Analysis>();
  readonly #launches = new Map<number, readonly Launch[]>();
  readonly #regions: StageRegions;

  constructor(
    name: string,
    graph: Graph,
    target: DynamicTarget,
    regions: readonly StageRegion[] = [],
  ) {
    this.name = name;
    this.#graph = graph;
    this.#target = target;
    this.#regions = new StageRegions(regions, (batch) => this.analysis(batch), target);
  }

  /** How many regions it has. */
  get regions(): number {
    return this.#regions.count;
  }

  /** @throws UserError where the network cannot take this batch */
  analysis(batch: number): Analysis {
    let analysis = this.#analyses.get(batch);
    if (analysis === undefined) {
      analysis = bindBatch(this.#graph, batch).analysis;
      this.#analyses.set(batch, analysis);
    }
    return analysis;
  }

  /** As `predict` lowers them; none for an empty batch. */
  launches(batch: number): readonly Launch[] {
    if (batch === 0) return [];
    let launches = this.#launches.get(batch);
    if (launches === undefined) {
      const program = programOf(this.analysis(batch));
      const groups = (this.#target.host.fuses ? fused : unfused)(program);
      launches = lowerAll(program, groups, this.#target);
      this.#launches.set(batch, launches);
    }
    return launches;
  }

  /**
   * Launches between waits of the host.
   *
   * @param active what the batch asks of each region
   */
  segments(batch: number, active: readonly number[]): readonly (readonly Launch[])[] {
    if (batch === 0 || this.regions === 0) return [this.launches(batch)];
    return this.#regions.segments(batch, active);
  }

  /** Multiply-accumulates of one image, all of its regions among them. */
  get macs(): number {
    return this.analysis(1).totals.macs;
  }

  /** Shape of the first input at batch 1, [1, ...]. @throws UserError where it is not known */
  inputShape(): readonly number[] {
    return this.#shape(this.#graph.inputs[0]?.name, "input");
  }

  /** The same of the first output. */
  outputShape(): readonly number[] {
    return this.#shape(this.#graph.outputs[0]?.name, "output");
  }

  /** Elements of all inputs of one image. */
  inputElements(): number {
    let elements = 0;
    for (const { name } of this.#graph.inputs)
      elements += this.#shape(name, "input").reduce((a, b) => a * b, 1);
    return elements;
  }

  #shape(value: string | undefined, what: string): readonly number[] {
    const shape = value === undefined ? undefined : this.analysis(1).types.get(value)?.shape;
    if (shape?.every((d) => typeof d === "number")) return shape as readonly number[];
    throw new UserError(
      `stage ${this.name}: its ${what} is [${shape?.join(", ") ?? "?"}], expected numbers but for the batch`,
      { hint: "bind the other free dimensions before", exitCode: 2 },
    );
  }
}
