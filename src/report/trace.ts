/**
 * A predicted timeline in the Chrome Trace Event format, for Perfetto (ui.perfetto.dev) and
 * chrome://tracing: the host's launches, the GPU's stream, a track for each SM with its waves, and
 * counters of SM use and DRAM bandwidth. Kernels carry the arguments that PyTorch's profiler writes
 * (Kineto), so that `tidemark import-profile` and other tools for such traces read it too.
 */

import type { Device } from "../gpu/device.ts";
import { WARP } from "../gpu/occupancy.ts";
import type { ScheduledKernel } from "../gpu/predict.ts";
import { sliceCount, smSchedule } from "../gpu/sm-schedule.ts";
import type { Prediction } from "../gpu/types.ts";
import { nodeText } from "./kernels.ts";

/** Processes of the trace. 0 is the idle process of a system trace, and no viewer shows it. */
const HOST = 1;
const GPU = 2;
const SMS = 3;
/** PyTorch's default stream. */
const STREAM = 7;

/** At about 130 bytes each, SM slices stay within 35 MB. */
export const MAX_SM_SLICES = 250_000;

export interface TraceOptions {
  readonly maxSmSlices?: number;
}

type Json = string | number | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * The trace's text in pieces: a long timeline is tens of megabytes.
 *
 * Every wave of every SM is a slice as long as they number at most `maxSmSlices`. Beyond, the full
 * waves of a kernel on an SM are one slice; if that is not enough, kernels get SM slices in the order
 * of their time until the budget is used, and `otherData` says how many have none.
 */
export function* traceText(
  prediction: Prediction,
  device: Device,
  kernels: readonly ScheduledKernel[],
  options: TraceOptions = {},
): Generator<string> {
  const detail = smDetail(kernels, device, options.maxSmSlices ?? MAX_SM_SLICES);
  const head = {
    displayTimeUnit: "ns",
    deviceProperties: deviceProperties(device),
    otherData: otherData(prediction, detail),
  };
  yield `${JSON.stringify(head).slice(0, -1)},"traceEvents":[\n`;
  yield metadata(device).map(line).join(",\n");
  const graphLaunchUs = kernels[0]?.issuedUs ?? 0;
  if (prediction.host === "cuda-graph" && graphLaunchUs > 0)
    yield `,\n${line({
      ...slice(HOST, 1, 0, graphLaunchUs),
      cat: "cuda_runtime",
      name: "cudaGraphLaunch",
      args: { correlation: 1 },
    })}`;
  for (let i = 0; i < kernels.length; i++)
    for (const event of kernelEvents(kernels[i]!, i, prediction, device, detail))
      yield `,\n${line(event)}`;
  yield "\n]}\n";
}

interface Event {
  readonly ph: string;
  readonly pid: number;
  readonly [key: string]: Json;
}

function* kernelEvents(
  scheduled: ScheduledKernel,
  index: number,
  prediction: Prediction,
  device: Device,
  detail: SmDetail,
): Generator<Event> {
  const { kernel, issueUs, issuedUs, startUs } = scheduled;
  const nodes = nodeText(kernel.nodes);
  const graph = prediction.host === "cuda-graph";
  const correlation = graph ? 1 : index + 1;
  if (!graph) {
    yield {
      ...slice(HOST, 1, issuedUs - issueUs, issuedUs),
      cat: "cuda_runtime",
      name: nodes === "" ? "cudaLaunchKernel" : nodes,
      args: { correlation, call: "cudaLaunchKernel" },
    };
    const flow = { cat: "ac2g", name: "ac2g", id: index + 1 };
    yield { ph: "s", pid: HOST, tid: 1, ts: us(issuedUs - issueUs), ...flow };
    yield { ph: "f", bp: "e", pid: GPU, tid: STREAM, ts: us(startUs), ...flow };
  }
  const endUs = startUs + kernel.timeUs;
  yield {
    ...slice(GPU, STREAM, startUs, endUs),
    cat: "kernel",
    name: kernel.name,
    args: kernelArguments(scheduled, correlation, device),
  };
  yield* counters(scheduled, device);
  const level = detail.level(index);
  if (level === "none") return;
  const { waves } = kernel;
  for (const group of smSchedule(kernel, device.smCount, level === "merged"))
    for (const s of group.slices) {
      const from = startUs + s.startUs;
      const to = from + s.durationUs;
      const last = s.wave + s.waves - 1;
      const which = s.waves > 1 ? `${s.wave}-${last}` : s.wave;
      const body = {
        cat: "wave",
        name: `${kernel.name} ${which}/${waves}`,
        args: { blocks: s.blocks, kernel: index + 1 },
      };
      for (let sm = group.firstSm; sm < group.firstSm + group.smCount; sm++)
        yield { ...slice(SMS, sm + 1, from, to), ...body };
    }
}

/** SMs with work (they run dry in at most two steps), and the kernel's DRAM traffic over its time. */
function* counters(scheduled: ScheduledKernel, device: Device): Generator<Event> {
  const { kernel, startUs } = scheduled;
  const endUs = startUs + kernel.timeUs;
  const busy = (atUs: number, sms: number): Event => ({
    ph: "C",
    pid: GPU,
    ts: us(atUs),
    name: "SMs with work",
    args: { "%": round((100 * sms) / device.smCount) },
  });
  const dram = (atUs: number, bytesPerUs: number): Event => ({
    ph: "C",
    pid: GPU,
    ts: us(atUs),
    name: "DRAM",
    args: { "GB/s": round(bytesPerUs / 1e3) },
  });
  const fewest = Math.floor(kernel.blocks / device.smCount);
  const withOneMore = kernel.blocks - fewest * device.smCount;
  yield busy(startUs, Math.min(kernel.blocks, device.smCount));
  if (fewest > 0 && withOneMore > 0)
    yield busy(startUs + (kernel.timeUs * fewest) / (fewest + 1), withOneMore);
  yield busy(endUs, 0);
  yield dram(startUs, kernel.dramBytes / kernel.timeUs);
  yield dram(endUs, 0);
}

function kernelArguments(scheduled: ScheduledKernel, correlation: number, device: Device) {
  const { kernel } = scheduled;
  const perSm = kernel.blocks / device.smCount;
  const warps = Math.ceil(kernel.block / WARP);
  const occupied = (Math.min(perSm, kernel.blocksPerSm) * warps) / device.limits.maxWarpsPerSm;
  return {
    device: 0,
    stream: STREAM,
    correlation,
    "registers per thread": scheduled.registersPerThread,
    "shared memory": scheduled.sharedBytesPerBlock,
    "blocks per SM": round(perSm, 6),
    "warps per SM": round(perSm * warps, 6),
    grid: kernel.grid,
    block: [kernel.block, 1, 1],
    "est. achieved occupancy %": Math.round(100 * occupied),
    nodes: kernel.nodes,
    algorithm: kernel.algorithm,
    tile: kernel.tile,
    waves: kernel.waves,
    "tail fill %": round(100 * kernel.tailFill),
    "SM slots filled %": round(100 * kernel.smUtilization),
    limiter: kernel.limiter,
    FLOPs: Math.round(kernel.flops),
    "DRAM bytes": Math.round(kernel.dramBytes),
  };
}

interface SmDetail {
  readonly merged: number;
  readonly without: number;
  level(kernel: number): "waves" | "merged" | "none";
}

function smDetail(kernels: readonly ScheduledKernel[], device: Device, budget: number): SmDetail {
  const total = (merged: boolean) =>
    kernels.reduce((sum, k) => sum + sliceCount(k.kernel, device.smCount, merged), 0);
  if (total(false) <= budget) return { merged: 0, without: 0, level: () => "waves" };
  const longest = kernels.map((_, i) => i);
  longest.sort((a, b) => kernels[b]!.kernel.timeUs - kernels[a]!.kernel.timeUs || a - b);
  const drawn = new Set<number>();
  let used = 0;
  for (const i of longest) {
    used += sliceCount(kernels[i]!.kernel, device.smCount, true);
    if (used > budget) break;
    drawn.add(i);
  }
  return {
    merged: drawn.size,
    without: kernels.length - drawn.size,
    level: (i) => (drawn.has(i) ? "merged" : "none"),
  };
}

function otherData(prediction: Prediction, detail: SmDetail) {
  const { merged, without } = detail;
  return {
    generator: "tidemark",
    predicted: `${prediction.precision}, batch ${prediction.batch}, host ${prediction.host}`,
    device: prediction.device,
    latencyMs: prediction.latencyMs,
    smTracks:
      merged === 0 && without === 0
        ? "each wave of each SM is a slice"
        : `full waves of an SM are one slice in ${merged} kernels; ${without} kernels have no SM slices (the shortest)`,
    notes: prediction.notes,
  };
}

/** In the words of CUDA's device properties, as Kineto writes them. */
function deviceProperties(device: Device) {
  const { limits, computeCapability } = device;
  const [major, minor] = (computeCapability ?? "").split(".").map(Number);
  return [
    {
      id: 0,
      name: device.name,
      ...(computeCapability === null ? {} : { computeMajor: major!, computeMinor: minor! }),
      maxThreadsPerMultiprocessor: limits.maxWarpsPerSm * WARP,
      regsPerBlock: limits.registersPerBlock,
      regsPerMultiprocessor: limits.registersPerSm,
      warpSize: WARP,
      sharedMemPerBlockOptin: limits.sharedBytesPerBlock,
      sharedMemPerMultiprocessor: limits.sharedBytesPerSm,
      numSms: device.smCount,
    },
  ];
}

function metadata(device: Device): Event[] {
  const processes: readonly [number, string][] = [
    [HOST, "host (predicted)"],
    [GPU, `${device.name} (predicted)`],
    [SMS, `SMs of ${device.name} (predicted)`],
  ];
  const sms = Array.from({ length: device.smCount }, (_, i) => [SMS, i + 1, `SM ${i}`] as const);
  const threads = [[HOST, 1, "launches"], [GPU, STREAM, `stream ${STREAM}`], ...sms] as const;
  const named = (name: string, pid: number, tid: number, args: Json): Event => ({
    ph: "M",
    pid,
    tid,
    ts: 0,
    name,
    args,
  });
  return [
    ...processes.flatMap(([pid, name]) => [
      named("process_name", pid, 0, { name }),
      named("process_sort_index", pid, 0, { sort_index: pid }),
    ]),
    ...threads.flatMap(([pid, tid, name]) => [
      named("thread_name", pid, tid, { name }),
      named("thread_sort_index", pid, tid, { sort_index: tid }),
    ]),
  ];
}

/** Both ends to a nanosecond, so that slices that touch do not overlap. */
function slice(pid: number, tid: number, fromUs: number, toUs: number) {
  const ts = us(fromUs);
  return { ph: "X", pid, tid, ts, dur: us(us(toUs) - ts) };
}

/** The format's microseconds, to a nanosecond: what Perfetto keeps. */
function us(value: number): number {
  return Math.round(value * 1e3) / 1e3;
}

function round(value: number, decimals = 2): number {
  return Number(value.toFixed(decimals));
}

function line(event: Event): string {
  return JSON.stringify(event);
}
