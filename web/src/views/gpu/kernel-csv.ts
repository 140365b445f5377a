/** Kernels of one or two sides as rows, and the names of exported files. */
import { roofFlopsPerUs } from "../../../../src/report/kernels.ts";
import type { Side } from "./evaluate.ts";

export const KERNEL_HEADER = [
  "side",
  "kernel",
  "name",
  "nodes",
  "algorithm",
  "issuedUs",
  "startUs",
  "timeUs",
  "computeOfPeak",
  "dramOfPeak",
  "limiter",
  "grid",
  "block",
  "blocks",
  "blocksPerSm",
  "waves",
  "tailFill",
  "smUtilization",
  "registersPerThread",
  "sharedBytesPerBlock",
  "flops",
  "dramBytes",
] as const;

export function* kernelRows(sides: readonly Side[]): Generator<readonly (string | number)[]> {
  for (const [s, { kernels, device, prediction }] of sides.entries())
    for (const [i, scheduled] of kernels.entries()) {
      const { kernel: k, registersPerThread, sharedBytesPerBlock } = scheduled;
      const compute = k.flops / (roofFlopsPerUs(k, device, prediction.precision) * k.timeUs);
      const dram = k.dramBytes / (device.dramBytesPerUs * k.timeUs);
      yield [
        "AB"[s]!,
        i + 1,
        k.name,
        k.nodes.join(" "),
        k.algorithm,
        scheduled.issuedUs,
        scheduled.startUs,
        k.timeUs,
        compute,
        dram,
        k.limiter,
        k.grid.join("x"),
        k.block,
        k.blocks,
        k.blocksPerSm,
        k.waves,
        k.tailFill,
        k.smUtilization,
        registersPerThread,
        sharedBytesPerBlock,
        k.flops,
        k.dramBytes,
      ];
    }
}

/** e.g. `timeline-resnet50-t4-fp16-b32`, what a file system takes. */
export function fileName(what: string, sides: readonly Side[]): string {
  const parts = sides.flatMap(({ title, settings }) => [
    title,
    settings.device,
    settings.precision,
    `b${settings.batch}`,
  ]);
  return [what, ...parts].join("-").replace(/[^\w.=-]+/g, "_");
}
