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
}

export interface HostSweep {
  /** Multiply-accumulates of the network. */
  readonly macs: number;
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
  const target: Target = { device, precision, host: base, tuned };
  const launches = groups.map((group) =>
    lowerOnce(
      group.map((i) => program.nodes[i]!),
      target,
      cache,
    ),
  );
  return sweepLaunches(launches, options.host);
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

/** @param launches with the host times of the mode's own figure */
export function sweepLaunches(launches: readonly Launch[], mode: HostMode): HostSweep {
  const base = hostFigures(mode);
  let macs = 0;
  for (const { nodes } of launches) for (const node of nodes) macs += node.macs;
  return {
    macs,
    at(usPerOp) {
      const figures = hostFigures(mode, usPerOp);
      const scale = base.usPerOp === 0 ? 1 : figures.usPerOp / base.usPerOp;
      const { latencyUs, hostUs, gpuUs } = runTimeline(launches, figures, undefined, scale);
      return { latencyUs, hostBound: hostUs > gpuUs };
    },
  };
}
