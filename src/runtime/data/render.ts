/** From stored samples to the normalised floats that a network takes, through the placement of each. */
import type { Placement } from "./augment/types.ts";
import { elementScale, type Normalization } from "./normalization.ts";
import type { SampleSet } from "./types.ts";

/** A placement that changes nothing, to start from. */
export function resetPlacement(placement: Placement): void {
  placement.top = 0;
  placement.left = 0;
  placement.flipped = false;
  placement.holeTop = 0;
  placement.holeBottom = 0;
  placement.holeLeft = 0;
  placement.holeRight = 0;
}

export function identityPlacement(): Placement {
  const placement = {} as Placement;
  resetPlacement(placement);
  return placement;
}

/** Writes one sample of `set` to `out` at `at`. */
export type Render = (index: number, placement: Placement, out: Float32Array, at: number) => void;

/** Bytes go through a table of 256 entries a channel, floats through (x - mean) / std. */
export function renderer(set: SampleSet, normalization: Normalization): Render {
  const { shape, samples } = set;
  const [channels = 1, height = 1, width = 1] = shape;
  const isImage = shape.length === 3;
  const scale = elementScale(set);
  const factors = normalization.std.map((std) => scale / std);
  const shifts = normalization.mean.map((mean, c) => -mean / normalization.std[c]!);
  if (!isImage) {
    const size = shape.reduce((a, b) => a * b, 1);
    const each = size / channels;
    return (index, _, out, at) => {
      const start = index * size;
      for (let i = 0; i < size; i++) {
        const c = (i / each) | 0;
        out[at + i] = samples[start + i]! * factors[c]! + shifts[c]!;
      }
    };
  }
  const tables =
    samples instanceof Uint8Array
      ? factors.map((factor, c) =>
          Float32Array.from({ length: 256 }, (_, v) => v * factor + shifts[c]!),
        )
      : undefined;
  const area = height * width;
  return (index, placement, out, at) => {
    const { top, left, flipped, holeTop, holeBottom, holeLeft, holeRight } = placement;
    // Of the columns of the result, those whose source lies inside the sample.
    const first = Math.min(width, Math.max(0, flipped ? left : -left));
    const last = Math.max(first, Math.min(width, flipped ? width + left : width - left));
    for (let c = 0; c < channels; c++) {
      const table = tables?.[c];
      const factor = factors[c]!;
      // Black, as the margin of a crop: the element zero.
      const blank = shifts[c]!;
      const source = (index * channels + c) * area;
      const target = at + c * area;
      for (let y = 0; y < height; y++) {
        const row = target + y * width;
        const sourceY = y + top;
        if (sourceY < 0 || sourceY >= height) {
          out.fill(blank, row, row + width);
          continue;
        }
        const start = source + sourceY * width;
        if (first > 0) out.fill(blank, row, row + first);
        if (last < width) out.fill(blank, row + last, row + width);
        const step = flipped ? -1 : 1;
        let i = start + (flipped ? width - 1 - first + left : first + left);
        if (table !== undefined)
          for (let x = first; x < last; x++, i += step) out[row + x] = table[samples[i]!]!;
        else
          for (let x = first; x < last; x++, i += step) out[row + x] = samples[i]! * factor + blank;
      }
      // The mean is zero after normalisation.
      for (let y = holeTop; y < holeBottom; y++)
        out.fill(0, target + y * width + holeLeft, target + y * width + holeRight);
    }
  };
}
