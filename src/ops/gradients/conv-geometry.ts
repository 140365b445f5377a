/** The window of a convolution as its gradients need it. */
import type { Dim, Shape } from "../../graph/types.ts";
import { fail } from "../context.ts";
import type { Window } from "../window.ts";
import type { GradientContext } from "./types.ts";

/** One value for each spatial axis, outermost first. `x`: [N, C, input], `y`: [N, K, output]. */
export interface ConvGeometry {
  readonly group: number;
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly padBegin: readonly number[];
  readonly padEnd: readonly number[];
  /** Sizes of the large side; free where the graph leaves them so. */
  readonly input: Shape;
  /** Sizes of the small side. */
  readonly output: Shape;
}

/** @throws UserError where padding depends on a free dimension */
export function geometryOf(
  ctx: GradientContext,
  window: Window,
  input: Shape,
  output: Shape,
  group: number,
): ConvGeometry {
  const known = (pads: readonly Dim[]): number[] =>
    pads.map((p) => {
      if (typeof p === "number") return p;
      throw fail(
        ctx,
        `its padding is ${p}`,
        "give numbers to the spatial dimensions before differentiating",
      );
    });
  return {
    group,
    kernel: window.kernel,
    stride: window.stride,
    dilation: window.dilation,
    padBegin: known(window.padBegin),
    padEnd: known(window.padEnd),
    input,
    output,
  };
}

/** Extent of the dilated kernel. */
export function reach(c: ConvGeometry): number[] {
  return c.kernel.map((k, i) => (k - 1) * c.dilation[i]! + 1);
}

/**
 * Elements of the padded input that no window reaches, for each axis: in [0, stride). Undefined
 * where a free size decides.
 */
export function leftover(c: ConvGeometry): (number | undefined)[] {
  return reach(c).map((r, i) => {
    const [size, out] = [c.input[i]!, c.output[i]!];
    if (c.stride[i] === 1) return 0;
    if (typeof size !== "number" || typeof out !== "number") return undefined;
    return size + c.padBegin[i]! + c.padEnd[i]! - (out - 1) * c.stride[i]! - r;
  });
}
