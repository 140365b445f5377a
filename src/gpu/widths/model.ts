/**
 * A network's latency as a function of its numbers of channels. What runs as one launch is lowered
 * anew for the shapes that it gets, and remembered: repeated layers and repeated questions cost
 * nothing. For the network's own widths it gives what `predict` gives.
 */
import { UserError } from "../../base/errors.ts";
import { channelTies, type Segment, type Ties } from "../../graph/morph/ties.ts";
import type { Graph } from "../../graph/types.ts";
import type { Analysis } from "../../ops/types.ts";
import { bindBatch } from "../batch.ts";
import { fused, unfused } from "../fusion.ts";
import { type HostFigures, hostFigures, hostUsOf } from "../host.ts";
import { requirePrecision } from "../kernels/index.ts";
import type { PredictOptions } from "../predict.ts";
import { programOf } from "../program.ts";
import { runTimeline, type Timeline } from "../timeline.ts";
import { Capacity } from "./capacity.ts";
import { LaunchShapes, type SizedLaunch } from "./launch.ts";

/** Channels of every dimension, by its id. */
export type Widths = readonly number[];

/** A launch and what its shapes depend on. */
export interface WidthLaunch {
  readonly index: number;
  /** The graph's nodes, in order. */
  readonly nodes: readonly string[];
  /** Distinct rows of segments in its values; their places are all that the launch depends on. */
  readonly ports: readonly (readonly Segment[])[];
  /** Dimensions that may change and that a port holds. */
  readonly dims: readonly number[];
}

export class WidthModel {
  readonly graph: Graph;
  readonly analysis: Analysis;
  readonly batch: number;
  readonly ties: Ties;
  readonly launches: readonly WidthLaunch[];
  /** As the network is. */
  readonly widths: Widths;
  readonly figures: HostFigures;
  /** Launches that a dimension touches. */
  readonly touching: readonly (readonly number[])[];
  readonly capacities: Capacity;
  readonly #shapes: LaunchShapes;

  /** @throws UserError as `predict` does */
  constructor(graph: Graph, options: PredictOptions) {
    const { device, precision = "fp32", host = "eager" } = options;
    requirePrecision(device, precision);
    const { analysis, batch } = bindBatch(graph, options.batch, options.bind);
    if (analysis.graph.nodes.length === 0)
      throw new UserError(`${graph.name}: the network has no nodes`);
    this.graph = graph;
    this.analysis = analysis;
    this.batch = batch;
    this.ties = channelTies(graph, analysis.types);
    this.widths = this.ties.dimensions.map((d) => d.channels);
    this.figures = hostFigures(host, hostUsOf(device, host, options.hostUsPerOp));
    const program = programOf(analysis);
    const groups = this.figures.fuses ? fused(program) : unfused(program);
    const tuned = this.figures.fuses || options.tuned === true;
    this.#shapes = new LaunchShapes(
      analysis,
      this.ties,
      groups.map((group) => group.map((i) => program.nodes[i]!)),
      { device, precision, host: this.figures, tuned },
    );
    this.launches = this.#shapes.launches;
    const touching: number[][] = this.ties.dimensions.map(() => []);
    for (const { index, dims } of this.launches) for (const d of dims) touching[d]!.push(index);
    this.touching = touching;
    this.capacities = new Capacity(
      this.launches.map(({ index }) => this.launch(index, this.widths)),
    );
  }

  /** Dimensions that may change and that something depends on. */
  get free(): readonly number[] {
    return this.ties.dimensions
      .filter((d) => d.fixed === undefined && this.touching[d.id]!.length > 0)
      .map((d) => d.id);
  }

  /** One launch at some widths. */
  launch(index: number, widths: Widths): SizedLaunch {
    return this.#shapes.at(index, widths);
  }

  /** Time that a launch keeps the GPU, the gaps before its kernels included, microseconds. */
  gpuUs(index: number, widths: Widths): number {
    return this.launch(index, widths).gpuUs;
  }

  /** Time of all launches that a dimension touches, microseconds. */
  dimensionUs(dim: number, widths: Widths): number {
    let us = 0;
    for (const i of this.touching[dim]!) us += this.gpuUs(i, widths);
    return us;
  }

  timeline(widths: Widths): Timeline {
    return runTimeline(
      this.launches.map(({ index }) => this.launch(index, widths)),
      this.figures,
    );
  }

  macs(widths: Widths): number {
    let macs = 0;
    for (const { index } of this.launches) macs += this.launch(index, widths).macs;
    return macs;
  }

  params(widths: Widths): number {
    let params = 0;
    for (const { index } of this.launches) params += this.launch(index, widths).params;
    return params;
  }

  /** Mean width of the layers relative to the network as it is: `Capacity`. */
  capacity(widths: Widths): number {
    let sum = 0;
    for (const { index } of this.launches)
      sum += this.capacities.of(index, this.launch(index, widths).weights);
    return sum;
  }
}
