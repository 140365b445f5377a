/**
 * The least time that a board's data sheet allows for a piece of work. A measurement below it is of
 * another board, precision, unit or shape, whatever a fit could make of it.
 *
 * Every figure leans to the generous side: boards are clocked above their data sheet, the whole L2
 * may hold operands from the run before, and a convolution may be any library's fastest algorithm.
 */
import type { ConvWork, MatMulWork, Work } from "../../ops/types.ts";
import type { Device } from "../device.ts";
import { bytesPerElement } from "../precision.ts";
import type { Precision } from "../types.ts";

/** Boost clocks of cards from the shop above the data sheet's. */
const CLOCK_MARGIN = 1.3;
/** Memory clocks above the data sheet's. */
const MEMORY_MARGIN = 1.15;
/** Bytes that one SM takes from L2 in a clock: 64 on every NVIDIA architecture from Volta on. */
const L2_BYTES_PER_CLOCK = 64;
/** Launch, scheduling and drain of a kernel that does nothing are 1 us or more by GPU timestamps. */
const LEAST_KERNEL_US = 0.5;
/**
 * Multiplications of each result and input channel, at least: Winograd's F(6x6, 3x3) takes 64 for 36
 * results (Lavin and Gray, CVPR 2016), and no library goes beyond it. Direct: one for each weight.
 */
const FAST_CONVOLUTION = 64 / 36;

export interface PhysicalLimit {
  readonly us: number;
  /** What sets it, with its figure, e.g. `13.4 TFLOP/s of FP32 arithmetic`. */
  readonly from: string;
}

/** The longest of what arithmetic, DRAM, L2 and the launch take at least. */
export function leastTime(work: Work, device: Device, precision: Precision): PhysicalLimit {
  const mhz = CLOCK_MARGIN * Math.max(device.boostMhz, device.tensorBoostMhz);
  const bytes = elementsOf(work) * bytesPerElement(precision);
  const rate = macsPerClock(device, precision);
  const flops = 2 * rate * device.smCount * mhz;
  const dram = MEMORY_MARGIN * device.dramBytesPerUs;
  const l2 = L2_BYTES_PER_CLOCK * device.smCount * mhz;
  const unit = precision === "int8" ? "TOP/s" : "TFLOP/s";
  const limits: PhysicalLimit[] = [
    {
      us: (2 * leastMacs(work)) / flops,
      from: `${figure(flops / 1e6)} ${unit} of ${precision.toUpperCase()} arithmetic`,
    },
    {
      us: Math.max(0, bytes - device.l2Bytes) / dram,
      from: `${figure(dram / 1e3)} GB/s of DRAM bandwidth`,
    },
    { us: bytes / l2, from: `${figure(l2 / 1e3)} GB/s of L2 bandwidth` },
    { us: LEAST_KERNEL_US, from: "the launch of an empty kernel" },
  ];
  return limits.reduce((a, b) => (b.us > a.us ? b : a));
}

/**
 * The least time of a network's multiply-accumulates, microseconds.
 *
 * @param macs of the network, direct convolutions throughout
 */
export function leastNetworkUs(macs: number, device: Device, precision: Precision): number {
  const mhz = CLOCK_MARGIN * Math.max(device.boostMhz, device.tensorBoostMhz);
  const saved = 9 / FAST_CONVOLUTION;
  return macs / saved / (macsPerClock(device, precision) * device.smCount * mhz);
}

/** Of FP16 products with FP16 sums too, where GeForce boards rate those with FP32 sums at half. */
function macsPerClock(device: Device, precision: Precision): number {
  const { macsPerClock: rates, tensor } = device;
  const own = rates[precision] ?? rates.fp32!;
  const full = precision === "fp16" && tensor.fp16 && tensor.int8 ? (rates.int8 ?? 0) / 2 : 0;
  return Math.max(own, full);
}

function leastMacs(work: Work): number {
  if (work.kind === "matmul") return work.batch * work.m * work.n * work.k;
  if (work.kind !== "conv") return 0;
  const { batch, inChannels, outChannels, groups, input, output, kernel, stride } = work;
  const positions = product(work.transposed ? input : output);
  const direct = product(kernel);
  const fast = stride.every((s) => s === 1) ? Math.min(direct, FAST_CONVOLUTION) : direct;
  return batch * (inChannels / groups) * outChannels * positions * fast;
}

/** Elements that must be read or written once. */
function elementsOf(work: Work): number {
  switch (work.kind) {
    case "matmul":
      return matMulElements(work);
    case "conv":
      return convElements(work);
    case "copy":
    case "pointwise":
      return 2 * work.elements;
    case "pool":
    case "reduce":
    case "view":
    case "gap":
      return 0;
  }
}

function matMulElements({ batch, m, n, k, weightB }: MatMulWork): number {
  return batch * m * (n + k) + (weightB ? 1 : batch) * k * n;
}

function convElements(work: ConvWork): number {
  const { batch, inChannels, outChannels, groups, input, output, kernel } = work;
  const weights = (inChannels / groups) * outChannels * product(kernel);
  // Strides above the kernel leave inputs out.
  const read = Math.min(product(input), product(output) * product(kernel));
  return batch * (inChannels * read + outChannels * product(output)) + weights;
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Three digits, and no exponent. */
function figure(x: number): string {
  return x >= 100 ? x.toFixed(0) : x.toPrecision(3);
}
