/** A kernel's figures in the sections and words of Nsight Compute. */
import type { Device } from "../../../../src/gpu/device.ts";
import { blockLimits, occupancy, WARP } from "../../../../src/gpu/occupancy.ts";
import type { ScheduledKernel } from "../../../../src/gpu/predict.ts";
import type { Prediction } from "../../../../src/gpu/types.ts";
import { limiterText, paddingText, roofFlopsPerUs } from "../../../../src/report/kernels.ts";
import {
  formatFixed,
  formatNumber,
  formatPercent,
  formatSi,
  formatUs,
} from "../../../../src/report/number.ts";
import { idleShare, ofPeak } from "./kernel-figures.ts";

export interface Line {
  readonly label: string;
  readonly text: string;
  /** What two sides are compared by; absent for words. */
  readonly value?: number;
  /** Whether less is better; absent: neither. */
  readonly lower?: boolean;
}

export interface Section {
  readonly title: string;
  readonly lines: readonly Line[];
}

interface Place {
  readonly scheduled: ScheduledKernel;
  readonly device: Device;
  readonly prediction: Prediction;
}

export function sectionsOf(place: Place): readonly Section[] {
  return [
    { title: "GPU Speed Of Light Throughput", lines: speedOfLight(place) },
    { title: "Launch Statistics", lines: launch(place) },
    { title: "Occupancy", lines: occupancyLines(place) },
    { title: "Waves and Tail", lines: tail(place) },
    { title: "Compute Workload Analysis", lines: compute(place) },
    { title: "Memory Workload Analysis", lines: memory(place) },
    { title: "Timeline", lines: clocks(place) },
  ];
}

function speedOfLight({ scheduled: { kernel }, device, prediction }: Place): Line[] {
  const peak = ofPeak(kernel, device, prediction.precision);
  return [
    percent("Compute (SM) Throughput", peak.compute, false),
    percent("DRAM Throughput", peak.dram),
    { label: "Limiter", text: limiterText(kernel) },
    time("Duration", kernel.timeUs, true),
    percent("Of All Kernels", kernel.timeUs / (prediction.gpuMs * 1e3)),
    ...(kernel.correction === undefined
      ? []
      : [count("Learned Correction", kernel.correction, "× (in the duration)")]),
  ];
}

function launch({ scheduled, device }: Place): Line[] {
  const { kernel, registersPerThread, sharedBytesPerBlock } = scheduled;
  return [
    { label: "Grid Size", text: kernel.grid.join(" × "), value: kernel.blocks },
    count("Block Size", kernel.block, "threads"),
    count("Threads", kernel.block * kernel.blocks),
    count("Registers Per Thread", registersPerThread),
    bytes("Shared Memory Per Block", sharedBytesPerBlock),
    count("Waves Per SM", kernel.blocks / (device.smCount * kernel.blocksPerSm)),
    { label: "Algorithm", text: kernel.algorithm },
    ...(kernel.images === undefined
      ? []
      : [{ label: "Padding", text: paddingText(kernel.images) }]),
    { label: "Tile", text: kernel.tile === null ? "none" : kernel.tile.join(" × ") },
  ];
}

function occupancyLines({ scheduled, device }: Place): Line[] {
  const { kernel, registersPerThread, sharedBytesPerBlock: sharedBytes } = scheduled;
  const block = { threads: kernel.block, registersPerThread, sharedBytes };
  const limits = blockLimits(block, device.limits);
  const { fraction, blocksPerSm, limitedBy } = occupancy(block, device.limits);
  const warps = Math.ceil(kernel.block / WARP);
  const resident = Math.min(kernel.blocks / device.smCount, kernel.blocksPerSm) * warps;
  return [
    percent("Theoretical Occupancy", fraction, false),
    count("Theoretical Active Warps Per SM", blocksPerSm * warps),
    percent("Occupancy With This Grid", resident / device.limits.maxWarpsPerSm, false),
    { label: "Limited By", text: limitedBy },
    count("Block Limit Registers", limits.registers),
    count("Block Limit Shared Mem", limits["shared memory"]),
    count("Block Limit Warps", limits.warps),
    count("Block Limit SM", limits.blocks),
  ];
}

function tail({ scheduled: { kernel }, device }: Place): Line[] {
  return [
    count("Waves", kernel.waves, undefined, true),
    percent("Last Wave Filled", kernel.tailFill, false),
    percent("SM Slots Filled", kernel.smUtilization, false),
    percent("Idle Tail", idleShare(kernel, device.smCount), true),
    count("Blocks Of The Busiest SM", Math.ceil(kernel.blocks / device.smCount)),
    count("Resident Blocks Per SM", kernel.blocksPerSm),
  ];
}

function compute({ scheduled: { kernel }, device, prediction }: Place): Line[] {
  const roof = roofFlopsPerUs(kernel, device, prediction.precision);
  return [
    si("Arithmetic", kernel.flops, "FLOP"),
    { ...rate("Throughput", kernel.flops / kernel.timeUs / 1e6, "TFLOP/s"), lower: false },
    rate("Peak Of Its Units", roof / 1e6, "TFLOP/s"),
    ...(kernel.dramBytes > 0
      ? [rate("Arithmetic Intensity", kernel.flops / kernel.dramBytes, "FLOP/B")]
      : []),
  ];
}

function memory({ scheduled: { kernel }, device }: Place): Line[] {
  return [
    si("DRAM Traffic", kernel.dramBytes, "B", true),
    rate("DRAM Throughput", kernel.dramBytes / kernel.timeUs / 1e3, "GB/s"),
    rate("DRAM Peak", device.dramBytesPerUs / 1e3, "GB/s"),
  ];
}

function clocks({ scheduled }: Place): Line[] {
  const { issuedUs, startUs } = scheduled;
  return [
    time("Issued By The Host At", issuedUs),
    time("Starts At", startUs),
    time("Waits In The Queue", startUs - issuedUs),
  ];
}

const percent = (label: string, value: number, lower?: boolean): Line => ({
  label,
  value,
  text: formatPercent(value),
  ...(lower === undefined ? {} : { lower }),
});
const time = (label: string, value: number, lower?: boolean): Line => ({
  label,
  value,
  text: formatUs(value),
  ...(lower === undefined ? {} : { lower }),
});
const count = (label: string, value: number, unit?: string, lower?: boolean): Line => ({
  label,
  value,
  text: `${formatNumber(value, 3)}${unit === undefined ? "" : ` ${unit}`}`,
  ...(lower === undefined ? {} : { lower }),
});
const bytes = (label: string, value: number): Line => ({
  label,
  value,
  text: value >= 1024 ? `${formatNumber(value / 1024, 3)} KiB` : `${value} B`,
});
const si = (label: string, value: number, unit: string, lower?: boolean): Line => ({
  label,
  value,
  text: formatSi(value, unit),
  ...(lower === undefined ? {} : { lower }),
});
const rate = (label: string, value: number, unit: string): Line => ({
  label,
  value,
  text: `${formatFixed(value, value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`,
});
