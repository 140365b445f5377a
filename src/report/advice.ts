/** What limits a network on a device, and what would help: one rule for each cause. */
import type { Device } from "../gpu/device.ts";
import { WARP } from "../gpu/occupancy.ts";
import { type Kernel, PRECISIONS, type Prediction } from "../gpu/types.ts";
import { groupKernels, type KernelGroup, peakFlopsPerUs, roofFlopsPerUs } from "./kernels.ts";
import { formatFixed, formatNumber, formatPercent, formatUs } from "./number.ts";

export interface Advice {
  readonly cause: "host" | "tail" | "launch" | "memory" | "compute" | "issue" | "padding";
  /** One sentence: what limits. */
  readonly finding: string;
  /** One or two sentences: what would help. */
  readonly remedy: string;
  /** Upper bound of what it could save, microseconds; null where no bound is known. */
  readonly savesUs: number | null;
}

type Rule = (context: Context) => Advice | undefined;

interface Context {
  readonly prediction: Prediction;
  readonly device: Device;
  readonly groups: readonly KernelGroup[];
  readonly gpuUs: number;
}

/** Below this share of the latency a cause is not worth a line. */
const WORTH_SAYING = 0.02;

/** The largest possible saving first; causes without a bound last. */
export function advise(prediction: Prediction, device: Device): Advice[] {
  const context: Context = {
    prediction,
    device,
    groups: groupKernels(prediction.kernels),
    gpuUs: prediction.kernels.reduce((s, k) => s + k.timeUs, 0),
  };
  if (context.gpuUs === 0) return [];
  return RULES.map((rule) => rule(context))
    .filter((advice) => advice !== undefined)
    .sort((a, b) => (b.savesUs ?? -1) - (a.savesUs ?? -1));
}

const host: Rule = ({ prediction, gpuUs }) => {
  const saves = prediction.latencyMs * 1e3 - gpuUs;
  if (prediction.hostMs <= prediction.gpuMs || saves < WORTH_SAYING * prediction.latencyMs * 1e3)
    return undefined;
  const remedy =
    prediction.host === "cuda-graph"
      ? "Fewer, larger kernels: fuse what follows each convolution, or raise the batch."
      : prediction.host === "compiled"
        ? "Capture the launches in a CUDA graph (--host cuda-graph), or raise the batch."
        : "Compile and fuse (--host compiled), capture a CUDA graph (--host cuda-graph), or raise the batch.";
  return {
    cause: "host",
    finding: `The host limits: it needs ${formatUs(prediction.hostMs * 1e3)} to issue ${count(prediction.kernels.length, "kernel")}, and the GPU is busy for ${formatUs(gpuUs)} of it.`,
    remedy,
    savesUs: saves,
  };
};

/**
 * What idle SMs take: the busiest SM computes ceil(blocks / SMs) blocks, the mean one fewer. An
 * upper bound, because blocks that share an SM even part of it out.
 */
export function idle(k: Kernel, device: Device): number {
  if (k.limiter === "memory" || k.limiter === "launch") return 0;
  const most = Math.ceil(k.blocks / device.smCount);
  return k.timeUs * (1 - k.blocks / (most * device.smCount));
}

const tail: Rule = ({ prediction, device, groups }) => {
  const lost = (g: KernelGroup) => idle(g.kernel, device) * g.members.length;
  const total = groups.reduce((s, g) => s + lost(g), 0);
  if (total < WORTH_SAYING * prediction.latencyMs * 1e3) return undefined;
  const worst = groups.reduce((a, b) => (lost(b) > lost(a) ? b : a));
  const { kernel } = worst;
  const sms = device.smCount;
  const most = Math.ceil(kernel.blocks / sms);
  const free = most * sms - kernel.blocks;
  const over = kernel.blocks - (most - 1) * sms;
  const where = `${kernel.name} (${count(worst.members.length, "kernel")})`;
  const balance =
    most === 1
      ? `${count(kernel.blocks, "block")} for ${sms} SMs`
      : `${count(kernel.blocks, "block")} on ${sms} SMs, ${most} on the busiest and ${formatFixed(kernel.blocks / sms, 1)} on the mean one`;
  const shrink =
    most === 1
      ? ""
      : `; ${count(over, "block")} fewer (${formatPercent(over / kernel.blocks)}) save a round, up to ${formatUs((kernel.timeUs / most) * worst.members.length)}`;
  const ruled = groups.filter((g) => g.kernel.limiter === "tail");
  const inRuled = ruled.reduce((s, g) => s + lost(g), 0);
  // The limiter's total is all the time of these kernels, of which the idle SMs take a part.
  const parts =
    inRuled === 0
      ? ", in kernels that compute limits"
      : `: ${formatUs(inRuled)} of the ${formatUs(timeOf(ruled))} of kernels that the tail limits${total - inRuled < 0.05 ? "" : `, and ${formatUs(total - inRuled)} in kernels that compute limits`}`;
  return {
    cause: "tail",
    finding: `SMs that run out of blocks take ${formatUs(total)}${parts}. Most at ${where}: ${balance}.`,
    remedy: `Up to ${formatPercent(free / kernel.blocks)} more blocks there (channels, resolution, batch) cost little${shrink}.`,
    savesUs: total,
  };
};

const timeOf = (groups: readonly KernelGroup[]): number => groups.reduce((s, g) => s + g.timeUs, 0);

/** Kernels that compute whole multiples of images, whatever the batch. */
const padding: Rule = ({ prediction, groups, gpuUs }) => {
  const own = groups.filter((g) => g.kernel.images !== undefined);
  const share = ({ kernel: { images } }: KernelGroup) => 1 - images!.own / images!.computed;
  const saves = own.reduce((s, g) => s + share(g) * g.timeUs, 0);
  if (saves === 0 || saves < WORTH_SAYING * gpuUs) return undefined;
  const worst = own.reduce((a, b) => (share(b) * b.timeUs > share(a) * a.timeUs ? b : a));
  const { own: real, computed } = worst.kernel.images!;
  const kernels = own.reduce((s, g) => s + g.members.length, 0);
  return {
    cause: "padding",
    finding: `${formatNumber(computed - real)} of ${formatNumber(computed)} images are padding in ${count(kernels, "kernel")} of ${formatUs(timeOf(own))} (${formatPercent(timeOf(own) / gpuUs)} of the GPU's time): cuDNN's Winograd for 3x3 convolutions computes batches in multiples of 16.`,
    remedy:
      prediction.host === "eager"
        ? `A library that times its algorithms (--host compiled) takes another where that is faster; else raise the batch: up to ${formatNumber(computed)} it costs these kernels little.`
        : `Raise the batch: up to ${formatNumber(computed)} it costs these kernels little.`,
    savesUs: saves,
  };
};

const launch: Rule = ({ prediction, groups, gpuUs }) => {
  const own = groups.filter((g) => g.kernel.limiter === "launch");
  const us = own.reduce((s, g) => s + g.timeUs, 0);
  if (us < WORTH_SAYING * gpuUs) return undefined;
  const kernels = own.reduce((s, g) => s + g.members.length, 0);
  return {
    cause: "launch",
    finding: `${count(kernels, "kernel")} ${kernels === 1 ? "is" : "are"} so short that getting ${kernels === 1 ? "it" : "them"} started takes longer than the work: ${kernels === 1 ? "it works" : "together they work"} for ${formatUs(us)}, ${formatPercent(us / gpuUs)} of the time that the GPU is busy.${workOf(own, us)}`,
    remedy:
      prediction.host === "eager"
        ? "Fuse them into the convolutions before them (--host compiled), drop the layers, or raise the batch."
        : "Drop or merge the small layers, or raise the batch.",
    savesUs: null,
  };
};

/** What limits that work once it has started. */
function workOf(groups: readonly KernelGroup[], us: number): string {
  const parts = (["memory", "compute", "tail"] as const).flatMap((limiter) => {
    const own = groups.filter((g) => g.kernel.workLimiter === limiter);
    const share = own.reduce((s, g) => s + g.timeUs, 0) / us;
    return share < WORTH_SAYING ? [] : [`${limiter} ${formatPercent(share)}`];
  });
  return parts.length === 0 ? "" : ` Of that work by its own limiter: ${parts.join(", ")}.`;
}

const memory: Rule = ({ device, groups, gpuUs, prediction }) => {
  const own = groups.filter((g) => g.kernel.limiter === "memory");
  const us = own.reduce((s, g) => s + g.timeUs, 0);
  if (us < WORTH_SAYING * gpuUs) return undefined;
  const bytes = own.reduce((s, g) => s + g.kernel.dramBytes * g.members.length, 0);
  const rate = bytes / us;
  const wide = prediction.precision === "fp32" || prediction.precision === "tf32";
  const fuse =
    prediction.host === "eager" ? "Fusing (--host compiled) saves round trips to DRAM" : "";
  const narrow = wide ? "16-bit values halve the traffic" : "";
  return {
    cause: "memory",
    finding: `Memory limits ${formatUs(us)} (${formatPercent(us / gpuUs)} of the GPU's time), at ${formatFixed(rate / 1e3, 0)} GB/s, ${formatPercent(rate / device.dramBytesPerUs)} of the DRAM's peak.`,
    remedy:
      `${[fuse, narrow, "fewer channels or a lower resolution in these layers cut it in proportion"].filter(Boolean).join("; ")}.`.replace(
        /^./,
        (c) => c.toUpperCase(),
      ),
    savesUs: null,
  };
};

const compute: Rule = ({ prediction, device, groups, gpuUs }) => {
  const own = groups.filter(
    (g) =>
      g.kernel.limiter === "compute" && roofShare(g.kernel, device, prediction.precision) >= BUSY,
  );
  const us = own.reduce((s, g) => s + g.timeUs, 0);
  if (us < WORTH_SAYING * gpuUs) return undefined;
  const flops = own.reduce((s, g) => s + g.kernel.flops * g.members.length, 0);
  const peak = peakFlopsPerUs(device, prediction.precision);
  const roofUs = own.reduce(
    (s, g) => s + roofShare(g.kernel, device, prediction.precision) * g.timeUs,
    0,
  );
  // Other units are no help to what does not run on those of this precision.
  const onPeak = own.some((g) => roofFlopsPerUs(g.kernel, device, prediction.precision) === peak);
  const faster = PRECISIONS.filter((p) => p !== prediction.precision && p !== "int8")
    .map((p) => ({
      p,
      ratio: (peakFlopsPerUs(device, p) ?? 0) / (peak ?? Number.POSITIVE_INFINITY),
    }))
    .filter(({ ratio }) => ratio > 1.2)
    .sort((a, b) => b.ratio - a.ratio)[0];
  return {
    cause: "compute",
    finding: `Arithmetic limits ${formatUs(us)}${ofCompute(groups, us)} (${formatPercent(us / gpuUs)} of the GPU's time), at ${formatFixed(flops / us / 1e6, 1)} TFLOP/s, ${formatPercent(roofUs / us)} of what its units can do.`,
    remedy:
      faster && onPeak
        ? `${faster.p} has ${formatNumber(Number(faster.ratio.toPrecision(2)))}x the peak on this device (--precision ${faster.p}); else only less arithmetic helps.`
        : "Only less arithmetic helps: fewer channels, smaller kernels, groups, a lower resolution.",
    savesUs: null,
  };
};

/** The limiter `compute` holds what arithmetic limits, and what issue and latency do. */
function ofCompute(groups: readonly KernelGroup[], us: number): string {
  const all = timeOf(groups.filter((g) => g.kernel.limiter === "compute"));
  return formatUs(all) === formatUs(us)
    ? ""
    : ` of the ${formatUs(all)} of kernels that compute limits`;
}

/** Below this share of its units' rate, it is not the arithmetic that takes the time. */
const BUSY = 0.3;

function roofShare(k: Kernel, device: Device, precision: Prediction["precision"]): number {
  return k.flops / (roofFlopsPerUs(k, device, precision) * k.timeUs);
}

/** Warps of one SM that have work at a time. */
function residentWarps(k: Kernel, device: Device): number {
  return Math.min(k.blocksPerSm, Math.ceil(k.blocks / device.smCount)) * Math.ceil(k.block / WARP);
}

const issue: Rule = ({ prediction, device, groups, gpuUs }) => {
  const share = (g: KernelGroup) => roofShare(g.kernel, device, prediction.precision);
  const own = groups.filter((g) => g.kernel.limiter === "compute" && share(g) < BUSY);
  const us = own.reduce((s, g) => s + g.timeUs, 0);
  if (us < WORTH_SAYING * gpuUs) return undefined;
  const mean = own.reduce((s, g) => s + share(g) * g.timeUs, 0) / us;
  const worst = own.reduce((a, b) => (b.timeUs > a.timeUs ? b : a));
  const k = worst.kernel;
  const warps = residentWarps(k, device);
  const needed = device.parameters.latencyWarps;
  const [why, remedy] =
    k.tile === null
      ? [
          "addresses, bounds and loads take more instructions than the multiply-adds",
          "Fusing it, fewer channels or a lower resolution save instructions; faster arithmetic does not.",
        ]
      : warps < 2 * needed
        ? [
            `${count(warps, "warp")} on an SM hide too little of the latency`,
            "More rows of work at a time (a larger batch or resolution) use what is idle; so does merging layers.",
          ]
        : [
            "its loops are short or its tiles partly filled, and starting and ending a block takes the time",
            "Channels that fill the tiles, or fewer, larger layers, use what is idle; less arithmetic alone helps little.",
          ];
  return {
    cause: "issue",
    finding: `Issue and latency limit ${formatUs(us)}${ofCompute(groups, us)} (${formatPercent(us / gpuUs)} of the GPU's time), at ${formatPercent(mean)} of what its units can do. Most at ${k.name} (${count(worst.members.length, "kernel")}): ${why}.`,
    remedy,
    savesUs: null,
  };
};

const RULES: readonly Rule[] = [host, tail, padding, launch, memory, compute, issue];

function count(n: number, noun: string): string {
  return `${formatNumber(n)} ${noun}${n === 1 ? "" : "s"}`;
}
