/** What limits a program that was profiled, and what would help: one rule for each cause. */
import type { MeasuredKernel, MeasuredProfile } from "../gpu/profiles/index.ts";
import { formatFixed, formatNumber, formatPercent, formatUs } from "./number.ts";

export interface MeasuredAdvice {
  readonly cause: "host" | "launch" | "tail" | "memory" | "compute" | "latency";
  /** One sentence: what limits. */
  readonly finding: string;
  /** One or two sentences: what would help. */
  readonly remedy: string;
  /** Upper bound of what it could save, microseconds; null where no bound is known. */
  readonly savesUs: number | null;
}

type Rule = (profile: MeasuredProfile) => MeasuredAdvice | undefined;

/** Below this share of the time a cause is not worth a line. */
const WORTH_SAYING = 0.02;

/** The largest possible saving first; causes without a bound last. */
export function adviseMeasured(profile: MeasuredProfile): MeasuredAdvice[] {
  return RULES.map((rule) => rule(profile))
    .filter((advice) => advice !== undefined)
    .sort((a, b) => (b.savesUs ?? -1) - (a.savesUs ?? -1));
}

/** Of all GPUs together: from the first kernel to the end of the last. */
function spanUs(profile: MeasuredProfile): number {
  const span = profile.timelines.reduce((s, t) => s + t.spanUs, 0);
  return span > 0 ? span : profile.kernelUs;
}

const host: Rule = (profile) => {
  const waited = profile.timelines.reduce((s, t) => s + t.hostUs + t.launchUs, 0);
  const span = spanUs(profile);
  if (waited < WORTH_SAYING * span) return undefined;
  return {
    cause: "host",
    finding: `The host limits: the GPU stood idle for ${formatUs(waited)} (${formatPercent(waited / span)} of the time) before kernels that had not been launched yet.`,
    remedy:
      "Compile and fuse (torch.compile), capture a CUDA graph, raise the batch, or move work of the host (data loading, synchronisation, .item()) out of the way.",
    savesUs: waited,
  };
};

const gaps: Rule = (profile) => {
  const queued = profile.timelines.reduce((s, t) => s + t.queuedUs, 0);
  const span = spanUs(profile);
  if (queued < WORTH_SAYING * span) return undefined;
  return {
    cause: "launch",
    finding: `Gaps between kernels that were queued in time take ${formatUs(queued)} (${formatPercent(queued / span)} of the time).`,
    remedy: "Fewer, larger kernels: fuse element-wise work, or raise the batch.",
    savesUs: queued,
  };
};

const tail: Rule = (profile) => {
  const { tailLossUs: total, boards } = profile;
  if (total < WORTH_SAYING * profile.kernelUs) return undefined;
  const worst = profile.kernels.reduce((a, b) =>
    (b.tailLossUs ?? 0) > (a.tailLossUs ?? 0) ? b : a,
  );
  const sms = boards.find((b) => b.index === worst.device)!.smCount!;
  const most = Math.ceil(worst.blocks / sms);
  const free = most * sms - worst.blocks;
  const over = worst.blocks - (most - 1) * sms;
  const balance =
    most === 1
      ? `${count(worst.blocks, "block")} for ${sms} SMs`
      : `${count(worst.blocks, "block")} on ${sms} SMs, ${most} on the busiest and ${formatFixed(worst.blocks / sms, 2)} on the mean one`;
  const shrink =
    most === 1
      ? ""
      : `; ${count(over, "block")} fewer (${formatPercent(over / worst.blocks)}) save a round, up to ${formatUs(worst.timeUs / most)}`;
  return {
    cause: "tail",
    finding: `SMs that run out of blocks take up to ${formatUs(total)} (${formatPercent(total / profile.kernelUs)} of the kernels' time). Most at ${shortName(worst.name)} (${count(worst.count, "launch", "launches")}, ${formatUs(worst.tailLossUs!)}): ${balance}.`,
    remedy: `Up to ${formatPercent(free / worst.blocks)} more blocks there (channels, resolution, batch) cost little${shrink}.`,
    savesUs: total,
  };
};

const memory: Rule = (profile) => {
  const own = limitedBy(profile, "memory");
  if (own === undefined) return undefined;
  return {
    cause: "memory",
    finding: `Memory limits ${formatUs(own.us)} (${formatPercent(own.us / profile.kernelUs)} of the kernels' time), at ${formatPercent(weighted(own.kernels, (k) => k.memoryThroughput))} of its peak.`,
    remedy:
      "Fuse element-wise kernels into the ones before them, and hold values in 16 bits; fewer channels or a lower resolution cut it in proportion.",
    savesUs: null,
  };
};

const compute: Rule = (profile) => {
  const own = limitedBy(profile, "compute");
  if (own === undefined) return undefined;
  return {
    cause: "compute",
    finding: `Arithmetic limits ${formatUs(own.us)} (${formatPercent(own.us / profile.kernelUs)} of the kernels' time), at ${formatPercent(weighted(own.kernels, (k) => k.computeThroughput))} of the SMs' peak.`,
    remedy: "Only less arithmetic, or a precision with a higher peak, helps.",
    savesUs: null,
  };
};

const latency: Rule = (profile) => {
  const own = limitedBy(profile, "latency");
  if (own === undefined) return undefined;
  const worst = own.kernels.reduce((a, b) => (b.timeUs > a.timeUs ? b : a));
  const held =
    worst.theoreticalOccupancy === undefined || worst.occupancyLimit === undefined
      ? ""
      : ` Longest: ${shortName(worst.name)}, at most ${formatPercent(worst.theoreticalOccupancy)} of the warps resident, held by ${worst.occupancyLimit}.`;
  return {
    cause: "latency",
    finding: `Kernels that reach 60 % neither of arithmetic nor of memory take ${formatUs(own.us)} (${formatPercent(own.us / profile.kernelUs)} of the kernels' time).${held}`,
    remedy:
      "More work in flight hides their latency: a larger batch, more blocks, or kernels with fewer registers and less shared memory a block.",
    savesUs: null,
  };
};

const RULES: readonly Rule[] = [host, gaps, tail, memory, compute, latency];

function limitedBy(profile: MeasuredProfile, limiter: MeasuredKernel["limiter"]) {
  const kernels = profile.kernels.filter((k) => k.limiter === limiter);
  const us = kernels.reduce((s, k) => s + k.timeUs, 0);
  return us < WORTH_SAYING * profile.kernelUs ? undefined : { kernels, us };
}

function weighted(
  kernels: readonly MeasuredKernel[],
  of: (k: MeasuredKernel) => number | undefined,
): number {
  let total = 0;
  let us = 0;
  for (const k of kernels) {
    const value = of(k);
    if (value === undefined) continue;
    total += value * k.timeUs;
    us += k.timeUs;
  }
  return total / us;
}

/** C++ names without return type, template arguments and parameters: `at::native::vectorized_kernel`. */
export function shortName(name: string): string {
  let depth = 0;
  let out = "";
  for (const c of name.replace(/^void /, "").replaceAll("(anonymous namespace)", "anonymous")) {
    if (c === "<") depth++;
    else if (c === ">") depth = Math.max(0, depth - 1);
    else if (c === "(" && depth === 0) break;
    else if (depth === 0) out += c;
  }
  return out.trim() === "" ? name : out.trim();
}

function count(n: number, noun: string, plural = `${noun}s`): string {
  return `${formatNumber(n)} ${n === 1 ? noun : plural}`;
}
