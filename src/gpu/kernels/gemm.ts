/** Linear layers and matrix products: SGEMM or tensor-core GEMM, split-K, batched. */
import type { MatMulWork } from "../../ops/types.ts";
import type { TimedKernel } from "../cost.ts";
import type { Device } from "../device.ts";
import { bytesPerElement } from "../precision.ts";
import type { Precision } from "../types.ts";
import { alignment } from "./alignment.ts";
import { planContraction } from "./contraction.ts";
import type { PlanOptions } from "./index.ts";
import { dp4aTiles, tensorTiles } from "./low-precision-tiles.ts";
import { isBeforeAmpere, mainLoop } from "./main-loop.ts";
import { tilesFor } from "./tiles.ts";

const MAX_SPLIT = 40;
/** Largest z extent of a CUDA grid; larger batches are launched in pieces. */
const MAX_GRID_Z = 65_535;

/** grid: ceil(n / a) x ceil(m / b) x (batch or split). */
export function planMatMul(
  work: MatMulWork,
  device: Device,
  precision: Precision,
  options: PlanOptions,
): readonly TimedKernel[] {
  const bytes = bytesPerElement(precision);
  if (!work.weightB && work.batch > MAX_GRID_Z) {
    const rest = { ...work, batch: work.batch - MAX_GRID_Z };
    return [
      ...planMatMul({ ...work, batch: MAX_GRID_Z }, device, precision, options),
      ...planMatMul(rest, device, precision, options),
    ];
  }
  // A weight shared by all batches makes one tall product.
  const batch = work.weightB ? 1 : work.batch;
  const m = work.weightB ? work.batch * work.m : work.m;
  const { n, k } = work;
  const loop = mainLoop("gemm", precision, device);
  const dp4a = precision === "int8" && isBeforeAmpere(device);
  const kernel = planContraction(
    {
      algorithm: "gemm",
      batch,
      extentA: n,
      extentB: m,
      k,
      aBytes: bytes * k * n,
      bBytes: bytes * m * k,
      // Seen in batched products; single ones read along the reduction too, and none shows it.
      rowsAlongK: work.weightB || batch === 1 ? "none" : "b",
      otherBytes: bytes * batch * m * n + (options.epilogueBytes ?? 0),
      flops: 2 * batch * m * n * k + (options.epilogueFlops ?? 0),
      loop,
      efficiency: loop.tensor ? alignment([n, k], precision) : 1,
      // No dp4a product on record splits its reduction, not one of 500,000 steps on four SMs.
      maxSplit: batch === 1 && !dp4a ? MAX_SPLIT : 1,
      extraLaunches: 0,
    },
    dp4a
      ? dp4aTiles(device, m)
      : loop.tensor
        ? tensorTiles(device, precision)
        : tilesFor(work.weightB ? "linear" : batch === 1 ? "plain" : "batched", device),
    device,
    options.choice,
  );
  return [kernel];
}
