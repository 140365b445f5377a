/** x a + b with one a and b a channel: a depthwise convolution of one tap, one pass over memory. */
import { int, ints } from "../../../graph/attribute.ts";
import type { Rewriter } from "../rewriter.ts";

/**
 * @param x a value that fits in blocks
 * @param factor C elements, of any shape
 * @param shift [C], or "" for none
 * @param y the value that the result stands for
 */
export function perChannel(w: Rewriter, x: string, factor: string, shift: string, y: string): void {
  w.emitOpen(y, affine(w, w.blocked(x), w.dims(x)![1]!, factor, shift));
}

/** The node, for a blocked value. */
export function affine(
  w: Rewriter,
  blocked: string,
  channels: number,
  factor: string,
  shift: string,
) {
  return {
    op: "Conv",
    inputs: [blocked, w.reshape(factor, channels, 1, 1, 1), ...(shift === "" ? [] : [shift])],
    attributes: { group: int(channels), kernel_shape: ints(1, 1) },
  };
}
