/** Latency of a network on a device: lowered, put on the two clocks, and told with what it rests on. */
import type { Graph } from "../graph/types.ts";
import type { Analysis, AnalyzedNode } from "../ops/types.ts";
import { bindBatch } from "./batch.ts";
import type { Device } from "./device.ts";
import { fused, type Group, unfused } from "./fusion.ts";
import { hostFigures, hostUsOf } from "./host.ts";
import { requirePrecision } from "./kernels/index.ts";
import { type Launch, lower, type Target } from "./lower.ts";
import { notesOn } from "./notes.ts";
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
  /**
   * Tensors in memory as batch, height, width, channels, which convolutions on matrix units take
   * without a conversion; default false, as PyTorch's.
   */
  readonly channelsLast?: boolean;
  /** Free dimensions other than the batch. */
  readonly bind?: Readonly<Record<string, number>>;
  /** Called for each kernel, in order: what a timeline shows beyond the prediction's sums. */
  readonly onKernel?: (scheduled: ScheduledKernel) => void;
}

/** A kernel on both clocks, microseconds from the network's start. */
export interface ScheduledKernel {
  readonly kernel: Kernel;
  readonly registersPerThread: number;
  readonly sharedBytesPerBlock: number;
  /** Host time spent on issuing it, which ends at `issuedUs`. */
  readonly issueUs: number;
  readonly issuedUs: number;
  /** The kernel runs from here for `kernel.timeUs`. */
  readonly startUs: number;
}

/**
 * @throws UserError where the batch contradicts the network, a free dimension is not bound, or the
 * device lacks the precision
 */
export function predict(subject: Graph | Analysis, options: PredictOptions): Prediction {
  const { device, precision = "fp32", host = "eager" } = options;
  requirePrecision(device, precision);
  const { analysis, batch } = bindBatch(subject, options.batch, options.bind);
  const figures = hostFigures(host, hostUsOf(device, host, options.hostUsPerOp));
  const program = programOf(analysis);
  const groups = figures.fuses ? fused(program) : unfused(program);
  const tuned = figures.fuses || options.tuned === true;
  const launches = lowerAll(program, groups, {
    device,
    precision,
    host: figures,
    tuned,
    channelsLast: options.channelsLast,
  });
  const kernels: Kernel[] = [];
  const { onKernel } = options;
  const timeline = runTimeline(launches, figures, (launch, index, idleUs, startUs, issuedUs) => {
    const kernel = describeKernel(launch, index, idleUs);
    kernels.push(kernel);
    if (onKernel === undefined) return;
    const { registersPerThread, sharedBytesPerBlock } = launch.kernels[index]!.plan;
    const issueUs = index === 0 ? launch.hostUs : figures.usPerLaunch;
    onKernel({ kernel, registersPerThread, sharedBytesPerBlock, issueUs, issuedUs, startUs });
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
    notes: notesOn({
      device,
      precision,
      host,
      tuned,
      hostUsPerOp: options.hostUsPerOp,
      dropped: figures.fuses ? droppedNodes(program, groups) : 0,
      corrections: kernels.flatMap((k) => (k.correction === undefined ? [] : [k.correction])),
    }),
  };
}

/** Groups of the same works share their kernels: networks repeat their layers. */
export function lowerAll(
  program: Program,
  groups: readonly Group[],
  target: Target,
): readonly Launch[] {
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
export function signature(node: AnalyzedNode): string {
  const { work, epilogue, flops, bytesRead, bytesWritten, inputs, outputs } = node;
  const types = `${inputs.length} ${inputs[0]?.dtype} ${outputs[0]?.dtype}`;
  return `${epilogue} ${flops} ${bytesRead} ${bytesWritten} ${types} ${Object.values(work).join(" ")}`;
}

function droppedNodes(program: Program, groups: readonly Group[]): number {
  const views = program.nodes.filter((n) => n.work.kind === "view").length;
  return program.nodes.length - views - groups.reduce((sum, g) => sum + g.length, 0);
}

/** As published; `idleUs`: how long the GPU had waited for this launch. */
export function describeKernel(launch: Launch, index: number, idleUs: number): Kernel {
  const timed = launch.kernels[index]!;
  const { plan } = timed;
  // The GPU waited longer for this launch than it then worked.
  const limiter = idleUs > timed.timeUs ? "launch" : timed.limiter;
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
    ...(plan.images === undefined ? {} : { images: plan.images }),
    ...(timed.correction === undefined ? {} : { correction: timed.correction }),
    limiter,
    ...(limiter === "launch" ? { workLimiter: timed.workLimiter } : {}),
  };
}
