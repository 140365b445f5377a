/** Linear layers and matrix products: SGEMM or tensor-core GEMM, split-K, batched. */
import type { MatMulWork } from "../../ops/types.ts";
import type { TimedKernel } from "../cost.ts";
import type { Device } from "../device.ts";
import type { Precision } from "../types.ts";
import { fastestContraction } from "./contraction.ts";
import type { PlanOptions } from "./index.ts";
import { batchedTiles, bytesPerElement, sgemmTiles, tensorTiles } from "./tiles.ts";

export function planMatMul(
  work: MatMulWork,
  device: Device,
  precision: Precision,
  options: PlanOptions,
): readonly TimedKernel[] {
  const bytes = bytesPerElement(precision);
  // A weight shared by all batches makes one tall product.
  const batch = work.weightB ? 1 : work.batch;
  const rows = work.weightB ? work.batch * work.m : work.m;
  const elements =
    batch * (rows * work.k + rows * work.n) + (work.weightB ? 1 : batch) * work.k * work.n;
  const kernel = fastestContraction(
    {
      algorithm: "gemm",
      batch,
      extentA: work.n,
      extentB: rows,
      k: work.k,
      dramBytes: elements * bytes + (options.epilogueBytes ?? 0),
      flops: 2 * batch * rows * work.n * work.k + (options.epilogueFlops ?? 0),
      efficiency: 1,
      maxSplit: batch === 1 ? 16 : 1,
    },
    device.tensor[precision]
      ? tensorTiles(device, precision)
      : batch === 1
        ? sgemmTiles(device.architecture)
        : batchedTiles(device.architecture),
    device,
    precision,
  );
  return [kernel];
}
