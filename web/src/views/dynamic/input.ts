/** Pixels to what a network reads, and what a file says of its input. No DOM. */
import { UserError } from "../../../../src/base/errors.ts";
import type { Graph } from "../../../../src/graph/types.ts";
import type { DenseTensor } from "../../../../src/runtime/types.ts";

/** What the network reads: an image of this size, normalised so. */
export interface InputShape {
  readonly channels: 1 | 3;
  readonly height: number;
  readonly width: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Bytes, channels first: [channels, height, width]. */
export type Pixels = Uint8Array;

/** Side that is taken where the network leaves it free. */
const FREE_SIDE = 224;

/** @throws UserError where it reads no images of one or three channels */
export function inputShape(graph: Graph): InputShape {
  const [input] = graph.inputs;
  const shape = input?.shape ?? [];
  const [, channels, height = 0, width = 0] = shape;
  if (shape.length !== 4 || (channels !== 1 && channels !== 3))
    throw new UserError(
      `${graph.name}: its input is [${shape.join(", ")}], expected [batch, 1 or 3, height, width]`,
      { hint: "only networks that read grey or colour images are shown" },
    );
  const numbers = (key: string, otherwise: number) => {
    const list = listOf(graph.metadata[key]).map(Number);
    return list.length === channels && list.every(Number.isFinite)
      ? list
      : Array.from({ length: channels }, () => otherwise);
  };
  const side = (dim: number | string) => (typeof dim === "number" ? dim : FREE_SIDE);
  return {
    channels,
    height: side(height),
    width: side(width),
    mean: numbers("tidemark.mean", 0),
    std: numbers("tidemark.std", 1),
  };
}

/** Names of the classes as the file has them; numbers where it has none. */
export function classNames(graph: Graph, classes: number): readonly string[] {
  const names = listOf(graph.metadata["tidemark.classes"]).map(String);
  return names.length === classes ? names : Array.from({ length: classes }, (_, i) => `class ${i}`);
}

function listOf(text: string | undefined): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

/** One image as a batch of one. */
export function tensorOf(pixels: Pixels, shape: InputShape): DenseTensor {
  const { channels, height, width, mean, std } = shape;
  const area = height * width;
  const data = new Float32Array(channels * area);
  for (let c = 0; c < channels; c++)
    for (let i = c * area; i < (c + 1) * area; i++)
      data[i] = (pixels[i]! / 255 - mean[c]!) / std[c]!;
  return { dtype: "float32", dims: [1, channels, height, width], data };
}

/**
 * @param rgba of the network's height and width, as a canvas gives it; its ground is opaque
 * @param invert for networks that know bright things on black
 */
export function pixelsOf(rgba: Uint8ClampedArray, channels: 1 | 3, invert: boolean): Pixels {
  const area = rgba.length / 4;
  const out = new Uint8Array(channels * area);
  const put = (at: number, value: number) => {
    out[at] = invert ? 255 - value : value;
  };
  for (let i = 0; i < area; i++) {
    const [r, g, b] = [rgba[4 * i]!, rgba[4 * i + 1]!, rgba[4 * i + 2]!];
    // ITU-R BT.601 luma, as data sets of grey images are made.
    if (channels === 1) put(i, Math.round(0.299 * r + 0.587 * g + 0.114 * b));
    else for (const [c, value] of [r, g, b].entries()) put(c * area + i, value);
  }
  return out;
}

/** Back to what a canvas takes. */
export function rgbaOf(pixels: Pixels, { channels }: Pick<InputShape, "channels">) {
  const area = pixels.length / channels;
  const out = new Uint8ClampedArray(4 * area);
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) out[4 * i + c] = pixels[(channels === 1 ? 0 : c) * area + i]!;
    out[4 * i + 3] = 255;
  }
  return out;
}

/** The largest part of a picture, about its centre, that has the shape asked for. */
export function centreCrop(
  width: number,
  height: number,
  ratio: number,
): { readonly x: number; readonly y: number; readonly width: number; readonly height: number } {
  const [w, h] = width / height > ratio ? [height * ratio, height] : [width, width / ratio];
  return { x: (width - w) / 2, y: (height - h) / 2, width: w, height: h };
}
