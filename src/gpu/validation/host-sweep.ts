/**
 * A network's latency as a function of the host's speed: lowered once, put on the two clocks for each
 * host figure. Agrees with `predict`.
 */

import type { Graph } from "../../graph/types.ts";
import type { Analysis, AnalyzedNode } from "../../ops/types.ts";
import { bindBatch } from "../batch.ts";
import type { Device } from "../device.ts";
import { fused, unfused } from "../fusion.ts";
import { hostFigures } from "../host.ts";
import { type Launch, lower, type Target } from "../lower.ts";
import { bytesPerElement } from "../precision.ts";
import { signature } from "../predict.ts";
import { programOf } from "../program.ts";
import { runTimeline } from "../timeline.ts";
import type { HostMode, Precision } from "../types.ts";

export interface HostSweepOptions {
  readonly device: Device;
  readonly batch: number;
  readonly precision: Precision;
  readonly host: HostMode;
  readonly tuned: boolean;
  readonly channelsLast?: boolean | undefined;
  /** The GPU is waited for after each block of the network. */
  readonly drained?: boolean | undefined;
}

export interface HostSweep {
  /** Multiply-accumulates of the network. */
  readonly macs: number;
  /** Of the input images, in the precision that the network runs in. */
  readonly inputBytes: number;
  /** @param usPerOp host time of one simple operator; undefined: the mode's own */
  at(usPerOp?: number): { readonly latencyUs: number; readonly hostBound: boolean };
}

/** Launches of one target by the works in them: networks of a table share most. */
export type LaunchCache = Map<string, Launch>;

export function hostSweep(
  subject: Graph | Analysis,
  options: HostSweepOptions,
  cache: LaunchCache = new Map(),
): HostSweep {
  const { device, precision } = options;
  const { analysis } = bindBatch(subject, options.batch, undefined);
  const base = hostFigures(options.host);
  const program = programOf(analysis);
  const groups = base.fuses ? fused(program) : unfused(program);
  const tuned = base.fuses || options.tuned;
  const { channelsLast } = options;
  const target: Target = { device, precision, host: base, tuned, channelsLast };
  const launches = groups.map((group) =>
    lowerOnce(
      group.map((i) => program.nodes[i]!),
      target,
      cache,
    ),
  );
  const runs = options.drained
    ? byBlock(
        launches,
        groups.map((group) => program.nodes[group[0]!]!.node.name),
      )
    : [launches];
  return sweepLaunches(runs, options.host, inputBytes(analysis, precision));
}

function inputBytes({ graph, bound }: Analysis, precision: Precision): number {
  let elements = 0;
  for (const { shape } of graph.inputs)
    elements += (shape ?? []).reduce<number>(
      (product, d) => product * (typeof d === "number" ? d : (bound[d ?? ""] ?? 1)),
      1,
    );
  return elements * bytesPerElement(precision);
}

/** Neighbours of one block: `cells.3` of `cells.3.conv1`, `stem` of `stem.conv`. */
function byBlock(launches: readonly Launch[], names: readonly string[]): Launch[][] {
  const blocks: Launch[][] = [];
  let last: string | undefined;
  launches.forEach((launch, i) => {
    const block = /^[^.]*(\.\d+)?/.exec(names[i]!)![0];
    if (block === last) blocks.at(-1)!.push(launch);
    else blocks.push([launch]);
    last = block;
  });
  return blocks;
}

/** @param cache of this target */
export function lowerOnce(
  members: readonly AnalyzedNode[],
  target: Target,
  cache: LaunchCache,
): Launch {
  const key = members.map(signature).join(";");
  let launch = cache.get(key);
  if (launch === undefined) {
    launch = lower(members, target);
    cache.set(key, launch);
  }
  return launch;
}

/**
 * @param runs launches with the host times of the mode's own figure; the GPU is waited for after each
 * @param inputBytes 0 where nobody asks for it
 */
export function sweepLaunches(
  runs: readonly (readonly Launch[])[],
  mode: HostMode,
  inputBytes = 0,
): HostSweep {
  const base = hostFigures(mode);
  let macs = 0;
  for (const run of runs) for (const { nodes } of run) for (const node of nodes) macs += node.macs;
  return {
    macs,
    inputBytes,
    at(usPerOp) {
      const figures = hostFigures(mode, usPerOp);
      const scale = base.usPerOp === 0 ? 1 : figures.usPerOp / base.usPerOp;
      let latencyUs = 0;
      let hostUs = 0;
      let gpuUs = 0;
      for (const run of runs) {
        const timeline = runTimeline(run, figures, undefined, scale);
        latencyUs += timeline.latencyUs;
        hostUs += timeline.hostUs;
        gpuUs += timeline.gpuUs;
      }
      return { latencyUs, hostBound: hostUs > gpuUs };
    },
  };
}
