import type { Augmentation } from "./types.ts";

/** A square around a random pixel set to the mean; part of it may lie outside (DeVries & Taylor 2017). */
export const cutout: Augmentation = {
  name: "cutout",
  description: "a square of this side around a random pixel set to the mean",
  usual: 8,
  violation: (side, height, width) =>
    Number.isInteger(side) && side >= 1 && side <= Math.max(height, width)
      ? undefined
      : `a whole number of pixels from 1 to ${Math.max(height, width)}`,
  place: (side, height, width) => (placement, rng) => {
    const top = rng.int(height) - Math.floor(side / 2);
    const left = rng.int(width) - Math.floor(side / 2);
    placement.holeTop = Math.max(0, top);
    placement.holeBottom = Math.min(height, top + side);
    placement.holeLeft = Math.max(0, left);
    placement.holeRight = Math.min(width, left + side);
  },
};
