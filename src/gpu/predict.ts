/** Latency of a network on a device: lowered, put on the two clocks, and told with what it rests on. */
import type { Graph } from "../graph/types.ts";
import type { Analysis, AnalyzedNode } from "../ops/types.ts";
import { bindBatch } from "./batch.ts";
import type { Device } from "./device.ts";
import { fused, type Group, unfused } from "./fusion.ts";
import { type HostFigures, hostFigures } from "./host.ts";
import { requirePrecision } from "./kernels/index.ts";
import { hasUntunedChoices } from "./library.ts";
import { type Launch, lower, type Target } from "./lower.ts";
import { type Program, programOf } from "./program.ts";
import { runTimeline } from "./timeline.ts";
import type { HostMode, Kernel, Precision, Prediction } from "./types.ts";

export interface PredictOptions {
  readonly device: Device;
  /** Default: what the network fixes, else 1. */
  readonly batch?: number;
  readonly precision?: Precision;
  readonly host?: HostMode;
  /** Host time of one simple operator (eager) or kernel (compiled) on the user's machine. */
  readonly hostUsPerOp?: number;
  /**
   * Whether the library measures its algorithms and takes the fastest (PyTorch's `cudnn.benchmark`)
   * in eager mode; default false, as PyTorch's. Compiled networks are always tuned.
   */
  readonly tuned?: boolean;
  /** Free dimensions other than the batch. */
  readonly bind?: Readonly<Record<string, number>>;
}

/**
 * @throws UserError where the batch contradicts the network, a free dimension is not bound, or the
 * device lacks the precision
 */
export function predict(subject: Graph | Analysis, options: PredictOptions): Prediction {
  const { device, precision = "fp32", host = "eager" } = options;
  requirePrecision(device, precision);
  const { analysis, batch } = bindBatch(subject, options.batch, options.bind);
  const figures = hostFigures(host, options.hostUsPerOp);
  const program = programOf(analysis);
  const groups = groupsOf(program, figures);
  const tuned = figures.fuses || options.tuned === true;
  const launches = lowerAll(program, groups, { device, precision, host: figures, tuned });
  const kernels: Kernel[] = [];
  const timeline = runTimeline(launches, figures, (launch, index, idleUs) => {
    kernels.push(describe(launch, index, idleUs));
  });
  return {
    device: device.id,
    batch,
    precision,
    host,
    latencyMs: timeline.latencyUs / 1000,
    gpuMs: timeline.gpuUs / 1000,
    hostMs: timeline.hostUs / 1000,
    kernels,
    gaps: analysis.gaps.map(({ op, count, reason }) => ({ op, count, reason })),
    notes: notesOn(device, precision, host, tuned, options.hostUsPerOp, program, groups),
  };
}

export function groupsOf(program: Program, figures: HostFigures): readonly Group[] {
  return figures.fuses ? fused(program) : unfused(program);
}

/** Groups of the same works share their kernels: networks repeat their layers. */
function lowerAll(program: Program, groups: readonly Group[], target: Target): readonly Launch[] {
  const known = new Map<string, Launch>();
  return groups.map((group) => {
    const members = group.map((i) => program.nodes[i]!);
    const key = members.map(signature).join(";");
    const same = known.get(key);
    if (same !== undefined) return { ...same, nodes: members };
    const launch = lower(members, target);
    known.set(key, launch);
    return launch;
  });
}

/** All that `lower` looks at. */
function signature(node: AnalyzedNode): string {
  const { work, epilogue, flops, bytesRead, bytesWritten } = node;
  return `${epilogue}|${flops}|${bytesRead}|${bytesWritten}|${node.inputs[0]?.dtype}|${node.outputs[0]?.dtype}|${Object.values(work).join(" ")}`;
}

function describe(launch: Launch, index: number, idleUs: number): Kernel {
  const timed = launch.kernels[index]!;
  const { plan } = timed;
  return {
    name: plan.name,
    nodes: launch.nodes.map((n) => n.node.name),
    algorithm: plan.algorithm,
    tile: plan.tile,
    grid: plan.grid,
    block: plan.block,
    blocks: timed.blocks,
    blocksPerSm: timed.blocksPerSm,
    waves: timed.waves,
    tailFill: timed.tailFill,
    smUtilization: timed.smUtilization,
    flops: plan.flops,
    dramBytes: plan.dramBytes,
    timeUs: timed.timeUs,
    // The GPU waited longer for this launch than it then worked.
    limiter: idleUs > timed.timeUs ? "launch" : timed.limiter,
  };
}

function notesOn(
  device: Device,
  precision: Precision,
  host: HostMode,
  tuned: boolean,
  hostUsPerOp: number | undefined,
  program: Program,
  groups: readonly Group[],
): readonly string[] {
  const notes: string[] = [];
  if (device.calibration === undefined)
    notes.push(
      `${device.id} is not calibrated: figures of its data sheet, parameters of its architecture`,
    );
  else
    for (const fit of device.calibration.fittedOn)
      notes.push(
        `${device.id} is calibrated on ${fit.rows} measurements (${fit.data}, ${fit.precision}): median error ${(100 * fit.heldOutMedianApe).toFixed(1)} % on ${fit.heldOutRows} held-out ones`,
      );
  if (hostUsPerOp !== undefined && host !== "cuda-graph")
    notes.push(`host: ${hostUsPerOp} us for one simple operator, as given`);
  else if (host === "eager")
    notes.push("host: PyTorch on a workstation of 2019-2021; hosts differ by up to 1.5x");
  else if (host === "compiled") notes.push("host: 6 us a kernel, as compiled engines launch");
  else notes.push("host: one launch; the graph's capture is not counted");
  if (!tuned && hasUntunedChoices(device, precision))
    notes.push(
      "library: cuDNN's own choice for 3x3 convolutions, as without cudnn.benchmark; `tuned` takes the fastest",
    );
  if (precision === "int8") notes.push("int8: quantise and dequantise kernels are not modelled");
  if (precision === "fp16" || precision === "bf16")
    notes.push(
      `${precision}: all tensors in ${precision}; casts of mixed precision are not modelled`,
    );
  const grouped = groups.reduce((sum, g) => sum + g.length, 0);
  const views = program.nodes.reduce((sum, n) => sum + (n.work.kind === "view" ? 1 : 0), 0);
  const dropped = hostFusesAway(host) ? program.nodes.length - grouped - views : 0;
  if (dropped > 0) notes.push(`${dropped} nodes reach no output and are dropped`);
  return notes;
}

function hostFusesAway(host: HostMode): boolean {
  return hostFigures(host).fuses;
}
