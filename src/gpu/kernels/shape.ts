/** Sizes of a convolution that every lowering needs. */
import type { ConvWork } from "../../ops/types.ts";

export function product(xs: readonly number[]): number {
  let p = 1;
  for (const x of xs) p *= x;
  return p;
}

/** The GEMM of one group: [batch x pixels, reduction] by [reduction, filters]. */
export interface LoweredConv {
  readonly pixels: number;
  readonly filters: number;
  readonly reduction: number;
  readonly groups: number;
  readonly macs: number;
  /** Elements of the input, all weights, the output. */
  readonly inputs: number;
  readonly weights: number;
  readonly outputs: number;
}

/**
 * NVIDIA CUTLASS, implicit_gemm_convolution.md: M = N P Q, N = K, K = C R S; a group is a GEMM of
 * its own. A transposed convolution gathers to the large side: of R S taps only every stride-th
 * meets an input.
 *
 * @param channelMultiple channels of the reduction are padded to a multiple of this
 */
export function lowerConv(work: ConvWork, channelMultiple = 1): LoweredConv {
  const taps = product(work.kernel);
  const pixels = work.batch * product(work.output);
  const filters = work.outChannels / work.groups;
  const channels = work.inChannels / work.groups;
  const stride = work.transposed ? product(work.stride) : 1;
  const padded = Math.ceil(channels / channelMultiple) * channelMultiple;
  const reduction = Math.max(1, Math.ceil((padded * taps) / stride));
  return {
    pixels,
    filters,
    reduction,
    groups: work.groups,
    macs: (pixels * filters * work.groups * channels * taps) / stride,
    inputs: work.batch * work.inChannels * product(work.input) * touchedShare(work),
    weights: channels * taps * work.outChannels,
    outputs: pixels * work.outChannels,
  };
}

/** Share of the input that a kernel smaller than its stride looks at: 1 x 1, stride 2 reads a quarter. */
function touchedShare(work: ConvWork): number {
  if (work.transposed) return 1;
  let share = 1;
  for (let i = 0; i < work.kernel.length; i++) {
    share *= Math.min(1, work.kernel[i]! / work.stride[i]!);
  }
  return share;
}
