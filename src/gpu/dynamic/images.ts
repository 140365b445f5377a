/** Decisions about whole images: which go on, and what it takes to move them to a smaller batch. */
import { planStream } from "../kernels/memory.ts";
import { type Launch, lower } from "../lower.ts";
import { bytesPerElement } from "../precision.ts";
import { compactionKernels } from "./mask.ts";
import { INDEX_BYTES } from "./moves.ts";
import { streamLaunch, synthetic } from "./synthetic.ts";
import type { DynamicTarget } from "./target.ts";

/** From one score an image to the list of images that go on. */
export function chooseImages(
  name: string,
  images: number,
  kept: number,
  target: DynamicTarget,
): Launch {
  return streamLaunch(
    `${name}/compaction`,
    "NonZero",
    compactionKernels(images, kept, target),
    target,
  );
}

/**
 * Moves `kept` images of `elements` each into or out of a smaller batch. Images are long runs, so that
 * no sector is wasted.
 */
export function moveImages(
  name: string,
  kept: number,
  elements: number,
  target: DynamicTarget,
): Launch {
  const bytes = bytesPerElement(target.precision) * kept * elements;
  const kernel = planStream(
    {
      name: "move_images",
      algorithm: "copy",
      readBytes: bytes + kept * INDEX_BYTES,
      writtenBytes: bytes,
      threads: Math.ceil(bytes / 16),
      flops: 0,
      efficiency: 1,
    },
    target.device,
  );
  return streamLaunch(name, "Gather", [kernel], target);
}

/**
 * SkipNet's feed-forward gate in its smallest form (Wang et al., ECCV 2018; also LAUDNet's layer
 * skipping): global average pooling, then a linear layer to one logit.
 */
export function gateLaunches(
  name: string,
  images: number,
  shape: readonly number[],
  target: DynamicTarget,
): readonly Launch[] {
  const channels = shape[1] ?? 1;
  const length = shape.slice(2).reduce((a, b) => a * b, 1);
  const pool = synthetic({
    name: `${name}/gate.pool`,
    op: "GlobalAveragePool",
    work: { kind: "reduce", rows: images * channels, length, passes: 1, keepsShape: false },
    read: images * channels * length,
    written: images * channels,
  });
  const linear = synthetic({
    name: `${name}/gate.linear`,
    op: "Gemm",
    work: {
      kind: "matmul",
      batch: 1,
      m: images,
      n: 1,
      k: channels,
      weightB: true,
      bias: true,
    },
    read: images * channels + channels,
    written: images,
    macs: images * channels,
  });
  return [pool, linear].map((node) => lower([node], target));
}
