/** Nodes that move data or reduce it: one streaming kernel, launched as PyTorch launches its own. */
import type { Work } from "../../ops/types.ts";
import type { TimedKernel } from "../cost.ts";
import type { Device } from "../device.ts";
import { bytesPerElement } from "../precision.ts";
import type { Precision } from "../types.ts";
import type { PlanOptions } from "./index.ts";
import { planStream } from "./memory.ts";
import { planPool } from "./pool.ts";

type MemoryWork = Extract<Work, { kind: "pointwise" | "pool" | "reduce" | "copy" }>;

/** Elements that one thread of PyTorch's vectorised elementwise kernel handles. */
const VECTOR = 4;
/**
 * Finding the channel of a 32-bit word in a normalization kernel of its own. Instructions of such
 * code; it shows on Pascal, where NAS-Bench-201's normalizations take 1.5 to 1.9 times what their
 * bytes do.
 */
const INSTRUCTIONS_PER_CHANNEL_INDEX = 85;
const WORD_BYTES = 4;
const IRREGULAR_EFFICIENCY = 0.45;
const REDUCE_EFFICIENCY = 0.85;

export function planMemory(
  work: MemoryWork,
  device: Device,
  precision: Precision,
  options: PlanOptions,
): readonly TimedKernel[] {
  // Memory-bound nodes stay in the storage type; integer networks keep a byte.
  const bytes = bytesPerElement(precision);
  const traffic = options.traffic ?? defaultTraffic(work);
  if (work.kind === "pool") {
    return [planPool(work, bytes * traffic.readElements, bytes * traffic.writtenElements, device)];
  }
  const shape = launchShape(work);
  return [
    planStream(
      {
        ...shape,
        readBytes: bytes * traffic.readElements + (options.epilogueBytes ?? 0),
        writtenBytes: bytes * traffic.writtenElements,
        flops: shape.flops + (options.epilogueFlops ?? 0),
        integerInstructions: options.perChannel
          ? ((bytes * traffic.writtenElements) / WORD_BYTES) * INSTRUCTIONS_PER_CHANNEL_INDEX
          : 0,
      },
      device,
    ),
  ];
}

function defaultTraffic(work: MemoryWork): { readElements: number; writtenElements: number } {
  switch (work.kind) {
    case "pointwise":
    case "copy":
      return { readElements: work.elements, writtenElements: work.elements };
    case "pool":
      return {
        readElements: work.outputElements * work.window,
        writtenElements: work.outputElements,
      };
    case "reduce": {
      const elements = work.rows * work.length;
      return {
        readElements: elements * work.passes,
        writtenElements: work.keepsShape ? elements : work.rows,
      };
    }
  }
}

function launchShape(work: Exclude<MemoryWork, { kind: "pool" }>) {
  switch (work.kind) {
    case "pointwise":
      return {
        name: "elementwise",
        algorithm: "pointwise",
        threads: Math.ceil(work.elements / VECTOR),
        block: 128,
        flops: work.elements * work.flopsPerElement,
        efficiency: 1,
      };
    case "copy":
      return {
        name: work.irregular ? "gather" : "copy",
        algorithm: "copy",
        threads: Math.ceil(work.elements / (work.irregular ? 1 : VECTOR)),
        block: 128,
        flops: 0,
        efficiency: work.irregular ? IRREGULAR_EFFICIENCY : 1,
      };
    case "reduce":
      return {
        name: "reduce",
        algorithm: "reduce",
        // A warp a row for short rows, a block for long ones.
        threads: work.rows * (work.length > 1024 ? 256 : 32),
        block: work.length > 1024 ? 256 : 128,
        flops: work.rows * work.length * work.passes,
        efficiency: REDUCE_EFFICIENCY,
      };
  }
}
