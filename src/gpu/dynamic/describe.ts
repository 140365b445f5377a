/** A region's prediction in full: kernels on the clock, parts, breakdown, verdict, and what it rests on. */
import { notesOn } from "../notes.ts";
import { describeKernel } from "../predict.ts";
import type { Kernel } from "../types.ts";
import type { PartLaunch, RegionPlan } from "./plan.ts";
import type { RegionCost } from "./region.ts";
import { runSegments } from "./segments.ts";
import type { DynamicTarget } from "./target.ts";
import {
  type Breakdown,
  PARTS,
  type PartKernel,
  type PartTime,
  promisedUs,
  REGION_LIMITERS,
  type RegionLimiter,
  type RegionPrediction,
} from "./types.ts";

export function describeRegion(
  plan: RegionPlan,
  target: DynamicTarget,
  active: number,
  cost: RegionCost,
  dense: RegionCost,
): RegionPrediction {
  const { grid, structure } = plan;
  const launches = plan.launches(active, target);
  const kernels: PartKernel[] = [];
  runSegments(launches, target, (launch, index, idleUs) => {
    const { part } = launch as PartLaunch;
    kernels.push({ ...describeKernel(launch, index, idleUs), part });
  });
  const denseKernels: Kernel[] = [];
  runSegments([plan.dense(target)], target, (launch, index, idleUs) => {
    denseKernels.push(describeKernel(launch, index, idleUs));
  });
  const breakdown = breakdownOf(cost, dense, active / grid.total);
  const promised = promisedUs(cost, dense);
  const { work: _work, ...time } = cost;
  const { work: _denseWork, ...denseTime } = dense;
  const macs = plan.macs(active, target);
  return {
    ...time,
    name: structure.name,
    device: target.device.id,
    batch: structure.output.batch,
    precision: target.precision,
    host: target.mode,
    active,
    blocks: grid.total,
    keptFraction: active / grid.total,
    block: grid.block,
    gathered: plan.gathered[0] ?? [0, 0],
    syncs: launches.length - 1,
    parts: partTimes(kernels, macs),
    kernels,
    breakdown,
    dense: { ...denseTime, kernels: denseKernels },
    promisedUs: promised,
    verdict: promised > 0 ? "dynamic" : "dense",
    limiter: limiterOf(breakdown),
    notes: [
      ...notesOn({
        device: target.device,
        precision: target.precision,
        host: target.mode,
        tuned: target.tuned,
        hostUsPerOp: target.hostUsPerOp,
        dropped: 0,
        corrections: [...kernels, ...denseKernels].flatMap((k) => k.correction ?? []),
      }),
      ...dynamicNotes(plan, target),
    ],
  };
}

/** @param kept share of the blocks that are active */
export function breakdownOf(cost: RegionCost, dense: RegionCost, kept: number): Breakdown {
  const { mask, compaction, gather, conv, scatter } = cost.work;
  const ideal = kept * dense.work.conv;
  const denseLaunches = dense.latencyUs - dense.work.conv;
  const work = mask + compaction + gather + conv + scatter;
  return {
    ideal,
    denseLaunches,
    mask: mask + compaction,
    gather: gather + scatter,
    launches: cost.latencyUs - work - denseLaunches,
    waves: conv - ideal,
  };
}

export function limiterOf(breakdown: Breakdown): RegionLimiter | null {
  let largest: RegionLimiter | null = null;
  for (const name of REGION_LIMITERS)
    if (breakdown[name] > (largest === null ? 0 : breakdown[largest])) largest = name;
  return largest;
}

function partTimes(
  kernels: readonly PartKernel[],
  macs: { readonly mask: number; readonly conv: number },
): readonly PartTime[] {
  return PARTS.map((part) => {
    const own = kernels.filter((k) => k.part === part);
    const sum = (of: (k: PartKernel) => number): number => own.reduce((n, k) => n + of(k), 0);
    return {
      part,
      kernels: own.length,
      gpuUs: sum((k) => k.timeUs),
      macs: part === "mask" ? macs.mask : part === "conv" ? macs.conv : 0,
      dramBytes: sum((k) => k.dramBytes),
      waves: sum((k) => k.waves),
    };
  });
}

/** What a dynamic region's time rests on beyond the engine's own notes. */
export function dynamicNotes(plan: RegionPlan, target: DynamicTarget): readonly string[] {
  const { grid } = plan;
  const out = [
    plan.moves === "fused"
      ? "dynamic: the convolutions gather and scatter themselves; what their loads waste is not counted"
      : "dynamic: gather and scatter are kernels of their own, one a map",
    plan.waits(target)
      ? `dynamic: the host waits once for the number of active blocks, ${target.syncUs} us after the device is done (assumed, not measured)`
      : "dynamic: no wait for the number of active blocks; blocks that then have nothing to do are free",
  ];
  if (target.tuned)
    out.push(
      "dynamic: the library's choice for each number of blocks is taken as known in advance",
    );
  if (grid.coverage < 1)
    out.push(
      `dynamic: blocks reach past the map; ${(100 * (1 - grid.coverage)).toFixed(1)} % of their positions are computed and thrown away`,
    );
  return out;
}
