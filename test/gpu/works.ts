/** Works of the layers that tests plan kernels for. */
import type { ConvWork } from "../../src/ops/types.ts";

/** A 3x3 convolution of stride 1, padded to keep its 56 x 56 pixels: batch 8, 64 channels. */
export function conv3x3(over: Partial<ConvWork> = {}): ConvWork {
  return {
    kind: "conv",
    batch: 8,
    inChannels: 64,
    outChannels: 64,
    groups: 1,
    input: [56, 56],
    output: [56, 56],
    kernel: [3, 3],
    stride: [1, 1],
    dilation: [1, 1],
    padBegin: [1, 1],
    padEnd: [1, 1],
    transposed: false,
    deformable: false,
    bias: false,
    ...over,
  };
}
