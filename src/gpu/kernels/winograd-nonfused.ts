/**
 * Non-fused Winograd F(4x4, 3x3): filter, input and output transforms round a batched SGEMM of 36
 * products, 4 kernels in all and 4 times fewer multiplications. cuDNN pads the batch to 16.
 */
import type { ConvWork } from "../../ops/types.ts";
import type { TimedKernel } from "../cost.ts";
import type { Device } from "../device.ts";
import { planContraction } from "./contraction.ts";
import type { PlanOptions } from "./index.ts";
import { mainLoop } from "./main-loop.ts";
import { planStream } from "./memory.ts";
import { tilesFor } from "./tiles.ts";

const PRODUCTS = 36;
const BATCH_MULTIPLE = 16;

/** Output tiles of 4 x 4 over the padded batch: the rows of each product. */
export function nonfusedRows(work: ConvWork): number {
  return padded(work.batch) * Math.ceil(work.output[0]! / 4) * Math.ceil(work.output[1]! / 4);
}

const padded = (batch: number): number => Math.ceil(batch / BATCH_MULTIPLE) * BATCH_MULTIPLE;

export function planWinogradNonfused(
  work: ConvWork,
  device: Device,
  options: PlanOptions,
): readonly TimedKernel[] {
  const rows = nonfusedRows(work);
  const { inChannels, outChannels } = work;
  const inputs = work.batch * inChannels * work.input[0]! * work.input[1]!;
  const outputs = work.batch * outChannels * work.output[0]! * work.output[1]!;
  const u = PRODUCTS * inChannels * outChannels;
  const v = PRODUCTS * rows * inChannels;
  const m = PRODUCTS * rows * outChannels;
  const p = device.parameters;
  const transform = (
    name: string,
    read: number,
    written: number,
    threads: number,
    efficiency: number,
  ): TimedKernel =>
    planStream(
      {
        name: `winograd_nonfused_${name}`,
        algorithm: "winograd-nonfused",
        readBytes: 4 * read,
        writtenBytes: 4 * written,
        threads,
        flops: 0,
        // Shares of the data sheet's bandwidth; planStream multiplies by the streaming share.
        efficiency: efficiency / p.dramEfficiency,
      },
      device,
    );
  const gemm = planContraction(
    {
      algorithm: "winograd-nonfused",
      batch: PRODUCTS,
      extentA: rows,
      extentB: outChannels,
      k: inChannels,
      aBytes: (4 * v) / PRODUCTS,
      bBytes: (4 * u) / PRODUCTS,
      rowsAlongK: "none",
      otherBytes: 4 * m,
      flops: 2 * PRODUCTS * rows * inChannels * outChannels,
      loop: mainLoop("winograd", "fp32", device),
      efficiency: 1,
      maxSplit: 1,
      extraLaunches: 0,
    },
    tilesFor("winograd", device),
    device,
    options.choice,
  );
  const images = { own: work.batch, computed: padded(work.batch) };
  const ofImages = (kernel: TimedKernel): TimedKernel =>
    images.own === images.computed ? kernel : { ...kernel, plan: { ...kernel.plan, images } };
  return [
    transform(
      "filter",
      9 * inChannels * outChannels,
      u,
      inChannels * outChannels,
      p.outputTransform,
    ),
    ofImages(transform("input", inputs, v, rows * inChannels, p.inputTransform)),
    ofImages(gemm),
    ofImages(
      transform(
        "output",
        m + (options.epilogueBytes ?? 0) / 4,
        outputs,
        rows * outChannels,
        p.outputTransform,
      ),
    ),
  ];
}
