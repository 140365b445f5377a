import type { Augmentation } from "./types.ts";

/** A window of the sample's own size at a random place of the sample with a black margin around it. */
export const crop: Augmentation = {
  name: "crop",
  description: "random crop from the image with a black margin of so many pixels",
  usual: 4,
  violation: (margin, height, width) =>
    Number.isInteger(margin) && margin >= 1 && margin < Math.min(height, width)
      ? undefined
      : `a whole number of pixels from 1 to ${Math.min(height, width) - 1}`,
  place: (margin) => (placement, rng) => {
    placement.top = rng.int(2 * margin + 1) - margin;
    placement.left = rng.int(2 * margin + 1) - margin;
  },
};
