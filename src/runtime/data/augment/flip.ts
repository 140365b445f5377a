import type { Augmentation } from "./types.ts";

/** Left and right exchanged. */
export const flip: Augmentation = {
  name: "flip",
  description: "left and right exchanged with this probability",
  usual: 0.5,
  violation: (probability) =>
    probability > 0 && probability <= 1 ? undefined : "a probability above 0, at most 1",
  place: (probability) => (placement, rng) => {
    placement.flipped = rng.chance(probability);
  },
};
