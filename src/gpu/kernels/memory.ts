/** Kernels that stream memory: elementwise, pooling, reductions, copies, transforms. */
import { type TimedKernel, timed } from "../cost.ts";
import type { Device } from "../device.ts";
import { integerUs } from "./integer.ts";

export interface Stream {
  readonly name: string;
  readonly algorithm: string;
  readonly readBytes: number;
  readonly writtenBytes: number;
  /** Threads that the launch asks for in all. */
  readonly threads: number;
  readonly flops: number;
  /** Share of streaming bandwidth that the access pattern reaches. */
  readonly efficiency: number;
  /** Index arithmetic of all threads; 0 where it is negligible. */
  readonly integerInstructions?: number;
  readonly block?: number;
}

const REGISTERS = 32;

/** Bytes in flight that one SM needs to fill its share of the bandwidth: Little's law. */
export function planStream(stream: Stream, device: Device): TimedKernel {
  const block = stream.block ?? 128;
  const blocks = Math.max(1, Math.ceil(stream.threads / block));
  const bytes = stream.readBytes + stream.writtenBytes;
  const p = device.parameters;
  // Fewer blocks than SMs draw only their SMs' share of the bandwidth, about twice the even one.
  const share = Math.min(1, (2 * blocks) / device.smCount);
  const bandwidth = device.dramBytesPerUs * p.dramEfficiency * stream.efficiency * share;
  const floatUs = stream.flops / (2 * device.lanesPerSm * device.smCount * device.boostMhz * 0.5);
  const computeUs = Math.max(floatUs, integerUs(stream.integerInstructions ?? 0, blocks, device));
  return timed(
    {
      name: stream.name,
      algorithm: stream.algorithm,
      tile: null,
      splitK: 1,
      grid: [blocks, 1, 1],
      block,
      registersPerThread: REGISTERS,
      sharedBytesPerBlock: 0,
      flops: stream.flops,
      dramBytes: bytes,
    },
    { launchUs: p.launchUs, computeUs, balancedUs: computeUs, memoryUs: bytes / bandwidth },
    device,
  );
}
