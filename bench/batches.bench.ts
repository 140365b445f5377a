/** Preparing a batch of 128 colour images of 32x32: to be well under 5 % of a training step. */
import { bench, describe } from "vitest";
import { stream } from "../src/base/rng.ts";
import { type AugmentOptions, Batches, wholeSet } from "../src/runtime/data/index.ts";

const count = 10_000;
const rng = stream(1, "bench/batches");
const samples = Uint8Array.from({ length: count * 3072 }, () => rng.int(256));
const labels = Int32Array.from({ length: count }, () => rng.int(10));
const view = wholeSet({ samples, shape: [3, 32, 32], count, labels });
const normalization = { mean: [0.49, 0.48, 0.45], std: [0.25, 0.24, 0.26] };

describe("a batch of 128x3x32x32", () => {
  const recipes: readonly [string, AugmentOptions][] = [
    ["as it is", {}],
    ["crop and flip", { crop: 4, flip: 0.5 }],
    ["crop, flip, cutout and mixup", { crop: 4, flip: 0.5, cutout: 8, mixup: 0.2 }],
  ];
  for (const [name, augment] of recipes) {
    const options = { batch: 128, normalization, augment, shuffleSeed: 1, classes: 10 };
    const batches = new Batches(view, { ...options, labels: "soft" });
    let number = 0;
    bench(name, () => void batches.fill(0, number++ % 78));
  }
});
