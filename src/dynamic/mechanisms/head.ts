/** A classifier on a feature map in the middle of a network. */
import { int } from "../../graph/attribute.ts";
import { normalization, type Patch } from "../../zoo/morphisms/patch.ts";
import { kaimingNormal, linearUniform } from "../../zoo/weights.ts";
import type { Cut } from "../trunk.ts";

/** Maps up to this side are pooled without another convolution. */
const SMALL_SIDE = 4;

export interface HeadOptions {
  readonly classes: number;
  /** Channels of the convolution before the pool; 0: none. */
  readonly channels: number;
  readonly seed: number;
}

/**
 * A 3x3 convolution of stride 2, normalised, ReLU, mean over space, linear: features in the middle
 * are not linearly separable, and one more convolution at a quarter of the positions is cheap.
 *
 * @returns name of the logits, [batch, classes]
 */
export function addHead(
  patch: Patch,
  at: Pick<Cut, "value" | "channels" | "height">,
  normalized: boolean,
  { classes, channels, seed }: HeadOptions,
): string {
  let x = at.value;
  let width = at.channels;
  if (channels > 0 && at.height > SMALL_SIDE) {
    x = addConv(patch, "conv", x, width, channels, HALVING, normalized, seed);
    width = channels;
  }
  const pooled = patch.add("GlobalAveragePool", "pool", [x]);
  const flat = patch.add("Flatten", "flatten", [pooled], { axis: int(1) });
  const weight = patch.constant(
    "fc.weight",
    linearUniform(patch.path("fc.weight"), [classes, width], width, seed),
  );
  const bias = patch.constant(
    "fc.bias",
    linearUniform(patch.path("fc.bias"), [classes], width, seed),
  );
  return patch.add("Gemm", "fc", [flat, weight, bias], { transB: int(1) });
}

export interface Window {
  readonly kernel: number;
  readonly stride: number;
}
export const SAME: Window = { kernel: 3, stride: 1 };
export const HALVING: Window = { kernel: 3, stride: 2 };

/** Convolution with a border of 1, normalisation where the network has any, ReLU. */
export function addConv(
  patch: Patch,
  part: string,
  x: string,
  from: number,
  to: number,
  { kernel, stride }: Window,
  normalized: boolean,
  seed: number,
): string {
  const name = `${part}.weight`;
  const weight = patch.constant(
    name,
    kaimingNormal(patch.path(name), [to, from, kernel, kernel], kernel ** 2 * to, seed),
  );
  const geometry = {
    kernel: [kernel, kernel],
    strides: [stride, stride],
    dilations: [1, 1],
    padBegin: [1, 1],
    padEnd: [1, 1],
    groups: 1,
  };
  if (normalized)
    return patch.add("Relu", `${part}.relu`, [
      patch.freshNorm(`${part}.bn`, patch.conv(part, x, weight, geometry), to),
    ]);
  const bias = patch.weight(`${part}.bias`, [to], (out) => out.fill(0));
  return patch.add("Relu", `${part}.relu`, [patch.conv(part, x, weight, geometry, bias)]);
}

export const hasNormalization = (graph: Parameters<typeof normalization>[0]) =>
  normalization(graph).used;
