/** Pictures of samples: pixels as red, green and blue, larger, framed, and with regions marked. */
import { invariant } from "../../base/errors.ts";
import type { SampleSet } from "../../runtime/data/index.ts";
import type { RegionMask } from "./masks.ts";

/** Bytes red, green, blue, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export type Colour = readonly [number, number, number];

/** Whether samples of the set can be shown: bytes of one or three channels. */
export function isPictorial({ samples, shape }: SampleSet): boolean {
  return samples instanceof Uint8Array && shape.length === 3 && (shape[0] === 1 || shape[0] === 3);
}

/** @param index of the sample in the set */
export function pictureOf(set: SampleSet, index: number): Picture {
  invariant(isPictorial(set), "only images of bytes can be shown");
  const [channels, height, width] = set.shape as readonly [number, number, number];
  const area = height * width;
  const start = index * channels * area;
  const data = new Uint8Array(3 * area);
  for (let i = 0; i < area; i++)
    for (let c = 0; c < 3; c++)
      data[3 * i + c] = set.samples[start + (channels === 1 ? 0 : c) * area + i]!;
  return { width, height, data };
}

/** Each pixel as a square of `scale` pixels. */
export function enlarged({ width, height, data }: Picture, scale: number): Picture {
  return painted(width * scale, height * scale, (x, y) => {
    const at = 3 * (Math.floor(y / scale) * width + Math.floor(x / scale));
    return [data[at]!, data[at + 1]!, data[at + 2]!];
  });
}

/** A frame of `thickness` pixels around it. */
export function framed(picture: Picture, colour: Colour, thickness: number): Picture {
  const { width, height } = picture;
  return painted(width + 2 * thickness, height + 2 * thickness, (x, y) => {
    const [u, v] = [x - thickness, y - thickness];
    return u < 0 || v < 0 || u >= width || v >= height ? colour : pixel(picture, u, v);
  });
}

/** Of the colour in what was computed. */
const TINT = 0.4;
/** Of the brightness of what was left out. */
const DIM = 0.35;

/**
 * What was computed under the colour, half transparent; what was left out darkened. Blocks share the
 * picture evenly.
 */
export function marked(picture: Picture, { rows, columns, active }: RegionMask, colour: Colour) {
  invariant(
    rows >= 1 && columns >= 1 && active.length === rows * columns,
    "a mask has an entry for each block",
  );
  const { width, height } = picture;
  return painted(width, height, (x, y) => {
    const [row, column] = [Math.floor((y * rows) / height), Math.floor((x * columns) / width)];
    const [r, g, b] = pixel(picture, x, y);
    if (active[row * columns + column] === 0) return [DIM * r, DIM * g, DIM * b];
    return [r, g, b].map((value, c) => (1 - TINT) * value + TINT * colour[c]!) as [
      number,
      number,
      number,
    ];
  });
}

function pixel({ width, data }: Picture, x: number, y: number): Colour {
  const at = 3 * (y * width + x);
  return [data[at]!, data[at + 1]!, data[at + 2]!];
}

function painted(width: number, height: number, colour: (x: number, y: number) => Colour): Picture {
  const data = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      data.set(
        colour(x, y).map((value) => Math.round(value)),
        3 * (y * width + x),
      );
  return { width, height, data };
}
